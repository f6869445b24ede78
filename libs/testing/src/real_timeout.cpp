#include "real_timeout.hpp"

#include <sys/timerfd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace tornado::testing {

RealTimeout::RealTimeout(ioloop::IOLoop& loop, util::UniqueFunction<void()> expired)
    : loop_{loop},
      timer_{::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)} {
    if (!timer_) {
        throw std::system_error{errno, std::generic_category(), "timerfd_create"};
    }
    loop_.add_handler(
        timer_.fileno(),
        [this, call = std::move(expired)](int, ioloop::Events) mutable {
            set(ioloop::Duration::zero());
            call();
        },
        ioloop::Events::read
    );
}

RealTimeout::~RealTimeout() {
    loop_.remove_handler(timer_.fileno());
}

void RealTimeout::set(ioloop::Duration after) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(after);
    itimerspec setting{};
    setting.it_value.tv_sec = seconds.count();
    setting.it_value.tv_nsec = std::chrono::nanoseconds{after - seconds}.count();
    if (::timerfd_settime(timer_.fileno(), 0, &setting, nullptr) != 0) {
        throw std::system_error{errno, std::generic_category(), "timerfd_settime"};
    }
}

}  // namespace tornado::testing
