#include "tornado/template/error.hpp"

#include <utility>

namespace tornado::templating {

ParseError::ParseError(const std::string& message, const std::string& filename, unsigned lineno)
    : std::runtime_error{message + " at " + filename + ":" + std::to_string(lineno)},
      message_{message},
      filename_{filename},
      lineno_{lineno} {}

Error::Error(std::string type, std::string message, std::exception_ptr cause)
    : std::runtime_error{""},
      type_{std::move(type)},
      message_{std::move(message)},
      cause_{std::move(cause)} {
    compose();
}

void Error::add_place(std::string_view place) {
    places_.emplace_back(place);
    compose();
}

Error Error::limit(const std::string& message) {
    Error error{"RuntimeError", message};
    error.is_limit_ = true;
    return error;
}

void Error::compose() {
    text_ = type_ + ": " + message_;
    std::string_view before = " at ";
    for (const auto& place : places_) {
        text_.append(before).append(place);
        before = ", called at ";
    }
}

}  // namespace tornado::templating
