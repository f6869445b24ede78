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
/// `{0}`, `{1}` and so on in the URL stand for the groups of the route's pattern:
///
///     web::url<web::RedirectHandler>(R"(/old/(.*))", "/new/{0}")
class RedirectHandler : public RequestHandler {
public:
    explicit RedirectHandler(std::string url, bool permanent = true)
        : url_{std::move(url)},
          permanent_{permanent} {}
    void get(const PathArguments& groups);

private:
    std::string url_;
    bool permanent_;
};

}  // namespace tornado::web
