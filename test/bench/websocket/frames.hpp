#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

// What both ends of the bench need of RFC 6455: frames without extensions, none of them in pieces.

/// The head of one frame.
struct FrameHead {
    std::size_t size = 0;    ///< of the head
    std::uint64_t body = 0;  ///< of the payload
    std::array<char, 4> key{};
    unsigned char first = 0;
    [[nodiscard]] std::size_t whole() const { return size + body; }
};

/// Appends the head of a frame with `first` for its first byte and `body` bytes of payload.
inline void append_head(std::string& out, unsigned char first, std::uint64_t body, bool masked) {
    const unsigned mask = masked ? 0x80U : 0;
    out += static_cast<char>(first);
    if (body < 126) {
        out += static_cast<char>(mask | body);
        return;
    }
    const int bytes = body < 65536 ? 2 : 8;
    out += static_cast<char>(mask | (bytes == 2 ? 126U : 127U));
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
        out += static_cast<char>(body >> static_cast<unsigned>(shift));
    }
}

/// The head at the beginning of `input`; its size is 0 while it is incomplete.
inline FrameHead read_head(std::string_view input) {
    FrameHead head;
    if (input.size() < 2) {
        return head;
    }
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(input[at]); };
    head.first = byte(0);
    const bool masked = (byte(1) & 0x80U) != 0;
    head.body = byte(1) & 0x7fU;
    std::size_t size = 2;
    if (head.body >= 126) {
        const std::size_t bytes = head.body == 126 ? 2 : 8;
        size += bytes;
        if (input.size() < size) {
            return head;
        }
        head.body = 0;
        for (std::size_t i = 2; i < size; ++i) {
            head.body = head.body << 8U | byte(i);
        }
    }
    if (masked) {
        if (input.size() < size + 4) {
            return head;
        }
        std::memcpy(head.key.data(), input.data() + size, 4);
        size += 4;
    }
    head.size = size;
    return head;
}

/// Copies `from`, masked or unmasked by `key`, to `to`: eight bytes at a time.
inline void mask_to(char* to, std::string_view from, const std::array<char, 4>& key) {
    std::array<char, 8> twice{};
    std::memcpy(twice.data(), key.data(), 4);
    std::memcpy(twice.data() + 4, key.data(), 4);
    std::uint64_t word_key = 0;
    std::memcpy(&word_key, twice.data(), 8);
    std::size_t at = 0;
    for (; at + 8 <= from.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, from.data() + at, 8);
        word ^= word_key;
        std::memcpy(to + at, &word, 8);
    }
    for (; at < from.size(); ++at) {
        to[at] = static_cast<char>(from[at] ^ key[at % 4]);
    }
}
