#pragma once

#include <string>
#include <tornado/concurrent.hpp>
#include <vector>

#include "../log_capture.hpp"

/// A ready queue that runs when the test says so; this thread's scheduler while it lives.
class ManualScheduler final : public tornado::concurrent::Scheduler {
public:
    ManualScheduler() : former_{set_current(this)} {}
    ~ManualScheduler() {
        ready_.discard_all();
        while (auto* coroutine = suspended_coroutines()) {
            coroutine->abandon();
            ready_.discard_all();
        }
        set_current(former_);
    }

    void schedule(tornado::concurrent::Task& task) noexcept override { ready_.push(task); }

    /// Runs one task; false when there is none.
    bool run_one() {
        auto* task = ready_.pop();
        if (task == nullptr) {
            return false;
        }
        tornado::concurrent::Context::enter(std::move(task->context));
        task->run(*task);
        tornado::concurrent::Context::enter({});
        return true;
    }
    /// Runs until nothing is ready; returns how many tasks ran.
    int run() {
        int count = 0;
        while (run_one()) {
            ++count;
        }
        return count;
    }
    [[nodiscard]] bool idle() const { return ready_.empty(); }

private:
    tornado::concurrent::TaskQueue ready_;
    Scheduler* former_;
};

/// What happened, in order.
using Order = std::vector<std::string>;
