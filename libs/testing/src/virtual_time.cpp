#include "tornado/testing/virtual_time.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>

#include "tornado/ioloop/poller.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::testing {

using ioloop::Duration;
using ioloop::TimePoint;

namespace {

/// What the kernel may take to bring something from one socket of this machine to another.
constexpr auto time_to_arrive = std::chrono::milliseconds{1};

bool is_tcp(int fd) noexcept {
    int domain = 0;
    socklen_t size = sizeof domain;
    return ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
           (domain == AF_INET || domain == AF_INET6);
}

std::uint64_t mixed(std::uint64_t state, std::uint64_t value) noexcept {
    constexpr std::uint64_t prime = 0x100000001b3;  // as FNV-1a does
    return (state ^ value) * prime;
}

}  // namespace

VirtualTime::VirtualTime(ioloop::IOLoop& loop, Mode mode)
    : loop_{loop},
      mode_{mode},
      began_{loop.set_clock(this)},
      now_{began_},
      limit_{began_} {}

VirtualTime::~VirtualTime() {
    loop_.set_clock(nullptr);
}

TimePoint VirtualTime::later(Duration by) const {
    if (by < Duration::zero() || by >= TimePoint::max() - now_) {
        throw std::invalid_argument{"time goes forward only, and not without end"};
    }
    return now_ + by;
}

void VirtualTime::advance(Duration by) {
    limit_ = later(by);
    run(Step::to_limit);
}

void VirtualTime::spend(Duration duration) {
    now_ = later(duration);
}

bool VirtualTime::advance_to_next() {
    jumped_ = false;
    run(Step::to_next);
    return jumped_;
}

void VirtualTime::run(Step step) {
    if (loop_.running()) {
        throw std::logic_error{
            "the IOLoop is running: advance its time from outside, or co_await gen::sleep() under "
            "a VirtualTime that is automatic"};
    }
    step_ = step;
    const util::ScopeExit end{[this] { step_ = Step::none; }};
    loop_.start();
}

Duration VirtualTime::idle(TimePoint next, bool expecting) {
    if (expecting || (holds_ > 0 && step_ == Step::none)) {
        return Duration::max();
    }
    if (const auto sockets = state_of_sockets(); sockets != sockets_) {
        sockets_ = sockets;
        return time_to_arrive;
    }
    if (jump(next)) {
        return Duration::zero();
    }
    if (step_ == Step::none) {
        return Duration::max();
    }
    loop_.stop();
    return Duration::zero();
}

bool VirtualTime::jump(TimePoint next) {
    switch (step_) {
        case Step::to_limit:
            if (next > limit_) {
                now_ = std::max(now_, limit_);
                return false;
            }
            break;
        case Step::to_next:
            if (jumped_ || next == TimePoint::max()) {
                return false;
            }
            jumped_ = true;
            break;
        case Step::none:
            if (mode_ == Mode::manual || next == TimePoint::max()) {
                return false;
            }
    }
    now_ = next;
    return true;
}

/// Changes whenever a TCP socket comes, goes, sends, or is told that what it sent has arrived. (The
/// other kinds bring everything at once.)
std::uint64_t VirtualTime::state_of_sockets() const {
    std::uint64_t state = 0;
    loop_.poller().each([&state](int fd, std::uint32_t uses) {
        if (is_tcp(fd)) {
            int unacknowledged = 0;
            ::ioctl(fd, SIOCOUTQ, &unacknowledged);  // fails for one that listens
            state = mixed(state, static_cast<std::uint64_t>(fd));
            state = mixed(state, uses);
            state = mixed(state, static_cast<std::uint64_t>(unacknowledged));
        }
    });
    return state;
}

}  // namespace tornado::testing
