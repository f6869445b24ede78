#pragma once

#include <string>
#include <string_view>

#include "tornado/wsgi_application/wsgi_application.hpp"

namespace tornado::wsgi {

/// The request's head as HTTP/1.1 has it.
[[nodiscard]] std::string request_text(const WSGIRequest& request);

/// Writes the access log's line for a request that no application gets to see.
void log_refusal(const WSGIRequest& request, int status);

/// A path of any bytes, percent-encoded where a target needs it.
[[nodiscard]] std::string quote_path(std::string_view path);
/// A query that a server passes on as it came, with what no target may hold percent-encoded.
[[nodiscard]] std::string quote_query(std::string_view query);

/// The Host of a request that brings none, out of what a server calls itself: that may be no host,
/// such as the path of a socket.
[[nodiscard]] std::string host_of_server(std::string_view name, std::string_view port);

/// The name of the field that an environ's key stands for: "HTTP_X_REAL_IP" is "X-Real-Ip". Empty
/// for a key that stands for none.
[[nodiscard]] std::string field_name(std::string_view key);

}  // namespace tornado::wsgi
