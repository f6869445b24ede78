#pragma once

#include <cstdint>
#include <string_view>

namespace tornado::websocket {

/// Checks that bytes which arrive in pieces are UTF-8 (RFC 3629), and says so at the first that
/// cannot be.
class Utf8Validator {
public:
    /// Whether the bytes so far can be the beginning of UTF-8.
    [[nodiscard]] bool add(std::string_view bytes) noexcept;
    /// Whether no character is cut short.
    [[nodiscard]] bool is_complete() const noexcept { return missing_ == 0; }
    void reset() noexcept { *this = {}; }

private:
    bool begin(unsigned char lead) noexcept;

    std::uint8_t missing_ = 0;  ///< bytes of the present character that are yet to come
    std::uint8_t least_ = 0x80;
    std::uint8_t most_ = 0xBF;
};

}  // namespace tornado::websocket
