#include "tornado/ioloop/periodic_callback.hpp"

#include <algorithm>
#include <random>
#include <stdexcept>

#include "tornado/ioloop/alarm.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::ioloop {

TimePoint next_beat(TimePoint last, TimePoint now, Duration period) noexcept {
    if (last < now) {
        last += (now - last) / period * period;
    }
    return period < TimePoint::max() - last ? last + period : TimePoint::max();
}

Duration jittered(Duration period, double jitter, double random) noexcept {
    constexpr double longest = 9e18;
    const auto length = static_cast<double>(period.count()) * (1 + jitter * (random - 0.5));
    return Duration{static_cast<Duration::rep>(std::clamp(length, 1.0, longest))};
}

/// What counts the time and makes the calls. It outlives its PeriodicCallback while a call is being
/// made.
class PeriodicCallback::Ticker final : public Alarm, public std::enable_shared_from_this<Ticker> {
public:
    Ticker(Duration period, double jitter, Run run)
        : Alarm{[](Alarm& alarm) { static_cast<Ticker&>(alarm).tick(); }},
          period_{period},
          jitter_{jitter},
          run_{std::move(run)} {}

    void start() {
        if (IOLoop::current().closed()) {
            concurrent::throw_closed();
        }
        beat_ = IOLoop::current().time();
        running_ = true;
        if (!calling_) {
            wait_for_next();
        }
    }
    void stop() noexcept {
        running_ = false;
        unset();
    }
    [[nodiscard]] bool running() const noexcept { return running_; }
    [[nodiscard]] Duration period() const noexcept { return period_; }

private:
    void tick();
    void end_call();
    void wait_for_next();
    [[nodiscard]] Duration next_period() const;

    const Duration period_;
    const double jitter_;
    Run run_;
    bool running_ = false;
    bool calling_ = false;
    TimePoint beat_;
};

void PeriodicCallback::Ticker::tick() {
    const auto alive = shared_from_this();
    calling_ = true;
    util::ScopeExit end{[this] { end_call(); }};
    const auto call = run_();
    if (call.done()) {
        call.result();  // the loop logs what it throws
        return;
    }
    end.release();
    call.add_done_callback([alive](const Future<void>& ended) {
        alive->end_call();
        ended.result();
    });
}

void PeriodicCallback::Ticker::end_call() {
    calling_ = false;
    if (running_) {
        wait_for_next();
    }
}

void PeriodicCallback::Ticker::wait_for_next() {
    auto& loop = IOLoop::current();
    beat_ = next_beat(beat_, loop.time(), next_period());
    set(loop, beat_);
}

Duration PeriodicCallback::Ticker::next_period() const {
    if (jitter_ == 0) {
        return period_;
    }
    static thread_local std::minstd_rand engine{std::random_device{}()};
    return jittered(period_, jitter_, std::uniform_real_distribution<>{}(engine));
}

PeriodicCallback::PeriodicCallback(Duration callback_time, double jitter, Run run) {
    if (callback_time <= Duration::zero()) {
        throw std::invalid_argument{"a PeriodicCallback's period must be longer than nothing"};
    }
    if (!(jitter >= 0 && jitter <= 1)) {
        throw std::invalid_argument{
            "a PeriodicCallback's jitter is a fraction of its period: give a number from 0 to 1"};
    }
    ticker_ = std::make_shared<Ticker>(callback_time, jitter, std::move(run));
}

PeriodicCallback::~PeriodicCallback() {
    stop();
}

void PeriodicCallback::start() {
    ticker_->start();
}
void PeriodicCallback::stop() noexcept {
    ticker_->stop();
}
bool PeriodicCallback::is_running() const noexcept {
    return ticker_->running();
}
Duration PeriodicCallback::callback_time() const noexcept {
    return ticker_->period();
}

}  // namespace tornado::ioloop
