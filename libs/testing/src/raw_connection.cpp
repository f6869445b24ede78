#include "tornado/testing/raw_connection.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "response_reader.hpp"
#include "tornado/testing/async_test_case.hpp"

namespace tornado::testing {

namespace {

/// A stream on a new, unconnected socket that can reach `server`.
iostream::IOStream new_stream(const netutil::Address& server) {
    const int family = server.is_ipv6() ? AF_INET6 : AF_INET;
    netutil::Socket socket{::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!socket) {
        throw std::system_error{errno, std::generic_category(), "socket"};
    }
    return iostream::IOStream{std::move(socket)};
}

}  // namespace

RawConnection::RawConnection(AsyncTestCase& test, const netutil::Address& server) : test_{&test} {
    auto stream = new_stream(server);
    test_->run(stream.connect(server));
    stream.set_nodelay(true);  // under virtual time the system's own delays would never end
    reader_ = std::make_unique<ResponseReader>(std::move(stream));
}

RawConnection::RawConnection(RawConnection&&) noexcept = default;
RawConnection& RawConnection::operator=(RawConnection&&) noexcept = default;
RawConnection::~RawConnection() = default;

void RawConnection::send(std::string_view bytes) {
    test_->run(reader_->stream().write(std::string{bytes}));
}

HTTPResponse RawConnection::read_response(std::string_view method) {
    return test_->run(reader_->read(std::string{method}));
}

std::string RawConnection::read_bytes(std::size_t least) {
    return test_->run(reader_->read_bytes(least));
}

std::string RawConnection::read_until_close() {
    return test_->run(reader_->read_until_close());
}

void RawConnection::shutdown_output() {
    if (::shutdown(reader_->stream().fileno(), SHUT_WR) != 0) {
        throw std::system_error{errno, std::generic_category(), "shutdown"};
    }
}

void RawConnection::close() {
    reader_->stream().close();
}

void RawConnection::reset() {
    const linger at_once{1, 0};
    ::setsockopt(reader_->stream().fileno(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
}

}  // namespace tornado::testing
