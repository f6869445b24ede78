#pragma once

#include <any>
#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/httpserver/http_server.hpp"
#include "tornado/httpserver/named_routes.hpp"
#include "tornado/httputil/http_connection.hpp"
#include "tornado/util/unique_function.hpp"
#include "tornado/web/output_transform.hpp"
#include "tornado/web/request_handler.hpp"
#include "tornado/web/route.hpp"
#include "tornado/web/static_file_options.hpp"
#include "tornado/web/ui_settings.hpp"

namespace tornado::web {

struct ApplicationSettings;
class Middleware;
class TaskGroup;

namespace detail {

class TemplateLoaders;

/// The requests of an application whose handlers are waiting for something.
class WaitingRuns {
public:
    void add(RequestRun& run) noexcept;
    void remove(RequestRun& run) noexcept;
    [[nodiscard]] RequestRun* first() const noexcept { return first_; }

private:
    RequestRun* first_ = nullptr;
};

}  // namespace detail

/// A class that serves ApplicationSettings::static_path. Made by static_handler_class().
struct StaticHandlerClass {
    /// The route of `pattern` for a folder; null for a StaticFileHandler's.
    Route (*make_route
    )(std::string_view pattern, const std::string& root, const StaticFileOptions&) = nullptr;
    std::string (*make_static_url
    )(const ApplicationSettings& settings, std::string_view path, bool include_version) = nullptr;
};

/// A class derived from StaticFileHandler, with its constructor's arguments and maybe a static
/// function make_static_url(), for ApplicationSettings::static_handler. Mirrors the setting
/// `static_handler_class`.
template <typename H>
StaticHandlerClass static_handler_class() {
    return {
        [](std::string_view pattern, const std::string& root, const StaticFileOptions& options) {
            return url<H>(pattern, root, options);
        },
        &H::make_static_url};
}

/// What all requests of an application share. Mirrors `tornado.web.Application.settings`.
struct ApplicationSettings {
    /// The function that escapes what templates print; "None" for none.
    std::string autoescape = "xhtml_escape";
    /// Whether the program starts afresh when its executable, or a file that autoreload::watch()
    /// names, has changed; otherwise as `debug`.
    std::optional<bool> autoreload = {};
    /// A vanished client cancels its verb. So does one that only ends its own side and would still
    /// read the response (`nc -N` does): from here both look alike until something is sent.
    bool cancel_on_disconnect = false;
    /// Whether templates stay as they were when they were first used. Without it, those that have
    /// changed on the disk are compiled again. Otherwise only without `debug`.
    std::optional<bool> compiled_template_cache = {};
    /// By which codings `compress_response` compresses, in the order of preference among those that
    /// the client takes equally gladly. Those that the library was built without are passed over:
    /// see ContentEncoding.
    std::vector<std::string> compress_encodings = {"zstd", "br", "gzip"};
    bool compress_response = false;  ///< see ContentEncoding
    /// What signed cookies are signed with. Keep it: who knows it can log in as anybody.
    CookieSecret cookie_secret = {};
    /// For development: switches `autoreload` and `serve_traceback` on, `compiled_template_cache`
    /// and `static_hash_cache` off, where these are not set themselves. The whole process then
    /// keeps the call stack of every exception, see util::keep_call_stacks(): each throw takes some
    /// microseconds more.
    bool debug = false;
    std::optional<Route> default_handler = {};  ///< for paths that no route matches; otherwise 404
    /// The host of add_handlers() whose routes are tried when no other route matches the path;
    /// empty for none. Not for a request with `X-Real-Ip`: by that a proxy says that it has passed
    /// the real host on. Unsafe where the host is what protects: any site's name can be made to
    /// lead here.
    std::string default_host = {};
    std::map<std::string, std::any, std::less<>> extra = {};  ///< the application's own
    /// How long a handler may take; zero: no limit. A coroutine is then cancelled, and answered for
    /// with 503, or its connection breaks if the response has begun. What does not heed that for a
    /// second is answered for all the same. Counts from when the middleware, load_current_user(),
    /// prepare() or the verb first waits; for handlers that stream the body, each call of theirs by
    /// itself. The time in which flush() or write_file() waits for the client does not count; but
    /// ioloop::must_end_by, which fetches and queries keep to, stays the same until the call is
    /// over. Kept to a fifth of a second. What blocks the loop cannot be cut short: see
    /// IOLoop::set_blocking_log_threshold(). It stands instead of the server's, but not for what a
    /// FallbackHandler hands over: there the server's counts.
    std::chrono::milliseconds handler_timeout{0};
    std::optional<int> key_version = {};  ///< of `cookie_secret`, to sign with, when it has several
    util::UniqueFunction<void(RequestHandler&)> log_function = {};  ///< replaces the access log
    std::string login_url = {};  ///< where RequestHandler::authenticated() sends people
    /// Error pages tell what was thrown: for development only. Otherwise as `debug`.
    std::optional<bool> serve_traceback = {};
    StaticFileOptions static_file_options = {};  ///< of `static_path`
    /// What serves `static_path`, instead of a StaticFileHandler: see static_handler_class().
    StaticHandlerClass static_handler = {};
    /// Whether what is known of static files may be a second old; otherwise only without `debug`.
    /// If not, each request and each static_url() reads its file anew.
    std::optional<bool> static_hash_cache = {};
    /// A folder to serve below `static_url_prefix`, its favicon.ico and robots.txt also at the
    /// root, before the constructor's other routes; those of add_handlers() come first. Empty for
    /// none.
    std::string static_path = {};
    std::string static_url_prefix = "/static/";
    /// What finds the templates, instead of files in `template_path`; several applications may
    /// share one.
    std::shared_ptr<templating::BaseLoader> template_loader = {};
    std::string template_path = {};        ///< the folder with the templates
    std::string template_whitespace = {};  ///< see templating::filter_whitespace(); empty: by name
    std::vector<MakeTransform> transforms =
        {};  ///< what responses pass through, in this order, before they are compressed
    std::vector<UIMethod> ui_methods = {};       ///< functions for templates: see ui_method()
    std::vector<UIModuleClass> ui_modules = {};  ///< see UIModule; of one name the last counts
    // For websocket::WebSocketHandler, see there.
    std::size_t websocket_max_message_size = 10 * 1024 * 1024;
    std::chrono::milliseconds websocket_ping_interval{0};
    std::optional<std::chrono::milliseconds> websocket_ping_timeout = {};
    CookieOptions xsrf_cookie_kwargs = {};  ///< the attributes of the XSRF cookie
    std::string xsrf_cookie_name = "_xsrf";
    int xsrf_cookie_version = 2;
    /// Whether requests that change something must carry the client's XSRF token; see
    /// RequestHandler::check_xsrf_cookie().
    bool xsrf_cookies = false;
};

/// Where an application listens, and how it treats connections.
struct ListenOptions {
    std::string address = {};  ///< name or numeric address; empty: all interfaces
    int backlog = 128;
    netutil::Family family = netutil::Family::any;
    httpserver::HTTPServerOptions http = {};
    bool reuse_port = false;
    netutil::SSLContext ssl_context = {};  ///< as http.ssl_context
    netutil::SSLOptions ssl_options = {};  ///< as http.ssl_options
    ~ListenOptions();  // not in every file that listens: so long a one costs much to compile
};

/// A collection of routes and settings that make up a web application.
///
/// Routes are tried in their order; the first whose pattern matches gets the request. Those of
/// add_handlers() come first, if their host is the request's.
///
/// Ownership: owns its routes and the servers that listen() makes. Must outlive the loop's run; a
/// handler that still waits when it goes is not called any more.
/// Thread safety: one loop, one thread; threads have an application each.
/// Mirrors `tornado.web.Application`.
///
///     web::Application application{{web::url<MainHandler>("/")}};
///     application.listen(8888);
///     ioloop::IOLoop::current().start();
class Application final : public httputil::HTTPServerConnectionDelegate,
                          public routing::NamedRoutes {
public:
    /// Throws std::invalid_argument when two routes have one name, or `compress_encodings` names an
    /// unknown coding; std::logic_error for `autoescape` or `template_whitespace` beside a
    /// `template_loader`; std::system_error when autoreload finds no /proc.
    explicit Application(std::vector<Route> routes);
    Application(std::vector<Route> routes, ApplicationSettings settings);
    ~Application() override;

    /// Starts a server on `port` (0: the kernel picks one), on this thread's loop. It belongs to
    /// the application. Throws std::system_error when that cannot be.
    httpserver::HTTPServer& listen(int port);
    httpserver::HTTPServer& listen(int port, ListenOptions options);

    /// Puts something around the handlers of all requests, those that no route matches too; inside
    /// of what there is already. For some routes only there are Route::use() and web::use(). See
    /// Middleware.
    ///
    ///     application.use([](web::RequestHandler& handler, web::Next next) -> Future<void> {
    ///         handler.set_header("X-Request-Id", new_id());
    ///         co_await next();
    ///     });
    void use(Middleware middleware);

    /// Work that goes on behind the responses. drain() waits for it.
    [[nodiscard]] TaskGroup& tasks() noexcept { return *tasks_; }

    /// Stops all servers as HTTPServer::drain() does; done when all have, and all of tasks() are
    /// over. What is left of these `delay` and `timeout` later is cancelled.
    Future<void> drain(
        std::chrono::milliseconds delay = tcpserver::DrainOptions{}.delay,
        std::chrono::milliseconds timeout = tcpserver::DrainOptions{}.timeout
    );
    /// Whether drain() has been called.
    [[nodiscard]] bool draining() const noexcept { return draining_; }
    /// Drains on SIGTERM and SIGINT, then stops the loop; see tcpserver::SignalDrain. For every
    /// program: what it serves when it is told to end is not lost. A program of several
    /// applications names `others`, which are drained at the same time and must outlive this one.
    void drain_on_signal(
        const tcpserver::DrainOptions& options = {},
        const std::vector<Application*>& others = {}
    );

    /// Adds routes for hosts that match a regular expression as a whole. Those of all matching
    /// calls are tried, in the order of the calls, before those of the constructor; when none of
    /// all these matches the path, those of the setting `default_host` are tried last. Throws
    /// std::invalid_argument for a malformed expression, or two routes of one name. Mirrors
    /// `Application.add_handlers`.
    void add_handlers(std::string_view host_pattern, std::vector<Route> routes);
    /// Adds something that responses pass through, behind those there are. Mirrors
    /// `Application.add_transform`.
    void add_transform(MakeTransform transform) { transforms_.push_back(std::move(transform)); }

    /// The path of the route with that name. Throws std::invalid_argument when there is none, when
    /// the number of arguments does not fit, or when its pattern is more than text around groups.
    /// Mirrors `Application.reverse_url`.
    [[nodiscard]] std::string
    reverse_url(std::string_view name, const std::vector<std::string>& args = {}) const;

    [[nodiscard]] const ApplicationSettings& settings() const noexcept { return settings_; }

    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection& exchange
    ) override;

private:
    friend class detail::RequestRun;
    struct Routes;

    /// For the routers that the application is a target of.
    [[nodiscard]] std::optional<std::string>
    reverse_url(std::string_view name, std::span<const std::string> values) const override;
    [[nodiscard]] const Route* find_named(std::string_view name) const;
    [[nodiscard]] const detail::RouteData&
    find_route(const httputil::HTTPServerRequest& request, routing::PathGroups& groups) const;
    /// Writes the access log's line. Mirrors `Application.log_request`.
    void log_request(RequestHandler& handler);
    [[nodiscard]] const Route& route_of(const detail::RouteData& data) const noexcept;

    ApplicationSettings settings_;
    std::vector<MakeTransform> transforms_;
    std::shared_ptr<const std::vector<Middleware>> middleware_;  ///< null: none
    std::unique_ptr<TaskGroup> tasks_;
    std::unique_ptr<Routes> routes_;
    std::unique_ptr<detail::TemplateLoaders> template_loaders_;
    detail::WaitingRuns waiting_;
    std::vector<std::unique_ptr<httpserver::HTTPServer>> servers_;
    bool draining_ = false;
    std::unique_ptr<tcpserver::SignalDrain> signal_drain_;
};

}  // namespace tornado::web
