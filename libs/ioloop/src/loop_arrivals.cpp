#include <tuple>

#include "loop_impl.hpp"
#include "tornado/stack_context.hpp"

namespace tornado::ioloop {

void IOLoop::Impl::push_callback(Callback callback) {
    if (on_loop_thread()) {
        return;  // it is closed
    }
    auto context = stack_context::copy_for_another_thread();
    // While the loop stands still its thread may still be this one, but another may be starting it.
    const std::lock_guard lock{inbox_->mutex};
    if (inbox_->loop == nullptr) {
        return;
    }
    if (inbox_->idle_thread == this_thread()) {
        schedule(*new CallbackTask<Callback>{std::move(callback)});
    } else {
        inbox_->add({std::move(callback), std::move(context)});
    }
}

void IOLoop::Impl::run_inbox() {
    const Turn turn{*this};
    Inbox::Contents contents;
    {
        const std::lock_guard lock{inbox_->mutex};
        contents = inbox_->take(std::move(inbox_room_));
    }
    for (auto& arrival : contents.callbacks) {
        guard(std::move(arrival.context), [&arrival] {
            auto callback = std::move(arrival.callback);  // which goes with its own call
            callback();
        });
    }
    settle_arrived(contents);
    rest();
    constexpr std::size_t most_kept = 4'096;
    if (contents.callbacks.capacity() <= most_kept) {
        contents.callbacks.clear();
        inbox_room_ = std::move(contents.callbacks);
    }
}

void IOLoop::Impl::settle_arrived(Inbox::Contents& contents) noexcept {
    auto [pending, parcel] = contents.next_arrived();
    while (pending != nullptr) {
        arrived(*pending, parcel.get());
        std::tie(pending, parcel) = contents.next_arrived();
    }
}

Ticket IOLoop::Impl::expect(Pending& pending) {
    if (closed()) {
        pending.arrive(nullptr);
    } else {
        if (pending_.empty()) {
            pending_work_.emplace(context_.get_executor());
        }
        pending_.add(pending);
    }
    return Ticket{inbox_, pending};
}

void IOLoop::Impl::arrived(Pending& pending, Parcel* parcel) noexcept {
    pending_.remove(pending);
    if (pending_.empty()) {
        pending_work_.reset();
    }
    pending.arrive(parcel);
}

}  // namespace tornado::ioloop
