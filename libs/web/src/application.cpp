#include "tornado/web/application.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

#include "middleware_list.hpp"
#include "request_run.hpp"
#include "template_loaders.hpp"
#include "tornado/gen.hpp"
#include "tornado/httpserver/route_table.hpp"
#include "tornado/log.hpp"
#include "tornado/process/autoreload.hpp"
#include "tornado/util/call_stack.hpp"
#include "tornado/web/handlers.hpp"
#include "tornado/web/static_file_handler.hpp"
#include "tornado/web/task_group.hpp"

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

namespace {

/// Routes that are tried together.
struct RouteGroup {
    std::vector<Route> routes;
    routing::RouteTable table;

    void add(std::vector<Route> more) {
        for (auto& route : more) {
            table.add(route.data().pattern);
            routes.push_back(std::move(route));
        }
    }
    [[nodiscard]] const detail::RouteData* find(std::string_view path, routing::PathGroups& groups)
        const {
        const auto index = table.find(path, groups);
        return index == routing::RouteTable::npos ? nullptr : &routes[index].data();
    }
};

/// The routes of one add_handlers().
struct HostGroup : RouteGroup {
    explicit HostGroup(std::string_view pattern) : host{pattern} {}

    [[nodiscard]] bool serves(std::string_view name) const {
        routing::PathGroups groups;
        return host.match(name, groups);
    }

    routing::PathPattern host;
};

/// Puts the routes of the static files in front of the others.
void add_static_routes(const ApplicationSettings& settings, std::vector<Route>& routes) {
    if (settings.static_path.empty()) {
        return;
    }
    const auto make = settings.static_handler.make_route != nullptr
                          ? settings.static_handler.make_route
                          : static_handler_class<StaticFileHandler>().make_route;
    const auto below = [&](std::string_view pattern) {
        return make(pattern, settings.static_path, settings.static_file_options);
    };
    std::string prefix;
    for (const char c : settings.static_url_prefix) {
        constexpr std::string_view special = "\\^$.|?*+()[]{}";
        prefix.append(special.find(c) != special.npos ? "\\" : "").push_back(c);
    }
    routes.insert(
        routes.begin(),
        {below(prefix + "(.*)"), below(R"(/(favicon\.ico))"), below(R"(/(robots\.txt))")}
    );
}

}  // namespace

struct Application::Routes {
    RouteGroup all_hosts;
    std::vector<HostGroup> hosts;
    Route not_found = url<ErrorHandler>(".*", 404);
    Route whole_server = url<ServerOptionsHandler>("\\*");

    /// The route for a path that matches none of the others.
    [[nodiscard]] const Route& fallback(std::string_view path) const noexcept {
        return path == "*" ? whole_server : not_found;
    }

    /// The first route for which `is_it` says so; null when there is none.
    template <typename IsIt>
    [[nodiscard]] const Route* find_if(IsIt is_it) const {
        const auto in = [&](const RouteGroup& group) -> const Route* {
            const auto found = std::find_if(group.routes.begin(), group.routes.end(), is_it);
            return found == group.routes.end() ? nullptr : &*found;
        };
        for (const auto& group : hosts) {
            if (const auto* const found = in(group)) {
                return found;
            }
        }
        return in(all_hosts);
    }

    void check_names(const std::vector<Route>& more) const {
        for (const auto& route : more) {
            const auto& name = route.data().name;
            const auto same_name = [&](const Route& other) { return other.data().name == name; };
            if (!name.empty() && (find_if(same_name) != nullptr ||
                                  std::count_if(more.begin(), more.end(), same_name) > 1)) {
                throw std::invalid_argument{
                    "two routes are named \"" + name + "\": reverse_url() needs one"};
            }
        }
    }
};

Application::Application(std::vector<Route> routes)
    : Application{std::move(routes), ApplicationSettings{}} {}

Application::Application(std::vector<Route> routes, ApplicationSettings settings)
    : settings_{std::move(settings)},
      tasks_{std::make_unique<TaskGroup>()},
      routes_{std::make_unique<Routes>()},
      template_loaders_{std::make_unique<detail::TemplateLoaders>()} {
    auto& its = settings_;
    const bool reads_files = its.autoescape != "xhtml_escape" || !its.template_whitespace.empty();
    if (its.template_loader != nullptr && reads_files) {
        throw std::logic_error{
            "autoescape and template_whitespace are for the files of template_path: tell them to "
            "the template_loader"};
    }
    its.compiled_template_cache = its.compiled_template_cache.value_or(!its.debug);
    its.autoreload = its.autoreload.value_or(its.debug);
    its.serve_traceback = its.serve_traceback.value_or(its.debug);
    its.static_hash_cache = its.static_hash_cache.value_or(!its.debug);
    for (const auto& transform : its.transforms) {
        add_transform(transform);
    }
    if (its.compress_response) {
        add_transform(make_content_encoding(its.compress_encodings));
    }
    add_static_routes(its, routes);
    routes_->check_names(routes);
    routes_->all_hosts.add(std::move(routes));
    if (its.default_handler) {
        routes_->not_found = *its.default_handler;
    }
    if (its.debug) {
        util::keep_call_stacks();
    }
    if (*its.autoreload) {
        autoreload::start();
    }
}

void Application::use(Middleware middleware) {
    detail::append(middleware_, std::move(middleware));
}

void Application::add_handlers(std::string_view host_pattern, std::vector<Route> routes) {
    HostGroup group{host_pattern};
    routes_->check_names(routes);
    group.add(std::move(routes));
    routes_->hosts.push_back(std::move(group));
}

Application::~Application() {
    servers_.clear();
    while (auto* run = waiting_.first()) {
        waiting_.remove(*run);
        run->outlive_application(route_of(*run->route()));
    }
}

ListenOptions::~ListenOptions() = default;

httpserver::HTTPServer& Application::listen(int port) {
    return listen(port, ListenOptions{});
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
    drained.push_back(tasks_->drain_behind(drained, delay + timeout));
    return gen::multi(std::move(drained));
}

namespace {

Future<void>
drain_all(const std::vector<Application*>& applications, const tcpserver::DrainOptions& options) {
    std::vector<Future<void>> drained;
    drained.reserve(applications.size());
    for (auto* const each : applications) {
        drained.push_back(each->drain(options.delay, options.timeout));
    }
    return gen::multi(std::move(drained));
}

}  // namespace

void Application::drain_on_signal(
    const tcpserver::DrainOptions& options,
    const std::vector<Application*>& others
) {
    auto all = others;
    all.push_back(this);
    signal_drain_ = std::make_unique<tcpserver::SignalDrain>(
        [all, options] { return drain_all(all, options); },
        [all] {
            for (const auto* const each : all) {
                for (const auto& server : each->servers_) {
                    server->cut_off_connections();
                }
                each->tasks_->cancel();
            }
        }
    );
}

const Route* Application::find_named(std::string_view name) const {
    if (name.empty()) {
        return nullptr;
    }
    return routes_->find_if([name](const Route& other) { return other.data().name == name; });
}

std::string Application::reverse_url(std::string_view name, const std::vector<std::string>& args)
    const {
    const auto* const route = find_named(name);
    if (route == nullptr) {
        throw std::invalid_argument{"no route is named \"" + std::string{name} + "\""};
    }
    return route->data().pattern.reverse(args);
}

std::optional<std::string>
Application::reverse_url(std::string_view name, std::span<const std::string> values) const {
    const auto* const route = find_named(name);
    return route != nullptr ? std::optional{route->data().pattern.reverse(values)} : std::nullopt;
}

std::unique_ptr<httputil::HTTPMessageDelegate> Application::start_request(
    httputil::HTTPConnection& exchange
) {
    return detail::RequestRun::make(*this, exchange);
}

const detail::RouteData& Application::find_route(
    const httputil::HTTPServerRequest& request,
    routing::PathGroups& groups
) const {
    const auto path = request.path();
    const auto& hosts = routes_->hosts;
    if (!hosts.empty()) {
        const auto name = request.host_name();
        for (const auto& group : hosts) {
            const auto* const found = group.serves(name) ? group.find(path, groups) : nullptr;
            if (found != nullptr) {
                return *found;
            }
        }
    }
    if (const auto* const found = routes_->all_hosts.find(path, groups)) {
        return *found;
    }
    // What a proxy has passed on says by that field that its host is real.
    if (!settings_.default_host.empty() &&
        !request.headers().contains(httputil::KnownHeader::x_real_ip)) {
        for (const auto& group : hosts) {
            const auto* const found =
                group.serves(settings_.default_host) ? group.find(path, groups) : nullptr;
            if (found != nullptr) {
                return *found;
            }
        }
    }
    return routes_->fallback(path).data();
}

const Route& Application::route_of(const detail::RouteData& data) const noexcept {
    const auto* const found =
        routes_->find_if([&data](const Route& route) { return &route.data() == &data; });
    if (found != nullptr) {
        return *found;
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
    std::string room;
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
        detail::RequestRun::of(handler).logged_uri(room),
        " (",
        request.remote_ip(),
        ") ",
        std::string_view{milliseconds.data(), static_cast<std::size_t>(end - milliseconds.data())},
        "ms"
    );
}

}  // namespace tornado::web
