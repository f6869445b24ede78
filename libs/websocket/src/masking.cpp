#include "tornado/websocket/masking.hpp"

#include <pthread.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "tornado/util/per_thread.hpp"
#include "tornado/util/secure_random.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tornado::websocket {

namespace {

/// How often this process and its parents have been forked off since one of them drew keys.
constinit unsigned forks = 0;

/// Random bytes of which a system call brings many at once. A process that is forked off draws its
/// own: the parent and its other children have the same ones.
class RandomPool {
public:
    RandomPool() {
        [[maybe_unused]] static const int watched =
            ::pthread_atfork(nullptr, nullptr, [] { ++forks; });
    }

    MaskKey take() {
        if (used_ == bytes_.size() || forks_ != forks) {
            util::fill_secure_random(bytes_);
            used_ = 0;
            forks_ = forks;
        }
        MaskKey key;
        std::memcpy(key.data(), bytes_.data() + used_, key.size());
        std::memset(bytes_.data() + used_, 0, key.size());
        used_ += key.size();
        return key;
    }

private:
    std::array<std::byte, 1024> bytes_;
    std::size_t used_ = bytes_.size();
    unsigned forks_ = forks;
};

}  // namespace

void apply_mask(std::span<char> data, MaskKey key, std::size_t offset) noexcept {
    std::rotate(key.begin(), key.begin() + static_cast<std::ptrdiff_t>(offset % 4), key.end());
    std::uint32_t word = 0;
    std::memcpy(&word, key.data(), sizeof word);
    char* at = data.data();
    auto left = data.size();
#if defined(__SSE2__)
    const auto wide_key = _mm_set1_epi32(static_cast<int>(word));
    for (; left >= sizeof wide_key; left -= sizeof wide_key, at += sizeof wide_key) {
        auto* const place = reinterpret_cast<__m128i*>(at);
        _mm_storeu_si128(place, _mm_xor_si128(_mm_loadu_si128(place), wide_key));
    }
#endif
    const auto double_key = std::uint64_t{word} << 32U | word;
    for (; left >= sizeof double_key; left -= sizeof double_key, at += sizeof double_key) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, at, sizeof eight);
        eight ^= double_key;
        std::memcpy(at, &eight, sizeof eight);
    }
    for (std::size_t i = 0; i < left; ++i) {
        at[i] = static_cast<char>(at[i] ^ key[i % 4]);
    }
}

MaskKey random_mask_key() {
    if (auto* const pool = util::PerThread<RandomPool>::get()) {
        return pool->take();
    }
    return RandomPool{}.take();
}

}  // namespace tornado::websocket
