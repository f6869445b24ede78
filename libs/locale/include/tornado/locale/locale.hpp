#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tornado::locale {

/// How Locale::format_date() writes a date.
struct FormatDateOptions {
    /// Whether it is written in full, as "July 10, 1980 at 6:35 pm", however near it is.
    bool full_format = false;
    /// Minutes west of Greenwich, as JavaScript's `getTimezoneOffset()` has it; less than zero
    /// east.
    std::chrono::minutes gmt_offset = std::chrono::minutes{0};
    /// What counts as now; unset: the system's clock.
    std::optional<std::chrono::system_clock::time_point> now = std::nullopt;
    /// Whether it is told how long ago that was, as in "2 minutes ago" and "yesterday".
    bool relative = true;
    /// Whether dates of other days come without the time of day.
    bool shorter = false;
};

/// A language, and the habits of one place where it is spoken: translates messages and writes
/// dates, lists and numbers for people. All text is UTF-8.
///
/// get() finds one of those that were loaded. Derive from it to take translations from elsewhere, a
/// database say; CSVLocale and GettextLocale serve files.
///
/// Ownership: shared; one that is in use stays valid when translations are loaded anew.
/// Thread safety: any thread; a class of your own must see to that too.
/// Mirrors `tornado.locale.Locale`.
///
///     const auto user_locale = locale::get("es_LA");
///     user_locale->translate("Sign out");
///     user_locale->format_date(story.published);
class Locale {
public:
    /// The locale that fits one of these codes best; see locale::get().
    [[nodiscard]] static std::shared_ptr<const Locale> get_closest(
        const std::vector<std::string>& codes
    );
    /// The locale of exactly that code. Throws std::invalid_argument when there is none.
    [[nodiscard]] static std::shared_ptr<const Locale> get(std::string_view code);

    Locale(const Locale&) = delete;
    Locale& operator=(const Locale&) = delete;
    virtual ~Locale() = default;

    /// The locale's code, such as "pt_BR".
    [[nodiscard]] const std::string& code() const noexcept { return code_; }
    /// What it is called in its own language, or "Unknown"; see LOCALE_NAMES.
    [[nodiscard]] std::string_view name() const noexcept;
    /// Whether its script runs from right to left.
    [[nodiscard]] bool rtl() const noexcept { return rtl_; }

    /// The message in this language; the message itself when there is no translation. Placeholders
    /// stay: format() fills them in.
    [[nodiscard]] virtual std::string translate(std::string_view message) const = 0;
    /// The same for a message about `count` things: `message` is for one, `plural_message` for any
    /// other number.
    [[nodiscard]] virtual std::string translate(
        std::string_view message,
        std::string_view plural_message,
        std::int64_t count
    ) const = 0;
    /// As translate(), where one word has several meanings, as in `pgettext("law", "right")`.
    [[nodiscard]] virtual std::string pgettext(std::string_view context, std::string_view message)
        const = 0;
    [[nodiscard]] virtual std::string pgettext(
        std::string_view context,
        std::string_view message,
        std::string_view plural_message,
        std::int64_t count
    ) const = 0;

    /// The date as one says it: "2 minutes ago", "yesterday at 6:35 pm", "Sunday at 6:35 pm",
    /// "April 28 at 6:35 pm", "April 28, 2013 at 6:35 pm". One that lies ahead by a minute or more
    /// is always written in full.
    [[nodiscard]] std::string format_date(
        std::chrono::system_clock::time_point date,
        const FormatDateOptions& options = {}
    ) const;
    /// The date as "Sunday, April 28", or without the day of the week. `gmt_offset` is minutes
    /// west of Greenwich.
    [[nodiscard]] std::string format_day(
        std::chrono::system_clock::time_point date,
        std::chrono::minutes gmt_offset = std::chrono::minutes{0},
        bool dow = true
    ) const;
    /// "A, B and C", "A and B", "A", or nothing.
    [[nodiscard]] std::string list(const std::vector<std::string>& parts) const;
    /// The number with commas between thousands, where that is the custom: in "en" and "en_US".
    [[nodiscard]] std::string friendly_number(std::int64_t value) const;

protected:
    explicit Locale(std::string code);

private:
    struct LocalTime;

    [[nodiscard]] std::string how_long_ago(std::chrono::seconds ago) const;
    [[nodiscard]] std::string date_pattern(
        const LocalTime& date,
        const LocalTime& now,
        const FormatDateOptions& options
    ) const;
    [[nodiscard]] std::string time_of_day(const LocalTime& date) const;
    [[nodiscard]] std::string fill(std::string_view pattern, const LocalTime& date) const;

    std::string code_;
    bool rtl_;
};

}  // namespace tornado::locale
