#include "tornado/ioloop/signal_handler.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "tornado/ioloop/signal_callback.hpp"

namespace tornado::ioloop {

namespace {

/// Whom a signal is to be told. What a signal's context touches is atomic and free of locks.
struct Listener {
    std::atomic<SignalCallback*> callback = nullptr;  ///< null: nobody
    std::atomic<pid_t> process = 0;                   ///< whose it is: a child of fork() has a copy
};

constinit std::array<Listener, NSIG> listeners;
/// How many signal contexts may be using a listener's callback.
constinit std::atomic<int> telling = 0;

static_assert(
    std::atomic<void*>::is_always_lock_free && std::atomic<int>::is_always_lock_free &&
    std::atomic<pid_t>::is_always_lock_free
);

void on_signal(int signal) {
    const int error = errno;
    const auto& listener = listeners[static_cast<std::size_t>(signal)];
    ++telling;
    if (listener.process != ::getpid()) {
        ::signal(signal, SIG_DFL);
        ::raise(signal);
    } else if (auto* const callback = listener.callback.load()) {
        callback->trigger();
    }
    --telling;
    errno = error;
}

Listener& listener_of(int signal) {
    if (signal <= 0 || signal >= NSIG) {
        throw std::system_error{EINVAL, std::system_category(), "no such signal"};
    }
    return listeners[static_cast<std::size_t>(signal)];
}

}  // namespace

class SignalHandler::Impl {
public:
    Impl(int signal, util::UniqueFunction<void()> callback)
        : listener_{listener_of(signal)},
          signal_{signal},
          callback_{IOLoop::current(), std::move(callback)} {
        if (listener_.callback != nullptr) {
            throw std::logic_error{
                "signal " + std::to_string(signal) +
                " has a SignalHandler already: a process has one for each signal"};
        }
        struct sigaction action {};
        action.sa_handler = &on_signal;
        action.sa_flags = SA_RESTART;
        listener_.process = ::getpid();
        listener_.callback = &callback_;
        if (::sigaction(signal, &action, &former_) != 0) {
            const int error = errno;
            listener_.callback = nullptr;
            throw std::system_error{error, std::system_category(), "cannot catch this signal"};
        }
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        ::sigaction(signal_, &former_, nullptr);
        listener_.callback = nullptr;
        while (telling != 0) {  // on another thread, it may still be asking for the callback
            std::this_thread::yield();
        }
    }

private:
    Listener& listener_;
    int signal_;
    struct sigaction former_ {};
    SignalCallback callback_;
};

SignalHandler::SignalHandler(int signal, util::UniqueFunction<void()> callback)
    : impl_{std::make_unique<Impl>(signal, std::move(callback))} {}
SignalHandler::SignalHandler(SignalHandler&&) noexcept = default;
SignalHandler& SignalHandler::operator=(SignalHandler&&) noexcept = default;
SignalHandler::~SignalHandler() = default;

bool is_signal_ignored(int signal) noexcept {
    struct sigaction action {};
    return ::sigaction(signal, nullptr, &action) == 0 && (action.sa_flags & SA_SIGINFO) == 0 &&
           action.sa_handler == SIG_IGN;
}

}  // namespace tornado::ioloop
