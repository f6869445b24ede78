#pragma once

#include <memory>

#include "tornado/httpclient/async_http_client.hpp"
#include "tornado/httpclient/http_request.hpp"
#include "tornado/httpclient/http_response.hpp"

namespace tornado::httpclient {

/// A blocking HTTP client, for scripts and tests: it runs a loop of its own until the response is
/// there.
///
/// Ownership: owns its loop and client. Thread safety: the thread that made it, where no loop may
/// be running. Mirrors `tornado.httpclient.HTTPClient`.
///
///     httpclient::HTTPClient client;
///     std::cout << client.fetch("http://example.com/").body;
class HTTPClient {
public:
    /// Throws std::logic_error when this thread's loop is running.
    HTTPClient();
    explicit HTTPClient(const HTTPClientOptions& options);
    /// What `factory` makes does the work, whatever AsyncHTTPClient::configure() says. Mirrors
    /// `async_client_class`.
    HTTPClient(const HTTPClientOptions& options, const AsyncHTTPClient::Factory& factory);
    HTTPClient(const HTTPClient&) = delete;
    HTTPClient& operator=(const HTTPClient&) = delete;
    ~HTTPClient();

    /// As AsyncHTTPClient::fetch(); errors are thrown.
    HTTPResponse fetch(HTTPRequest request, bool raise_error = true);
    void close();

private:
    struct State;
    explicit HTTPClient(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace tornado::httpclient
