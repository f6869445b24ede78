#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tornado/concurrent.hpp>
#include <tornado/log.hpp>
#include <vector>

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

/// Keeps what is logged while it lives.
class LogCapture {
public:
    LogCapture() { tornado::log::add_handler(keeper_); }
    ~LogCapture() { tornado::log::remove_handler(keeper_); }
    LogCapture(const LogCapture&) = delete;
    LogCapture& operator=(const LogCapture&) = delete;

    /// How many messages hold `text`.
    [[nodiscard]] std::ptrdiff_t count(std::string_view text) const {
        const std::lock_guard lock{keeper_->mutex};
        return std::count_if(
            keeper_->messages.begin(),
            keeper_->messages.end(),
            [&](const auto& message) { return message.find(text) != std::string::npos; }
        );
    }
    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock{keeper_->mutex};
        return keeper_->messages.size();
    }

private:
    struct Keeper : tornado::log::Handler {
        void emit(const tornado::log::Record& record) override {
            const std::lock_guard lock{mutex};
            messages.push_back(record.message);
        }
        std::mutex mutex;
        std::vector<std::string> messages;
    };
    std::shared_ptr<Keeper> keeper_ = std::make_shared<Keeper>();
};

/// What happened, in order.
using Order = std::vector<std::string>;
