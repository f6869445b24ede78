#include "tornado/iostream/acceptor.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "tornado/ioloop/ioloop.hpp"
#include "tornado/ioloop/poller.hpp"
#include "tornado/log.hpp"

namespace tornado::netutil {

namespace {

constexpr int most_accepts = 128;
/// A queue as long as the kernel's own limit, by default, is emptied before the listener closes.
constexpr int most_waiting = 4096;
constexpr auto pause_length = std::chrono::milliseconds{100};

/// Whether the next connection may well be accepted: errors of one connection that Linux passes on.
bool concerns_one_connection(int error) {
    switch (error) {
        case EINTR:
        case ECONNABORTED:
        case EPERM:  // a firewall's doing
        case EPROTO:
        case ENOPROTOOPT:
        case ENETDOWN:
        case ENETUNREACH:
        case EHOSTDOWN:
        case EHOSTUNREACH:
        case ENONET:
        case ETIMEDOUT:
            return true;
        default:
            return false;
    }
}

}  // namespace

/// Watches by the poller itself, because that tells it when the loop closes: an acceptor may live
/// longer, as a program's static objects do.
class Acceptor::Impl final : public std::enable_shared_from_this<Acceptor::Impl>,
                             public ioloop::Watcher {
public:
    Impl(int listener, Handler handler)
        : Watcher{[](Watcher& self, ioloop::Events ready) {
              static_cast<Impl&>(self).notified(ready);
          }},
          loop_{ioloop::IOLoop::current()},
          handler_{std::move(handler)} {
        loop_.poller().add(*this, listener, ioloop::Events::read);
    }

    void stop() noexcept {
        stopped_ = true;
        if (is_watching()) {  // or the loop may have gone
            unwatch();
            loop_.remove_timeout(pause_);
        }
    }

    void accept_waiting() {
        if (is_watching()) {
            const auto alive = shared_from_this();
            accept_some(most_waiting);
        }
    }

private:
    void notified(ioloop::Events ready) {
        if (ready == ioloop::Events::none) {
            return;  // the loop closes
        }
        const auto alive = shared_from_this();  // the handler may destroy the Acceptor
        concurrent::Context::enter(context_);
        accept_some(most_accepts);
    }

    void accept_some(int most) {
        for (int count = 0; count < most && !stopped_; ++count) {
            sockaddr_storage storage{};
            socklen_t size = sizeof storage;
            Socket connection{::accept4(
                watched_fd(),
                reinterpret_cast<sockaddr*>(&storage),
                &size,
                SOCK_NONBLOCK | SOCK_CLOEXEC
            )};
            if (connection) {
                handler_(
                    std::move(connection),
                    Address{reinterpret_cast<const sockaddr*>(&storage), size}
                );
            } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
                told_ = false;
                return;
            } else if (!concerns_one_connection(errno)) {
                pause(errno);  // out of descriptors or memory; trying at once would only spin
                return;
            }
        }
    }

    void pause(int error) {
        if (!std::exchange(told_, true)) {
            log::gen_log().error(
                "Cannot accept connections, trying again: ", std::system_category().message(error)
            );
        }
        loop_.poller().change(*this, ioloop::Events::none);
        pause_ = loop_.call_later(pause_length, [self = shared_from_this()] {
            if (self->is_watching()) {
                self->loop_.poller().change(*self, ioloop::Events::read);
            }
        });
    }

    ioloop::IOLoop& loop_;
    Handler handler_;
    concurrent::Context context_ = concurrent::Context::capture();
    ioloop::Timeout pause_;
    bool told_ = false;  ///< why it pauses
    bool stopped_ = false;
};

Acceptor::Acceptor(int listener, Handler handler)
    : impl_{std::make_shared<Impl>(listener, std::move(handler))} {}
Acceptor::Acceptor(Acceptor&&) noexcept = default;
Acceptor& Acceptor::operator=(Acceptor&& other) noexcept {
    std::swap(impl_, other.impl_);
    return *this;
}
void Acceptor::accept_waiting() {
    impl_->accept_waiting();
}
Acceptor::~Acceptor() {
    if (impl_ != nullptr) {
        impl_->stop();
    }
}

}  // namespace tornado::netutil
