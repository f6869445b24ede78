#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace tornado::httputil {

/// The bytes of a block of 64 that end something, a bit for each byte.
struct BlockMasks {
    std::uint64_t no_token;    ///< not a tchar: ends a method or a field name
    std::uint64_t no_visible;  ///< neither VCHAR nor obs-text: ends a target
    std::uint64_t no_value;    ///< as no_visible, but for SP and TAB: ends a field value
};

/// Fills `out` for `count` blocks of 64 bytes each, with the instruction set in use. The low half
/// of each mask is for the 32 bytes at a block's start, the high half for the 32 bytes at
/// `high_half` from there.
void classify_blocks(
    const char* data,
    std::size_t count,
    std::size_t high_half,
    BlockMasks* out
) noexcept;

/// Finds the delimiters of a message head, looking at each byte once, for steps that go only
/// forwards.
///
/// Blocks are classified some at a time: one first, as a pipelined request is often that short,
/// then more.
class HeadScanner {
public:
    HeadScanner(const char* data, std::size_t size) noexcept : data_{data}, size_{size} {}

    /// The first byte from `from` on that is not of that class, or the size.
    std::size_t find_no_token(std::size_t from) noexcept {
        return find<&BlockMasks::no_token>(from);
    }
    std::size_t find_no_visible(std::size_t from) noexcept {
        return find<&BlockMasks::no_visible>(from);
    }
    std::size_t find_no_value(std::size_t from) noexcept {
        return find<&BlockMasks::no_value>(from);
    }

private:
    static constexpr std::size_t block_size = 64;
    static constexpr std::size_t half = block_size / 2;

    template <std::uint64_t BlockMasks::*Class>
    std::size_t find(std::size_t from) noexcept {
        do {
            for (auto offset = from - start_; offset < span_; offset = from - start_) {
                const auto rest = masks_[offset / block_size].*Class >> (from % block_size);
                if (rest != 0) {
                    return from + static_cast<std::size_t>(std::countr_zero(rest));
                }
                from += block_size - from % block_size;
            }
        } while (load(from));
        return size_;
    }

    /// Classifies the block that holds `from` and some behind it; false at the end.
    bool load(std::size_t from) noexcept;
    void load_tail() noexcept;

    const char* data_;
    std::size_t size_;
    std::size_t start_ = 0;  ///< where the first classified block starts
    std::size_t span_ = 0;   ///< the bytes of all classified blocks
    std::array<BlockMasks, 16> masks_;
};

}  // namespace tornado::httputil
