#include "connect.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "tornado/http1connection/client_connection.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/iostream/ssl_iostream.hpp"
#include "tornado/tcpserver/tcpclient.hpp"

namespace tornado::httpclient {

using iostream::IOStream;

namespace {

/// Knows one host's addresses: they have been looked up already.
class KnownAddresses final : public netutil::Resolver {
public:
    explicit KnownAddresses(Addresses addresses) : addresses_{std::move(addresses)} {}

protected:
    Future<Addresses> look_up(std::string, std::uint16_t, netutil::Family) override {
        return Future<Addresses>::ready(addresses_);
    }

private:
    Addresses addresses_;
};

/// Hears what a proxy says to CONNECT.
class TunnelAnswer final : public httputil::HTTPMessageDelegate {
public:
    Future<void> headers_received(httputil::ResponseHead& head) override {
        code = head.code;
        reason = head.reason;
        return Future<void>::ready();
    }
    int code = 0;
    std::string reason;
};

/// The way through a proxy, on a connection to that.
Future<IOStream> open_tunnel(IOStream stream, std::string to, std::string authorization) {
    TunnelAnswer answer;  // outlives the connection
    auto connection = http1connection::HTTP1ClientConnection::open(stream.release());
    httputil::HTTPHeaders headers;
    headers.add("Host", to);
    if (!authorization.empty()) {
        headers.add("Proxy-Authorization", authorization);
    }
    connection->send_request("CONNECT", to, headers);
    http1connection::ResponseLimits limits;
    limits.max_body_size = 65'536;
    co_await connection->read_response(answer, limits);
    if (answer.code >= 300) {
        throw HTTPClientError(
            599,
            "the proxy opens no tunnel to " + to + ": " + std::to_string(answer.code) + " " +
                answer.reason
        );
    }
    auto tunnel = connection->detach();
    if (!tunnel->input().empty()) {
        tunnel->close();
        throw HTTPBadResponseError(make_error_code(httputil::Errc::malformed_header));
    }
    co_return IOStream(std::move(tunnel));
}

/// Connects to a host by name, or its proxy.
Future<IOStream> connect_to_host(ConnectPlan plan) {
    tcpclient::ConnectOptions options;
    auto family = plan.family;
    if (!plan.source_ip.empty()) {
        options.source_ip(plan.source_ip);
        const bool is_ipv6 = netutil::Address(plan.source_ip, 0).is_ipv6();
        family = is_ipv6 ? netutil::Family::ipv6 : netutil::Family::ipv4;
    }
    auto addresses = co_await plan.resolver->resolve(plan.host, plan.port, family);
    plan.progress->resolved = ioloop::IOLoop::current().time();
    plan.progress->phase = FetchPhase::connecting;
    const auto known = std::make_shared<KnownAddresses>(std::move(addresses));
    tcpclient::TCPClient client(known);
    co_return co_await client.connect(plan.host, plan.port, options);
}

Future<IOStream> connect_to_path(std::string path) {
    const auto address = netutil::Address::unix_path(path);
    netutil::Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) {
        throw std::system_error(errno, std::system_category(), "cannot connect");
    }
    IOStream stream(std::move(socket));
    co_await stream.connect(address);
    co_return std::move(stream);
}

}  // namespace

Future<iostream::StreamRef> establish(ConnectPlan plan) {
    auto& loop = ioloop::IOLoop::current();
    const auto progress = plan.progress;
    auto connecting =
        plan.unix_socket.empty() ? connect_to_host(plan) : connect_to_path(plan.unix_socket);
    auto stream = co_await std::move(connecting);
    if (!plan.tunnel.empty()) {
        auto opening = open_tunnel(std::move(stream), plan.tunnel, plan.tunnel_authorization);
        stream = co_await std::move(opening);
    }
    progress->connected = loop.time();
    if (plan.tls) {
        progress->phase = FetchPhase::tls_handshake;
        auto secured = co_await stream.start_tls(false, *plan.tls, plan.server_hostname);
        progress->secured = loop.time();
        co_return secured.release();
    }
    co_return stream.release();
}

}  // namespace tornado::httpclient
