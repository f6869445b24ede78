#include "tornado/httpclient/errors.hpp"

#include "tornado/httputil/responses.hpp"

namespace tornado::httpclient {

namespace {

constexpr int no_response = 599;

std::string message_of(int code, const std::string& message) {
    if (!message.empty()) {
        return message;
    }
    return std::string{httputil::reason_phrase(code)};
}

const char* timeout_message(FetchPhase phase) noexcept {
    switch (phase) {
        case FetchPhase::queue:
            return "Timeout in request queue";
        case FetchPhase::resolving:
            return "Timeout while connecting: the host's name was not resolved in time";
        case FetchPhase::connecting:
            return "Timeout while connecting";
        case FetchPhase::tls_handshake:
            return "Timeout while connecting: the TLS handshake was not over in time";
        case FetchPhase::request:
            return "Timeout during request";
    }
    return "Timeout";
}

std::string proxy_message(int code, std::string_view reason, std::string_view server) {
    auto message = "the proxy opens no tunnel to " + std::string{server} + ": ";
    message += std::to_string(code);
    return reason.empty() ? message : message.append(" ").append(reason);
}

}  // namespace

HTTPClientError::HTTPClientError(
    int code,
    const std::string& message,
    std::shared_ptr<const HTTPResponse> response
)
    : std::runtime_error{"HTTP " + std::to_string(code) + ": " + message_of(code, message)},
      code_{code},
      message_{std::make_shared<const std::string>(message_of(code, message))},
      response_{std::move(response)} {}

HTTPTimeoutError::HTTPTimeoutError(FetchPhase phase)
    : HTTPClientError{no_response, timeout_message(phase)},
      phase_{phase} {}

HTTPStreamClosedError::HTTPStreamClosedError(std::error_code reason)
    : HTTPClientError{no_response, reason ? "Stream closed: " + reason.message() : "Stream closed"},
      reason_{reason} {}

HTTPBadResponseError::HTTPBadResponseError(std::error_code reason)
    : HTTPClientError{no_response, "Bad response: " + reason.message()},
      reason_{reason} {}

HTTPProxyError::HTTPProxyError(int proxy_code, std::string_view reason, std::string_view server)
    : HTTPClientError{no_response, proxy_message(proxy_code, reason, server)},
      proxy_code_{proxy_code} {}

}  // namespace tornado::httpclient
