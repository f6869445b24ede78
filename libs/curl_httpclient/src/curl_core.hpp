#pragma once

#include <curl/curl.h>

#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "curl_fetch.hpp"
#include "tornado/curl_httpclient/curl_async_http_client.hpp"
#include "tornado/ioloop/alarm.hpp"
#include "tornado/ioloop/poller.hpp"

namespace tornado::curl_httpclient {

/// What a client's fetches share: libcurl's multi handle, whose sockets the loop watches and whose
/// timeout is a timer of the loop's; and the queue. Each transfer has a handle of its own:
/// until 8.5 libcurl keeps pointers to the last response's fields in one that is used again.
///
/// Nothing that the user has written runs inside a call to libcurl, which allows none of its own
/// there. A fetch that ends may take the client's last handle with it: what ends fetches keeps the
/// core until it returns.
class CurlCore final : private ioloop::Alarm, public std::enable_shared_from_this<CurlCore> {
public:
    CurlCore(const httpclient::HTTPClientOptions& options, PrepareCurlCallback prepare);
    CurlCore(const CurlCore&) = delete;
    CurlCore& operator=(const CurlCore&) = delete;
    ~CurlCore();

    Future<httpclient::HTTPResponse> fetch(httpclient::HTTPRequest request, bool raise_error);
    void close() noexcept;

    // For fetches

    [[nodiscard]] ioloop::IOLoop& loop() const noexcept { return loop_; }
    [[nodiscard]] const httpclient::HTTPClientOptions& options() const noexcept { return options_; }
    [[nodiscard]] const PrepareCurlCallback& prepare() const noexcept { return prepare_; }
    void start_transfer(CURL* easy);
    void end_transfer(EasyHandle easy) noexcept;
    /// The fetch is over, or cancelled.
    void finished(CurlFetch& fetch) noexcept;

    [[nodiscard]] std::size_t active_count() const noexcept { return active_.size(); }
    [[nodiscard]] std::size_t queue_size() const noexcept { return queue_.size(); }

private:
    class WatchedSocket;

    static int watch(CURL* easy, curl_socket_t socket, int what, void* core, void* watched);
    static int set_timer(CURLM* multi, long timeout, void* core);
    void act(curl_socket_t socket, int events);
    void start_queued() noexcept;

    ioloop::IOLoop& loop_;
    httpclient::HTTPClientOptions options_;
    PrepareCurlCallback prepare_;
    CURLM* multi_;
    std::map<curl_socket_t, std::unique_ptr<WatchedSocket>> sockets_;
    std::deque<std::shared_ptr<CurlFetch>> queue_;
    std::vector<std::shared_ptr<CurlFetch>> active_;
    bool starting_ = false;
    bool closed_ = false;
};

}  // namespace tornado::curl_httpclient
