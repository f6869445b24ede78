#include "tornado/ioloop/locks/condition.hpp"

namespace tornado::locks {

class Condition::Wait final : public ioloop::WaitState<Wait, bool> {
public:
    explicit Wait(Condition& condition) noexcept : condition_{condition} {}
    ~Wait() {
        if (settled() && !value_seen()) {
            take_back(held_value());
        }
    }

    /// Of one that was notified; unless the condition has gone, or all were.
    void take_back(bool& /*notified*/) noexcept {
        if (in_line()) {
            leave();
            condition_.notify();
        }
    }

    void expire() { succeed(false); }

    static Wait& oldest(const ioloop::WaitLine& line) noexcept {
        return static_cast<Wait&>(*line.first());
    }

private:
    Condition& condition_;
};

Condition::~Condition() {
    while (!notified_.empty()) {
        Wait::oldest(notified_).leave();
    }
    while (!line_.empty()) {
        Wait::oldest(line_).give_up();
    }
}

Future<bool> Condition::wait(TimePoint deadline) {
    auto* const wait = new Wait{*this};
    auto future = ioloop::first_future<bool>(wait);
    line_.push_back(*wait);
    wait->wait_until(deadline);
    return future;
}

Future<bool> Condition::wait(Duration timeout) {
    return wait(ioloop::time_after(timeout));
}

void Condition::notify(std::size_t count) {
    for (; count > 0 && !line_.empty(); --count) {
        auto& wait = Wait::oldest(line_);
        wait.succeed(true);
        notified_.push_back(wait);
    }
}

void Condition::notify_all() {
    while (!line_.empty()) {
        Wait::oldest(line_).succeed(true);
    }
}

}  // namespace tornado::locks
