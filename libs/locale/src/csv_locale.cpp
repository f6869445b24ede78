#include "tornado/locale/csv_locale.hpp"

#include <tornado/log/logger.hpp>
#include <utility>

namespace tornado::locale {

namespace {

std::string translation_of(std::string_view message, const CSVTranslations::Messages& messages) {
    const auto found = messages.find(message);
    return found != messages.end() ? found->second : std::string{message};
}

}  // namespace

CSVLocale::CSVLocale(std::string code, CSVTranslations translations)
    : Locale{std::move(code)},
      translations_{std::move(translations)} {}

std::string CSVLocale::translate(std::string_view message) const {
    return translation_of(message, translations_.unknown);
}

std::string CSVLocale::translate(
    std::string_view message,
    std::string_view plural_message,
    std::int64_t count
) const {
    return count == 1 ? translation_of(message, translations_.singular)
                      : translation_of(plural_message, translations_.plural);
}

std::string CSVLocale::pgettext(std::string_view, std::string_view message) const {
    warn_of_context();
    return translate(message);
}

std::string CSVLocale::pgettext(
    std::string_view,
    std::string_view message,
    std::string_view plural_message,
    std::int64_t count
) const {
    warn_of_context();
    return translate(message, plural_message, count);
}

void CSVLocale::warn_of_context() const {
    const bool empty = translations_.singular.empty() && translations_.plural.empty() &&
                       translations_.unknown.empty();
    if (!empty && !warned_.test_and_set()) {
        log::gen_log().warning(
            "pgettext is not supported by CSVLocale: ", code(), " translates without the context"
        );
    }
}

}  // namespace tornado::locale
