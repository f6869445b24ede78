#include "tornado/websocket/utf8_validator.hpp"

#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tornado::websocket {

namespace {

const char* skip_ascii(const char* at, const char* end) noexcept {
#if defined(__SSE2__)
    for (; end - at >= 16; at += 16) {
        const auto block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        if (_mm_movemask_epi8(block) != 0) {
            break;
        }
    }
#endif
    constexpr std::uint64_t high_bits = 0x8080808080808080U;
    for (; end - at >= 8; at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        if ((word & high_bits) != 0) {
            break;
        }
    }
    while (at != end && static_cast<unsigned char>(*at) < 0x80) {
        ++at;
    }
    return at;
}

}  // namespace

/// The first byte of a character beyond ASCII.
bool Utf8Validator::begin(unsigned char lead) noexcept {
    if (lead < 0xC2 || lead > 0xF4) {
        return false;
    }
    missing_ = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    if (lead == 0xE0) {
        least_ = 0xA0;  // else it is overlong
    } else if (lead == 0xED) {
        most_ = 0x9F;  // else it is a surrogate
    } else if (lead == 0xF0) {
        least_ = 0x90;
    } else if (lead == 0xF4) {
        most_ = 0x8F;  // else it is beyond U+10FFFF
    }
    return true;
}

bool Utf8Validator::add(std::string_view bytes) noexcept {
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    while (at != end) {
        const auto byte = static_cast<unsigned char>(*at);
        if (missing_ == 0) {
            if (byte < 0x80) {
                at = skip_ascii(at, end);
                continue;
            }
            if (!begin(byte)) {
                return false;
            }
        } else {
            if (byte < least_ || byte > most_) {
                return false;
            }
            least_ = 0x80;
            most_ = 0xBF;
            --missing_;
        }
        ++at;
    }
    return true;
}

}  // namespace tornado::websocket
