#include "tornado/platform/guest.hpp"

#include <stdexcept>
#include <utility>

#include "tornado/util/scope_exit.hpp"

namespace tornado::platform {

using ioloop::Alarm;
using ioloop::Events;

Guest::Guest()
    : LoopGuest{IOLoop::current()},
      Alarm{[](Alarm& alarm) {
          auto& self = static_cast<Guest&>(alarm);
          self.alarm_for_ = TimePoint::max();
          self.take_round();
      }} {}

void Guest::serve(int fd) {
    if (closed()) {
        throw std::logic_error{"the bridge or its IOLoop is closed: make another one"};
    }
    if (!serving_) {
        if (fd >= 0) {
            const auto handler = [self = weak_from_this()](int, Events) {
                if (const auto guest = self.lock()) {
                    guest->take_round();
                }
            };
            host()->add_handler(fd, handler, Events::read);
        }
        fd_ = fd;
        serving_ = true;
    }
    wake();
}

void Guest::pause() noexcept {
    serving_ = scheduled_ = false;
    Alarm::unset();
    alarm_for_ = TimePoint::max();
    const int fd = std::exchange(fd_, -1);
    if (fd >= 0 && !closed()) {
        host()->remove_handler(fd);
    }
}

void Guest::close() noexcept {
    if (!closed()) {
        pause();
        leave();
        ended();
    }
}

void Guest::host_closes() noexcept {
    pause();  // the loop itself forgets its handlers
    ended();
}

void Guest::wake() {
    if (!serving_ || scheduled_) {
        return;
    }
    scheduled_ = true;
    host()->add_callback([self = weak_from_this()] {
        if (const auto guest = self.lock(); guest != nullptr && guest->scheduled_) {
            guest->take_round();
        }
    });
}

void Guest::take_round() {
    scheduled_ = false;
    if (!serving_ || in_round_) {
        return;
    }
    const auto self = shared_from_this();
    in_round_ = true;
    const util::ScopeExit done{[this] { in_round_ = false; }};
    run_round();
}

void Guest::turn_begins() noexcept {
    if (serving_) {
        refresh();
    }
}

void Guest::turn_ends() noexcept {
    if (!serving_ || scheduled_) {
        return;
    }
    const auto self = shared_from_this();
    const auto when = next_round();
    if (!serving_) {
        return;
    }
    if (when == TimePoint::min()) {
        wake();
    } else if (when != alarm_for_) {
        alarm_for_ = when;
        Alarm::set(*host(), when);
    }
}

}  // namespace tornado::platform
