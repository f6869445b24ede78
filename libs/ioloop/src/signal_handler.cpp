#include "tornado/ioloop/signal_handler.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "tornado/ioloop/ioloop.hpp"

namespace tornado::ioloop {

namespace {

/// Where a signal is to be told. What a signal's context touches is atomic and free of locks.
struct Listener {
    std::atomic<int> event = -1;     ///< an eventfd; -1: nobody listens
    std::atomic<pid_t> process = 0;  ///< whose it is: a child of fork() has a copy
};

constinit std::array<Listener, NSIG> listeners;
/// How many signal contexts may be using a listener's descriptor.
constinit std::atomic<int> telling = 0;

static_assert(std::atomic<int>::is_always_lock_free && std::atomic<pid_t>::is_always_lock_free);

void on_signal(int signal) {
    const int error = errno;
    const auto& listener = listeners[static_cast<std::size_t>(signal)];
    ++telling;
    if (listener.process != ::getpid()) {
        ::signal(signal, SIG_DFL);
        ::raise(signal);
    } else if (const int event = listener.event; event >= 0) {
        const std::uint64_t one = 1;
        static_cast<void>(::write(event, &one, sizeof one));
    }
    --telling;
    errno = error;
}

}  // namespace

class SignalHandler::Impl : public std::enable_shared_from_this<SignalHandler::Impl> {
public:
    Impl(int signal, util::UniqueFunction<void()> callback)
        : loop_{IOLoop::current()},
          signal_{signal},
          callback_{std::move(callback)} {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        if (event_ >= 0) {
            ::close(event_);
        }
    }

    void start() {
        if (signal_ <= 0 || signal_ >= NSIG) {
            throw std::system_error{EINVAL, std::system_category(), "no such signal"};
        }
        if (listener().event >= 0) {
            throw std::logic_error{
                "signal " + std::to_string(signal_) +
                " has a SignalHandler already: a process has one for each signal"};
        }
        event_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (event_ < 0) {
            throw std::system_error{errno, std::system_category(), "cannot wait for a signal"};
        }
        struct sigaction action {};
        action.sa_handler = &on_signal;
        action.sa_flags = SA_RESTART;
        listener().process = ::getpid();
        listener().event = event_;
        if (::sigaction(signal_, &action, &former_) != 0) {
            const int error = errno;
            listener().event = -1;
            throw std::system_error{error, std::system_category(), "cannot catch this signal"};
        }
        // The loop holds a share: the callback may destroy the SignalHandler while it runs.
        loop_.add_handler(
            event_, [self = shared_from_this()](int, Events) { self->tell(); }, Events::read
        );
    }

    void stop() noexcept {
        ::sigaction(signal_, &former_, nullptr);
        listener().event = -1;
        while (telling != 0) {  // on another thread: the descriptor must not become another file's
            std::this_thread::yield();
        }
        loop_.remove_handler(event_);
    }

private:
    [[nodiscard]] Listener& listener() const noexcept {
        return listeners[static_cast<std::size_t>(signal_)];
    }

    void tell() {
        std::uint64_t times = 0;
        if (::read(event_, &times, sizeof times) == sizeof times) {
            callback_();
        }
    }

    IOLoop& loop_;
    int signal_;
    int event_ = -1;
    struct sigaction former_ {};
    util::UniqueFunction<void()> callback_;
};

SignalHandler::SignalHandler(int signal, util::UniqueFunction<void()> callback)
    : impl_{std::make_shared<Impl>(signal, std::move(callback))} {
    impl_->start();
}
SignalHandler::SignalHandler(SignalHandler&&) noexcept = default;
SignalHandler& SignalHandler::operator=(SignalHandler&& other) noexcept {
    std::swap(impl_, other.impl_);
    return *this;
}
SignalHandler::~SignalHandler() {
    if (impl_ != nullptr) {
        impl_->stop();
    }
}

bool is_signal_ignored(int signal) noexcept {
    struct sigaction action {};
    return ::sigaction(signal, nullptr, &action) == 0 && (action.sa_flags & SA_SIGINFO) == 0 &&
           action.sa_handler == SIG_IGN;
}

}  // namespace tornado::ioloop
