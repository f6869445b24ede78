#include "sha1.hpp"

#include <bit>
#include <string>

namespace tornado::websocket {

namespace {

using Digest = std::array<std::uint32_t, 5>;

constexpr std::size_t block_size = 64;

std::uint32_t big_endian_word(const char* bytes) noexcept {
    std::uint32_t word = 0;
    for (int i = 0; i < 4; ++i) {
        word = word << 8U | static_cast<unsigned char>(bytes[i]);
    }
    return word;
}

void add_block(Digest& digest, const char* block) noexcept {
    std::array<std::uint32_t, 80> w;
    for (std::size_t t = 0; t < 16; ++t) {
        w[t] = big_endian_word(block + 4 * t);
    }
    for (std::size_t t = 16; t < w.size(); ++t) {
        w[t] = std::rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
    }
    auto [a, b, c, d, e] = digest;
    for (std::size_t t = 0; t < w.size(); ++t) {
        std::uint32_t f = 0;
        std::uint32_t k = 0;
        if (t < 20) {
            f = (b & c) | (~b & d);
            k = 0x5A827999;
        } else if (t < 40) {
            f = b ^ c ^ d;
            k = 0x6ED9EBA1;
        } else if (t < 60) {
            f = (b & c) | (b & d) | (c & d);
            k = 0x8F1BBCDC;
        } else {
            f = b ^ c ^ d;
            k = 0xCA62C1D6;
        }
        const auto next = std::rotl(a, 5) + f + e + w[t] + k;
        e = d;
        d = c;
        c = std::rotl(b, 30);
        b = a;
        a = next;
    }
    digest[0] += a;
    digest[1] += b;
    digest[2] += c;
    digest[3] += d;
    digest[4] += e;
}

}  // namespace

std::array<std::uint8_t, 20> sha1(std::string_view text) {
    std::string padded{text};
    padded.push_back('\x80');
    padded.resize((padded.size() + 8 + block_size - 1) / block_size * block_size - 8);
    const auto bits = std::uint64_t{text.size()} * 8;
    for (int shift = 56; shift >= 0; shift -= 8) {
        padded.push_back(static_cast<char>(bits >> static_cast<unsigned>(shift) & 0xFFU));
    }
    Digest digest{0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    for (std::size_t at = 0; at < padded.size(); at += block_size) {
        add_block(digest, padded.data() + at);
    }
    std::array<std::uint8_t, 20> bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(digest[i / 4] >> (24 - 8 * (i % 4)));
    }
    return bytes;
}

}  // namespace tornado::websocket
