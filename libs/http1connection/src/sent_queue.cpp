#include "sent_queue.hpp"

#include <utility>

#include "tornado/iostream/errors.hpp"

namespace tornado::http1connection {

void SentWaiter::fail() {
    promise.set_exception(iostream::StreamClosedError{});
}

void SentQueue::append(std::unique_ptr<SentWaiter> waiter) noexcept {
    auto* const added = waiter.release();
    added->next = last_ != nullptr ? std::exchange(last_->next, added) : added;
    last_ = added;
}

std::unique_ptr<SentWaiter> SentQueue::take_first() noexcept {
    std::unique_ptr<SentWaiter> first{last_->next};
    if (first.get() == last_) {
        last_ = nullptr;
    } else {
        last_->next = first->next;
    }
    return first;
}

void SentQueue::settle(std::uint64_t sent_total) {
    while (!empty() && last_->next->offset <= sent_total) {
        take_first()->promise.set_result();
    }
}

void SentQueue::fail() {
    while (!empty()) {
        take_first()->fail();
    }
}

}  // namespace tornado::http1connection
