#include "connect.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "tornado/http1connection/client_connection.hpp"
#include "tornado/httputil/credentials.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/iostream/errors.hpp"
#include "tornado/iostream/ssl_iostream.hpp"
#include "tornado/tcpserver/tcpclient.hpp"
#include "tornado/util/base64.hpp"

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

/// Hears what a proxy says to CONNECT. A refusal is the outcome as soon as its head is there.
class TunnelAnswer final : public httputil::HTTPMessageDelegate {
public:
    TunnelAnswer(const ConnectPlan& plan, int& rounds) : plan_{plan}, rounds_{rounds} {}
    Future<void> headers_received(httputil::ResponseHead& head) override {
        challenged = head.code == 407 && plan_.proxy.challenged(head.headers, rounds_++);
        if (head.code >= 300 && !challenged) {
            const auto wait = head.headers.first(httputil::KnownHeader::retry_after);
            plan_.progress->retry_after = wait.value_or("");
            throw HTTPProxyError(head.code, head.reason, plan_.tunnel);
        }
        return Future<void>::ready();
    }
    bool challenged = false;  ///< it wants credentials that it can have

private:
    const ConnectPlan& plan_;
    int& rounds_;
};

/// Asks a proxy for a way through it, on a connection to that. Nothing comes out if it is to be
/// asked once more, on another connection. `rounds` counts how often it wanted credentials.
Future<std::optional<IOStream>>
open_tunnel(IOStream stream, ConnectPlan plan, std::shared_ptr<int> rounds) {
    const auto& to = plan.tunnel;
    TunnelAnswer answer(plan, *rounds);  // outlives the connection
    auto connection = http1connection::HTTP1ClientConnection::open(stream.release());
    http1connection::ResponseLimits limits;
    limits.max_body_size = 65'536;
    do {
        const bool again = answer.challenged;
        httputil::HTTPHeaders headers;
        headers.add("Host", to);
        if (const auto value = plan.proxy.authorization("CONNECT", to); !value.empty()) {
            headers.add("Proxy-Authorization", value);
        }
        connection->send_request("CONNECT", to, headers);
        bool reusable = false;
        try {
            reusable = co_await connection->read_response(answer, limits);
        } catch (const httputil::HTTPInputError& wrong) {
            throw HTTPBadResponseError(wrong.code());
        } catch (const iostream::StreamClosedError&) {
            if (!again || connection->response_begun()) {
                throw;
            }  // or it was closed behind the challenge
        }
        if (answer.challenged && !(reusable && connection->is_reusable())) {
            co_return std::nullopt;
        }
    } while (answer.challenged);
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

/// Connects through a proxy.
Future<IOStream> connect_through(ConnectPlan plan) {
    const auto rounds = std::make_shared<int>(0);
    while (true) {
        auto connecting = connect_to_host(plan);
        auto stream = co_await std::move(connecting);
        auto opening = open_tunnel(std::move(stream), plan, rounds);
        auto tunnel = co_await std::move(opening);
        if (tunnel) {
            co_return std::move(*tunnel);
        }
    }
}

Future<IOStream> connect_to(const ConnectPlan& plan) {
    if (!plan.unix_socket.empty()) {
        return connect_to_path(plan.unix_socket);
    }
    return plan.tunnel.empty() ? connect_to_host(plan) : connect_through(plan);
}

}  // namespace

std::string basic_authorization(const Credentials& credentials) {
    return "Basic " +
           util::base64(httputil::encode_username_password(credentials.name, credentials.password));
}

std::string ProxyCredentials::authorization(std::string_view method, std::string_view uri) const {
    if (!credentials) {
        return own;
    }
    if (digests == nullptr) {
        return basic_authorization(*credentials);
    }
    return digests->answer(place, *credentials, method, uri).value_or(own);
}

bool ProxyCredentials::challenged(const httputil::HTTPHeaders& headers, int rounds) const {
    return credentials && digests != nullptr &&
           digests->challenged(place, *credentials, headers, "Proxy-Authenticate", rounds);
}

Future<iostream::StreamRef> establish(ConnectPlan plan) {
    auto& loop = ioloop::IOLoop::current();
    const auto progress = plan.progress;
    auto connecting = connect_to(plan);
    auto stream = co_await std::move(connecting);
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
