#include <sys/sendfile.h>
#include <sys/socket.h>

#include <cerrno>

#include "descriptor_transport.hpp"
#include "sockaddr.hpp"
#include "tornado/iostream/errors.hpp"
#include "tornado/util/without_sigpipe.hpp"

namespace tornado::iostream {

using ioloop::Events;

namespace {

class SocketTransport final : public DescriptorTransport {
public:
    SocketTransport(ioloop::IOLoop& loop, netutil::Socket socket, bool is_tcp)
        : DescriptorTransport{loop, std::move(socket)},
          family_{is_tcp ? AF_INET : AF_UNSPEC} {}

    std::size_t receive(std::span<char> into, std::error_code& error) noexcept override {
        while (true) {
            const auto count = ::recv(fileno(), into.data(), into.size(), 0);
            const auto received = count >= 0 ? static_cast<std::size_t>(count) : 0;
            if (count < 0 && errno == EINTR) {
                continue;
            }
            if (count < 0) {
                // A UNIX socket that is not connected calls the reading of it invalid.
                error = errno == EINVAL ? make_error_code(std::errc::not_connected) : last_error();
                if (error == std::errc::connection_reset) {
                    was_reset_ = true;
                }
            } else if (count == 0 && was_reset_) {  // of which the system tells only once
                error = make_error_code(std::errc::connection_reset);
            }
            if (received < into.size() && !peer_has_ended() && (received == 0 || gives_all())) {
                used_up(Events::read);
            }
            return received;
        }
    }

    std::size_t send(std::span<const iovec> pieces, std::error_code& error) noexcept override {
        while (true) {
            const auto count = pieces.size() == 1 ? send_one(pieces[0]) : send_all(pieces);
            const auto sent = count >= 0 ? static_cast<std::size_t>(count) : 0;
            if (count < 0 && errno == EINTR) {
                continue;
            }
            if (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
                error = last_error();
            } else if (sent < size_of(pieces)) {
                used_up(Events::write);
            }
            return sent;
        }
    }

    std::size_t send_file(
        int file,
        std::uint64_t offset,
        std::size_t count,
        std::error_code& error
    ) noexcept override {
        util::WithoutSigpipe no_signal;
        auto place = static_cast<off_t>(offset);
        ssize_t sent = 0;
        do {
            sent = ::sendfile(fileno(), file, &place, count);
        } while (sent < 0 && errno == EINTR);
        if (sent > 0) {
            if (static_cast<std::size_t>(sent) == count) {
                no_signal.none_was_raised();
            }
            return static_cast<std::size_t>(sent);  // that it is less does not say why: sendfile(2)
        }
        if (sent == 0) {
            error = StreamErrc::file_too_short;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            no_signal.none_was_raised();
            used_up(Events::write);
        } else if (errno == EINVAL || errno == ENOSYS) {
            error = make_error_code(std::errc::operation_not_supported);
        } else {
            error = last_error();
        }
        return 0;
    }

    void shutdown_output() noexcept override { ::shutdown(fileno(), SHUT_WR); }

    std::error_code connect(const netutil::Address& address) noexcept override {
        forget_readiness();  // an unconnected socket looks like one that was hung up
        sockaddr_storage storage{};
        const auto size = static_cast<socklen_t>(netutil::to_sockaddr(address, storage));
        family_ = storage.ss_family;
        if (::connect(fileno(), reinterpret_cast<const sockaddr*>(&storage), size) == 0) {
            return {};
        }
        // One that a signal interrupts goes on, too.
        return errno == EINTR ? make_error_code(std::errc::operation_in_progress) : last_error();
    }

    std::error_code outcome_of_connect() noexcept override {
        int error = 0;
        socklen_t size = sizeof error;
        if (::getsockopt(fileno(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
            return last_error();
        }
        return {error, std::system_category()};
    }

private:
    /// Whether what is there comes all at once, if there is room: a UNIX socket stops before and
    /// after bytes that were sent with descriptors, TCP at the place of urgent data.
    bool gives_all() noexcept {
        if (has_had_urgent_data()) {
            return false;
        }
        if (family_ == AF_UNSPEC) {
            socklen_t size = sizeof family_;
            ::getsockopt(fileno(), SOL_SOCKET, SO_DOMAIN, &family_, &size);
        }
        return family_ == AF_INET || family_ == AF_INET6;
    }
    ssize_t send_one(const iovec& piece) const noexcept {
        return ::send(fileno(), piece.iov_base, piece.iov_len, MSG_NOSIGNAL);
    }
    ssize_t send_all(std::span<const iovec> pieces) const noexcept {
        msghdr message{};
        message.msg_iov = const_cast<iovec*>(pieces.data());
        message.msg_iovlen = pieces.size();
        return ::sendmsg(fileno(), &message, MSG_NOSIGNAL);
    }

    int family_;  ///< AF_UNSPEC until it is known
    bool was_reset_ = false;
};

}  // namespace

std::unique_ptr<Transport>
make_socket_transport(ioloop::IOLoop& loop, netutil::Socket socket, bool is_tcp) {
    return std::make_unique<SocketTransport>(loop, std::move(socket), is_tcp);
}

}  // namespace tornado::iostream
