#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "tornado/concurrent/future.hpp"
#include "tornado/httpclient/cookie_jar.hpp"
#include "tornado/httpclient/errors.hpp"
#include "tornado/httpclient/http_request.hpp"
#include "tornado/httpclient/http_response.hpp"
#include "tornado/httpclient/response_stream.hpp"
#include "tornado/iostream/resolver.hpp"

namespace tornado::httpclient {

/// What a client is like. Sizes are bytes. Mirrors the arguments of
/// `tornado.simple_httpclient.SimpleAsyncHTTPClient`.
struct HTTPClientOptions {
    /// Keeps the cookies of responses, and adds them to requests that have no Cookie field; null:
    /// cookies are the caller's business.
    std::shared_ptr<CookieJar> cookie_jar = nullptr;
    RequestSettings defaults = {};  ///< for what requests leave open
    std::chrono::milliseconds dns_cache_time{
        60'000};  ///< for how long a host's addresses are known
    /// Hosts, or "host:port", that are others in truth: "example.com" to "127.0.0.1", or
    /// "example.com:443" to "localhost:8443".
    std::map<std::string, std::string> hostname_mapping = {};
    std::chrono::milliseconds idle_timeout{60'000};  ///< for how long a connection is kept unused
    bool keep_alive = true;                          ///< keep connections for other requests to use
    std::size_t max_body_size = 104'857'600;         ///< of a response, as sent and as decompressed
    std::size_t max_clients = 10;                    ///< fetches at a time; others wait in a queue
    /// To one host, in use or not; further fetches wait for one. 0: no limit.
    std::size_t max_connections_per_host = 0;
    std::size_t max_header_size = 65'536;  ///< of a response's head
    /// Kept in all; nullopt: 100, or max_clients where that is more.
    std::optional<std::size_t> max_idle_connections = std::nullopt;
    std::size_t max_idle_connections_per_host = 0;  ///< kept for one host; 0: max_clients
    /// Requests that name no proxy go through that which the environment names, as with curl:
    /// `http_proxy`, `https_proxy`, `all_proxy`, but not to hosts in `no_proxy`; the last three in
    /// capitals too. It is read when the client is made.
    bool proxies_from_environment = false;
    std::shared_ptr<netutil::Resolver> resolver = nullptr;  ///< null: one of its own

    /// As max_idle_connections and keep_alive have it; 0: none is kept.
    [[nodiscard]] std::size_t most_idle_connections() const noexcept;
};

/// What does the work of an AsyncHTTPClient. Derive from it to do it otherwise, and say so to
/// AsyncHTTPClient::configure().
///
/// Thread safety: one loop, one thread.
class HTTPClientImplementation {
public:
    HTTPClientImplementation() = default;
    HTTPClientImplementation(const HTTPClientImplementation&) = delete;
    HTTPClientImplementation& operator=(const HTTPClientImplementation&) = delete;
    virtual ~HTTPClientImplementation() = default;

    /// As AsyncHTTPClient::fetch(). Mirrors `AsyncHTTPClient.fetch_impl`.
    virtual Future<HTTPResponse> fetch_impl(HTTPRequest request, bool raise_error) = 0;
    /// Ends what is under way and gives back what it holds; may come twice.
    virtual void close() = 0;
};

/// Asks for a client of one's own.
struct ForceInstance {};
inline constexpr ForceInstance force_instance{};

/// A non-blocking HTTP client.
///
/// Those made on one loop are one: they share connections, queue and limits. A client made with
/// force_instance is its own.
///
/// Ownership: a handle; a shared client lives until its loop closes or close(), an own one until
/// its last handle goes. Thread safety: one loop, one thread.
/// Mirrors `tornado.httpclient.AsyncHTTPClient`.
///
///     httpclient::AsyncHTTPClient client;
///     const auto response = co_await client.fetch("http://example.com/");
class AsyncHTTPClient {
public:
    using Factory =
        std::function<std::shared_ptr<HTTPClientImplementation>(const HTTPClientOptions&)>;

    /// The client of this thread's loop.
    AsyncHTTPClient();
    /// One of its own, with the options that configure() has set, or with these.
    explicit AsyncHTTPClient(ForceInstance);
    AsyncHTTPClient(ForceInstance, const HTTPClientOptions& options);
    explicit AsyncHTTPClient(std::shared_ptr<HTTPClientImplementation> implementation);

    /// The response to a request; or to a GET, when given just a URL. A redirect that leads to no
    /// http or https URL, or is one too many, is the response itself.
    ///
    /// Errors: HTTPClientError for a status other than 2xx, unless `raise_error` is false, and with
    /// code 599 when there is no response: HTTPTimeoutError, HTTPStreamClosedError,
    /// HTTPBadResponseError, HTTPProxyError. What keeps it from connecting comes as it is:
    /// std::system_error, with an SSLErrc or ResolverErrc among others. For a request that cannot
    /// be sent: std::invalid_argument, httputil::HTTPInputError for text that would break it, and
    /// httputil::HTTPOutputError for a bad method or Content-Length. What a callback or producer of
    /// the request throws. Throws std::logic_error, at once, after close(). Cancellation: at once;
    /// it gives back all it holds.
    Future<HTTPResponse> fetch(HTTPRequest request, bool raise_error = true);

    /// The response as soon as its head is there, whatever its status, to read its body piece by
    /// piece. The request's time limit holds for the body too. Errors and cancellation: as fetch();
    /// throws std::invalid_argument for a request with a streaming_callback.
    Future<ResponseStream> stream(HTTPRequest request);

    /// Ends what is under way and frees the connections; a later AsyncHTTPClient of this loop is a
    /// new one. Harmless when repeated.
    void close();

    [[nodiscard]] const std::shared_ptr<HTTPClientImplementation>& implementation() const noexcept {
        return implementation_;
    }

    /// Chooses what later clients of this process are made of: options, and who does the work
    /// (null: SimpleAsyncHTTPClient). May be called from any thread. Mirrors
    /// `AsyncHTTPClient.configure`.
    static void configure(HTTPClientOptions options, Factory factory = nullptr);

private:
    std::shared_ptr<HTTPClientImplementation> implementation_;
};

}  // namespace tornado::httpclient
