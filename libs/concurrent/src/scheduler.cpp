#include "tornado/concurrent/scheduler.hpp"

#include "tornado/concurrent/coroutine.hpp"
#include "tornado/concurrent/future.hpp"

namespace tornado::concurrent {

namespace {

constinit thread_local Scheduler* current_scheduler = nullptr;

/// Collects what is scheduled on a thread before it has a loop.
class Collector final : public Scheduler {
public:
    ~Collector() = default;

    void schedule(Task& task) noexcept override { tasks_.push(task); }

    void move_to(Scheduler& other) noexcept {
        while (auto* task = tasks_.pop()) {
            other.schedule(*task);
        }
    }

private:
    TaskQueue tasks_;
};

Collector& collector() noexcept {
    static thread_local Collector instance;
    return instance;
}

}  // namespace

Scheduler& Scheduler::current() noexcept {
    return current_scheduler != nullptr ? *current_scheduler : collector();
}

Scheduler* Scheduler::set_current(Scheduler* scheduler) noexcept {
    if (scheduler != nullptr && current_scheduler == nullptr) {
        collector().move_to(*scheduler);
    }
    return std::exchange(current_scheduler, scheduler);
}

StateRef<ValueState<void>> ready_state() noexcept {
    static thread_local const StateRef<ValueState<void>> state =
        StateRef<ValueState<void>>::adopt(new SettledState<void>(std::in_place));
    return state;
}

}  // namespace tornado::concurrent
