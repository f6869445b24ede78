#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tornado/concurrent/frame_pool.hpp"
#include "tornado/concurrent/future.hpp"
#include "tornado/httpclient/request_settings.hpp"
#include "tornado/httputil/http_headers.hpp"

namespace tornado::httpclient {

class Fetch;
class HTTPResponse;

/// What a body producer writes with: `co_await write("text")`.
///
/// Ownership: a handle; copies write to the same body. It may outlive the fetch: writing then fails
/// with StreamClosedError.
class BodyWriter {
public:
    BodyWriter(concurrent::StateRef<Fetch> fetch, unsigned exchange) noexcept;
    BodyWriter(const BodyWriter&) noexcept;
    BodyWriter& operator=(const BodyWriter&) noexcept;
    ~BodyWriter();

    /// Sends a piece. The future is done when there is room for more; it fails with
    /// iostream::StreamClosedError when nobody takes it. Throws httputil::HTTPOutputError for more
    /// than the Content-Length.
    Future<void> operator()(std::string chunk) const;

private:
    concurrent::StateRef<Fetch> fetch_;
    unsigned exchange_;
};

/// Writes a request's body; a coroutine may take its time. It is called again for a redirect that
/// wants the same body. When the fetch ends before, the future is cancelled.
using BodyProducer = std::function<Future<void>(BodyWriter write)>;
/// Gets a piece of a response's body, which lives until the future is done; reading waits for that.
/// When the fetch ends before, the future is cancelled: what the callback refers to must outlive
/// it.
using StreamingCallback = std::function<Future<void>(std::string_view chunk)>;
/// Gets a line of a response's head, with its CRLF.
using HeaderCallback = std::function<void(std::string_view line)>;
/// Gets a response whose head is there: it lacks its body, and what is known at the end only.
using HeadCallback = std::function<void(const HTTPResponse& response)>;

/// A request as a client shall send it.
///
/// Each setter returns the request itself. See RequestSettings for what each means, and its
/// default.
///
/// Ownership: a value whose copies share their memory until one is changed: copying is cheap.
/// Thread safety: a copy belongs to its thread, and so do copies of it.
/// Mirrors `tornado.httpclient.HTTPRequest`. Instead of its `start_time` the response has one, and
/// TimeInfo; its `prepare_curl_callback` is one of the client, which sees each request.
///
///     HTTPRequest{"http://example.com/"}.method("POST").body("a=b").request_timeout(5s)
class HTTPRequest {
public:
    /// A GET for `url`, which is checked when it is fetched.
    HTTPRequest(std::string url);       // NOLINT: a URL is a request
    HTTPRequest(const char* url);       // NOLINT
    HTTPRequest(std::string_view url);  // NOLINT

    [[nodiscard]] const std::string& url() const noexcept { return data_->url; }
    [[nodiscard]] const std::string& method() const noexcept { return data_->method; }
    [[nodiscard]] const httputil::HTTPHeaders& headers() const noexcept { return data_->headers; }
    [[nodiscard]] const std::optional<std::string>& body() const noexcept { return data_->body; }
    [[nodiscard]] const BodyProducer& body_producer() const noexcept {
        return data_->body_producer;
    }
    [[nodiscard]] const StreamingCallback& streaming_callback() const noexcept {
        return data_->streaming_callback;
    }
    [[nodiscard]] const HeaderCallback& header_callback() const noexcept {
        return data_->header_callback;
    }
    [[nodiscard]] const HeadCallback& head_callback() const noexcept {
        return data_->head_callback;
    }
    /// Whether it says anything of RequestSettings itself.
    [[nodiscard]] bool has_settings() const noexcept { return data_->settings != nullptr; }
    /// What this request itself says; what it leaves open is absent.
    [[nodiscard]] const RequestSettings& settings() const noexcept {
        return data_->settings != nullptr ? *data_->settings : no_settings;
    }

    HTTPRequest& url(std::string url);
    HTTPRequest& method(std::string method);
    HTTPRequest& headers(httputil::HTTPHeaders headers);
    /// Sets one header field. Throws HTTPInputError as HTTPHeaders::set() does.
    HTTPRequest& header(std::string_view name, std::string_view value);
    HTTPRequest& body(std::optional<std::string> body);
    HTTPRequest& body_producer(BodyProducer producer);
    /// A callback that returns nothing, or a Future<void>.
    template <typename F>
    HTTPRequest& streaming_callback(F callback) {
        if constexpr (std::is_void_v<std::invoke_result_t<F&, std::string_view>>) {
            edit().streaming_callback = [callback =
                                             std::move(callback)](std::string_view chunk) mutable {
                callback(chunk);
                return Future<void>::ready();
            };
        } else {
            edit().streaming_callback = std::move(callback);
        }
        return *this;
    }
    HTTPRequest& header_callback(HeaderCallback callback);
    /// Called before the other callbacks, once, as redirects have none.
    HTTPRequest& head_callback(HeadCallback callback);
    /// Asks only for what has changed since.
    HTTPRequest& if_modified_since(std::chrono::system_clock::time_point time);
    HTTPRequest& settings(RequestSettings settings);

    HTTPRequest& allow_ipv6(bool on);
    HTTPRequest& allow_nonstandard_methods(bool on);
    HTTPRequest& auth_mode(std::string mode);
    HTTPRequest& auth_password(std::string password);
    HTTPRequest& auth_username(std::string name);
    HTTPRequest& ca_certs(std::string file);
    HTTPRequest& client_cert(std::string file);
    HTTPRequest& client_key(std::string file);
    HTTPRequest& connect_timeout(ioloop::Duration timeout);
    HTTPRequest& decompress_response(bool on);
    /// The older name of decompress_response().
    HTTPRequest& use_gzip(bool on) { return decompress_response(on); }
    HTTPRequest& expect_100_continue(bool on);
    HTTPRequest& follow_redirects(bool on);
    HTTPRequest& max_redirects(int count);
    HTTPRequest& max_retries(int count);
    HTTPRequest& network_interface(std::string address);
    /// Host and port of an HTTP proxy; an empty host is no proxy, whatever the defaults say.
    HTTPRequest& proxy(std::string host, int port);
    HTTPRequest& proxy_auth_mode(std::string mode);
    HTTPRequest& proxy_password(std::string password);
    HTTPRequest& proxy_username(std::string name);
    HTTPRequest& request_timeout(ioloop::Duration timeout);
    HTTPRequest& retry_delay(ioloop::Duration delay);
    /// The last of these counts.
    HTTPRequest& ssl_options(netutil::SSLContext context);
    HTTPRequest& ssl_options(netutil::SSLOptions options);
    HTTPRequest& unix_socket(std::string path);
    HTTPRequest& user_agent(std::string name);
    HTTPRequest& validate_cert(bool on);

private:
    struct Data : concurrent::Pooled {
        Data() = default;
        Data(const Data& other);
        Data& operator=(const Data&) = delete;

        void retain() noexcept { ++references; }
        void release() noexcept {
            if (--references == 0) {
                delete this;
            }
        }

        unsigned references = 0;
        std::string url;
        std::string method = "GET";
        httputil::HTTPHeaders headers;
        std::optional<std::string> body;
        BodyProducer body_producer;
        StreamingCallback streaming_callback;
        HeaderCallback header_callback;
        HeadCallback head_callback;
        std::unique_ptr<RequestSettings> settings;  ///< null: nothing is said
    };
    Data& edit();
    RequestSettings& edit_settings();

    static const RequestSettings no_settings;

    concurrent::StateRef<Data> data_;
};

}  // namespace tornado::httpclient
