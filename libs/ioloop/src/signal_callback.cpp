#include "tornado/ioloop/signal_callback.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "tornado/ioloop/poller.hpp"

namespace tornado::ioloop {

namespace {

/// A number that is greater by one with each write, and less by one with each read.
int make_counter() {
    const int fd = ::eventfd(0, EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) {
        throw std::system_error{errno, std::system_category(), "eventfd"};
    }
    return fd;
}

}  // namespace

/// What the loop watches. Level-triggered, so that each turn takes one request; it lives until the
/// callback returns, which may destroy the SignalCallback.
class SignalCallback::Bell final : public Watcher, public std::enable_shared_from_this<Bell> {
public:
    explicit Bell(FdHandler callback)
        : Watcher{[](Watcher& self, Events ready) { static_cast<Bell&>(self).ring(ready); }},
          fd_{make_counter()},
          callback_{std::move(callback)} {}
    Bell(const Bell&) = delete;
    Bell& operator=(const Bell&) = delete;
    ~Bell() {
        unwatch();
        ::close(fd_);
    }

    using Watcher::unwatch;
    [[nodiscard]] int fd() const noexcept { return fd_; }

private:
    void ring(Events ready) {
        const auto self = shared_from_this();
        if (ready == Events::none) {
            const auto dropped = std::move(callback_);  // the loop closes
            return;
        }
        eventfd_t one = 0;
        if (::eventfd_read(fd_, &one) == 0) {
            concurrent::Context::enter(context_);
            callback_(fd_, ready);
        }
    }

    int fd_;
    FdHandler callback_;
    concurrent::Context context_ = concurrent::Context::capture();
};

SignalCallback::SignalCallback(IOLoop& loop, FdHandler callback)
    : bell_{std::make_shared<Bell>(std::move(callback))},
      fd_{bell_->fd()} {
    loop.poller().add(*bell_, fd_, Events::read);
}

SignalCallback::~SignalCallback() {
    bell_->unwatch();
}

void SignalCallback::trigger() noexcept {
    const int error = errno;
    const std::uint64_t one = 1;
    static_cast<void>(::write(fd_, &one, sizeof one));
    errno = error;
}

void IOLoop::add_callback_from_signal(SignalCallback& callback) noexcept {
    callback.trigger();
}

}  // namespace tornado::ioloop
