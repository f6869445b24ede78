#pragma once

#include <bitset>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace tornado::routing {

using ByteSet = std::bitset<256>;

/// One item of a pattern: a byte, a class or a group, with its quantifier.
struct Piece {
    enum class Kind : std::uint8_t {
        byte,        ///< one certain byte
        set,         ///< one of a set of bytes
        set_group,   ///< a group around a set with a quantifier, such as ([0-9]+)
        text_group,  ///< a group around certain bytes, such as (robots\.txt)
        group,       ///< a group around anything else, or with a quantifier of its own
    };
    static constexpr std::uint32_t unlimited = std::numeric_limits<std::uint32_t>::max();

    [[nodiscard]] bool is_plain_byte() const noexcept {
        return kind == Kind::byte && min == 1 && max == 1;
    }
    [[nodiscard]] bool may_come_once() const noexcept { return min <= 1 && max >= 1; }

    Kind kind = Kind::byte;
    bool is_dot = false;     ///< a bare "."
    unsigned char byte = 0;  ///< for Kind::byte
    ByteSet set;             ///< what it can begin with; of a Kind::group nothing is known
    std::string text;        ///< for Kind::text_group
    std::uint32_t min = 1;   ///< how often: of a set_group the set in it, of a group the group
    std::uint32_t max = 1;
};

/// A pattern as a sequence.
struct PatternPieces {
    std::vector<Piece> pieces;
    bool complete = false;  ///< that is all; otherwise something else comes behind them
};

/// Reads a pattern that has no alternatives outside its parentheses. Whatever is not surely read
/// as Boost.Regex reads it ends the sequence.
[[nodiscard]] PatternPieces parse_pieces(std::string_view pattern);

}  // namespace tornado::routing
