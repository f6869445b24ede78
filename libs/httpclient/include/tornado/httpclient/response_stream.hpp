#pragma once

#include <memory>
#include <string>

#include "tornado/concurrent/future.hpp"
#include "tornado/httputil/http_headers.hpp"

namespace tornado::httpclient {

class AsyncHTTPClient;
class HTTPRequest;
class HTTPResponse;

/// A response whose head is there, and whose body is read piece by piece. The server waits while
/// nobody reads.
///
/// Ownership: moves, never copies; its destruction is close().
/// Thread safety: one loop, one thread.
///
///     auto response = co_await client.stream("http://example.com/large");
///     for (auto piece = co_await response.read(); !piece.empty(); piece = co_await
///     response.read())
///         use(piece);
class ResponseStream {
public:
    ResponseStream(ResponseStream&&) noexcept = default;
    ResponseStream& operator=(ResponseStream&& other) noexcept;
    ~ResponseStream();

    [[nodiscard]] int code() const noexcept;
    [[nodiscard]] const std::string& reason() const noexcept;
    [[nodiscard]] const httputil::HTTPHeaders& headers() const noexcept;
    /// All that is known of it but its body. Its times, and its error if it is no 2xx, are complete
    /// when read() has come to the end.
    [[nodiscard]] const HTTPResponse& response() const noexcept;

    /// The next piece of the body; an empty one at its end. Errors: those of
    /// AsyncHTTPClient::fetch(). Throws std::logic_error while another read is pending.
    /// Cancellation: nothing is lost.
    Future<std::string> read();
    /// Ends the fetch at once, unless it is over. Reading then fails with CancelledError.
    void close() noexcept;

private:
    friend class AsyncHTTPClient;
    struct State;
    explicit ResponseStream(std::shared_ptr<State> state) noexcept;
    static std::shared_ptr<State> begin(AsyncHTTPClient& client, HTTPRequest request);
    static Future<ResponseStream> open(std::shared_ptr<State> state);

    std::shared_ptr<State> state_;
};

}  // namespace tornado::httpclient
