#pragma once

#include <string>
#include <string_view>

#include "tornado/util/result.hpp"

namespace tornado::httputil {

/// The first line of a request. Mirrors `tornado.httputil.RequestStartLine`.
struct RequestStartLine {
    std::string method = {};
    std::string path = {};  ///< the target as sent
    std::string version = "HTTP/1.1";

    bool operator==(const RequestStartLine&) const = default;
};

/// The first line of a response. Mirrors `tornado.httputil.ResponseStartLine`.
struct ResponseStartLine {
    std::string version = "HTTP/1.1";
    int code = 200;
    std::string reason = {};

    bool operator==(const ResponseStartLine&) const = default;
};

/// Parses "GET /foo HTTP/1.1", without a line ending: single spaces, a token, a target without
/// spaces or control characters. Fails with Errc::malformed_start_line or unsupported_version.
[[nodiscard]] Result<RequestStartLine> parse_request_start_line(std::string_view line);

/// Parses "HTTP/1.1 200 OK", without a line ending: the reason may be empty, the space before it
/// not. Fails as parse_request_start_line() does.
[[nodiscard]] Result<ResponseStartLine> parse_response_start_line(std::string_view line);

}  // namespace tornado::httputil
