#include "tornado/log/part.hpp"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <iterator>

namespace tornado::log {

namespace {

template <typename Number, typename... Format>
std::string_view print(char (&buffer)[32], Number value, Format... format) noexcept {
    const auto end = std::to_chars(std::begin(buffer), std::end(buffer), value, format...).ptr;
    return {buffer, static_cast<std::size_t>(end - buffer)};
}

/// As Python: digits alone where they are few enough to read, an exponent beyond.
std::chars_format format_of(double value) noexcept {
    const double size = std::abs(value);
    const bool plain = size == 0 || (size >= 1e-4 && size < 1e16);
    return plain ? std::chars_format::fixed : std::chars_format::scientific;
}

}  // namespace

Part::Part(double value) noexcept : text_{print(buffer_, value, format_of(value))} {}
Part::Part(Signed number) noexcept : text_{print(buffer_, number.value)} {}
Part::Part(Unsigned number) noexcept : text_{print(buffer_, number.value)} {}

}  // namespace tornado::log
