#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/httputil/arguments.hpp"
#include "tornado/httputil/body_arguments.hpp"
#include "tornado/httputil/cookies.hpp"
#include "tornado/httputil/http_connection.hpp"
#include "tornado/httputil/request_head.hpp"
#include "tornado/httputil/target.hpp"

namespace tornado::httputil {

/// A request as a server sees it.
///
/// Ownership: views the head of its exchange, which must outlive it; owns its body.
/// Thread safety: belongs to its loop's thread.
/// Mirrors `tornado.httputil.HTTPServerRequest`.
class HTTPServerRequest {
public:
    HTTPServerRequest(RequestHead& head, const Target& target, HTTPConnection& exchange);
    HTTPServerRequest(const HTTPServerRequest&) = delete;
    HTTPServerRequest& operator=(const HTTPServerRequest&) = delete;
    ~HTTPServerRequest();

    [[nodiscard]] std::string_view method() const noexcept { return head_.method; }
    /// The target as it came: "/path?query", and for a proxy's client "http://host/path?query".
    [[nodiscard]] std::string_view uri() const noexcept { return head_.target; }
    /// The target up to the "?", undecoded.
    [[nodiscard]] std::string_view path() const noexcept { return target_.path; }
    /// The target behind the "?", undecoded.
    [[nodiscard]] std::string_view query() const noexcept { return target_.query; }
    /// "HTTP/1.0" or "HTTP/1.1".
    [[nodiscard]] std::string_view version() const noexcept;
    [[nodiscard]] const HTTPHeaders& headers() const noexcept { return head_.headers; }
    [[nodiscard]] HTTPHeaders& headers() noexcept { return head_.headers; }

    /// All of the body; empty while it is still coming, and for handlers that stream it.
    [[nodiscard]] const std::string& body() const noexcept { return body_; }
    [[nodiscard]] std::string& body() noexcept { return body_; }

    /// The fields that came behind a chunked body; none before all of it has come. They are no part
    /// of headers(): a sender could make them say what it likes (RFC 9110, 6.5.1).
    [[nodiscard]] const HTTPHeaders& trailers() const noexcept;
    void set_trailers(const HTTPHeaders& trailers);

    /// The host and port that the client asked for: of the target if that names them, else of the
    /// Host field; "127.0.0.1" for an HTTP/1.0 request without one.
    [[nodiscard]] std::string_view host() const noexcept;
    /// The host in lower case, without the port.
    [[nodiscard]] std::string host_name() const;
    /// "http" or "https".
    [[nodiscard]] std::string_view protocol() const noexcept { return exchange_.protocol(); }
    /// The client's numeric address; "unknown" when a trusted proxy hides it in Forwarded.
    [[nodiscard]] std::string remote_ip() const { return exchange_.remote_ip(); }
    /// The certificate that the client has shown, if the server asks for one; nullopt when it has
    /// shown none, or has gone.
    [[nodiscard]] std::optional<netutil::SSLCertificate> get_ssl_certificate() const {
        return exchange_.get_ssl_certificate();
    }
    /// protocol://host followed by the target.
    [[nodiscard]] std::string full_url() const;

    /// The query's arguments; those of the body, once parse_body() has run; and both, the query's
    /// first.
    [[nodiscard]] const Arguments& query_arguments() const;
    [[nodiscard]] const Arguments& body_arguments() const;
    [[nodiscard]] const Arguments& arguments() const;
    /// The files of a multipart form, once parse_body() has run.
    [[nodiscard]] const Files& files() const;
    /// Reads a urlencoded or multipart form into body_arguments() and files(), within the limits of
    /// parse_body_config(). Throws HTTPInputError when it cannot be read. Other kinds of body are
    /// left alone.
    void parse_body();

    /// The cookies that the client sent, each name once.
    [[nodiscard]] const std::vector<RequestCookie>& cookies() const;

    /// How long ago the request came.
    [[nodiscard]] std::chrono::steady_clock::duration request_time() const noexcept {
        return exchange_.now() - exchange_.began();
    }

    [[nodiscard]] HTTPConnection& connection() const noexcept { return exchange_; }

private:
    /// What only some handlers ask for, made when they do.
    struct Parsed;
    Parsed& parsed() const;

    RequestHead& head_;
    Target target_;
    HTTPConnection& exchange_;
    std::string body_;
    mutable std::unique_ptr<Parsed> parsed_;
};

}  // namespace tornado::httputil
