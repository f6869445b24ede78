#pragma once

#include <memory>
#include <utility>

#include "tornado/concurrent/future.hpp"

namespace tornado::ioloop {

/// The way to a loop for what may outlive it: null once the loop is closed.
using LoopHandle = std::shared_ptr<concurrent::Scheduler*>;

/// A callback that waits for a future and then runs in the ready queue of one loop, whichever is
/// current by then; it is dropped when that loop has closed.
///
/// Ownership: its own; with the callable it lives until all that this has started is over.
template <typename T, typename F>
class FutureCallback final : public concurrent::Waiter, public concurrent::Pooled {
public:
    /// Waits, or goes into the queue when the future is done.
    static void start(LoopHandle loop, const Future<T>& future, F callable) {
        auto* const self = new FutureCallback{std::move(loop), future, std::move(callable)};
        if (future.done()) {
            self->enter_queue();
        } else {
            self->state_->attach(*self);
        }
    }

private:
    FutureCallback(LoopHandle loop, const Future<T>& future, F callable)
        : loop_{std::move(loop)},
          state_{future.state()},
          callable_{std::move(callable)} {
        kind = Kind::placed;
        context = concurrent::Context::capture();
        run = [](Task& task) { static_cast<FutureCallback&>(task).enter_queue(); };
        discard = [](Task& task) noexcept {
            auto* const self = static_cast<FutureCallback*>(&task);
            self->state_->mark_looked_at();  // somebody would have, had the loop not been closed
            delete self;
        };
    }

    void enter_queue() noexcept {
        place = Place::in_queue;
        if (*loop_ == nullptr) {  // not here: this may be the last to hold what settles just now
            run = [](Task& task) { task.discard(task); };
            concurrent::Scheduler::current().schedule(*this);
            return;
        }
        run = [](Task& task) { static_cast<FutureCallback&>(task).call(); };
        (*loop_)->schedule(*this);
    }

    void call() {
        place = Place::nowhere;
        concurrent::call_done_callback<T>(
            callable_, std::move(state_), std::unique_ptr<FutureCallback>{this}
        );
    }

    LoopHandle loop_;
    concurrent::StateRef<concurrent::ValueState<T>> state_;
    F callable_;
};

}  // namespace tornado::ioloop
