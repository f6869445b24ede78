#pragma once

#include <cstdint>

// The case of ASCII's letters, eight at a time.
namespace tornado::templating::text {

[[nodiscard]] constexpr bool is_all_ascii(std::uint64_t word) noexcept {
    return (word & 0x8080808080808080U) == 0;
}

/// Changes the case of a word's letters, of which the first and the last are given: `a` and `z`
/// become upper case. All bytes are ASCII.
[[nodiscard]] constexpr std::uint64_t
with_case_changed(std::uint64_t word, char first, char last) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101;
    const auto beyond = [word](int limit) {  // in the highest bit of each byte
        return word + ones * static_cast<std::uint64_t>(0x80 - limit);
    };
    return word ^ (((beyond(first) ^ beyond(last + 1)) & (ones * 0x80)) >> 2U);
}

}  // namespace tornado::templating::text
