// How a client comes to its WebSocket.
#include "tornado/websocket/websocket_connect.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "client_result.hpp"
#include "tornado/escape/url.hpp"
#include "tornado/gen.hpp"
#include "tornado/http1connection/client_connection.hpp"
#include "tornado/httpclient/errors.hpp"
#include "tornado/httpclient/http_response.hpp"
#include "tornado/httputil/credentials.hpp"
#include "tornado/httputil/message_framing.hpp"
#include "tornado/iostream/ssl_iostream.hpp"
#include "tornado/iostream/ssl_options.hpp"
#include "tornado/tcpclient.hpp"
#include "tornado/util/ascii.hpp"
#include "tornado/util/base64.hpp"
#include "tornado/util/version.hpp"
#include "tornado/websocket/handshake.hpp"
#include "websocket_url.hpp"

namespace tornado::websocket {

using http1connection::ClientConnectionRef;
using httpclient::HTTPClientError;
using httpclient::HTTPRequest;
using httpclient::RequestSettings;
using httputil::HTTPHeaders;
using httputil::KnownHeader;

namespace {

/// What a server answers: its head, and the body of a refusal.
struct Response final : httputil::HTTPMessageDelegate {
    Future<void> headers_received(httputil::ResponseHead& head) override {
        code = head.code;
        reason = head.reason;
        headers = head.headers;
        if (succeeds() && !is_connect) {
            return Future<void>::failed(std::make_exception_ptr(WebSocketError{"no WebSocket"}));
        }
        return Future<void>::ready();
    }
    Future<void> data_received(std::string_view chunk) override {
        body.append(chunk);
        return Future<void>::ready();
    }
    /// Whether there will be no WebSocket, whatever else comes.
    [[nodiscard]] bool refuses() const noexcept { return code >= 200; }
    /// The same, and what comes may be without end.
    [[nodiscard]] bool succeeds() const noexcept { return code >= 200 && code < 300; }

    bool is_connect = false;  ///< the answer of a proxy, whose body is the tunnel
    int code = 0;
    std::string reason;
    HTTPHeaders headers;
    std::string body;
};

/// Reads what answers a handshake, and of a refusal as much of its body as is worth telling.
Future<void> read_answer_of(ClientConnectionRef http, Response& response) {
    http1connection::ResponseLimits limits;
    limits.max_body_size = 65'536;
    try {
        co_await http->read_response(response, limits);
    } catch (const CancelledError&) {
        throw;
    } catch (...) {
        if (!response.refuses()) {
            throw;
        }
    }
}

std::string basic_authorization(std::string_view name, std::string_view password) {
    return "Basic " + util::base64(httputil::encode_username_password(name, password));
}

std::optional<netutil::SSLContext> tls_context(const RequestSettings& settings) {
    if (settings.ssl_context) {
        return *settings.ssl_context ? *settings.ssl_context : netutil::default_client_context();
    }
    if (settings.ssl_options) {
        return netutil::ssl_options_to_context(*settings.ssl_options, netutil::SSLSide::client);
    }
    const bool validate = settings.validate_cert.value_or(true);
    if (validate && !settings.ca_certs && !settings.client_cert && !settings.client_key) {
        return netutil::default_client_context();
    }
    netutil::SSLOptions options;
    options.ca_certs = settings.ca_certs.value_or("");
    options.certfile = settings.client_cert.value_or("");
    options.keyfile = settings.client_key.value_or("");
    options.check_hostname = validate;
    options.cert_reqs = validate ? netutil::CertReqs::required : netutil::CertReqs::none;
    return netutil::ssl_options_to_context(options, netutil::SSLSide::client);
}

}  // namespace

/// One opening handshake, from the name of the host to the connection.
class ClientHandshake {
public:
    ClientHandshake(HTTPRequest request, WebSocketOptions options);

    static Future<WebSocketClient> run(ClientHandshake handshake);
    static Future<WebSocketClient> run_in_time(ClientHandshake handshake);

private:
    void check_request() const;
    void take_subprotocols();
    void take_proxy();
    [[nodiscard]] std::optional<std::string> authorization() const;
    [[nodiscard]] HTTPHeaders request_headers() const;
    [[nodiscard]] HTTPHeaders proxy_headers(const std::string& target) const;
    Future<iostream::StreamRef> connect();
    Future<iostream::StreamRef> connect_through_proxy();
    [[nodiscard]] WebSocketClientConnection::Result check(const Response& response) const;
    void check_extensions(WebSocketClientConnection::Result& result) const;
    void check_subprotocol(WebSocketClientConnection::Result& result) const;
    [[noreturn]] void refuse(const Response& response) const;

    HTTPRequest request_;
    WebSocketOptions options_;
    httpclient::Url url_;
    std::string key_ = make_key();
};

ClientHandshake::ClientHandshake(HTTPRequest request, WebSocketOptions options)
    : request_{std::move(request)},
      options_{std::move(options)},
      url_{parse_websocket_url(request_.url())} {
    options_.connection_.is_client = true;
    const auto interval = options_.connection_.ping_interval;
    options_.connection_.ping_timeout =
        std::min(options_.ping_timeout_.value_or(interval), interval);
    if (options_.compression_) {
        websocket::check(*options_.compression_);
        options_.connection_.compression = *options_.compression_;
    }
    check_request();
    take_subprotocols();
    take_proxy();
}

void ClientHandshake::check_request() const {
    const auto& headers = request_.headers();
    if (request_.method() != "GET" || request_.body() || request_.body_producer() ||
        headers.contains(KnownHeader::content_length) ||
        headers.contains(KnownHeader::transfer_encoding)) {
        throw std::invalid_argument{"a WebSocket begins with a GET that has no body"};
    }
    if (request_.settings().unix_socket) {
        throw std::invalid_argument{"websocket_connect() knows no UNIX sockets"};
    }
}

/// Those of the options or, as some write them, of the request's own header.
void ClientHandshake::take_subprotocols() {
    auto& names = options_.subprotocols_;
    if (const auto own = request_.headers().get(KnownHeader::sec_websocket_protocol)) {
        if (!names.empty()) {
            throw std::invalid_argument{"subprotocols are offered twice: by options and by header"};
        }
        names = parse_tokens(*own).value_or(std::vector<std::string>{*own});
    }
    for (auto name = names.begin(); name != names.end(); ++name) {
        const auto parsed = parse_tokens(*name);
        if (!parsed || parsed->size() != 1 || parsed->front() != *name) {
            throw std::invalid_argument{
                "\"" + *name + "\" is no name of a subprotocol: it is no token"};
        }
        if (std::find(names.begin(), name, *name) != name) {
            throw std::invalid_argument{
                "the subprotocol \"" + *name + "\" is offered twice"};  // RFC 6455, 4.1
        }
    }
}

/// That of the options or, as for a fetch, of the request's settings.
void ClientHandshake::take_proxy() {
    const auto& settings = request_.settings();
    if (options_.proxy_ || !settings.proxy_host || settings.proxy_host->empty()) {
        return;
    }
    if (!settings.proxy_port) {
        throw std::invalid_argument{"a proxy needs a port: HTTPRequest::proxy(host, port)"};
    }
    if (settings.proxy_auth_mode.value_or("basic") != "basic") {
        throw std::invalid_argument{"websocket_connect() shows a proxy credentials only by basic"};
    }
    options_.proxy(*settings.proxy_host, *settings.proxy_port);
    if (settings.proxy_username) {
        options_.proxy_->authorization =
            basic_authorization(*settings.proxy_username, settings.proxy_password.value_or(""));
    }
}

/// RFC 7617: the name ends at the first colon, which is sent also when no password follows.
std::optional<std::string> ClientHandshake::authorization() const {
    const auto& settings = request_.settings();
    if (url_.has_userinfo) {
        const std::string_view userinfo{url_.userinfo};
        const auto colon = std::min(userinfo.find(':'), userinfo.size());
        return basic_authorization(
            escape::url_unescape(userinfo.substr(0, colon), false),
            escape::url_unescape(userinfo.substr(std::min(colon + 1, userinfo.size())), false)
        );
    }
    if (settings.auth_username) {
        return basic_authorization(*settings.auth_username, settings.auth_password.value_or(""));
    }
    return std::nullopt;
}

HTTPHeaders ClientHandshake::request_headers() const {
    HTTPHeaders headers;
    const auto& own = request_.headers();
    if (!own.contains(KnownHeader::host)) {
        headers.add("Host", url_.authority);
    }
    for (const auto [name, value] : own) {
        headers.add_unchecked(name, value);
    }
    const auto& settings = request_.settings();
    if (const auto value = authorization()) {
        headers.set("Authorization", *value);
    }
    if (settings.user_agent || !own.contains(KnownHeader::user_agent)) {
        headers.set("User-Agent", settings.user_agent.value_or("Tornado/" + std::string{version}));
    }
    headers.set("Upgrade", "websocket");
    headers.set("Connection", "Upgrade");
    headers.set("Sec-WebSocket-Key", key_);
    headers.set("Sec-WebSocket-Version", "13");
    if (!options_.subprotocols_.empty()) {
        std::string names;
        for (const auto& name : options_.subprotocols_) {
            names += (names.empty() ? "" : ",") + name;
        }
        headers.set("Sec-WebSocket-Protocol", names);
    }
    headers.remove(KnownHeader::sec_websocket_extensions);  // others are not spoken here
    if (options_.compression_) {
        headers.set("Sec-WebSocket-Extensions", make_offer(*options_.compression_));
    }
    return headers;
}

HTTPHeaders ClientHandshake::proxy_headers(const std::string& target) const {
    HTTPHeaders headers;
    headers.add("Host", target);
    if (!options_.proxy_->authorization.empty()) {
        headers.add("Proxy-Authorization", options_.proxy_->authorization);
    }
    return headers;
}

Future<iostream::StreamRef> ClientHandshake::connect() {
    auto client = options_.resolver_ != nullptr ? tcpclient::TCPClient(options_.resolver_)
                                                : tcpclient::TCPClient();
    tcpclient::ConnectOptions how;
    const auto& settings = request_.settings();
    if (!settings.allow_ipv6.value_or(true)) {
        how.family(netutil::Family::ipv4);
    }
    if (settings.network_interface) {
        how.source_ip(*settings.network_interface);
    }
    if (url_.secure) {
        how.ssl_options(*tls_context(settings));
    }
    auto stream = co_await client.connect(url_.host, url_.port, how);
    co_return stream.release();
}

Future<iostream::StreamRef> ClientHandshake::connect_through_proxy() {
    auto client = options_.resolver_ != nullptr ? tcpclient::TCPClient(options_.resolver_)
                                                : tcpclient::TCPClient();
    auto to_proxy = co_await client.connect(options_.proxy_->host, options_.proxy_->port);
    auto http = http1connection::HTTP1ClientConnection::open(to_proxy.release());
    const auto bracket = url_.host.find(':') != url_.host.npos;
    const auto target =
        (bracket ? "[" + url_.host + "]" : url_.host) + ":" + std::to_string(url_.port);
    const auto headers = proxy_headers(target);
    http->send_request("CONNECT", target, headers);
    Response response;
    response.is_connect = true;
    co_await read_answer_of(http, response);
    if (response.code < 200 || response.code > 299) {
        throw HTTPClientError(response.code, "the proxy answers CONNECT with " + response.reason);
    }
    auto tunnel = http->detach();
    if (!tunnel->input().empty()) {
        tunnel->close();
        throw WebSocketError("the proxy speaks before the server has been asked");
    }
    iostream::IOStream stream(std::move(tunnel));
    if (!url_.secure) {
        co_return stream.release();
    }
    const auto context = tls_context(request_.settings());
    auto secured = co_await stream.start_tls(false, *context, url_.host);
    co_return secured.release();
}

Future<WebSocketClient> ClientHandshake::run(ClientHandshake handshake) {
    auto self = std::move(handshake);
    iostream::StreamRef stream;
    if (self.options_.proxy_) {
        stream = co_await self.connect_through_proxy();
    } else {
        stream = co_await self.connect();
    }
    stream->set_nodelay(true);
    auto http = http1connection::HTTP1ClientConnection::open(stream);
    const auto headers = self.request_headers();
    http->send_request("GET", self.url_.target, headers);
    Response response;
    co_await read_answer_of(http, response);
    auto result = self.check(response);
    result.stream = http->detach();
    co_return WebSocketClient(
        new WebSocketClientConnection(std::move(result), std::move(self.options_))
    );
}

Future<WebSocketClient> ClientHandshake::run_in_time(ClientHandshake handshake) {
    constexpr ioloop::Duration usual = std::chrono::seconds{20};
    const auto timeout = handshake.options_.connect_timeout_.value_or(
        handshake.request_.settings().connect_timeout.value_or(usual)
    );
    auto running = run(std::move(handshake));
    if (timeout <= ioloop::Duration::zero()) {
        co_return co_await std::move(running);
    }
    try {
        co_return co_await gen::cancel_after(timeout, std::move(running));
    } catch (const ioloop::TimeoutError&) {
        throw httpclient::HTTPTimeoutError(httpclient::FetchPhase::connecting);
    }
}

void ClientHandshake::refuse(const Response& response) const {
    if (response.code >= 200 && response.code < 300) {
        throw WebSocketError{
            "the server answers with " + std::to_string(response.code) + ", and no WebSocket"};
    }
    auto told = std::make_shared<httpclient::HTTPResponse>(request_);
    told->code = response.code;
    told->reason = response.reason;
    told->headers = response.headers;
    told->body = response.body;
    throw HTTPClientError{response.code, response.reason, std::move(told)};
}

/// RFC 6455, 4.1, on the server's response.
WebSocketClientConnection::Result ClientHandshake::check(const Response& response) const {
    if (response.code != 101) {
        refuse(response);
    }
    const auto& headers = response.headers;
    if (!util::equals_ignore_case(headers.get(KnownHeader::upgrade).value_or(""), "websocket")) {
        throw WebSocketError{"the server does not upgrade to websocket"};
    }
    if (!httputil::has_list_member(headers, KnownHeader::connection, "upgrade")) {
        throw WebSocketError{"the server's Connection is not Upgrade"};
    }
    if (headers.get(KnownHeader::sec_websocket_accept) != accept_key(key_)) {
        throw WebSocketError{"the server's Sec-WebSocket-Accept does not fit the key"};
    }
    WebSocketClientConnection::Result result;
    result.headers = headers;
    check_extensions(result);
    check_subprotocol(result);
    return result;
}

void ClientHandshake::check_extensions(WebSocketClientConnection::Result& result) const {
    const auto field = result.headers.get(KnownHeader::sec_websocket_extensions);
    if (!field) {
        return;
    }
    const auto answers = parse_extensions(*field);
    if (!answers || answers->size() != 1 || !options_.compression_) {
        throw WebSocketError{"the server uses extensions that were not offered: " + *field};
    }
    result.deflate = read_answer(answers->front(), *options_.compression_);
    if (!result.deflate) {
        throw WebSocketError{"the server's extension does not fit what was offered: " + *field};
    }
}

void ClientHandshake::check_subprotocol(WebSocketClientConnection::Result& result) const {
    result.subprotocol = result.headers.get(KnownHeader::sec_websocket_protocol);
    if (!result.subprotocol) {
        return;
    }
    const auto& offered = options_.subprotocols_;
    if (std::find(offered.begin(), offered.end(), *result.subprotocol) == offered.end()) {
        throw WebSocketError{
            "the server chose a subprotocol that was not offered: " + *result.subprotocol};
    }
}

void check_connect(const HTTPRequest& request, const WebSocketOptions& options) {
    static_cast<void>(ClientHandshake{request, options});
}

Future<WebSocketClient> websocket_connect(HTTPRequest request, WebSocketOptions options) {
    return ClientHandshake::run_in_time(ClientHandshake{std::move(request), std::move(options)});
}

}  // namespace tornado::websocket
