#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

/// Ends the program, for the fuzzer to see, unless the claim holds.
inline void require(bool condition, const char* claim) {
    if (!condition) {
        std::fprintf(stderr, "not so: %s\n", claim);
        __builtin_trap();
    }
}

/// The text as a field's value can be: without control characters.
inline std::string as_value(std::string_view text) {
    std::string value{text};
    for (auto& c : value) {
        const auto byte = static_cast<unsigned char>(c);
        c = (byte < 0x20 && c != '\t') || byte == 0x7f ? ' ' : c;
    }
    return value;
}

/// Numbers that the input's first bytes decide.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : state_{seed} {}
    /// One of 0 … `sides` - 1.
    std::size_t roll(std::size_t sides) {
        state_ = state_ * 6364136223846793005U + 1442695040888963407U;
        return static_cast<std::size_t>(state_ >> 33) % sides;
    }

private:
    std::uint64_t state_;
};
