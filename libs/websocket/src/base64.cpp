#include "base64.hpp"

#include <cstdint>

namespace tornado::websocket {

std::string base64(std::string_view bytes) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::uint32_t group = 0;
        for (std::size_t i = at; i < at + 3; ++i) {
            group = group << 8U | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
        }
        for (unsigned i = 0; i < 4; ++i) {
            const bool is_there = at + i <= bytes.size();
            text.push_back(is_there ? digits[group >> (18 - 6 * i) & 0x3FU] : '=');
        }
    }
    return text;
}

}  // namespace tornado::websocket
