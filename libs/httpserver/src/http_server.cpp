#include "tornado/httpserver/http_server.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "gzip_requests.hpp"
#include "proxy_headers.hpp"
#include "request_limit.hpp"
#include "tornado/httpserver/rule_router.hpp"
#include "tornado/iostream/iostream.hpp"
#include "tornado/log.hpp"

namespace tornado::httpserver {

std::vector<std::string> this_machine() {
    return {"127.0.0.0/8", "::1", "unix"};
}

std::string url_of(const netutil::Address& address, std::string_view scheme) {
    if (address.empty() || address.is_unix()) {
        return address.to_string();
    }
    const auto& bytes = address.bytes();
    const bool on_all =
        std::all_of(bytes.begin(), bytes.end(), [](auto byte) { return byte == 0; });
    const auto place = on_all ? "localhost:" + std::to_string(address.port()) : address.to_string();
    return std::string{scheme} + "://" + place;
}

namespace {

/// A size of 0 means the default, as in Tornado.
std::size_t size_or(std::size_t size, std::size_t fallback) {
    return size == 0 ? fallback : size;
}

/// What the server speaks TLS with; none when it shall not.
netutil::SSLContext context_from(const HTTPServerOptions& options) {
    if (options.ssl_context || options.ssl_options == netutil::SSLOptions{}) {
        return options.ssl_context;
    }
    auto ssl_options = options.ssl_options;
    if (ssl_options.alpn.empty()) {
        ssl_options.alpn = {"http/1.1", "http/1.0"};
    }
    return netutil::ssl_options_to_context(ssl_options, netutil::SSLSide::server);
}

/// A constant: requests may ask for it when the server has gone.
std::string_view protocol_from(const HTTPServerOptions& options, const netutil::SSLContext& tls) {
    const bool https =
        options.protocol.empty() ? static_cast<bool>(tls) : options.protocol == "https";
    if (!https && !options.protocol.empty() && options.protocol != "http") {
        throw std::invalid_argument{
            "HTTPServerOptions: the protocol is \"http\" or \"https\", unlike \"" +
            options.protocol + "\""};
    }
    return https ? "https" : "http";
}

http1connection::HTTP1ConnectionParameters
parameters_from(const HTTPServerOptions& options, const netutil::SSLContext& tls) {
    const HTTPServerOptions defaults;
    const auto max_buffer_size = size_or(options.max_buffer_size, defaults.max_buffer_size);
    return {
        .bare_lf = options.bare_lf,
        .body_timeout = options.body_timeout,
        .chunk_size = size_or(options.chunk_size, defaults.chunk_size),
        .handler_timeout = options.handler_timeout,
        .header_timeout = options.header_timeout,
        .idle_connection_timeout = options.idle_connection_timeout,
        .max_body_size = options.max_body_size.value_or(max_buffer_size),
        .max_buffer_size = max_buffer_size,
        .max_header_size = size_or(options.max_header_size, defaults.max_header_size),
        .min_body_rate = options.min_body_rate,
        .min_body_rate_grace = options.min_body_rate_grace,
        .min_output_rate = options.min_output_rate,
        .no_keep_alive = options.no_keep_alive,
        .protocol = protocol_from(options, tls),
        .serves_https_targets =
            options.xheaders || options.forwarded || !options.proxy_protocol.trusted.empty(),
        .write_timeout = options.write_timeout};
}

}  // namespace

HTTPServer::HTTPServer(httputil::HTTPServerConnectionDelegate& delegate, HTTPServerOptions options)
    : TCPServer{{}, context_from(options)},
      delegate_{&delegate},
      options_{std::move(options)},
      parameters_{parameters_from(options_, ssl_context())} {
    if (options_.xheaders && options_.forwarded) {
        throw std::invalid_argument{
            "HTTPServerOptions: say either xheaders or forwarded, whichever the proxy writes"};
    }
    if (options_.decompress_request) {
        put_in_front<GzipRequests>(parameters_.chunk_size);
    }
    if (options_.xheaders || options_.forwarded) {
        put_in_front<ProxyHeaders>(
            options_.forwarded ? origin_from_forwarded : origin_from_xheaders,
            options_.trusted_downstream
        );
    }
    if (options_.max_requests_in_flight != 0) {
        put_in_front<RequestLimit>(options_.max_requests_in_flight, options_.spared_paths);
    }
    set_proxy_protocol(options_.proxy_protocol);
}

HTTPServer::HTTPServer(OwnDelegate delegate, HTTPServerOptions options)
    : HTTPServer{*delegate, std::move(options)} {
    wrappers_.push_back(std::move(delegate));
}

namespace {

std::unique_ptr<httputil::HTTPServerConnectionDelegate> router_to(const routing::RuleTarget& target
) {
    std::vector<routing::Rule> rules;
    rules.emplace_back(routing::AnyMatches{}, target);
    return std::make_unique<routing::RuleRouter>(std::move(rules));
}

}  // namespace

HTTPServer::HTTPServer(const routing::RuleTarget& request_callback)
    : HTTPServer{request_callback, HTTPServerOptions{}} {}

HTTPServer::HTTPServer(const routing::RuleTarget& request_callback, HTTPServerOptions options)
    : HTTPServer{router_to(request_callback), std::move(options)} {}

template <typename D, typename... Args>
void HTTPServer::put_in_front(Args&&... args) {
    wrappers_.push_back(std::make_unique<D>(*delegate_, std::forward<Args>(args)...));
    delegate_ = wrappers_.back().get();
}

HTTPServer::~HTTPServer() {
    stop();
}

std::string HTTPServer::url() const {
    return url_of(address(), ssl_context() ? "https" : "http");
}

void HTTPServer::close_all_connections() {
    connections_.close_all();
}

void HTTPServer::drain_begins() {
    connections_.drain_begins();
}

Future<void> HTTPServer::connections_ended() {
    connections_.drain();
    return connections_.drained();
}

void HTTPServer::cut_off_connections() {
    if (connections_.size() != 0) {
        log::gen_log().warning("Stopping: ", connections_.size(), " connections are cut off");
        connections_.cut_off();
    }
}

Future<void> HTTPServer::handle_stream(iostream::IOStream stream, netutil::Address address) {
    const auto most = options_.max_connections;
    if (most == 0 || connections_.size() < most || connections_.close_an_idle_one()) {
        http1connection::serve(stream.release(), address, parameters_, *delegate_, connections_);
    } else if (connections_.size() < most + most / 8 + 16) {
        // Those are answered and not served; the rest are dropped, or the limit would be none.
        http1connection::refuse_to_serve(
            stream.release(), address, parameters_, *delegate_, connections_
        );
    }
    return Future<void>::ready();
}

}  // namespace tornado::httpserver
