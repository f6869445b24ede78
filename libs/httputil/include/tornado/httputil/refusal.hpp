#pragma once

#include <string>
#include <string_view>

#include "tornado/httputil/http_connection.hpp"

namespace tornado::httputil {

/// The body, as plain text, of a response that refuses a request before anybody has a page for it:
/// "413 Request Entity Too Large: the message body is too large", and a line's end. `why` is for
/// people to read, and may be empty.
[[nodiscard]] std::string refusal_text(int status, std::string_view why);

/// Answers with such a text, and with `headers` beside its own. Throws HTTPOutputError when a
/// response has begun.
void send_refusal(
    HTTPConnection& exchange,
    int status,
    std::string_view why,
    HTTPHeaders headers = {}
);

}  // namespace tornado::httputil
