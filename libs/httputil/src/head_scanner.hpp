#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace tornado::httputil {

/// The bytes of a block of 64 that end something, a bit for each byte.
struct BlockMasks {
    std::uint64_t no_token = 0;    ///< not a tchar: ends a method or a field name
    std::uint64_t no_visible = 0;  ///< neither VCHAR nor obs-text: ends a target
    std::uint64_t no_value = 0;    ///< as no_visible, but for SP and TAB: ends a field value
};

/// Fills `out` for `count` blocks of 64 bytes each, with the instruction set in use.
void classify_blocks(const char* data, std::size_t count, BlockMasks* out) noexcept;

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

    template <std::uint64_t BlockMasks::*Class>
    std::size_t find(std::size_t from) noexcept {
        while (from < size_) {
            const auto block = from / block_size;
            if (block - first_ >= count_) {
                load(block);
            }
            const auto rest = masks_[block - first_].*Class >> (from % block_size);
            if (rest != 0) {
                return from + static_cast<std::size_t>(std::countr_zero(rest));
            }
            from = (block + 1) * block_size;
        }
        return size_;
    }

    void load(std::size_t block) noexcept;
    void load_tail(std::size_t block) noexcept;

    const char* data_;
    std::size_t size_;
    std::size_t first_ = 0;
    std::size_t count_ = 0;
    std::array<BlockMasks, 4> masks_;
};

}  // namespace tornado::httputil
