#include "tornado/locale/gettext_locale.hpp"

#include <utility>

namespace tornado::locale {

namespace {

std::string in_context(std::string_view context, std::string_view message) {
    std::string key{context};
    key += CONTEXT_SEPARATOR;
    key += message;
    return key;
}

}  // namespace

GettextLocale::GettextLocale(std::string code, Catalogues catalogues)
    : Locale{std::move(code)},
      catalogues_{std::move(catalogues)} {}

template <typename... Count>
std::optional<std::string_view> GettextLocale::find(std::string_view message, Count... count)
    const {
    for (const auto& catalogue : catalogues_) {
        if (const auto found = catalogue->find(message, count...)) {
            return found;
        }
    }
    return std::nullopt;
}

std::string GettextLocale::translate(std::string_view message) const {
    return std::string{find(message).value_or(message)};
}

std::string GettextLocale::translate(
    std::string_view message,
    std::string_view plural_message,
    std::int64_t count
) const {
    return std::string{find(message, count).value_or(count == 1 ? message : plural_message)};
}

std::string GettextLocale::pgettext(std::string_view context, std::string_view message) const {
    return std::string{find(in_context(context, message)).value_or(message)};
}

std::string GettextLocale::pgettext(
    std::string_view context,
    std::string_view message,
    std::string_view plural_message,
    std::int64_t count
) const {
    const auto found = find(in_context(context, message), count);
    return found ? std::string{*found} : translate(message, plural_message, count);
}

}  // namespace tornado::locale
