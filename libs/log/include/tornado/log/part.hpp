#pragma once

#include <concepts>
#include <string_view>
#include <type_traits>

namespace tornado::log {

/// What a log message can be made of: text, numbers, bool and char.
template <typename T>
concept Loggable = std::convertible_to<const T&, std::string_view> || std::is_arithmetic_v<T>;

/// One piece of a message as text. Made and used within one call: it only looks at the text it is
/// given.
///
/// A double prints the fewest digits that read back as the same number, a bool `true` or `false`, a
/// null C string `(null)`.
class Part {
public:
    Part(std::string_view text) noexcept : text_{text} {}
    Part(const char* text) noexcept : text_{text != nullptr ? std::string_view{text} : "(null)"} {}
    Part(bool value) noexcept : text_{value ? "true" : "false"} {}
    Part(char value) noexcept : text_{buffer_, 1} { buffer_[0] = value; }
    Part(double value) noexcept;
    template <std::integral T>
    Part(T value) noexcept : Part{widen(value)} {}
    template <std::floating_point T>
    Part(T value) noexcept : Part{static_cast<double>(value)} {}
    template <typename T>
    requires(std::convertible_to<const T&, std::string_view> && !std::is_pointer_v<T>)
        Part(const T& text)
    noexcept(noexcept(std::string_view{text})) : text_{static_cast<std::string_view>(text)} {}

    Part(const Part&) = delete;  // text_ may look into buffer_
    Part& operator=(const Part&) = delete;

    [[nodiscard]] std::string_view text() const noexcept { return text_; }

private:
    struct Signed {
        long long value;
    };
    struct Unsigned {
        unsigned long long value;
    };
    explicit Part(Signed number) noexcept;
    explicit Part(Unsigned number) noexcept;

    template <std::integral T>
    static auto widen(T value) noexcept {
        if constexpr (std::is_signed_v<T>) {
            return Signed{value};
        } else {
            return Unsigned{value};
        }
    }

    std::string_view text_;
    char buffer_[32];
};

}  // namespace tornado::log
