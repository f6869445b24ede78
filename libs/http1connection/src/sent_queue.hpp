#pragma once

#include <cstdint>
#include <memory>

#include "tornado/concurrent/frame_pool.hpp"
#include "tornado/concurrent/promise.hpp"

namespace tornado::http1connection {

/// Waits for a response to have left.
struct SentWaiter : concurrent::Pooled {
    /// The response will not leave.
    void fail();

    Promise<void> promise;
    std::uint64_t offset = 0;  ///< the stream's sent_total() at which it has
    SentWaiter* next = nullptr;
};

/// Those who wait for a connection's responses to have left, in the order of these.
///
/// A single pointer, because there may be a hundred thousand connections, and hardly one of them
/// has any.
class SentQueue {
public:
    SentQueue() = default;
    SentQueue(const SentQueue&) = delete;
    SentQueue& operator=(const SentQueue&) = delete;
    ~SentQueue() { fail(); }

    [[nodiscard]] bool empty() const noexcept { return last_ == nullptr; }
    void append(std::unique_ptr<SentWaiter> waiter) noexcept;
    /// So many bytes of output have left.
    void settle(std::uint64_t sent_total);
    /// No more will.
    void fail();

private:
    [[nodiscard]] std::unique_ptr<SentWaiter> take_first() noexcept;

    SentWaiter* last_ = nullptr;  ///< whose next is the first
};

}  // namespace tornado::http1connection
