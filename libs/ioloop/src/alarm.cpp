#include "tornado/ioloop/alarm.hpp"

namespace tornado::ioloop {

/// What the loop holds: it tells the alarm when it goes.
class Alarm::Bell {
public:
    explicit Bell(Alarm& alarm) noexcept : alarm_{&alarm} {}
    Bell(Bell&& other) noexcept : alarm_{std::exchange(other.alarm_, nullptr)} {}
    Bell& operator=(Bell&&) = delete;
    ~Bell() {
        if (alarm_ != nullptr) {
            alarm_->loop_ = nullptr;
        }
    }

    void operator()() {
        auto& alarm = *std::exchange(alarm_, nullptr);
        alarm.loop_ = nullptr;
        alarm.ring_(alarm);
    }

private:
    Alarm* alarm_;
};

void Alarm::set(IOLoop& loop, TimePoint when) {
    unset();
    if (when != TimePoint::max()) {
        loop_ = &loop;
        timeout_ = loop.call_at(when, Bell{*this});
    }
}

void Alarm::unset() noexcept {
    if (loop_ != nullptr) {
        loop_->remove_timeout(timeout_);  // which destroys the bell
    }
}

TimePoint time_after(Duration delay) {
    return IOLoop::current().time_after(delay);
}

}  // namespace tornado::ioloop
