#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace tornado::websocket {

/// The four bytes that a client masks a frame's payload with (RFC 6455, 5.3).
using MaskKey = std::array<char, 4>;

/// Masks a part of a payload in place, or takes the mask off, which is the same. `offset` is the
/// part's place in the payload. Mirrors `tornado.util._websocket_mask`.
void apply_mask(std::span<char> data, MaskKey key, std::size_t offset = 0) noexcept;

/// A key that nobody can foretell, from the kernel's generator.
[[nodiscard]] MaskKey random_mask_key();

}  // namespace tornado::websocket
