#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "connection_pool.hpp"
#include "digest.hpp"
#include "environment_proxies.hpp"
#include "fetch_deadlines.hpp"
#include "origin.hpp"
#include "tls_contexts.hpp"
#include "tornado/httpclient/async_http_client.hpp"
#include "tornado/ioloop/ioloop.hpp"

namespace tornado::httpclient {

class Fetch;

/// Fetches in the order in which they were added.
class FetchList {
public:
    void add(Fetch& fetch) noexcept;
    void remove(Fetch& fetch) noexcept;
    [[nodiscard]] Fetch* first() const noexcept { return first_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    Fetch* first_ = nullptr;
    Fetch* last_ = nullptr;
    std::size_t size_ = 0;
};

/// What a client's fetches share: their queue, connections and contexts.
///
/// Ownership: counted; the client and each fetch that is not over hold it, and it holds a reference
/// to each fetch until that is over. The client closes it before it lets go.
/// Thread safety: one loop, one thread.
class ClientCore {
public:
    explicit ClientCore(const HTTPClientOptions& options);
    ClientCore(const ClientCore&) = delete;
    ClientCore& operator=(const ClientCore&) = delete;
    ~ClientCore() = default;

    void retain() noexcept { ++references_; }
    void release() noexcept {
        if (--references_ == 0) {
            delete this;
        }
    }

    Future<HTTPResponse> fetch(HTTPRequest request, bool raise_error);
    void close() noexcept;

    // For fetches

    /// Throws as EffectiveSettings::check() does.
    void check(const HTTPRequest& request);
    /// The fetch is over: its place is free.
    void finished(Fetch& fetch, bool was_queued) noexcept;
    [[nodiscard]] ioloop::IOLoop& loop() const noexcept { return loop_; }
    [[nodiscard]] const HTTPClientOptions& options() const noexcept { return options_; }
    [[nodiscard]] ConnectionPool& pool() noexcept { return pool_; }
    [[nodiscard]] FetchDeadlines& deadlines() noexcept { return deadlines_; }
    [[nodiscard]] TlsContexts& tls_contexts() noexcept { return tls_contexts_; }
    [[nodiscard]] OriginFinder& origins() noexcept { return origins_; }
    /// The proxy that the environment names for a URL; null: none, or it is not asked.
    [[nodiscard]] const Proxy* environment_proxy(const Url& url) const {
        return environment_ ? environment_->find(url) : nullptr;
    }
    /// Shared with connections that are being made.
    [[nodiscard]] const std::shared_ptr<DigestSessions>& digests() const noexcept {
        return digests_;
    }
    /// Made when the first connection needs it.
    [[nodiscard]] const std::shared_ptr<netutil::Resolver>& resolver();
    /// Memory for what is made for each request, and is done with at once.
    [[nodiscard]] httputil::HTTPHeaders& scratch_headers() noexcept { return scratch_headers_; }

    [[nodiscard]] std::size_t active_count() const noexcept { return active_.size(); }
    [[nodiscard]] std::size_t queue_size() const noexcept { return queue_.size(); }

private:
    void start_queued() noexcept;

    ioloop::IOLoop& loop_;
    HTTPClientOptions options_;
    ConnectionPool pool_;
    FetchDeadlines deadlines_;
    TlsContexts tls_contexts_;
    OriginFinder origins_;
    std::optional<EnvironmentProxies> environment_;
    std::shared_ptr<DigestSessions> digests_ = std::make_shared<DigestSessions>();
    std::shared_ptr<netutil::Resolver> resolver_;
    bool owns_resolver_ = false;
    FetchList queue_;
    FetchList active_;
    httputil::HTTPHeaders scratch_headers_;
    unsigned references_ = 0;
    bool defaults_are_good_ = false;  ///< a check() of nothing else has found
    bool starting_ = false;
    bool closed_ = false;
};

}  // namespace tornado::httpclient
