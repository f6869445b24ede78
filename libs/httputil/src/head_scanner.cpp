#include "head_scanner.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "block_classifiers.hpp"
#include "tornado/httputil/simd.hpp"

namespace tornado::httputil {
namespace {

void classify_first(const char* data, std::size_t count, BlockMasks* out) noexcept;

/// Constant-initialised, so that a parser may run before main(); the first call chooses.
std::atomic<Classifier> classifier{classify_first};

Classifier best_classifier() noexcept {
    const auto avx2 = classifier_for(Simd::avx2);
    const auto sse42 = avx2 ? avx2 : classifier_for(Simd::sse42);
    return sse42 ? sse42 : classifier_for(Simd::scalar);
}

void classify_first(const char* data, std::size_t count, BlockMasks* out) noexcept {
    const auto best = best_classifier();
    auto expected = Classifier{classify_first};
    classifier.compare_exchange_strong(expected, best, std::memory_order_relaxed);
    best(data, count, out);
}

}  // namespace

void classify_blocks(const char* data, std::size_t count, BlockMasks* out) noexcept {
    classifier.load(std::memory_order_relaxed)(data, count, out);
}

Simd simd_in_use() noexcept {
    const auto current = classifier.load(std::memory_order_relaxed);
    const auto used = current == classify_first ? best_classifier() : current;
    for (const auto simd : {Simd::avx2, Simd::sse42}) {
        if (used == classifier_for(simd)) {
            return simd;
        }
    }
    return Simd::scalar;
}

bool use_simd(Simd simd) noexcept {
    const auto chosen = classifier_for(simd);
    if (chosen) {
        classifier.store(chosen, std::memory_order_relaxed);
    }
    return chosen != nullptr;
}

void HeadScanner::load(std::size_t block) noexcept {
    const auto full = size_ / block_size - block;
    if (full == 0) {
        load_tail(block);
        return;
    }
    const auto wanted = block == 0 ? 1 : masks_.size();
    first_ = block;
    count_ = std::min(full, wanted);
    classify_blocks(data_ + block * block_size, count_, masks_.data());
}

/// Classifies the last block, which is shorter than the others; the bytes that it lacks end
/// everything.
void HeadScanner::load_tail(std::size_t block) noexcept {
    const auto length = size_ % block_size;
    auto& masks = masks_[0];
    first_ = block;
    count_ = 1;
    if (size_ >=
        block_size) {  // never beyond the end: the last 64 bytes, of which some are known already
        classify_blocks(data_ + size_ - block_size, 1, &masks);
        const auto known = block_size - length;
        const auto missing = ~std::uint64_t{0} << length;
        masks.no_token = masks.no_token >> known | missing;
        masks.no_visible = masks.no_visible >> known | missing;
        masks.no_value = masks.no_value >> known | missing;
        return;
    }
    std::array<char, block_size> padded{};
    std::memcpy(padded.data(), data_, length);
    classify_blocks(padded.data(), 1, &masks);
}

}  // namespace tornado::httputil
