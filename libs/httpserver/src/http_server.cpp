#include "tornado/httpserver/http_server.hpp"

namespace tornado::httpserver {

namespace {

http1connection::HTTP1ConnectionParameters parameters_from(const HTTPServerOptions& options) {
    return {
        .body_timeout = options.body_timeout,
        .chunk_size = options.chunk_size,
        .header_timeout = options.header_timeout,
        .idle_connection_timeout = options.idle_connection_timeout,
        .max_body_size = options.max_body_size,
        .max_header_size = options.max_header_size,
        .no_keep_alive = options.no_keep_alive,
        .protocol = options.protocol};
}

}  // namespace

HTTPServer::HTTPServer(httputil::HTTPServerConnectionDelegate& delegate, HTTPServerOptions options)
    : delegate_{delegate},
      options_{std::move(options)},
      parameters_{parameters_from(options_)} {}

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
