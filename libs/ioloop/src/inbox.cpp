#include "inbox.hpp"

#include <boost/asio/post.hpp>

#include "loop_impl.hpp"

namespace tornado::ioloop {

void PendingList::add(Pending& pending) noexcept {
    pending.next_ = first_;
    if (first_ != nullptr) {
        first_->previous_ = &pending;
    }
    first_ = &pending;
}

void PendingList::remove(Pending& pending) noexcept {
    if (pending.next_ != nullptr) {
        pending.next_->previous_ = pending.previous_;
    }
    (pending.previous_ != nullptr ? pending.previous_->next_ : first_) = pending.next_;
    pending.next_ = pending.previous_ = nullptr;
}

std::pair<Pending*, std::shared_ptr<Parcel>> Inbox::Contents::next_arrived() noexcept {
    auto* const pending = first_arrived;
    if (pending == nullptr) {
        return {};
    }
    first_arrived = pending->next_arrived_;
    return {pending, std::move(pending->parcel_)};
}

void Inbox::add(Arrival arrival) {
    const bool was_empty = empty();
    contents_.callbacks.push_back(std::move(arrival));
    if (was_empty) {
        wake_loop();
    }
}

void Inbox::add(Pending& pending, std::shared_ptr<Parcel> parcel) {
    const bool was_empty = empty();
    pending.parcel_ = std::move(parcel);
    pending.next_arrived_ = nullptr;  // it may have arrived before
    (contents_.first_arrived == nullptr ? contents_.first_arrived : last_arrived_->next_arrived_) =
        &pending;
    last_arrived_ = &pending;
    if (was_empty) {
        wake_loop();
    }
}

Inbox::Contents Inbox::take(std::vector<Arrival> room) noexcept {
    return std::exchange(contents_, Contents{std::move(room)});
}

void Inbox::wake_loop() {
    boost::asio::post(loop->context(), [inbox = shared_from_this()] {
        if (inbox->loop != nullptr) {  // closed by this thread alone, so no lock
            inbox->loop->run_inbox();
        }
    });
}

void Ticket::deliver(std::shared_ptr<Parcel> parcel) const noexcept {
    std::unique_lock lock{inbox_->mutex};
    auto* const loop = inbox_->loop;
    if (loop == nullptr) {
        return;
    }
    if (loop->on_loop_thread() || inbox_->idle_thread == this_thread()) {
        lock.unlock();
        loop->arrived(*pending_, parcel.get());
    } else {
        inbox_->add(*pending_, std::move(parcel));
    }
}

}  // namespace tornado::ioloop
