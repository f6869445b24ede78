#include "tornado/httputil/refusal.hpp"

#include <utility>

#include "tornado/httputil/responses.hpp"

namespace tornado::httputil {

std::string refusal_text(int status, std::string_view why) {
    auto text = std::to_string(status);
    text.append(" ").append(reason_phrase(status));
    if (!why.empty()) {
        text.append(": ").append(why);
    }
    return text.append("\n");
}

void send_refusal(HTTPConnection& exchange, int status, std::string_view why, HTTPHeaders headers) {
    headers.set("Content-Type", "text/plain");
    exchange.send_response(status, {}, headers, refusal_text(status, why));
}

}  // namespace tornado::httputil
