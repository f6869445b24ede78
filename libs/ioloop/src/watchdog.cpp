#include "watchdog.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>
#include <utility>

#include "thread_snapshot.hpp"
#include "tornado/log.hpp"
#include "tornado/util/call_names.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::ioloop {

namespace {

/// Four looks within the threshold: then a callback is told of before it has lasted a quarter
/// longer, and looking costs nothing that could be measured.
Duration interval_for(Duration threshold) noexcept {
    constexpr int looks = 4;
    return std::clamp<Duration>(
        threshold / looks, std::chrono::milliseconds{1}, std::chrono::hours{1}
    );
}

long looks_for(Duration threshold, Duration interval) noexcept {
    return static_cast<long>((threshold - Duration{1}) / interval + 1);
}

}  // namespace

Watchdog::Watchdog(const Pulse& pulse, Duration threshold, Action action)
    : pulse_{pulse},
      interval_{interval_for(threshold)},
      looks_{looks_for(threshold, interval_)},
      action_{std::move(action)},
      thread_{allow_snapshots_of_this_thread()},
      process_{::getpid()},
      end_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    if (end_ < 0) {
        throw std::system_error{errno, std::system_category(), "eventfd"};
    }
    util::ScopeExit give_up{[this] { ::close(end_); }};
    start();
    give_up.release();
}

Watchdog::~Watchdog() {
    if (process_ == ::getpid()) {
        ::eventfd_write(end_, 1);
        worker_.join();
    } else {
        worker_.detach();
    }
    ::close(end_);
}

void Watchdog::watch_this_thread() {
    thread_ = allow_snapshots_of_this_thread();
}

void Watchdog::start() {
    // The program's signals are for its own threads; those of faults are for whoever makes them.
    sigset_t signals;
    sigset_t former;
    ::sigfillset(&signals);
    for (const int fault : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP}) {
        ::sigdelset(&signals, fault);
    }
    ::pthread_sigmask(SIG_BLOCK, &signals, &former);
    const util::ScopeExit restore{[&] { ::pthread_sigmask(SIG_SETMASK, &former, nullptr); }};
    worker_ = std::thread{[this] { serve(); }};
    ::pthread_setname_np(worker_.native_handle(), "loop watchdog");
}

void Watchdog::serve() noexcept {
    BlockDetector detector{looks_};
    while (sleep()) {
        const auto count = pulse_.count();
        if (!detector.look(count)) {
            continue;
        }
        try {
            tell(count);
        } catch (...) {
            log::app_log().error(
                "Exception when a blocked callback was told of: ", log::format_current_exception()
            );
        }
    }
}

/// For one interval. False when this shall end.
bool Watchdog::sleep() const noexcept {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(interval_);
    const timespec time{
        static_cast<time_t>(seconds.count()), static_cast<long>((interval_ - seconds).count())};
    pollfd end{end_, POLLIN, 0};
    return ::ppoll(&end, 1, &time, nullptr) <= 0;
}

void Watchdog::tell(Pulse::Count count) {
    const auto snapshot = take_snapshot(thread_, pulse_, count);
    if (snapshot.outcome == ThreadSnapshot::Outcome::moved_on) {
        return;  // it has ended just now
    }
    BlockedCallback blocked;
    // Counted in looks, not by the clock: when the whole process was stopped, or the machine slept,
    // no callback was to blame.
    blocked.duration = looks_ * interval_;
    blocked.label = snapshot.label;
    blocked.stack = snapshot.outcome == ThreadSnapshot::Outcome::taken
                        ? util::describe_calls(snapshot.calls)
                        : "(its thread does not answer: it blocks signals or is in the kernel)";
    action_(blocked);
}

}  // namespace tornado::ioloop
