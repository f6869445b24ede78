#include "tornado/platform/uv.hpp"

#include <uv.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tornado/concurrent/promise.hpp"
#include "tornado/platform/guest.hpp"
#include "uv_probe.hpp"

namespace tornado::platform {

class UVLoop::Impl final : public Guest {
public:
    explicit Impl(uv_loop_t& loop) : loop_{loop}, probe_{loop} {}

    [[nodiscard]] uv_loop_t& loop() const noexcept { return loop_; }

    void begin() { serve(uv_backend_fd(&loop_)); }

    Future<bool> run() {
        begin();
        std::erase_if(waiting_, [](const auto& promise) { return promise.done(); });
        return waiting_.emplace_back().future();
    }

private:
    void refresh() noexcept override { uv_update_time(&loop_); }
    TimePoint next_round() noexcept override;
    void run_round() override;
    void ended() noexcept override;
    void settle();

    uv_loop_t& loop_;
    UVProbe probe_;
    std::chrono::milliseconds due_{-1};  // on libuv's clock, and on ours
    TimePoint due_at_;
    std::vector<Promise<bool>> waiting_;
};

TimePoint UVLoop::Impl::next_round() noexcept {
    if (probe_.has_new_watchers() || loop_.stop_flag != 0) {
        return TimePoint::min();
    }
    if (uv_loop_alive(&loop_) == 0) {
        return waiting_.empty() ? TimePoint::max() : TimePoint::min();
    }
    uv_update_time(&loop_);
    const int timeout = uv_backend_timeout(&loop_);
    if (timeout <= 0) {
        return timeout == 0 ? TimePoint::min() : TimePoint::max();
    }
    // When it is due on libuv's clock, which counts whole milliseconds.
    using std::chrono::milliseconds;
    using std::chrono::nanoseconds;
    const milliseconds due{static_cast<std::int64_t>(uv_now(&loop_)) + timeout};
    if (due != due_ || due_at_ <= now()) {
        const nanoseconds present{static_cast<std::int64_t>(uv_hrtime())};
        due_ = due;
        due_at_ = now() + std::max<nanoseconds>(due - present, std::chrono::microseconds{100});
    }
    return due_at_;
}

void UVLoop::Impl::run_round() {
    const auto outcome = probe_.run_round();
    if (closed()) {
        return;  // in this round
    }
    if (outcome == UVProbe::Outcome::stopped) {
        pause();
        settle();
    } else if (uv_loop_alive(&loop_) == 0) {
        settle();
    }
}

void UVLoop::Impl::settle() {
    const bool alive = uv_loop_alive(&loop_) != 0;
    for (auto& promise : std::exchange(waiting_, {})) {
        promise.set_result(alive);
    }
}

void UVLoop::Impl::ended() noexcept {
    for (auto& promise : std::exchange(waiting_, {})) {
        promise.set_cancelled();
    }
}

UVLoop::UVLoop(uv_loop_s* loop)
    : impl_{std::make_shared<Impl>(loop != nullptr ? *loop : *uv_default_loop())} {
    try {
        impl_->begin();
    } catch (const std::invalid_argument&) {  // its descriptor is watched
        throw std::logic_error{"this uv_loop_t has a UVLoop already: use that one"};
    }
}

UVLoop::~UVLoop() {
    impl_->close();
}

uv_loop_s* UVLoop::loop() const noexcept {
    return &impl_->loop();
}
Future<bool> UVLoop::run() {
    return impl_->run();
}
bool UVLoop::serving() const noexcept {
    return impl_->serving();
}
void UVLoop::wake() {
    impl_->wake();
}

}  // namespace tornado::platform
