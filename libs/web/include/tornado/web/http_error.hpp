#pragma once

#include <exception>
#include <string>
#include <utility>

namespace tornado::web {

/// Ends the request with an error response. Throw it from a handler.
///
/// `log_message` goes to the log only, never to the client; `reason` replaces the usual phrase of
/// the status line. Mirrors `tornado.web.HTTPError`.
///
///     throw web::HTTPError{404};
///     throw web::HTTPError{403, "user " + name + " may not"};
class HTTPError : public std::exception {
public:
    explicit HTTPError(int status = 500, std::string log_message = {}, std::string reason = {});

    [[nodiscard]] int status_code() const noexcept { return status_code_; }
    [[nodiscard]] const std::string& log_message() const noexcept { return log_message_; }
    [[nodiscard]] const std::string& reason() const noexcept { return reason_; }
    /// "HTTP 404: Not Found (log message)".
    [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }

private:
    int status_code_;
    std::string log_message_;
    std::string reason_;
    std::string what_;
};

/// A required argument is absent: 400. Mirrors `tornado.web.MissingArgumentError`.
class MissingArgumentError : public HTTPError {
public:
    explicit MissingArgumentError(std::string name)
        : HTTPError{400, "Missing argument " + name},
          arg_name_{std::move(name)} {}
    [[nodiscard]] const std::string& arg_name() const noexcept { return arg_name_; }

private:
    std::string arg_name_;
};

/// The body is no JSON (400), or JSON that does not fit what the handler reads (422), or comes as a
/// form that pages of other sites can send (415). Unless write_error() is overridden, the client is
/// told the message, as `application/problem+json` (RFC 9457). Thrown by
/// RequestHandler::get_json_body().
class JSONBodyError : public HTTPError {
public:
    JSONBodyError(int status, std::string message) : HTTPError{status, std::move(message)} {}
    /// What is wrong and where: "address.city: expected a string".
    [[nodiscard]] const std::string& message() const noexcept { return log_message(); }
};

/// Ends the request quietly with what has been written so far, and `chunk` behind it. Mirrors
/// `tornado.web.Finish`.
class Finish : public std::exception {
public:
    explicit Finish(std::string chunk = {}) : chunk_{std::move(chunk)} {}

    [[nodiscard]] const std::string& chunk() const noexcept { return chunk_; }
    [[nodiscard]] const char* what() const noexcept override {
        return "the handler finished the request";
    }

private:
    std::string chunk_;
};

}  // namespace tornado::web
