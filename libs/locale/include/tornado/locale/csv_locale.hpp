#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "tornado/locale/locale.hpp"
#include "tornado/locale/text_map.hpp"

namespace tornado::locale {

/// The translations of one file in CSV, as load_translations() reads it.
struct CSVTranslations {
    using Messages = TextMap<std::string>;

    Messages singular = {};  ///< for one thing
    Messages plural = {};    ///< for any other number, by the plural message
    Messages unknown = {};   ///< messages that are not about a number
};

/// A locale with translations from a CSV file; with none, it returns messages as they are. It has
/// one plural, for every number but 1. Mirrors `tornado.locale.CSVLocale`.
class CSVLocale final : public Locale {
public:
    explicit CSVLocale(std::string code, CSVTranslations translations = {});

    [[nodiscard]] std::string translate(std::string_view message) const override;
    [[nodiscard]] std::string translate(
        std::string_view message,
        std::string_view plural_message,
        std::int64_t count
    ) const override;
    /// The same as translate(): such files know no context, which the first call logs as a warning.
    [[nodiscard]] std::string pgettext(std::string_view context, std::string_view message)
        const override;
    [[nodiscard]] std::string pgettext(
        std::string_view context,
        std::string_view message,
        std::string_view plural_message,
        std::int64_t count
    ) const override;

private:
    void warn_of_context() const;

    CSVTranslations translations_;
    mutable std::atomic_flag warned_ = ATOMIC_FLAG_INIT;
};

}  // namespace tornado::locale
