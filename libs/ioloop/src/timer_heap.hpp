#pragma once

#include <cstdint>
#include <vector>

#include "tornado/ioloop/ioloop.hpp"

namespace tornado::ioloop {

/// Timeouts in the order of their time, first come first served among equals. Adding and removing
/// are logarithmic.
class TimerHeap {
public:
    Timeout add(TimePoint when, Callback callback, concurrent::Context context);
    /// False when the timeout has run or was removed.
    bool remove(Timeout timeout) noexcept;

    [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }
    [[nodiscard]] TimePoint first() const noexcept { return entries_[heap_.front()].when; }

    struct Due {
        Callback callback;
        concurrent::Context context;
    };
    /// Takes the first one out.
    Due pop();

    void clear() noexcept;

private:
    using Index = std::uint32_t;
    static constexpr Index nowhere = ~Index{0};

    struct Entry {
        TimePoint when;
        std::uint64_t sequence = 0;
        Callback callback;
        concurrent::Context context;
        Index place = nowhere;  ///< in heap_
        std::uint32_t generation = 0;
    };

    /// Far from those of other heaps, so that a timeout of another loop means nothing to this one.
    static std::uint32_t other_generation() noexcept;
    [[nodiscard]] bool before(Index a, Index b) const noexcept;
    void put(std::size_t place, Index entry) noexcept;
    void sift_up(std::size_t place) noexcept;
    void sift_down(std::size_t place) noexcept;
    void take_out(Index entry) noexcept;

    std::vector<Entry> entries_;
    std::vector<Index> free_;
    std::vector<Index> heap_;
    std::uint64_t sequence_ = 0;
    const std::uint32_t first_generation_ = other_generation();
};

}  // namespace tornado::ioloop
