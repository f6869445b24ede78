#pragma once

#include <cstddef>
#include <memory>

#include "tornado/httpclient/async_http_client.hpp"

namespace tornado::httpclient {
class ClientCore;
}

namespace tornado::simple_httpclient {

using httpclient::HTTPBadResponseError;
using httpclient::HTTPStreamClosedError;
using httpclient::HTTPTimeoutError;

/// The client that is made of nothing but this library.
///
/// At most `max_clients` fetches are under way; others wait, for at most their connect or request
/// timeout, in the order in which they came. A redirect to another origin takes no credentials
/// along. Connections are kept, and used again for the same origin with the same TLS options; when
/// a kept one turns out to be dead before it has answered, a request that may be repeated (RFC
/// 9110, 9.2.2) is, once.
///
/// Ownership: its destruction is close(). Thread safety: one loop, one thread.
/// Mirrors `tornado.simple_httpclient.SimpleAsyncHTTPClient`.
class SimpleAsyncHTTPClient final : public httpclient::HTTPClientImplementation {
public:
    explicit SimpleAsyncHTTPClient(const httpclient::HTTPClientOptions& options = {});
    ~SimpleAsyncHTTPClient() override;

    /// As AsyncHTTPClient::fetch().
    Future<httpclient::HTTPResponse>
    fetch(httpclient::HTTPRequest request, bool raise_error = true) {
        return fetch_impl(std::move(request), raise_error);
    }
    Future<httpclient::HTTPResponse> fetch_impl(httpclient::HTTPRequest request, bool raise_error)
        override;
    /// What is under way fails with HTTPClientError 599.
    void close() override;

    /// How many fetches are under way, and how many wait.
    [[nodiscard]] std::size_t active_count() const noexcept;
    [[nodiscard]] std::size_t queue_size() const noexcept;
    /// How many connections are kept unused.
    [[nodiscard]] std::size_t idle_connection_count() const noexcept;

private:
    std::unique_ptr<httpclient::ClientCore> core_;
};

}  // namespace tornado::simple_httpclient
