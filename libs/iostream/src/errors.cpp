#include "tornado/iostream/errors.hpp"

#include <string>

namespace tornado::iostream {

namespace {

class StreamCategory final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "tornado.iostream"; }
    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<StreamErrc>(value)) {
            case StreamErrc::unsatisfiable_read:
                return "the delimiter was not found within max_bytes";
            case StreamErrc::buffer_full:
                return "reached the maximum read buffer size";
            case StreamErrc::regex_too_complex:
                return "the search for the regular expression takes too many steps";
            case StreamErrc::file_too_short:
                return "the file is shorter than what was to be sent of it";
            case StreamErrc::callback_failed:
                return "a callback of the stream has thrown";
        }
        return "unknown stream error";
    }
};

}  // namespace

bool is_stream_closed(const std::exception_ptr& error) noexcept {
    if (error == nullptr) {
        return false;
    }
    try {
        std::rethrow_exception(error);
    } catch (const StreamClosedError&) {
        return true;
    } catch (...) {
        return false;
    }
}

const std::error_category& stream_category() noexcept {
    static const StreamCategory category;
    return category;
}

}  // namespace tornado::iostream
