#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/locale/gettext_catalogue.hpp"
#include "tornado/locale/locale.hpp"

namespace tornado::locale {

/// A locale with translations from gettext catalogues. What one of them does not have the next is
/// asked for: that of "fr", say, behind that of "fr_CA".
///
/// With plural forms, what no catalogue has comes back as it was given, `message` for a count of 1,
/// `plural_message` for any other. With a context, a message without plural forms that is not there
/// comes back as it was given; one with them is looked for without the context.
/// Mirrors `tornado.locale.GettextLocale`.
class GettextLocale final : public Locale {
public:
    using Catalogues = std::vector<std::shared_ptr<const GettextCatalogue>>;

    GettextLocale(std::string code, Catalogues catalogues);

    [[nodiscard]] std::string translate(std::string_view message) const override;
    [[nodiscard]] std::string translate(
        std::string_view message,
        std::string_view plural_message,
        std::int64_t count
    ) const override;
    [[nodiscard]] std::string pgettext(std::string_view context, std::string_view message)
        const override;
    [[nodiscard]] std::string pgettext(
        std::string_view context,
        std::string_view message,
        std::string_view plural_message,
        std::int64_t count
    ) const override;

private:
    template <typename... Count>
    [[nodiscard]] std::optional<std::string_view> find(std::string_view message, Count... count)
        const;

    Catalogues catalogues_;
};

}  // namespace tornado::locale
