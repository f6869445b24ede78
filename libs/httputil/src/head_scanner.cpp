#include "head_scanner.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "block_classifiers.hpp"
#include "tornado/httputil/simd.hpp"

namespace tornado::httputil {
namespace {

void classify_first(
    const char* data,
    std::size_t count,
    std::size_t high_half,
    BlockMasks* out
) noexcept;

/// Constant-initialised, so that a parser may run before main(); the first call chooses.
std::atomic<Classifier> classifier{classify_first};

Classifier best_classifier() noexcept {
    const auto avx2 = classifier_for(Simd::avx2);
    const auto sse42 = avx2 ? avx2 : classifier_for(Simd::sse42);
    return sse42 ? sse42 : classifier_for(Simd::scalar);
}

void classify_first(
    const char* data,
    std::size_t count,
    std::size_t high_half,
    BlockMasks* out
) noexcept {
    const auto best = best_classifier();
    auto expected = Classifier{classify_first};
    classifier.compare_exchange_strong(expected, best, std::memory_order_relaxed);
    best(data, count, high_half, out);
}

}  // namespace

void classify_blocks(
    const char* data,
    std::size_t count,
    std::size_t high_half,
    BlockMasks* out
) noexcept {
    classifier.load(std::memory_order_relaxed)(data, count, high_half, out);
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

bool HeadScanner::load(std::size_t from) noexcept {
    if (from >= size_) {
        return false;
    }
    start_ = from - from % block_size;
    const auto full = (size_ - start_) / block_size;
    if (full == 0) {
        load_tail();
        return true;
    }
    const auto count = std::min(full, start_ == 0 ? 1 : masks_.size());
    span_ = count * block_size;
    classify_blocks(data_ + start_, count, half, masks_.data());
    return true;
}

/// Classifies the last block, which is shorter than the others; the bytes that it lacks end
/// everything. Never reads beyond the end: what is long enough is covered by pieces that overlap.
void HeadScanner::load_tail() noexcept {
    const auto length = size_ % block_size;
    const auto missing = ~std::uint64_t{0} << length;
    auto& masks = masks_[0];
    span_ = block_size;
    const auto arrange = [&](auto place) {
        masks.no_token = place(masks.no_token) | missing;
        masks.no_visible = place(masks.no_visible) | missing;
        masks.no_value = place(masks.no_value) | missing;
    };
    if (size_ >= block_size) {
        classify_blocks(data_ + size_ - block_size, 1, half, &masks);
        arrange([known = block_size - length](std::uint64_t mask) { return mask >> known; });
    } else if (size_ >= half) {
        const auto overlap = length - half;
        classify_blocks(data_, 1, overlap, &masks);
        arrange([overlap](std::uint64_t mask) {
            return (mask & 0xffffffff) | (mask >> half) << overlap;
        });
    } else {
        std::array<char, block_size> padded{};
        std::memcpy(padded.data(), data_, length);
        classify_blocks(padded.data(), 1, half, &masks);
    }
}

}  // namespace tornado::httputil
