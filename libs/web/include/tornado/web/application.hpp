#pragma once

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/httpserver/http_server.hpp"
#include "tornado/httputil/http_connection.hpp"
#include "tornado/util/unique_function.hpp"
#include "tornado/web/route.hpp"

namespace tornado::web {

namespace detail {

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

/// What all requests of an application share. Mirrors `tornado.web.Application.settings`.
struct ApplicationSettings {
    /// A vanished client cancels its verb. So does one that only ends its own side and would still
    /// read the response (`nc -N` does): from here both look alike until something is sent.
    bool cancel_on_disconnect = false;
    std::optional<Route> default_handler = {};  ///< for paths that no route matches; otherwise 404
    /// How long a handler may take; zero: no limit. A coroutine is then cancelled, and answered for
    /// with 503, or its connection breaks if the response has begun. What does not heed that for a
    /// second is answered for all the same. Counts from when prepare() or the verb first waits; for
    /// handlers that stream the body, each call of theirs by itself. Kept to a fifth of a second.
    /// What blocks the loop cannot be cut short: see IOLoop::set_blocking_log_threshold().
    std::chrono::milliseconds handler_timeout{0};
    util::UniqueFunction<void(RequestHandler&)> log_function = {};  ///< replaces the access log
    bool serve_traceback = false;  ///< error pages tell what was thrown: for development only
    // For websocket::WebSocketHandler, see there.
    std::size_t websocket_max_message_size = 10 * 1024 * 1024;
    std::chrono::milliseconds websocket_ping_interval{0};
    std::optional<std::chrono::milliseconds> websocket_ping_timeout = {};
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
};

/// A collection of routes and settings that make up a web application.
///
/// Routes are tried in their order; the first whose pattern matches gets the request.
///
/// Ownership: owns its routes and the servers that listen() makes. Must outlive the loop's run; a
/// handler that still waits when it goes is not called any more.
/// Thread safety: one loop, one thread; threads have an application each.
/// Mirrors `tornado.web.Application`.
///
///     web::Application application{{web::url<MainHandler>("/")}};
///     application.listen(8888);
///     ioloop::IOLoop::current().start();
class Application final : public httputil::HTTPServerConnectionDelegate {
public:
    /// Throws std::invalid_argument when two routes have one name.
    explicit Application(std::vector<Route> routes, ApplicationSettings settings = {});
    ~Application() override;

    /// Starts a server on `port` (0: the kernel picks one), on this thread's loop. It belongs to
    /// the application. Throws std::system_error when that cannot be.
    httpserver::HTTPServer& listen(int port, ListenOptions options = {});

    /// Stops all servers as HTTPServer::drain() does; done when all have.
    Future<void> drain(
        std::chrono::milliseconds delay = tcpserver::DrainOptions{}.delay,
        std::chrono::milliseconds timeout = tcpserver::DrainOptions{}.timeout
    );
    /// Whether drain() has been called.
    [[nodiscard]] bool draining() const noexcept { return draining_; }
    /// Drains on SIGTERM and SIGINT, then stops the loop; see tcpserver::SignalDrain. For every
    /// program: what it serves when it is told to end is not lost.
    void drain_on_signal(const tcpserver::DrainOptions& options = {});

    /// The path of the route with that name. Throws std::invalid_argument when there is none, or
    /// when the number of arguments does not fit. Mirrors `Application.reverse_url`.
    [[nodiscard]] std::string
    reverse_url(std::string_view name, const std::vector<std::string>& args = {}) const;

    [[nodiscard]] const ApplicationSettings& settings() const noexcept { return settings_; }

    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection& exchange
    ) override;

private:
    friend class detail::RequestRun;
    struct Routes;

    [[nodiscard]] const detail::RouteData&
    find_route(std::string_view path, routing::PathGroups& groups) const;
    /// Writes the access log's line. Mirrors `Application.log_request`.
    void log_request(RequestHandler& handler);
    [[nodiscard]] const Route& route_of(const detail::RouteData& data) const noexcept;

    ApplicationSettings settings_;
    std::unique_ptr<Routes> routes_;
    detail::WaitingRuns waiting_;
    std::vector<std::unique_ptr<httpserver::HTTPServer>> servers_;
    bool draining_ = false;
    std::unique_ptr<tcpserver::SignalDrain> signal_drain_;
};

}  // namespace tornado::web
