#include "tornado/locale/error.hpp"

#include <string>

namespace tornado::locale {

namespace {

class Category : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "tornado.locale"; }

    [[nodiscard]] std::string message(int condition) const override {
        switch (static_cast<Errc>(condition)) {
            case Errc::not_a_catalogue:
                return "not a gettext catalogue";
            case Errc::unsupported_version:
                return "a gettext catalogue of an unknown version";
            case Errc::truncated:
                return "a gettext catalogue that is cut short";
            case Errc::too_large:
                return "a file of translations that is too large";
            case Errc::unknown_charset:
                return "an encoding that is not known here";
            case Errc::malformed_text:
                return "bytes that are no text in the file's encoding";
            case Errc::malformed_plural_forms:
                return "malformed plural forms";
            case Errc::duplicate_message:
                return "a message that is there twice";
            case Errc::overlapping_texts:
                return "a gettext catalogue whose texts overlap";
        }
        return "an unknown error";
    }
};

}  // namespace

const std::error_category& error_category() noexcept {
    static const Category category;
    return category;
}

}  // namespace tornado::locale
