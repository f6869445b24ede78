#include "block_classifiers.hpp"

#include <array>
#include <cstdint>

#include "character.hpp"

#if defined(__x86_64__) && defined(__GNUC__)
#define TORNADO_HTTPUTIL_X86 1
#include <immintrin.h>
#endif

namespace tornado::httputil {
namespace {

void classify_scalar(const char* data, std::size_t count, BlockMasks* out) noexcept {
    for (; count != 0; --count, data += 64, ++out) {
        BlockMasks masks;
        for (unsigned i = 0; i < 64; ++i) {
            const std::uint64_t bit = std::uint64_t{1} << i;
            masks.no_token |= is(data[i], token_char) ? 0 : bit;
            masks.no_visible |= is(data[i], visible_char) ? 0 : bit;
            masks.no_value |= is(data[i], value_char) ? 0 : bit;
        }
        *out = masks;
    }
}

#ifdef TORNADO_HTTPUTIL_X86

/// For each low half of a byte, the high halves that make it a tchar, a bit each. Bytes of 0x80 and
/// more are none: the shuffle instruction answers zero for them.
constexpr auto make_token_table() {
    std::array<std::uint8_t, 16> table{};
    for (unsigned c = 0; c < 128; ++c) {
        if (is(static_cast<char>(c), token_char)) {
            table[c % 16] = static_cast<std::uint8_t>(table[c % 16] | 1U << c / 16);
        }
    }
    return table;
}

alignas(16) constexpr auto token_table = make_token_table();
alignas(16) constexpr std::array<std::uint8_t, 16> half_bits{1, 2, 4, 8, 16, 32, 64, 128};

__attribute__((target("avx2"))) void
classify_avx2(const char* data, std::size_t count, BlockMasks* out) noexcept {
    const auto load_table = [](const auto& table) __attribute__((target("avx2"))) {
        return _mm256_broadcastsi128_si256(
            _mm_load_si128(reinterpret_cast<const __m128i*>(table.data()))
        );
    };
    const __m256i tokens = load_table(token_table);
    const __m256i halves = load_table(half_bits);
    const __m256i low_half = _mm256_set1_epi8(0x0f);
    const __m256i space = _mm256_set1_epi8(0x20);
    const __m256i tab = _mm256_set1_epi8(0x09);
    const __m256i del = _mm256_set1_epi8(0x7f);
    for (; count != 0; --count, data += 64, ++out) {
        std::array<std::uint32_t, 2> no_token;
        std::array<std::uint32_t, 2> no_visible;
        std::array<std::uint32_t, 2> blank;
        for (std::size_t i = 0; i < 2; ++i) {
            const auto bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(data) + i);
            const auto high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), low_half);
            const auto token = _mm256_and_si256(
                _mm256_shuffle_epi8(tokens, bytes), _mm256_shuffle_epi8(halves, high)
            );
            const auto control = _mm256_or_si256(
                _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, space), bytes),
                _mm256_cmpeq_epi8(bytes, del)
            );
            const auto blanks =
                _mm256_or_si256(_mm256_cmpeq_epi8(bytes, space), _mm256_cmpeq_epi8(bytes, tab));
            no_token[i] = static_cast<std::uint32_t>(
                _mm256_movemask_epi8(_mm256_cmpeq_epi8(token, _mm256_setzero_si256()))
            );
            no_visible[i] = static_cast<std::uint32_t>(_mm256_movemask_epi8(control));
            blank[i] = static_cast<std::uint32_t>(_mm256_movemask_epi8(blanks));
        }
        out->no_token = no_token[0] | std::uint64_t{no_token[1]} << 32;
        out->no_visible = no_visible[0] | std::uint64_t{no_visible[1]} << 32;
        out->no_value = out->no_visible & ~(blank[0] | std::uint64_t{blank[1]} << 32);
    }
}

__attribute__((target("sse4.2"))) void
classify_sse42(const char* data, std::size_t count, BlockMasks* out) noexcept {
    const auto tokens = _mm_load_si128(reinterpret_cast<const __m128i*>(token_table.data()));
    const auto halves = _mm_load_si128(reinterpret_cast<const __m128i*>(half_bits.data()));
    const __m128i low_half = _mm_set1_epi8(0x0f);
    const __m128i space = _mm_set1_epi8(0x20);
    const __m128i tab = _mm_set1_epi8(0x09);
    const __m128i del = _mm_set1_epi8(0x7f);
    for (; count != 0; --count, data += 64, ++out) {
        BlockMasks masks;
        for (unsigned i = 0; i < 4; ++i) {
            const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data) + i);
            const auto high = _mm_and_si128(_mm_srli_epi16(bytes, 4), low_half);
            const auto token =
                _mm_and_si128(_mm_shuffle_epi8(tokens, bytes), _mm_shuffle_epi8(halves, high));
            const auto control = _mm_or_si128(
                _mm_cmpeq_epi8(_mm_min_epu8(bytes, space), bytes), _mm_cmpeq_epi8(bytes, del)
            );
            const auto blanks =
                _mm_or_si128(_mm_cmpeq_epi8(bytes, space), _mm_cmpeq_epi8(bytes, tab));
            const auto no_token = _mm_cmpeq_epi8(token, _mm_setzero_si128());
            const auto no_value = _mm_andnot_si128(blanks, control);
            const auto place = [i](int bits) {
                return static_cast<std::uint64_t>(static_cast<std::uint32_t>(bits)) << 16 * i;
            };
            masks.no_token |= place(_mm_movemask_epi8(no_token));
            masks.no_visible |= place(_mm_movemask_epi8(control));
            masks.no_value |= place(_mm_movemask_epi8(no_value));
        }
        *out = masks;
    }
}

#endif

}  // namespace

Classifier classifier_for(Simd simd) noexcept {
    switch (simd) {
#ifdef TORNADO_HTTPUTIL_X86
        case Simd::avx2:
            return __builtin_cpu_supports("avx2") ? classify_avx2 : nullptr;
        case Simd::sse42:
            return __builtin_cpu_supports("sse4.2") ? classify_sse42 : nullptr;
#endif
        case Simd::scalar:
            return classify_scalar;
        default:
            return nullptr;
    }
}

}  // namespace tornado::httputil
