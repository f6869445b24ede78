#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/concurrent/frame_pool.hpp"
#include "tornado/concurrent/future.hpp"
#include "tornado/httputil/http_headers.hpp"
#include "tornado/httputil/http_server_request.hpp"
#include "tornado/util/unique_function.hpp"
#include "tornado/web/argument_conversion.hpp"
#include "tornado/web/http_error.hpp"
#include "tornado/web/path_arguments.hpp"

namespace boost::json {
class value;
class object;
}  // namespace boost::json

namespace tornado::iostream {
class IOStream;
}

namespace tornado::web {

class Application;
struct ApplicationSettings;

namespace detail {

class RequestRun;

}  // namespace detail

/// Whether the spaces around an argument's value are taken away.
enum class Strip : bool { no, yes };

/// What get_argument() may return when an argument is absent, other than text.
template <typename T>
concept Fallback = !std::convertible_to<T, std::string_view> && !std::same_as<T, Strip>;

/// The attributes of a cookie that a handler sets.
struct CookieOptions {
    std::string domain = {};
    std::optional<std::chrono::system_clock::time_point> expires = {};
    std::optional<double> expires_days = {};  ///< counts from now; `expires` wins
    bool httponly = false;
    std::optional<std::chrono::seconds> max_age = {};
    std::string path = "/";
    std::string samesite = {};
    bool secure = false;
};

/// What gets, prepares and answers one request. Derive from it, publicly, and define the methods
/// that you serve.
///
/// Verbs are member functions named get, head, post, delete_, patch, put and options. They take the
/// groups of the route's pattern as arguments, and return void or Future<void>. `prepare()`, of
/// either kind, runs before the verb; it may answer the request itself. A verb that is not there
/// answers 405. HEAD is not derived from GET.
///
/// In order: construction, set_default_headers(), prepare(), the verb, finish() unless it was
/// called, on_finish().
///
/// A handler that has `data_received(std::string_view chunk)`, which returns void or Future<void>,
/// gets the request's body in pieces as it comes, instead of request().body() and form arguments:
/// prepare() runs as soon as the head is there, then data_received() for each piece, then the verb.
/// No more is read before prepare() and each data_received() are done; until then the piece stays
/// valid. Limits for the body are set in prepare(), by request().connection(). A response that is
/// finished before the body's end closes the connection. When the client vanishes before that,
/// on_connection_close() is called and the verb is not. Mirrors the decorator
/// `tornado.web.stream_request_body`.
///
/// Ownership: one object a request, made and kept by the connection until verb, finish and close
/// are all over. Thread safety: belongs to its loop's thread. Errors: what a verb throws becomes a
/// response: HTTPError its own status, anything else 500. Mirrors `tornado.web.RequestHandler`.
///
///     struct MainHandler : web::RequestHandler {
///         void get() { write("Hello, world"); }
///     };
class RequestHandler : public concurrent::Pooled {
public:
    RequestHandler() = default;
    RequestHandler(const RequestHandler&) = delete;
    RequestHandler& operator=(const RequestHandler&) = delete;
    virtual ~RequestHandler() = default;

    // Hooks

    /// Called with every response's default headers in place; sets others.
    virtual void set_default_headers() {}
    /// Called once the response has been handed to the connection. Output is over.
    virtual void on_finish() {}
    /// Called when the client has vanished before the response was complete, or has at least ended
    /// its own side of the connection: it may still read what is sent.
    virtual void on_connection_close() {}
    /// Writes an error's page. The default is one line of HTML, or the exception's text with the
    /// setting `serve_traceback`. `error` may be null.
    virtual void write_error(int status_code, std::exception_ptr error);
    /// Logs what a verb threw: an HTTPError with a message as a warning, others as errors.
    virtual void log_exception(std::exception_ptr error);
    /// The response's Etag, made from what has been written; nullopt for none. The default is a
    /// SHA-1 of it.
    [[nodiscard]] virtual std::optional<std::string> compute_etag() const;

    /// The text of an argument of the query, a form or the path; `value` is percent-decoded
    /// already. `name` is that of the argument, or of the path's group, and empty for a group that
    /// has none. The default takes UTF-8, and throws HTTPError{400} for what is not.
    [[nodiscard]] virtual std::string decode_argument(std::string_view value, std::string_view name)
        const;

    // The request

    [[nodiscard]] httputil::HTTPServerRequest& request() const;
    [[nodiscard]] Application& application() const;
    [[nodiscard]] const ApplicationSettings& settings() const;
    [[nodiscard]] const PathArguments& path_args() const;

    /// The last value of an argument of the query or the form, decoded, without spaces around it
    /// unless told otherwise. Throws MissingArgumentError (400) when it is absent and there is no
    /// `fallback`, HTTPError{400} when it is not UTF-8 or does not fit T.
    ///
    /// A form is read before the verb. In a prepare() before a method that the handler does not
    /// serve it is read when these ask for it, and request().body_arguments() does not have it yet.
    template <typename T = std::string>
    [[nodiscard]] T get_argument(std::string_view name, Strip strip = Strip::yes) const {
        return detail::argument_as<T>(name, required(name, Source::both, strip));
    }
    template <Fallback T>
    [[nodiscard]] T get_argument(std::string_view name, T fallback, Strip strip = Strip::yes)
        const {
        return value_or(name, std::move(fallback), Source::both, strip);
    }
    [[nodiscard]] std::string
    get_argument(std::string_view name, std::string_view fallback, Strip strip = Strip::yes) const {
        return find(name, Source::both, strip).value_or(std::string{fallback});
    }
    /// All values of an argument, the query's first.
    [[nodiscard]] std::vector<std::string>
    get_arguments(std::string_view name, Strip strip = Strip::yes) const {
        return all(name, Source::both, strip);
    }

    /// As get_argument(), of the query only.
    template <typename T = std::string>
    [[nodiscard]] T get_query_argument(std::string_view name, Strip strip = Strip::yes) const {
        return detail::argument_as<T>(name, required(name, Source::query, strip));
    }
    template <Fallback T>
    [[nodiscard]] T get_query_argument(std::string_view name, T fallback, Strip strip = Strip::yes)
        const {
        return value_or(name, std::move(fallback), Source::query, strip);
    }
    [[nodiscard]] std::string get_query_argument(
        std::string_view name,
        std::string_view fallback,
        Strip strip = Strip::yes
    ) const {
        return find(name, Source::query, strip).value_or(std::string{fallback});
    }
    [[nodiscard]] std::vector<std::string>
    get_query_arguments(std::string_view name, Strip strip = Strip::yes) const {
        return all(name, Source::query, strip);
    }

    /// As get_argument(), of the form in the body only.
    template <typename T = std::string>
    [[nodiscard]] T get_body_argument(std::string_view name, Strip strip = Strip::yes) const {
        return detail::argument_as<T>(name, required(name, Source::body, strip));
    }
    template <Fallback T>
    [[nodiscard]] T get_body_argument(std::string_view name, T fallback, Strip strip = Strip::yes)
        const {
        return value_or(name, std::move(fallback), Source::body, strip);
    }
    [[nodiscard]] std::string get_body_argument(
        std::string_view name,
        std::string_view fallback,
        Strip strip = Strip::yes
    ) const {
        return find(name, Source::body, strip).value_or(std::string{fallback});
    }
    [[nodiscard]] std::vector<std::string>
    get_body_arguments(std::string_view name, Strip strip = Strip::yes) const {
        return all(name, Source::body, strip);
    }

    /// The value of a cookie that the client sent.
    [[nodiscard]] std::optional<std::string> get_cookie(std::string_view name) const;
    [[nodiscard]] std::string get_cookie(std::string_view name, std::string_view fallback) const;

    // The response

    /// `reason` defaults to the usual phrase; one that cannot be sent becomes "Unknown". Throws
    /// std::invalid_argument unless the status is from 200 to 999.
    void set_status(int status_code, std::string_view reason = {});
    [[nodiscard]] int get_status() const noexcept;

    /// Replaces a header. Throws httputil::HTTPInputError for a name or value that cannot be sent.
    void set_header(std::string_view name, std::string_view value);
    /// A whole number; a character or a bool does not compile.
    void set_header(std::string_view name, detail::Integer auto value) {
        set_header(name, std::to_string(value));
    }
    /// A date in HTTP's form.
    void set_header(std::string_view name, std::chrono::system_clock::time_point value);
    /// Adds a header beside those of the same name.
    void add_header(std::string_view name, std::string_view value);
    void clear_header(std::string_view name);

    /// Sets a cookie with the first flush. Throws HTTPError{500} for what cannot be sent.
    void set_cookie(std::string_view name, std::string_view value, CookieOptions options = {});
    /// Deletes a cookie; path and domain must be those it was set with.
    void clear_cookie(std::string_view name, CookieOptions options = {});

    /// Adds to the response's body. Nothing is sent before flush() or finish(). Throws
    /// std::logic_error afterwards.
    void write(std::string_view chunk);
    /// Adds JSON and sets its content type. An array at the top throws std::invalid_argument: older
    /// browsers can be made to read one across sites. Wrap it in an object.
    template <std::same_as<boost::json::value> J>
    void write(const J& chunk) {
        write_json(chunk);
    }
    template <std::same_as<boost::json::object> J>
    void write(const J& chunk) {
        write_json_object(chunk);
    }

    /// Sends the head, if it is not on its way yet, and what has been written so far. The future is
    /// done when the output buffer has room for more.
    Future<void> flush();
    /// Ends the response. The future is done: what has not left yet the connection sends by itself.
    /// Throws std::logic_error when called twice. A whole 200 response to GET or HEAD becomes a 304
    /// or 412 as the request's conditions on its Etag and Last-Modified say (RFC 9110, 13).
    Future<void> finish();
    Future<void> finish(std::string_view chunk);

    /// Sends the client elsewhere with 302, or 301 when `permanent`, and finishes.
    void redirect(std::string_view url, bool permanent = false);
    /// The same with any status from 300 to 399. Throws std::invalid_argument for others.
    void redirect(std::string_view url, int status);

    /// Drops what has been written and answers with an error page. When the head is on its way
    /// already, the response ends visibly broken.
    void send_error(int status_code = 500, std::exception_ptr error = nullptr);
    /// Drops status, headers and body; cookies stay.
    void clear();

    /// Takes the connection over, for another protocol on it: the stream is the caller's, HTTP and
    /// its limits end, and so does the handler's part. on_finish() comes only if a response's head
    /// is on its way, as that to a CONNECT. `on_drain` is called once when the server drains while
    /// the stream is open. Throws iostream::StreamClosedError when the client has gone, and
    /// std::logic_error when a response is finished or has begun and is incomplete; see
    /// http1connection::detach(). What ends the verb with iostream::StreamClosedError afterwards
    /// is not logged. To use the stream, include <tornado/iostream.hpp>.
    iostream::IOStream detach(util::UniqueFunction<void()> on_drain = {});
    /// Answers 101 Switching Protocols, with the headers and cookies that are set, and takes the
    /// connection over. Throws HTTPError{400} when the request does not ask for `protocol`, and
    /// std::logic_error while its body is yet to come.
    ///
    ///     Future<void> get() {
    ///         auto stream = upgrade("echo");
    ///         while (true) {
    ///             co_await stream.write(co_await stream.read_until("\n"));
    ///         }
    ///     }
    iostream::IOStream
    upgrade(std::string_view protocol, util::UniqueFunction<void()> on_drain = {});

    void set_etag_header();
    /// Whether the client has this response already: its If-None-Match names our Etag, or is "*".
    [[nodiscard]] bool check_etag_header() const;

    // The application

    /// From now on the handler may take so long, instead of what the route or
    /// ApplicationSettings::handler_timeout says; zero: no limit.
    void set_handler_timeout(std::chrono::milliseconds timeout);

    /// The path of the route with that name. Throws std::invalid_argument when there is none.
    [[nodiscard]] std::string
    reverse_url(std::string_view name, const std::vector<std::string>& args = {}) const;

private:
    friend class detail::RequestRun;
    enum class Source : std::uint8_t { both, query, body };

    [[nodiscard]] std::optional<std::string> find(std::string_view name, Source source, Strip strip)
        const;
    [[nodiscard]] std::string required(std::string_view name, Source source, Strip strip) const;
    template <typename T>
    [[nodiscard]] T value_or(std::string_view name, T fallback, Source source, Strip strip) const {
        auto text = find(name, source, strip);
        return text ? detail::argument_as<T>(name, std::move(*text)) : std::move(fallback);
    }
    [[nodiscard]] std::vector<std::string> all(std::string_view name, Source source, Strip strip)
        const;
    [[nodiscard]] std::string tidy(std::string_view value, std::string_view name, Strip strip)
        const;
    void write_json(const boost::json::value& chunk);
    void write_json_object(const boost::json::object& chunk);
    [[nodiscard]] detail::RequestRun& run() const;

    detail::RequestRun* run_ = nullptr;  ///< set as soon as the handler is made
};

}  // namespace tornado::web
