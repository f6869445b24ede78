#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "tornado/ioloop/ioloop.hpp"
#include "tornado/iostream/acceptor.hpp"
#include "tornado/log.hpp"

namespace tornado::netutil {

namespace {

constexpr int most_accepts = 128;
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

class Acceptor::Impl : public std::enable_shared_from_this<Acceptor::Impl> {
public:
    Impl(int listener, Handler handler)
        : loop_{ioloop::IOLoop::current()},
          listener_{listener},
          handler_{std::move(handler)} {}

    void start() {
        // The loop holds a share: the handler may destroy the Acceptor while it runs.
        loop_.add_handler(
            listener_,
            [self = shared_from_this()](int, ioloop::Events) { self->accept_some(); },
            ioloop::Events::read
        );
        watching_ = true;
    }

    void stop() noexcept {
        stopped_ = true;
        if (std::exchange(watching_, false)) {
            loop_.remove_handler(listener_);
        }
        loop_.remove_timeout(pause_);
    }

private:
    void accept_some() {
        for (int count = 0; count < most_accepts && !stopped_; ++count) {
            sockaddr_storage storage{};
            socklen_t size = sizeof storage;
            Socket connection{::accept4(
                listener_,
                reinterpret_cast<sockaddr*>(&storage),
                &size,
                SOCK_NONBLOCK | SOCK_CLOEXEC
            )};
            if (connection) {
                told_ = false;
                handler_(
                    std::move(connection), Address{reinterpret_cast<const sockaddr*>(&storage)}
                );
            } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
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
        stop();
        stopped_ = false;
        pause_ = loop_.call_later(pause_length, [self = shared_from_this()] { self->start(); });
    }

    ioloop::IOLoop& loop_;
    int listener_;
    Handler handler_;
    ioloop::Timeout pause_;
    bool watching_ = false;
    bool told_ = false;  ///< why it pauses
    bool stopped_ = false;
};

Acceptor::Acceptor(int listener, Handler handler)
    : impl_{std::make_shared<Impl>(listener, std::move(handler))} {
    impl_->start();
}
Acceptor::Acceptor(Acceptor&&) noexcept = default;
Acceptor& Acceptor::operator=(Acceptor&& other) noexcept {
    std::swap(impl_, other.impl_);
    return *this;
}
Acceptor::~Acceptor() {
    if (impl_ != nullptr) {
        impl_->stop();
    }
}

}  // namespace tornado::netutil
