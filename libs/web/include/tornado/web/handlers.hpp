#pragma once

#include <string>

#include "tornado/web/request_handler.hpp"

namespace tornado::web {

/// Answers every request with an error. Mirrors `tornado.web.ErrorHandler`.
class ErrorHandler : public RequestHandler {
public:
    explicit ErrorHandler(int status_code) : status_code_{status_code} {}
    void prepare();

private:
    int status_code_;
};

/// Sends GET requests elsewhere; the request's query goes along. Mirrors
/// `tornado.web.RedirectHandler`.
///
/// `{0}`, `{1}` and so on in the URL stand for the groups of the route's pattern, `{name}` for one
/// of that name:
///
///     web::url<web::RedirectHandler>(R"(/old/(.*))", "/new/{0}")
///     web::url<web::RedirectHandler>(R"(/(?P<user>[^/]+)/blog)", "/blogs/{user}")
///
/// A group comes as it stands in the path, percent-encoded: an encoded "/" stays encoded. A URL
/// that begins with "/" leads to no other host, whatever a group holds.
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

}  // namespace tornado::web
