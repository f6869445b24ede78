#include "tornado/concurrent/scheduler.hpp"

#include <cstddef>
#include <stdexcept>
#include <type_traits>

#include "tornado/concurrent/coroutine.hpp"
#include "tornado/concurrent/future.hpp"

namespace tornado::concurrent {

namespace {

constinit thread_local Scheduler* current_scheduler = nullptr;

/// Collects what is scheduled on a thread before it has a loop.
class Collector final : public Scheduler {
public:
    void schedule(Task& task) noexcept override { tasks_.push(task); }

    void move_to(Scheduler& other) noexcept {
        while (auto* task = tasks_.pop()) {
            other.schedule(*task);
        }
    }

private:
    TaskQueue tasks_;
};

// Without a destructor, because a loop that closes at the thread's end still comes here.
static_assert(std::is_trivially_destructible_v<Collector>);
constinit thread_local Collector collector;

}  // namespace

Scheduler& Scheduler::current() noexcept {
    return current_scheduler != nullptr ? *current_scheduler : collector;
}

Scheduler* Scheduler::set_current(Scheduler* scheduler) noexcept {
    if (scheduler != nullptr && current_scheduler == nullptr) {
        scheduler->adopt_coroutines(collector);
        collector.move_to(*scheduler);
    }
    return std::exchange(current_scheduler, scheduler);
}

void throw_closed() {
    throw std::logic_error{"the IOLoop is closed and wakes nobody any more: await before close()"};
}

StateRef<ValueState<void>> ready_state() noexcept {
    // Never destroyed, for what still runs at the thread's end; it owns nothing.
    alignas(SettledState<void>) static constinit thread_local std::byte
        room[sizeof(SettledState<void>)]{};
    static constinit thread_local SettledState<void>* state = nullptr;
    if (state == nullptr) {
        state = ::new (static_cast<void*>(room)) SettledState<void>(std::in_place);
    }
    return StateRef<ValueState<void>>{state};
}

}  // namespace tornado::concurrent
