#include "tornado/httpserver/http_server.hpp"

namespace tornado::httpserver {

namespace {

/// A size of 0 means the default, as in Tornado.
std::size_t size_or(std::size_t size, std::size_t fallback) {
    return size == 0 ? fallback : size;
}

http1connection::HTTP1ConnectionParameters parameters_from(const HTTPServerOptions& options) {
    const HTTPServerOptions defaults;
    return {
        .body_timeout = options.body_timeout,
        .chunk_size = size_or(options.chunk_size, defaults.chunk_size),
        .header_timeout = options.header_timeout,
        .idle_connection_timeout = options.idle_connection_timeout,
        .max_body_size = options.max_body_size,
        .max_header_size = size_or(options.max_header_size, defaults.max_header_size),
        .no_keep_alive = options.no_keep_alive,
        .protocol = options.protocol};
}

}  // namespace

HTTPServer::HTTPServer(httputil::HTTPServerConnectionDelegate& delegate, HTTPServerOptions options)
    : delegate_{delegate},
      options_{std::move(options)},
      parameters_{parameters_from(options_)} {
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
