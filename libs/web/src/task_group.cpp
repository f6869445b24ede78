#include "tornado/web/task_group.hpp"

#include <list>

#include "tornado/gen.hpp"
#include "tornado/locks.hpp"
#include "tornado/log.hpp"

namespace tornado::web {

/// Outlives the group while tasks go on.
struct TaskGroup::State {
    using Tasks = std::list<Future<void>>;
    Tasks tasks;
    locks::Condition emptied;
    bool cancelled = false;

    void over(Tasks::iterator task) {
        if (const auto error = task->exception()) {
            log::app_log().error(
                "Uncaught exception in a background task: ", log::format_exception(error)
            );
        }
        tasks.erase(task);
        if (tasks.empty()) {
            emptied.notify_all();
        }
    }

    void cancel() {
        cancelled = true;
        const auto all = tasks;  // what one does then may spawn others
        for (const auto& task : all) {
            task.cancel();
        }
    }
};

namespace {

/// How long tasks may take to heed that they are cancelled.
constexpr std::chrono::seconds grace{1};

template <typename State>
Future<void> wait_until_empty(std::shared_ptr<State> state) {
    while (!state->tasks.empty()) {
        co_await state->emptied.wait();
    }
}

/// Whether all are over in time.
template <typename State>
Future<bool> wait_until(std::shared_ptr<State> state, ioloop::TimePoint deadline) {
    while (!state->tasks.empty()) {
        const bool told = co_await state->emptied.wait(deadline);
        if (!told) {
            break;
        }
    }
    co_return state->tasks.empty();
}

template <typename State>
Future<void> drain_tasks(
    std::shared_ptr<State> state,
    std::vector<Future<void>> others,
    ioloop::TimePoint deadline
) {
    for (const auto& other : others) {
        if (!other.done()) {
            co_await concurrent::UntilDone<void>(other);
        }
    }
    const bool in_time = co_await wait_until(state, deadline);
    if (in_time) {
        co_return;
    }
    log::gen_log().warning("Stopping: ", state->tasks.size(), " background tasks are cancelled");
    state->cancel();
    const bool heeded = co_await wait_until(state, ioloop::IOLoop::current().time() + grace);
    if (!heeded) {
        log::gen_log().warning(
            "Stopping: ", state->tasks.size(), " background tasks do not heed that"
        );
    }
}

}  // namespace

TaskGroup::TaskGroup() : state_{std::make_shared<State>()} {}

TaskGroup::~TaskGroup() {
    cancel();
}

void TaskGroup::add(Future<void> task) {
    const auto place = state_->tasks.insert(state_->tasks.end(), task);
    task.add_done_callback([state = state_, place] { state->over(place); });
    if (state_->cancelled) {
        task.cancel();
    }
}

std::size_t TaskGroup::size() const noexcept {
    return state_->tasks.size();
}

Future<void> TaskGroup::join() {
    return wait_until_empty(state_);
}

void TaskGroup::cancel() {
    state_->cancel();
}

Future<void>
TaskGroup::drain_behind(std::vector<Future<void>> others, std::chrono::milliseconds timeout) {
    return drain_tasks(state_, std::move(others), ioloop::IOLoop::current().time() + timeout);
}

}  // namespace tornado::web
