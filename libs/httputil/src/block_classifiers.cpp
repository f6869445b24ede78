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

void classify_scalar(
    const char* data,
    std::size_t count,
    std::size_t high_half,
    BlockMasks* out
) noexcept {
    for (; count != 0; --count, data += 64, ++out) {
        BlockMasks masks{};
        for (unsigned i = 0; i < 64; ++i) {
            const std::uint64_t bit = std::uint64_t{1} << i;
            const char byte = i < 32 ? data[i] : data[high_half + i - 32];
            masks.no_token |= is(byte, token_char) ? 0 : bit;
            masks.no_visible |= is(byte, visible_char) ? 0 : bit;
            masks.no_value |= is(byte, value_char) ? 0 : bit;
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

#define TORNADO_INLINE_FOR(set) __attribute__((target(set), always_inline)) inline

/// The masks of 32 bytes.
struct HalfMasks {
    std::uint32_t no_token;
    std::uint32_t no_visible;
    std::uint32_t no_value;
};

TORNADO_INLINE_FOR("avx2") HalfMasks classify_half(__m256i bytes, __m256i tokens, __m256i halves) {
    const auto space = _mm256_set1_epi8(0x20);
    const auto high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0f));
    const auto token =
        _mm256_and_si256(_mm256_shuffle_epi8(tokens, bytes), _mm256_shuffle_epi8(halves, high));
    const auto control = _mm256_or_si256(
        _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, space), bytes),
        _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x7f))
    );
    const auto blank = _mm256_or_si256(
        _mm256_cmpeq_epi8(bytes, space), _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x09))
    );
    const auto no_token = _mm256_cmpeq_epi8(token, _mm256_setzero_si256());
    return {
        static_cast<std::uint32_t>(_mm256_movemask_epi8(no_token)),
        static_cast<std::uint32_t>(_mm256_movemask_epi8(control)),
        static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_andnot_si256(blank, control)))};
}

__attribute__((target("avx2"))) void classify_avx2(
    const char* data,
    std::size_t count,
    std::size_t high_half,
    BlockMasks* out
) noexcept {
    const auto tokens = _mm256_broadcastsi128_si256(
        _mm_load_si128(reinterpret_cast<const __m128i*>(token_table.data()))
    );
    const auto halves = _mm256_broadcastsi128_si256(
        _mm_load_si128(reinterpret_cast<const __m128i*>(half_bits.data()))
    );
    for (; count != 0; --count, data += 64, ++out) {
        const auto* low_bytes = reinterpret_cast<const __m256i*>(data);
        const auto* high_bytes = reinterpret_cast<const __m256i*>(data + high_half);
        const auto low = classify_half(_mm256_loadu_si256(low_bytes), tokens, halves);
        const auto high = classify_half(_mm256_loadu_si256(high_bytes), tokens, halves);
        out->no_token = low.no_token | std::uint64_t{high.no_token} << 32;
        out->no_visible = low.no_visible | std::uint64_t{high.no_visible} << 32;
        out->no_value = low.no_value | std::uint64_t{high.no_value} << 32;
    }
}

TORNADO_INLINE_FOR("sse4.2")
void classify_quarter(
    __m128i bytes,
    __m128i tokens,
    __m128i halves,
    unsigned shift,
    BlockMasks& masks
) {
    const auto space = _mm_set1_epi8(0x20);
    const auto high = _mm_and_si128(_mm_srli_epi16(bytes, 4), _mm_set1_epi8(0x0f));
    const auto token =
        _mm_and_si128(_mm_shuffle_epi8(tokens, bytes), _mm_shuffle_epi8(halves, high));
    const auto control = _mm_or_si128(
        _mm_cmpeq_epi8(_mm_min_epu8(bytes, space), bytes),
        _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f))
    );
    const auto blank =
        _mm_or_si128(_mm_cmpeq_epi8(bytes, space), _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x09)));
    const auto no_token = _mm_cmpeq_epi8(token, _mm_setzero_si128());
    const auto no_value = _mm_andnot_si128(blank, control);
    masks.no_token |= std::uint64_t{static_cast<unsigned>(_mm_movemask_epi8(no_token))} << shift;
    masks.no_visible |= std::uint64_t{static_cast<unsigned>(_mm_movemask_epi8(control))} << shift;
    masks.no_value |= std::uint64_t{static_cast<unsigned>(_mm_movemask_epi8(no_value))} << shift;
}

__attribute__((target("sse4.2"))) void classify_sse42(
    const char* data,
    std::size_t count,
    std::size_t high_half,
    BlockMasks* out
) noexcept {
    const auto tokens = _mm_load_si128(reinterpret_cast<const __m128i*>(token_table.data()));
    const auto halves = _mm_load_si128(reinterpret_cast<const __m128i*>(half_bits.data()));
    for (; count != 0; --count, data += 64, ++out) {
        const auto* low = reinterpret_cast<const __m128i*>(data);
        const auto* high = reinterpret_cast<const __m128i*>(data + high_half);
        BlockMasks masks{};
        classify_quarter(_mm_loadu_si128(low), tokens, halves, 0, masks);
        classify_quarter(_mm_loadu_si128(low + 1), tokens, halves, 16, masks);
        classify_quarter(_mm_loadu_si128(high), tokens, halves, 32, masks);
        classify_quarter(_mm_loadu_si128(high + 1), tokens, halves, 48, masks);
        *out = masks;
    }
}

#undef TORNADO_INLINE_FOR
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
