#pragma once

#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "tornado/httpclient/http_request.hpp"
#include "tornado/httputil/http_headers.hpp"
#include "tornado/ioloop/timeout.hpp"

namespace tornado::httpclient {

/// When what happened in a fetch. All but `queue` and `redirect` count from the beginning of the
/// last hop, and of the last try at that; what did not take place is zero. Mirrors
/// `HTTPResponse.time_info`.
struct TimeInfo {
    ioloop::Duration queue = {};          ///< how long it was in the queue
    ioloop::Duration namelookup = {};     ///< the host's name was resolved
    ioloop::Duration connect = {};        ///< the connection was there
    ioloop::Duration appconnect = {};     ///< the TLS handshake was over
    ioloop::Duration pretransfer = {};    ///< the request began to be sent
    ioloop::Duration starttransfer = {};  ///< the response's head was there
    ioloop::Duration total = {};  ///< its last bytes were read, and taken by a streaming_callback
    ioloop::Duration redirect = {};  ///< how long the hops and tries before the last took
    bool connection_reused = false;  ///< it came on a connection that was kept
};

/// A response as a client got it. Mirrors `tornado.httpclient.HTTPResponse`.
class HTTPResponse {
public:
    explicit HTTPResponse(HTTPRequest of) : request{std::move(of)} {}

    /// Throws `error` if there is one.
    void rethrow() const {
        if (error != nullptr) {
            std::rethrow_exception(error);
        }
    }
    /// The response in a line, for people.
    [[nodiscard]] std::string to_string() const;

    /// Where it came from in the end: the request's URL, unless redirects led elsewhere.
    [[nodiscard]] const std::string& effective_url() const noexcept {
        return effective_url_.empty() ? request.url() : effective_url_;
    }
    void set_effective_url(std::string url) noexcept { effective_url_ = std::move(url); }

    HTTPRequest request;  ///< as it was given to fetch(), before any redirect
    int code = 0;
    std::string reason;
    httputil::HTTPHeaders headers;
    std::string body;                    ///< empty when it went to a streaming_callback
    std::exception_ptr error;            ///< an HTTPClientError unless the code is 2xx
    ioloop::Duration request_time = {};  ///< of the last hop and try, without the queue
    std::chrono::system_clock::time_point start_time;  ///< when the last hop and try began
    TimeInfo time_info;

private:
    std::string effective_url_;  ///< empty: the request's
};

}  // namespace tornado::httpclient
