#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "tornado/httpclient/async_http_client.hpp"

namespace tornado::curl_httpclient {

class CurlCore;

/// A fetch that libcurl could not bring to its end. Its code is 599. Mirrors
/// `tornado.curl_httpclient.CurlError`.
class CurlError : public httpclient::HTTPClientError {
public:
    CurlError(int error_number, const std::string& message);
    /// A CURLcode.
    [[nodiscard]] int error_number() const noexcept { return error_number_; }

private:
    int error_number_;
};

/// Sets what else a request's handle of libcurl needs; `easy` is a CURL*.
using PrepareCurlCallback = std::function<void(void* easy, const httpclient::HTTPRequest& request)>;

/// A client that leaves the work to libcurl, for what that knows of networks, proxies and
/// certificates. It does as the usual client does, but:
///
/// A request with a body_producer, ssl_options or max_retries, a HEAD with a body, and a client
/// with a resolver, are std::invalid_argument. Time limits are libcurl's, in milliseconds, and on
/// the clock of the system. `idle_timeout`, `dns_cache_time` and `max_idle_connections_per_host`
/// are libcurl's own. What a server says on a kept connection before it is asked is taken for the
/// next response: do not keep connections (`keep_alive`) to one that is not to be trusted so far. A
/// 408 on a kept connection is the response. network_interface may be an interface's name too. The
/// environment's proxies are read for each request, and may be any that libcurl knows. libcurl is
/// lenient with servers where the usual client is strict: among others it takes two lengths, a
/// length beside chunks or with a sign, a 204 with a length, chunks from HTTP/1.0, lines that end
/// in LF alone, any number of interim responses, and a compressed body that is cut off, or in the
/// coding br is none. Do not use it where somebody else might read the same connection differently.
/// It decompresses nothing that answers a request with a Range field, and a tunnel that a request's
/// own Proxy-Authorization field has opened may serve others. A body in a coding that it does not
/// know, which the usual client hands on as it is, is a CurlError. Every host that is not resolved
/// is ResolverErrc::name_not_known. It fails with CurlError for what has no error of
/// AsyncHTTPClient::fetch(), and for a TLS handshake that fails for another reason than the
/// server's certificate.
///
/// While the logger "tornado.curl_httpclient" takes debug records, it logs what libcurl does, and
/// the heads of requests and responses, without credentials and cookies.
///
/// Ownership: its destruction is close(). Thread safety: one loop, one thread.
/// Mirrors `tornado.curl_httpclient.CurlAsyncHTTPClient`.
///
///     AsyncHTTPClient::configure({}, CurlAsyncHTTPClient::factory());
class CurlAsyncHTTPClient final : public httpclient::HTTPClientImplementation {
public:
    explicit CurlAsyncHTTPClient(
        const httpclient::HTTPClientOptions& options = {},
        PrepareCurlCallback prepare = nullptr
    );
    ~CurlAsyncHTTPClient() override;

    /// What AsyncHTTPClient::configure() wants.
    [[nodiscard]] static httpclient::AsyncHTTPClient::Factory factory(
        PrepareCurlCallback prepare = nullptr
    );

    /// As AsyncHTTPClient::fetch().
    Future<httpclient::HTTPResponse>
    fetch(httpclient::HTTPRequest request, bool raise_error = true) {
        return fetch_impl(std::move(request), raise_error);
    }
    Future<httpclient::HTTPResponse> fetch_impl(httpclient::HTTPRequest request, bool raise_error)
        override;
    void close() override;

    /// How many fetches are under way, and how many wait.
    [[nodiscard]] std::size_t active_count() const noexcept;
    [[nodiscard]] std::size_t queue_size() const noexcept;

private:
    std::shared_ptr<CurlCore> core_;
};

}  // namespace tornado::curl_httpclient
