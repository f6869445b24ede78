#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>

#include "sockaddr.hpp"
#include "tornado/ioloop/asio_context.hpp"
#include "transport.hpp"

namespace tornado::iostream {

namespace asio = boost::asio;

namespace {

using Protocol = asio::generic::stream_protocol;

std::error_code to_std(const boost::system::error_code& error) {
    if (error == asio::error::eof || !error) {
        return {};
    }
    return {error.value(), std::system_category()};
}

class SocketTransport final : public Transport {
public:
    SocketTransport(ioloop::IOLoop& loop, netutil::Socket socket)
        : socket_{tornado::asio::context(loop).get_executor()} {
        // Asio needs the family only to open sockets of its own.
        socket_.assign(Protocol{AF_UNSPEC, 0}, socket.fileno());
        static_cast<void>(socket.release());
    }

    void start_read(std::span<char> into) override {
        socket_.async_read_some(
            asio::buffer(into.data(), into.size()),
            [stream = core()](const boost::system::error_code& error, std::size_t count) {
                stream->read_done(
                    error == asio::error::operation_aborted
                        ? make_error_code(std::errc::operation_canceled)
                        : to_std(error),
                    count
                );
            }
        );
    }

    void cancel_read() noexcept override {
        boost::system::error_code ignored;
        socket_.cancel(ignored);
    }

    void wait_readable() override {
        socket_.async_wait(
            asio::socket_base::wait_read,
            [stream = core()](const boost::system::error_code&) { stream->readable(); }
        );
    }

    void wait_writable() override {
        socket_.async_wait(
            asio::socket_base::wait_write,
            [stream = core()](const boost::system::error_code&) { stream->writable(); }
        );
    }

    std::size_t send(std::span<const iovec> pieces, std::error_code& error) noexcept override {
        while (true) {
            ssize_t count = 0;
            if (pieces.size() == 1) {
                count = ::send(
                    fileno(), pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL | MSG_DONTWAIT
                );
            } else {
                msghdr message{};
                message.msg_iov = const_cast<iovec*>(pieces.data());
                message.msg_iovlen = pieces.size();
                count = ::sendmsg(fileno(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
            }
            if (count >= 0) {
                return static_cast<std::size_t>(count);
            }
            if (errno == EINTR) {
                continue;
            }
            if (errno != EAGAIN && errno != EWOULDBLOCK) {
                error.assign(errno, std::system_category());
            }
            return 0;
        }
    }

    void shutdown_output() noexcept override { ::shutdown(fileno(), SHUT_WR); }

    [[nodiscard]] int fileno() const noexcept override {
        return const_cast<Socket&>(socket_).native_handle();
    }

    void connect(
        const netutil::Address& address,
        void (*on_connected)(void*, std::error_code),
        void* owner
    ) override {
        sockaddr_storage storage{};
        const auto size = netutil::to_sockaddr(address, storage);
        const Protocol::endpoint endpoint{&storage, size};
        socket_.async_connect(
            endpoint,
            [stream = core(), on_connected, owner](const boost::system::error_code& error) {
                if (!stream->closed()) {
                    on_connected(owner, to_std(error));
                }
            }
        );
    }

    void post(void (*call)(StreamCore&, std::error_code), std::error_code error) override {
        asio::post(socket_.get_executor(), [stream = core(), call, error] {
            call(*stream, error);
        });
    }

private:
    // The concrete executor: the type-erased default would cost an indirection in each operation.
    using Socket = asio::basic_stream_socket<Protocol, asio::io_context::executor_type>;
    Socket socket_;
};

}  // namespace

std::unique_ptr<Transport> make_socket_transport(ioloop::IOLoop& loop, netutil::Socket socket) {
    return std::make_unique<SocketTransport>(loop, std::move(socket));
}

}  // namespace tornado::iostream
