#include "tornado/httpserver/http_server.hpp"

namespace tornado::httpserver {

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

std::string_view protocol_from(const HTTPServerOptions& options, const netutil::SSLContext& tls) {
    if (!options.protocol.empty()) {
        return options.protocol;
    }
    return tls ? "https" : "http";
}

http1connection::HTTP1ConnectionParameters
parameters_from(const HTTPServerOptions& options, const netutil::SSLContext& tls) {
    const HTTPServerOptions defaults;
    return {
        .body_timeout = options.body_timeout,
        .chunk_size = size_or(options.chunk_size, defaults.chunk_size),
        .header_timeout = options.header_timeout,
        .idle_connection_timeout = options.idle_connection_timeout,
        .max_body_size = options.max_body_size,
        .max_header_size = size_or(options.max_header_size, defaults.max_header_size),
        .no_keep_alive = options.no_keep_alive,
        .protocol = protocol_from(options, tls)};
}

}  // namespace

HTTPServer::HTTPServer(httputil::HTTPServerConnectionDelegate& delegate, HTTPServerOptions options)
    : TCPServer{{}, context_from(options)},
      delegate_{delegate},
      options_{std::move(options)},
      parameters_{parameters_from(options_, ssl_context())} {
    set_proxy_protocol(options_.proxy_protocol);
}

HTTPServer::~HTTPServer() {
    stop();
}

void HTTPServer::close_all_connections() {
    connections_.close_all();
}

Future<void> HTTPServer::handle_stream(iostream::IOStream stream, netutil::Address address) {
    http1connection::serve(stream.release(), address, parameters_, delegate_, connections_);
    return Future<void>::ready();
}

}  // namespace tornado::httpserver
