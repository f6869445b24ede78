#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace tornado::locale {

/// What one placeholder of a message stands for: text or a whole number.
struct Argument {
    Argument(std::string_view placeholder, std::string_view text)
        : name{placeholder},
          value{text} {}
    template <std::integral T>
    requires(!std::same_as<T, bool> && !std::same_as<T, char>)
        Argument(std::string_view placeholder, T number)
        : name{placeholder},
          value{std::to_string(number)} {}

    std::string_view name;
    std::string value;
};

/// The message with its placeholders, `%(name)s` and `%(name)d`, replaced; `%%` becomes `%`.
///
/// A placeholder without an argument stays as it is, so that a translator's slip spoils one
/// sentence and no more. Does what Python's `message % {…}` does for such messages.
///
///     const auto message =
///         user_locale->translate("%(list)s is online", "%(list)s are online", people.size());
///     format(message, {{"list", user_locale->list(people)}});
[[nodiscard]] std::string
format(std::string_view message, std::initializer_list<Argument> arguments);

}  // namespace tornado::locale
