#pragma once

#include <optional>
#include <string>
#include <utility>

#include "tornado/web/request_handler.hpp"

namespace tornado::web {

/// Answers every request with that error; one with a method that no handler has with 405, as
/// everywhere. Mirrors `tornado.web.ErrorHandler`.
class ErrorHandler : public RequestHandler {
public:
    explicit ErrorHandler(int status_code) : status_code_{status_code} {}
    void prepare();
    /// Nothing: what is not there needs no protection, and says so.
    void check_xsrf_cookie() override {}

private:
    int status_code_;
};

/// Sends GET requests elsewhere; the request's query goes along. HEAD gets 405, as all else.
/// Mirrors `tornado.web.RedirectHandler`.
///
/// `{0}`, `{1}` and so on in the URL stand for the groups of the route's pattern, `{name}` for one
/// of that name:
///
///     web::url<web::RedirectHandler>(R"(/old/(.*))", "/new/{0}")
///     web::url<web::RedirectHandler>(R"(/(?P<user>[^/]+)/blog)", "/blogs/{user}")
///
/// A group comes as it stands in the path, percent-encoded: an encoded "/" stays encoded. A URL
/// that begins with one "/" leads to no other host, whatever a group holds. A request is answered
/// with 500 when there is no group for a name or number.
class RedirectHandler : public RequestHandler {
public:
    explicit RedirectHandler(std::string url, bool permanent = true)
        : url_{std::move(url)},
          permanent_{permanent} {}
    void get(const PathArguments& groups);

private:
    [[nodiscard]] std::string fill_in(const PathArguments& groups) const;

    std::string url_;
    bool permanent_;
};

/// Gives its requests to something else that serves HTTP: another Application, a routing::Router.
/// Its own part, the access log included, ends there; middleware and before_headers() do not reach
/// the other's response, so that its CORS is its own, and of the time limits only the server's
/// counts. The other gets the body as a whole. What it fails with is answered as a server does.
/// Mirrors `tornado.web.FallbackHandler`.
///
///     web::Application application{
///         {web::url<MainHandler>("/"), web::url<web::FallbackHandler>(".*", std::ref(other))}};
class FallbackHandler : public RequestHandler {
public:
    /// `fallback` must outlive the application.
    explicit FallbackHandler(httputil::HTTPServerConnectionDelegate& fallback)
        : fallback_{fallback} {}
    void prepare();
    /// Nothing: that is up to the other.
    void check_xsrf_cookie() override {}

private:
    httputil::HTTPServerConnectionDelegate& fallback_;
};

/// Tells a load balancer whether the program wants requests: 200, or 503 from the moment the
/// application drains, while it still accepts. Give Application::drain() or drain_on_signal() a
/// `delay` longer than two checks: without one nothing is accepted from that moment on.
///
///     web::url<web::ReadinessHandler>("/ready")
class ReadinessHandler : public RequestHandler {
public:
    void get();
    void head() { get(); }
    [[nodiscard]] std::optional<std::string> compute_etag() const override { return {}; }
};

/// Tells a supervisor that the program's loop runs: always 200.
class LivenessHandler : public RequestHandler {
public:
    void get();
    void head() { get(); }
    [[nodiscard]] std::optional<std::string> compute_etag() const override { return {}; }
};

}  // namespace tornado::web
