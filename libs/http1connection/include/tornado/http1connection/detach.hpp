#pragma once

#include <string_view>

#include "tornado/httputil/http_connection.hpp"
#include "tornado/iostream/iostream.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::http1connection {

/// Takes the connection that a request has come by out of HTTP, for another protocol on it.
///
/// The stream holds, unread, whatever has come behind the part of the request that the delegate has
/// got, and sends what was written before: earlier responses, and the head of this one. That must
/// be a complete response, or one that the connection's end would complete, or not begun. So a
/// CONNECT is answered with write_headers(200, ...), and a tunnel begins. With TLS it is the stream
/// within TLS. Limits and timeouts of HTTP end.
///
/// The exchange is closed() afterwards, and its delegate hears on_detach() and nothing more.
///
/// The stream is the caller's, but it counts as a connection of its server until it closes: for
/// `max_connections`, and when the server drains. Then `on_drain` is called, once, if the stream
/// is open; what has not closed at the end of the drain is cut off, as a connection that is lost.
///
/// Errors: iostream::StreamClosedError when the client has gone. Throws std::logic_error when the
/// response is finished or incomplete, and when the exchange does not run on HTTP/1.
/// Mirrors `tornado.http1connection.HTTP1Connection.detach`.
[[nodiscard]] iostream::IOStream
detach(httputil::HTTPConnection& exchange, util::UniqueFunction<void()> on_drain = {});

/// Answers with 101 Switching Protocols, then does as detach() (RFC 9110, 7.8).
///
/// The response has `headers`, and Upgrade and Connection as they must be. What the request asks
/// for is the caller's to check: see asks_for_upgrade(). Throws std::logic_error also when a
/// response has begun, while a body is yet to be read, and for HTTP/1.0, which knows no upgrade;
/// httputil::HTTPInputError for a protocol that cannot be sent.
[[nodiscard]] iostream::IOStream upgrade(
    httputil::HTTPConnection& exchange,
    std::string_view protocol,
    const httputil::HTTPHeaders& headers = {},
    util::UniqueFunction<void()> on_drain = {}
);

/// Whether the request asks to go on with `protocol`, such as "websocket": by HTTP/1.1, and with
/// both of the fields Upgrade and Connection.
[[nodiscard]] bool
asks_for_upgrade(const httputil::HTTPConnection& exchange, std::string_view protocol) noexcept;

}  // namespace tornado::http1connection
