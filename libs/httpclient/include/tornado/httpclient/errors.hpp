#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace tornado::httpclient {

class HTTPResponse;

/// A fetch that did not end with a 2xx response. Mirrors `tornado.httpclient.HTTPClientError`.
class HTTPClientError : public std::runtime_error {
public:
    /// `message` may be empty: the usual reason of the code.
    explicit HTTPClientError(
        int code,
        const std::string& message = {},
        std::shared_ptr<const HTTPResponse> response = nullptr
    );

    /// The response's status, or 599 when there is none.
    [[nodiscard]] int code() const noexcept { return code_; }
    [[nodiscard]] const std::string& message() const noexcept { return *message_; }
    /// Null when there is none.
    [[nodiscard]] const std::shared_ptr<const HTTPResponse>& response() const noexcept {
        return response_;
    }

private:
    int code_;
    std::shared_ptr<const std::string> message_;
    std::shared_ptr<const HTTPResponse> response_;
};

/// The older name of HTTPClientError.
using HTTPError = HTTPClientError;

/// What a fetch was doing when its time was over.
enum class FetchPhase : std::uint8_t { queue, resolving, connecting, tls_handshake, request };

/// A fetch has taken too long. Mirrors `tornado.simple_httpclient.HTTPTimeoutError`.
class HTTPTimeoutError : public HTTPClientError {
public:
    explicit HTTPTimeoutError(FetchPhase phase);
    [[nodiscard]] FetchPhase phase() const noexcept { return phase_; }

private:
    FetchPhase phase_;
};

/// The server closed the connection before its response was complete. Mirrors
/// `tornado.simple_httpclient.HTTPStreamClosedError`.
class HTTPStreamClosedError : public HTTPClientError {
public:
    explicit HTTPStreamClosedError(std::error_code reason);
    /// Why, in detail: httputil::Errc::no_response or incomplete_message, or a system's error.
    [[nodiscard]] std::error_code reason() const noexcept { return reason_; }

private:
    std::error_code reason_;
};

/// The server sent what is no response, or one larger than allowed; or a proxy did.
class HTTPBadResponseError : public HTTPClientError {
public:
    explicit HTTPBadResponseError(std::error_code reason);
    /// An httputil::Errc.
    [[nodiscard]] std::error_code reason() const noexcept { return reason_; }

private:
    std::error_code reason_;
};

/// A proxy opens no tunnel to the server of an https URL.
class HTTPProxyError : public HTTPClientError {
public:
    /// `server` is whom it was asked for.
    HTTPProxyError(int proxy_code, std::string_view reason, std::string_view server);
    /// The status of the proxy's answer. (The code is 599: the server has said nothing.)
    [[nodiscard]] int proxy_code() const noexcept { return proxy_code_; }

private:
    int proxy_code_;
};

}  // namespace tornado::httpclient
