#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "tornado/concurrent/context.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/httpclient/effective_settings.hpp"
#include "tornado/httpclient/errors.hpp"
#include "tornado/httpclient/http_response.hpp"
#include "tornado/httpclient/url.hpp"
#include "tornado/ioloop/alarm.hpp"

namespace tornado::curl_httpclient {

class CurlCore;

inline constexpr ioloop::Duration usual_timeout = std::chrono::seconds{20};

struct SlistFree {
    void operator()(curl_slist* list) const noexcept { ::curl_slist_free_all(list); }
};
using Slist = std::unique_ptr<curl_slist, SlistFree>;

struct EasyCleanup {
    void operator()(CURL* easy) const noexcept { ::curl_easy_cleanup(easy); }
};
using EasyHandle = std::unique_ptr<CURL, EasyCleanup>;

/// One fetch, from the queue through all redirects to its response.
///
/// What libcurl delivers is kept until the loop hands it on to the user's callbacks; while there is
/// much of that, the transfer pauses.
class CurlFetch final : public std::enable_shared_from_this<CurlFetch>, private ioloop::Alarm {
public:
    CurlFetch(CurlCore& core, httpclient::HTTPRequest request, bool raise_error);
    ~CurlFetch() = default;

    [[nodiscard]] Future<httpclient::HTTPResponse> future() const { return promise_.future(); }
    /// Throws std::invalid_argument for a request that cannot be sent.
    void check();
    void wait_in_queue();
    void start() noexcept;
    /// libcurl is done with it.
    void transferred(CURLcode status) noexcept;
    void fail(std::exception_ptr error) noexcept;

private:
    using Settings = httpclient::RequestSettings;

    [[nodiscard]] httpclient::EffectiveSettings settings() const;

    // The request
    [[nodiscard]] bool decompresses() const;
    void check_text() const;
    void begin_hop();
    void set_up(CURL* easy);
    void set_callbacks(CURL* easy);
    void set_limits(CURL* easy) const;
    void set_method(CURL* easy) const;
    void set_headers(CURL* easy);
    void set_credentials(CURL* easy) const;
    void set_proxy(CURL* easy) const;
    void set_network(CURL* easy);
    void set_tls(CURL* easy) const;

    static int
    before_request(void* fetch, char* to, char* from, int to_port, int from_port) noexcept;

    // The response
    static std::size_t take_header(char* data, std::size_t, std::size_t size, void* fetch) noexcept;
    static std::size_t take_body(char* data, std::size_t, std::size_t size, void* fetch) noexcept;
    [[nodiscard]] bool header(std::string_view line);
    [[nodiscard]] bool body(std::string_view chunk);
    void end_head();
    [[nodiscard]] bool head_is_final() const;
    void take_start_line(std::string_view text);
    [[nodiscard]] bool is_redirect() const;
    [[nodiscard]] httpclient::FetchPhase phase() const;
    [[nodiscard]] httpclient::HTTPResponse head_of_response() const;
    void deliver_soon();
    void deliver() noexcept;
    bool deliver_next();
    void taken(const Future<void>& done) noexcept;
    void note_times();
    [[nodiscard]] std::exception_ptr error_of(CURLcode status) const;
    [[nodiscard]] std::exception_ptr not_connected(std::error_code reason) const;
    [[nodiscard]] std::exception_ptr with_words_of_its_own(CURLcode status) const;
    void end_hop();
    void complete();
    void end() noexcept;

    CurlCore* core_;
    const concurrent::Context context_;  ///< of who fetches
    const httpclient::HTTPRequest request_;
    httpclient::HTTPRequest current_;  ///< as redirects have changed it
    Promise<httpclient::HTTPResponse> promise_;
    httpclient::Url url_;
    EasyHandle easy_;  ///< null: no transfer
    Slist headers_;
    Slist headers_for_proxy_;
    Slist connect_to_;
    std::string message_;  ///< libcurl's, about an error
    httpclient::HTTPResponse response_;
    std::string head_;                ///< the last response's lines
    std::vector<std::string> lines_;  ///< those that header_callback has yet to get
    std::string piece_;               ///< what streaming_callback has yet to get
    std::string given_;               ///< what it has, and may still be using
    std::optional<Future<void>> taking_;
    std::exception_ptr error_;  ///< what ends the transfer from our side
    ioloop::TimePoint queued_;
    ioloop::TimePoint started_;
    ioloop::TimePoint deadline_ = ioloop::TimePoint::max();
    std::size_t header_size_ = 0;
    std::uint64_t body_size_ = 0;
    int redirects_left_ = 0;
    bool raise_error_;
    bool over_ = false;
    bool transferred_ = false;
    bool paused_ = false;
    bool delivering_ = false;  ///< soon, or now
    bool head_whole_ = false;  ///< its blank line has come
    bool head_ended_ = false;
    bool unheard_ = false;     ///< a request is out, and not a word of its response has come
    bool tells_head_ = false;  ///< to head_callback
    bool redirects_ = false;   ///< the response leads to another request
    bool credentials_ = true;  ///< no redirect has led elsewhere
};

}  // namespace tornado::curl_httpclient
