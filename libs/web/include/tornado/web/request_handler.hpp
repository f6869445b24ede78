#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
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
#include "tornado/web/signed_value.hpp"
#include "tornado/web/user.hpp"

namespace boost::json {
class value;
class object;
}  // namespace boost::json

namespace tornado::iostream {
class IOStream;
}

namespace tornado::locale {
class Locale;
}

namespace tornado::templating {
class BaseLoader;
class Namespace;
}  // namespace tornado::templating

namespace tornado::web {

class Application;
struct ApplicationSettings;

namespace detail {

class RequestRun;

/// A T from and to JSON. Incomplete until <tornado/web/json.hpp> is included.
template <typename T>
struct JSONOf;

/// What write() takes as JSON by its type: no text, nor what has a write() of its own.
template <typename T>
concept WrittenAsJSON =
    std::is_class_v<T> && !is_one_of<T, boost::json::value, boost::json::object> &&
    !std::convertible_to<const T&, std::string_view>;

}  // namespace detail

/// Whether the spaces around an argument's value are taken away.
enum class Strip : bool { no, yes };

/// What get_json_body() does about fields that a described class does not have.
enum class UnknownFields : bool { refuse, ignore };

/// What get_argument() may return when an argument is absent, other than text; std::nullopt makes
/// it a std::optional of text.
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

/// What get_signed_cookie() accepts.
struct SignedCookieOptions {
    double max_age_days = 31;
    int min_version = 1;  ///< 2 refuses what is signed by SHA-1
};

/// What gets, prepares and answers one request. Derive from it, publicly, and define the methods
/// that you serve.
///
/// Verbs are member functions named get, head, post, delete_, patch, put and options. They take the
/// groups of the route's pattern as arguments, and return void or Future<void>. `prepare()`, of
/// either kind, runs before the verb; it may answer the request itself. A verb that is not there
/// answers 405. HEAD is not derived from GET.
///
/// In order: construction, set_default_headers(), the check of the XSRF cookie if the application
/// wants it, load_current_user(), prepare(), the verb, finish() unless it was called, on_finish().
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

    /// Called with every response's default headers in place; sets others. Not called by the
    /// clear(), or the send_error(), that it calls itself.
    virtual void set_default_headers() {}
    /// Called once the response has been handed to the connection. Output is over.
    virtual void on_finish() {}
    /// Called when the client has vanished before the response was complete, or has at least ended
    /// its own side of the connection: it may still read what is sent.
    virtual void on_connection_close() {}
    /// Called when the server drains and waits for this response. A handler that would go on for
    /// long, a long poll say, ends it now; what is left at the drain's deadline is cut off.
    virtual void on_drain() {}
    /// Writes an error's page. The default is one line of HTML, or the exception's text with the
    /// setting `serve_traceback`; for a JSONBodyError always `application/problem+json`. `error`
    /// may be null. A send_error() in it answers with the default.
    virtual void write_error(int status_code, std::exception_ptr error);
    /// Logs what a verb threw: an HTTPError with a message as a warning, others as errors. What it
    /// throws itself is logged, and changes nothing.
    virtual void log_exception(std::exception_ptr error);
    /// The response's Etag, made from what has been written; nullopt for none. The default is a
    /// SHA-1 of it.
    [[nodiscard]] virtual std::optional<std::string> compute_etag() const;

    /// Whether static_url() begins with protocol and host where its caller does not say. The
    /// default is no. Mirrors the attribute `include_host`.
    [[nodiscard]] virtual bool include_host() const { return false; }

    /// The text of an argument of the query, a form or the path; `value` is percent-decoded
    /// already. `name` is that of the argument, or of the path's group, and empty for a group that
    /// has none. The default takes UTF-8, and throws HTTPError{400} for what is not.
    [[nodiscard]] virtual std::string decode_argument(std::string_view value, std::string_view name)
        const;

    /// Who the request comes from. Called at most once a request, by the first current_user(). The
    /// default is nobody. What has to wait goes into load_current_user(). Where it asks for
    /// current_user(), that throws std::logic_error.
    [[nodiscard]] virtual User get_current_user() { return {}; }
    /// The same for what has to wait, a database say. A handler that has its own is asked before
    /// each prepare(); get_current_user() is then not. What it throws is answered as what prepare()
    /// throws.
    [[nodiscard]] virtual Future<User> load_current_user();
    /// Where authenticated() sends people. The default is the setting `login_url`; throws
    /// std::logic_error when that is empty.
    [[nodiscard]] virtual std::string get_login_url() const;
    /// The language that the user has chosen, from a profile say; null when there is no such
    /// choice. Called at most once a request, by the first locale(). Where it asks for locale(),
    /// that throws std::logic_error. The default is null.
    [[nodiscard]] virtual std::shared_ptr<const tornado::locale::Locale> get_user_locale() {
        return nullptr;
    }
    /// Throws HTTPError{403} unless the request carries the client's XSRF token, in the argument
    /// `_xsrf` or one of the headers X-Xsrftoken and X-Csrftoken. Called before prepare() when the
    /// setting `xsrf_cookies` is on, but not for GET, HEAD and OPTIONS. Override it to let requests
    /// pass that carry other proof. A handler that streams the body can use the headers only.
    virtual void check_xsrf_cookie();

    // Hooks of templates

    /// The names that all templates of this handler know, before those that render() is given:
    /// `handler`, `request`, `current_user`, `locale`, `_`, `pgettext`, `static_url`,
    /// `reverse_url`, `xsrf_form_html`, `xsrf_token`, and those of ui(). Override it to add some: a
    /// template that is rendered for one of them knows the others only.
    [[nodiscard]] virtual templating::Namespace get_template_namespace();
    /// The folder with the templates. The default is the setting `template_path`.
    [[nodiscard]] virtual std::string get_template_path() const;
    /// What finds the templates; called once for each get_template_path() of an application. The
    /// default is the setting `template_loader`, or a templating::Loader for that folder with the
    /// settings `autoescape`, `template_whitespace` and `compiled_template_cache`. Throws
    /// std::logic_error when there are neither loader nor folder.
    [[nodiscard]] virtual std::shared_ptr<templating::BaseLoader> create_template_loader(
        const std::string& template_path
    );
    /// The HTML that stands for what the page's UI modules want to be there: linked JavaScript
    /// files, embedded JavaScript, linked CSS files, embedded CSS. Never called for none.
    [[nodiscard]] virtual std::string render_linked_js(const std::vector<std::string>& files);
    [[nodiscard]] virtual std::string render_embed_js(const std::vector<std::string>& pieces);
    [[nodiscard]] virtual std::string render_linked_css(const std::vector<std::string>& files);
    [[nodiscard]] virtual std::string render_embed_css(const std::vector<std::string>& pieces);

    // The request

    [[nodiscard]] httputil::HTTPServerRequest& request() const;
    [[nodiscard]] Application& application() const;
    [[nodiscard]] const ApplicationSettings& settings() const;
    [[nodiscard]] const PathArguments& path_args() const;

    /// The last value of an argument of the query or the form, decoded, without spaces around it
    /// unless told otherwise. One that is absent is `fallback`; without that, nullopt where T is a
    /// std::optional. Otherwise MissingArgumentError (400) is thrown, as is HTTPError{400} for one
    /// that is not UTF-8 or does not fit T.
    ///
    /// A form is read before the verb. In a prepare() before a method that the handler does not
    /// serve it is read when these ask for it, and request().body_arguments() does not have it yet.
    template <typename T = std::string>
    [[nodiscard]] T get_argument(std::string_view name, Strip strip = Strip::yes) const {
        return value_of<T>(name, Source::both, strip);
    }
    template <Fallback T>
    [[nodiscard]] detail::ValueBeside<T>
    get_argument(std::string_view name, T fallback, Strip strip = Strip::yes) const {
        return value_or<detail::ValueBeside<T>>(name, std::move(fallback), Source::both, strip);
    }
    [[nodiscard]] std::string
    get_argument(std::string_view name, std::string_view fallback, Strip strip = Strip::yes) const {
        return find(name, Source::both, strip).value_or(std::string{fallback});
    }
    std::string get_argument(std::string_view name, std::nullptr_t, Strip strip = Strip::yes)
        const = delete;  // there is std::nullopt
    /// All values of an argument, the query's first.
    [[nodiscard]] std::vector<std::string>
    get_arguments(std::string_view name, Strip strip = Strip::yes) const {
        return all(name, Source::both, strip);
    }

    /// As get_argument(), of the query only.
    template <typename T = std::string>
    [[nodiscard]] T get_query_argument(std::string_view name, Strip strip = Strip::yes) const {
        return value_of<T>(name, Source::query, strip);
    }
    template <Fallback T>
    [[nodiscard]] detail::ValueBeside<T>
    get_query_argument(std::string_view name, T fallback, Strip strip = Strip::yes) const {
        return value_or<detail::ValueBeside<T>>(name, std::move(fallback), Source::query, strip);
    }
    [[nodiscard]] std::string get_query_argument(
        std::string_view name,
        std::string_view fallback,
        Strip strip = Strip::yes
    ) const {
        return find(name, Source::query, strip).value_or(std::string{fallback});
    }
    std::string get_query_argument(std::string_view name, std::nullptr_t, Strip strip = Strip::yes)
        const = delete;  // there is std::nullopt
    [[nodiscard]] std::vector<std::string>
    get_query_arguments(std::string_view name, Strip strip = Strip::yes) const {
        return all(name, Source::query, strip);
    }

    /// As get_argument(), of the form in the body only.
    template <typename T = std::string>
    [[nodiscard]] T get_body_argument(std::string_view name, Strip strip = Strip::yes) const {
        return value_of<T>(name, Source::body, strip);
    }
    template <Fallback T>
    [[nodiscard]] detail::ValueBeside<T>
    get_body_argument(std::string_view name, T fallback, Strip strip = Strip::yes) const {
        return value_or<detail::ValueBeside<T>>(name, std::move(fallback), Source::body, strip);
    }
    [[nodiscard]] std::string get_body_argument(
        std::string_view name,
        std::string_view fallback,
        Strip strip = Strip::yes
    ) const {
        return find(name, Source::body, strip).value_or(std::string{fallback});
    }
    std::string get_body_argument(std::string_view name, std::nullptr_t, Strip strip = Strip::yes)
        const = delete;  // there is std::nullopt
    [[nodiscard]] std::vector<std::string>
    get_body_arguments(std::string_view name, Strip strip = Strip::yes) const {
        return all(name, Source::body, strip);
    }

    /// The body, which is JSON, as a T: a class described with Boost.Describe, say, or
    /// boost::json::value. For this, include <tornado/web/json.hpp>, which says what a T may be.
    ///
    /// Throws JSONBodyError: 400 for what is not JSON or nests deeper than 256 levels, 422 for JSON
    /// that does not fit: a field that is missing, unknown, of another type, or out of its range.
    /// The client is told which: `address.city: expected a string`. Of fields that come twice the
    /// last counts. 415 for what pages of other sites can send without being asked: a body with the
    /// Content-Type of a form, `text/plain` among them, or with none when a browser says, in
    /// Sec-Fetch-Site, that another site's page sends it.
    template <typename T>
    [[nodiscard]] T get_json_body(UnknownFields unknown = UnknownFields::refuse) const {
        return detail::JSONOf<T>::from_body(request(), unknown);
    }

    /// The value of a cookie that the client sent.
    [[nodiscard]] std::optional<std::string> get_cookie(std::string_view name) const;
    [[nodiscard]] std::string get_cookie(std::string_view name, std::string_view fallback) const;
    std::string get_cookie(std::string_view name, std::nullptr_t) const = delete;
    /// What set_signed_cookie() has set: nullopt when the client did not send it, or it is forged,
    /// older than `max_age_days`, or signed for another name. Throws std::invalid_argument without
    /// the setting `cookie_secret`.
    [[nodiscard]] std::optional<std::string>
    get_signed_cookie(std::string_view name, SignedCookieOptions options = {}) const;
    /// The same of a text that came some other way, in a header say. Mirrors the argument `value`.
    [[nodiscard]] std::optional<std::string> get_signed_cookie(
        std::string_view name,
        std::string_view value,
        SignedCookieOptions options = {}
    ) const;
    /// The version of the secret that such a cookie says it was signed with.
    [[nodiscard]] std::optional<int> get_signed_cookie_key_version(std::string_view name) const;

    // Who it comes from

    /// Who the request comes from: what set_current_user() was told, else what the handler's own
    /// load_current_user() or get_current_user() says.
    [[nodiscard]] const User& current_user();
    void set_current_user(User user);
    /// The current user; without one, ends the request: GET and HEAD go to get_login_url(), with
    /// the page they came for in its argument `next`; other methods get a 403. Call it first in a
    /// verb, or in prepare(). Mirrors the decorator `tornado.web.authenticated`.
    const User& authenticated();
    /// Ends the request unless its path ends with "/": GET and HEAD go there for good, others get a
    /// 404. Mirrors the decorator `tornado.web.addslash`.
    void addslash();
    /// Ends the request when its path ends with "/", unless that is all of it: GET and HEAD go for
    /// good to the path without it, others get a 404. Mirrors `tornado.web.removeslash`.
    void removeslash();

    // Their language

    /// The locale to answer in: what set_locale() was told, else what get_user_locale() says, else
    /// get_browser_locale(). To use it, include <tornado/locale.hpp>.
    [[nodiscard]] const tornado::locale::Locale& locale();
    /// Throws std::invalid_argument when it is null.
    void set_locale(std::shared_ptr<const tornado::locale::Locale> locale);
    /// The loaded locale that fits the request's Accept-Language best, by the weights there: the
    /// client's first language that there is. One that has weight 0, or none that is a number, does
    /// not count, and neither does what stands behind the first 100. Without any, the locale that
    /// fits `fallback` best.
    [[nodiscard]] std::shared_ptr<const tornado::locale::Locale> get_browser_locale(
        std::string_view fallback = "en_US"
    ) const;

    /// The token that forms and scripts of this client must send back: see check_xsrf_cookie().
    /// Sets the client's cookie if it has none. Throws std::invalid_argument when the setting
    /// `xsrf_cookie_version` is neither 1 nor 2.
    [[nodiscard]] const std::string& xsrf_token();
    /// The same as a hidden field of a form, in HTML.
    [[nodiscard]] std::string xsrf_form_html();

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
    /// The headers as they are set so far, without the cookies.
    [[nodiscard]] const httputil::HTTPHeaders& response_headers() const;

    /// Sets a cookie with the first flush. Throws HTTPError{500} for what cannot be sent.
    void set_cookie(std::string_view name, std::string_view value, CookieOptions options = {});
    /// Deletes a cookie; path and domain must be those it was set with.
    void clear_cookie(std::string_view name, CookieOptions options = {});
    /// Deletes all cookies that the client sent, those of other paths and domains not among them.
    void clear_all_cookies(CookieOptions options = {});
    /// Sets a cookie that nobody can forge, though its owner can read it; it lasts 30 days unless
    /// `options` say how long. For one that goes with the browser's session, give what
    /// create_signed_value() makes to set_cookie(). Throws std::invalid_argument without the
    /// setting `cookie_secret`.
    void set_signed_cookie(
        std::string_view name,
        std::string_view value,
        CookieOptions options = {},
        int version = default_signed_value_version
    );
    /// The value with the signature that set_signed_cookie() gives it.
    [[nodiscard]] std::string create_signed_value(
        std::string_view name,
        std::string_view value,
        int version = default_signed_value_version
    ) const;

    /// Calls `hook(*this)` right before the response's head is sent, whatever becomes of the
    /// request: for headers that belong to an error's page too, which set_header() loses. It may
    /// be called again, when what follows fails and an error's page is sent instead; but not for
    /// what it sends itself, by send_error() say, which takes the response's place.
    void before_headers(util::UniqueFunction<void(RequestHandler&)> hook);
    /// Whether the response is complete, or somebody else has the request or its connection.
    [[nodiscard]] bool finished() const noexcept;

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
    /// The same for a class described with Boost.Describe, or a map of them: include
    /// <tornado/web/json.hpp>.
    template <detail::WrittenAsJSON T>
    void write(const T& chunk) {
        write_json_text(detail::JSONOf<T>::to_text(chunk));
    }

    /// Sends the head, if it is not on its way yet, and what has been written so far. The future is
    /// done when the output buffer has room for more.
    Future<void> flush();
    /// Sends a part of an open regular file behind what has been written so far, and the head
    /// before it if it is not on its way yet; straight from the kernel's cache where nothing
    /// changes the response on its way out. Set Content-Length before, if you know it. A HEAD
    /// request gets the head only. The descriptor stays open for as long as `owner` lives, which is
    /// kept until the part has gone; without one it stays the caller's, and may be closed at once,
    /// which takes another descriptor. The future is done when the output buffer has room for more.
    /// A file that turns out to be shorter ends the response visibly broken. A disk that is slow
    /// holds the loop up.
    Future<void> write_file(
        int file,
        std::uint64_t offset,
        std::size_t count,
        std::shared_ptr<const void> owner = nullptr
    );
    /// Ends the response. The future is done when all of it has left for the system, and fails with
    /// iostream::StreamClosedError when the client goes before that; whoever does not ask need not
    /// wait: the connection sends by itself. Throws std::logic_error when called twice. A whole 200
    /// response to GET or HEAD becomes a 304 or 412 as the request's conditions say (RFC 9110, 13).
    Future<void> finish();
    Future<void> finish(std::string_view chunk);

    /// Renders a template as the response, and finishes. What the page's UI modules need is put
    /// into its head and body. `names` are known to the template; to give some, include
    /// <tornado/web/templates.hpp>. There is nothing to await.
    ///
    /// Throws templating::ParseError or templating::Error with the place when that cannot be, or
    /// the HTTPError that a function of the template threw; std::logic_error after finish(), and
    /// when resources have no `</head>` or `</body>` to stand before.
    ///
    ///     render("story.html", {{"title", story.title}, {"comments", std::cref(comments)}});
    void render(std::string_view template_name);
    void render(std::string_view template_name, const templating::Namespace& names);
    /// The text that a template makes, without what UI modules want to be around it.
    [[nodiscard]] std::string render_string(std::string_view template_name);
    [[nodiscard]] std::string
    render_string(std::string_view template_name, const templating::Namespace& names);
    /// As render(), for pages with UI modules or functions that return a Future. Await it: until
    /// then all that `names` refers to must be there. `names` is a named object, because braces
    /// have no place beside `co_await`.
    ///
    /// The template is rendered until it needs what is not there yet, and again from its beginning
    /// once it is, so what it calls must do the same each time; but what returns a Future is called
    /// once. The UI modules of a page wait side by side, functions one after the other.
    ///
    /// Cancellation: cancels what it waits for, and ends when all of that has.
    ///
    ///     templating::Namespace names{{"title", title}};
    ///     co_await render_async("story.html", names);
    [[nodiscard]] Future<void> render_async(std::string template_name);
    [[nodiscard]] Future<void>
    render_async(std::string template_name, const templating::Namespace& names);
    Future<void> render_async(std::string template_name, templating::Namespace&& names) = delete;
    /// The same for render_string(): for a UI module that waits, and has such in its own template.
    [[nodiscard]] Future<std::string> render_string_async(std::string template_name);
    [[nodiscard]] Future<std::string>
    render_string_async(std::string template_name, const templating::Namespace& names);
    Future<std::string>
    render_string_async(std::string template_name, templating::Namespace&& names) = delete;
    /// The names of the settings `ui_methods` and `ui_modules`: the methods, and `modules`. Mirrors
    /// `RequestHandler.ui`.
    [[nodiscard]] templating::Namespace ui();

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
    /// Ends the request unless its conditions hold for what it is about as that is now (RFC 9110,
    /// 13). Call it before anything is changed: in a PUT or DELETE, or before the work for a GET.
    ///
    /// `etag` is what Etag would say, with its quotes; empty when it has none, nullopt when there
    /// is nothing yet. `modified` is when it was changed last, if that is known. Throws
    /// HTTPError{412} for If-Match with other tags, for If-Unmodified-Since with an earlier date,
    /// and for If-None-Match with this tag, or with "*" when there is anything. A GET or HEAD whose
    /// client has it already gets a 304 with both headers instead. With a co_await between this and
    /// the change, another request may come first.
    ///
    ///     void put(std::string name) {
    ///         check_preconditions(pages_.etag_of(name));  // optional: it may be a new page
    ///         pages_.store(name, request().body());
    ///     }
    void check_preconditions(
        std::optional<std::string_view> etag,
        std::optional<std::chrono::system_clock::time_point> modified = std::nullopt
    );

    // The application

    /// From now on the handler may take so long, instead of what the route or
    /// ApplicationSettings::handler_timeout says; zero: no limit.
    void set_handler_timeout(std::chrono::milliseconds timeout);

    /// The path of the route with that name. Throws std::invalid_argument when there is none, when
    /// the number of arguments does not fit, or when its pattern is more than text around groups.
    [[nodiscard]] std::string
    reverse_url(std::string_view name, const std::vector<std::string>& args = {}) const;

    /// The URL of a file below the setting `static_path`, with the file's version in its argument
    /// `v`, so that it can be cached for good; see StaticFileHandler. A file above 64 KiB has none
    /// there while it has yet to be read. With `include_host`, which defaults to what the handler's
    /// function of that name says, the URL begins with protocol and host. Throws std::logic_error
    /// without the setting. May wait for the disk, see StaticFileHandler::get_version().
    [[nodiscard]] std::string static_url(
        std::string_view path,
        std::optional<bool> include_host = std::nullopt,
        bool include_version = true
    ) const;

private:
    friend class detail::RequestRun;
    friend class FallbackHandler;
    friend class EventSourceHandler;
    enum class Source : std::uint8_t { both, query, body };

    [[nodiscard]] std::optional<std::string> find(std::string_view name, Source source, Strip strip)
        const;
    [[nodiscard]] std::string required(std::string_view name, Source source, Strip strip) const;
    template <typename T>
    [[nodiscard]] T value_of(std::string_view name, Source source, Strip strip) const {
        if constexpr (detail::is_optional<T>) {
            return value_or(name, T{}, source, strip);
        } else {
            return detail::argument_as<T>(name, required(name, source, strip));
        }
    }
    template <typename T>
    [[nodiscard]] T value_or(std::string_view name, T fallback, Source source, Strip strip) const {
        auto text = find(name, source, strip);
        return text ? detail::argument_as<T>(name, std::move(*text)) : std::move(fallback);
    }
    [[nodiscard]] std::vector<std::string> all(std::string_view name, Source source, Strip strip)
        const;
    [[nodiscard]] std::string tidy(std::string_view value, std::string_view name, Strip strip)
        const;
    [[nodiscard]] bool is_get_or_head() const;
    [[nodiscard]] Future<void> load_user();
    [[noreturn]] void redirect_to_path(std::string path);
    void write_json(const boost::json::value& chunk);
    void write_json_object(const boost::json::object& chunk);
    void write_json_text(std::string_view text);
    void check_renderable() const;
    void render_into(
        std::string& text,
        std::string_view template_name,
        const templating::Namespace& names
    );
    void finish_page(std::string html);
    [[nodiscard]] detail::RequestRun& run() const;

    detail::RequestRun* run_ = nullptr;  ///< set as soon as the handler is made
};

}  // namespace tornado::web
