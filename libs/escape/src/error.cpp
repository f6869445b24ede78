#include "tornado/escape/error.hpp"

#include <string>

namespace tornado::escape {

namespace {

class Category final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "tornado.escape"; }

    [[nodiscard]] std::string message(int code) const override {
        switch (static_cast<Errc>(code)) {
            case Errc::invalid_utf8:
                return "the text is not valid UTF-8";
            case Errc::malformed_query:
                return "a field of the query string has no \"=\"";
        }
        return "unknown error";
    }
};

}  // namespace

const std::error_category& error_category() noexcept {
    static const Category category;
    return category;
}

}  // namespace tornado::escape
