#include "tornado/web/application.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

#include "request_run.hpp"
#include "tornado/gen.hpp"
#include "tornado/httpserver/route_table.hpp"
#include "tornado/log.hpp"
#include "tornado/web/handlers.hpp"

namespace tornado::web {

namespace {

/// Answers `OPTIONS *`, which asks about the server as a whole (RFC 9110, 9.3.7).
struct ServerOptionsHandler : RequestHandler {
    void options() {
        set_header("Allow", "GET, HEAD, POST, DELETE, PATCH, PUT, OPTIONS");
        set_status(204);
    }
};

}  // namespace

namespace detail {

void WaitingRuns::add(RequestRun& run) noexcept {
    run.previous_ = nullptr;
    run.next_ = first_;
    if (first_ != nullptr) {
        first_->previous_ = &run;
    }
    first_ = &run;
}

void WaitingRuns::remove(RequestRun& run) noexcept {
    (run.previous_ != nullptr ? run.previous_->next_ : first_) = run.next_;
    if (run.next_ != nullptr) {
        run.next_->previous_ = run.previous_;
    }
    run.next_ = run.previous_ = nullptr;
}

}  // namespace detail

struct Application::Routes {
    std::vector<Route> routes;
    routing::RouteTable table;
    Route not_found = url<ErrorHandler>(".*", 404);
    Route whole_server = url<ServerOptionsHandler>("\\*");

    /// The route for a path that matches none of `routes`.
    [[nodiscard]] const Route& fallback(std::string_view path) const noexcept {
        return path == "*" ? whole_server : not_found;
    }
};

Application::Application(std::vector<Route> routes, ApplicationSettings settings)
    : settings_{std::move(settings)},
      routes_{std::make_unique<Routes>()} {
    routes_->routes = std::move(routes);
    for (const auto& route : routes_->routes) {
        const auto& name = route.data().name;
        const auto same_name = [&](const Route& other) { return other.data().name == name; };
        if (!name.empty() &&
            std::count_if(routes_->routes.begin(), routes_->routes.end(), same_name) > 1) {
            throw std::invalid_argument{
                "two routes are named \"" + name + "\": reverse_url() needs one"};
        }
        routes_->table.add(route.data().pattern);
    }
    if (settings_.default_handler) {
        routes_->not_found = *settings_.default_handler;
    }
}

Application::~Application() {
    servers_.clear();
    while (auto* run = waiting_.first()) {
        waiting_.remove(*run);
        run->outlive_application(route_of(*run->route()));
    }
}

httpserver::HTTPServer& Application::listen(int port, ListenOptions options) {
    if (options.ssl_context) {
        options.http.ssl_context = std::move(options.ssl_context);
    }
    if (options.ssl_options != netutil::SSLOptions{}) {
        options.http.ssl_options = std::move(options.ssl_options);
    }
    auto& server = *servers_.emplace_back(
        std::make_unique<httpserver::HTTPServer>(*this, std::move(options.http))
    );
    server.listen(
        port,
        {.address = std::move(options.address),
         .backlog = options.backlog,
         .family = options.family,
         .reuse_port = options.reuse_port}
    );
    return server;
}

Future<void>
Application::drain(std::chrono::milliseconds delay, std::chrono::milliseconds timeout) {
    draining_ = true;
    std::vector<Future<void>> drained;
    for (const auto& server : servers_) {
        drained.push_back(server->drain(delay, timeout));
    }
    return gen::multi(std::move(drained));
}

void Application::drain_on_signal(const tcpserver::DrainOptions& options) {
    signal_drain_ = std::make_unique<tcpserver::SignalDrain>(
        [this, options] { return drain(options.delay, options.timeout); },
        [this] {
            for (const auto& server : servers_) {
                server->close_all_connections();
            }
        }
    );
}

std::string Application::reverse_url(std::string_view name, const std::vector<std::string>& args)
    const {
    for (const auto& route : routes_->routes) {
        if (route.data().name == name) {
            return route.data().pattern.reverse(args);
        }
    }
    throw std::invalid_argument{"no route is named \"" + std::string{name} + "\""};
}

std::unique_ptr<httputil::HTTPMessageDelegate> Application::start_request(
    httputil::HTTPConnection& exchange
) {
    return std::make_unique<detail::RequestRun>(*this, exchange);
}

const detail::RouteData& Application::find_route(std::string_view path, routing::PathGroups& groups)
    const {
    const auto index = routes_->table.find(path, groups);
    return (index == routing::RouteTable::npos ? routes_->fallback(path) : routes_->routes[index])
        .data();
}

const Route& Application::route_of(const detail::RouteData& data) const noexcept {
    for (const auto& route : routes_->routes) {
        if (&route.data() == &data) {
            return route;
        }
    }
    return &data == &routes_->whole_server.data() ? routes_->whole_server : routes_->not_found;
}

void Application::log_request(RequestHandler& handler) {
    if (settings_.log_function) {
        settings_.log_function(handler);
        return;
    }
    const int status = handler.get_status();
    const auto level = status < 400   ? log::Level::info
                       : status < 500 ? log::Level::warning
                                      : log::Level::error;
    auto& log = log::access_log();
    if (!log.enabled(level)) {
        return;
    }
    const auto& request = handler.request();
    const std::chrono::duration<double, std::milli> time = request.request_time();
    std::array<char, 32> milliseconds;
    const auto end = std::to_chars(
                         milliseconds.data(),
                         milliseconds.data() + milliseconds.size(),
                         time.count(),
                         std::chars_format::fixed,
                         2
    )
                         .ptr;
    log.log(
        level,
        status,
        " ",
        request.method(),
        " ",
        request.uri(),
        " (",
        request.remote_ip(),
        ") ",
        std::string_view{milliseconds.data(), static_cast<std::size_t>(end - milliseconds.data())},
        "ms"
    );
}

}  // namespace tornado::web
