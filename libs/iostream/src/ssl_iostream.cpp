#include "tornado/iostream/ssl_iostream.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <stdexcept>

#include "stream_operations.hpp"
#include "tornado/iostream/tls_session.hpp"

namespace tornado::iostream {

namespace {

/// Whether it is, or was until the peer reset the connection: what had come before can be read.
bool has_been_connected(int descriptor) noexcept {
    sockaddr_storage storage;
    socklen_t size = sizeof storage;
    pollfd socket{.fd = descriptor, .events = POLLIN, .revents = 0};
    return ::getpeername(descriptor, reinterpret_cast<sockaddr*>(&storage), &size) == 0 ||
           (::poll(&socket, 1, 0) > 0 && (socket.revents & (POLLERR | POLLIN)) != 0);
}

/// Hands the stream over once its handshake is done.
Future<SSLIOStream> after_handshake(SSLIOStream stream, Future<void> handshake) {
    auto ours = std::move(stream);  // parameters live as long as the future, which may be long
    co_await std::move(handshake);
    co_return std::move(ours);
}

}  // namespace

SSLIOStream::SSLIOStream(
    netutil::Socket socket,
    netutil::SSLContext context,
    std::string server_hostname,
    StreamOptions options
)
    : IOStream{std::move(socket), options},
      context_{context ? std::move(context) : netutil::default_client_context()},
      server_hostname_{std::move(server_hostname)} {
    if (context_.side() == netutil::SSLSide::server || has_been_connected(fileno())) {
        core().start_tls(context_, server_hostname_);
    }
    needs_tls_ = true;
}

SSLIOStream::SSLIOStream(IOStream stream) : IOStream{std::move(stream)} {
    if (tls() == nullptr) {
        throw std::invalid_argument{
            "the stream does not speak TLS: IOStream::start_tls() makes it do so"};
    }
}

Future<void> SSLIOStream::connect(const netutil::Address& address, std::string server_hostname) {
    if (closed()) {
        throw StreamClosedError{error()};
    }
    if (address.empty()) {
        return operations().connect(address);  // which says that it is
    }
    if (tls() == nullptr) {
        core().start_tls(
            context_,
            server_hostname.empty() ? server_hostname_ : std::move(server_hostname),
            StreamCore::TlsStart::when_connected
        );
    } else if (!server_hostname.empty()) {
        throw std::logic_error{
            "the stream has begun to speak TLS: it is too late to expect another server"};
    }
    return IOStream::connect(address);
}

std::optional<netutil::SSLCertificate> SSLIOStream::get_ssl_certificate() const {
    return tls() != nullptr ? tls()->peer_certificate() : std::nullopt;
}
std::string_view SSLIOStream::ssl_version() const noexcept {
    return tls() != nullptr ? tls()->version() : std::string_view{};
}
std::string_view SSLIOStream::cipher() const noexcept {
    return tls() != nullptr ? tls()->cipher() : std::string_view{};
}
std::string_view SSLIOStream::alpn_protocol() const noexcept {
    return tls() != nullptr ? tls()->alpn_protocol() : std::string_view{};
}
bool SSLIOStream::session_reused() const noexcept {
    return tls() != nullptr && tls()->session_reused();
}

// What of IOStream concerns TLS

const TlsSession* IOStream::tls() const noexcept {
    return core_ ? core_->tls() : nullptr;
}

Future<void> IOStream::wait_for_handshake() {
    return operations().wait_for_handshake();
}

Future<SSLIOStream> IOStream::start_tls(
    bool server_side,
    netutil::SSLContext context,
    const std::string& server_hostname
) {
    using netutil::SSLSide;
    if (!context && server_side) {
        throw std::invalid_argument{
            "start_tls() on a server's side needs a context with a certificate"};
    }
    if (!context) {
        context = netutil::default_client_context();
    }
    if (context.side() != (server_side ? SSLSide::server : SSLSide::client)) {
        throw std::invalid_argument{
            "the context is for the other side: make one with ssl_options_to_context() for this"};
    }
    if (closed()) {
        throw StreamClosedError{error()};
    }
    if (reading() || writing()) {
        throw std::logic_error{"the stream is busy: await its reads and writes before start_tls()"};
    }
    core_->start_tls(context, server_hostname);
    SSLIOStream stream{std::move(*this)};
    auto handshake = stream.wait_for_handshake();
    return after_handshake(std::move(stream), std::move(handshake));
}

Future<SSLIOStream> IOStream::start_tls(
    bool server_side,
    const netutil::SSLOptions& options,
    const std::string& server_hostname
) {
    const auto side = server_side ? netutil::SSLSide::server : netutil::SSLSide::client;
    return start_tls(server_side, netutil::ssl_options_to_context(options, side), server_hostname);
}

}  // namespace tornado::iostream
