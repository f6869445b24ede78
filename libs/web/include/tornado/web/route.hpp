#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "tornado/web/extra_method.hpp"
#include "tornado/web/handler_factory.hpp"
#include "tornado/web/request_handler.hpp"
#include "tornado/web/verbs.hpp"

namespace tornado::web {

class Middleware;

/// What url() may be told about a route.
struct UrlOptions {
    /// For this route, instead of ApplicationSettings::handler_timeout; zero: no limit.
    std::optional<std::chrono::milliseconds> handler_timeout = {};
    std::string name = {};  ///< for reverse_url()
};

namespace detail {

/// Everything about a route that does not change any more.
struct RouteData {
    routing::PathPattern pattern;
    std::optional<std::chrono::milliseconds> handler_timeout;
    std::string name;
    const std::string& label;  ///< the handler's class and the pattern, for logs; interned
    VerbTable verbs;
    std::vector<std::unique_ptr<ExtraMethod>> extra_methods;
    std::unique_ptr<HandlerFactory> factory;
    std::shared_ptr<const std::vector<Middleware>> middleware;  ///< null: none

    /// Throws std::invalid_argument when a verb takes another number of arguments than the pattern
    /// has groups.
    void check_arity(std::string_view method, int arguments) const;
    /// The method of that name beyond the seven usual ones, or null.
    [[nodiscard]] const ExtraMethod* find_extra_method(std::string_view method) const noexcept;
    /// The names of all methods that the route serves, as the header Allow lists them.
    [[nodiscard]] std::string allowed_methods() const;
};

[[nodiscard]] std::shared_ptr<RouteData> make_route(
    std::string_view pattern,
    UrlOptions options,
    const VerbTable& verbs,
    const char* handler_type,
    std::unique_ptr<HandlerFactory> factory
);

}  // namespace detail

/// A pattern and the handler for the paths that match it. Made by url(). Mirrors
/// `tornado.web.URLSpec`.
///
/// Ownership: a reference; copies share one route.
class Route {
public:
    explicit Route(std::shared_ptr<detail::RouteData> data) noexcept;
    // Not in every file that has routes: they cost much to compile.
    Route(const Route&) noexcept;
    Route(Route&&) noexcept;
    Route& operator=(const Route&) noexcept;
    Route& operator=(Route&&) noexcept;
    ~Route();

    /// Serves another method than the seven usual ones: `.method("PROPFIND",
    /// &DavHandler::propfind)`.
    template <typename F>
    requires std::is_member_function_pointer_v<F> Route method(std::string name, F member) {
        add_method(std::make_unique<detail::MemberMethod<F>>(std::move(name), member));
        return *this;
    }

    /// Puts something around this route's handlers, inside of what there is already and of all that
    /// Application::use() has. See Middleware.
    Route use(Middleware middleware);

    [[nodiscard]] const detail::RouteData& data() const noexcept { return *data_; }

private:
    friend std::vector<Route> use(Middleware middleware, std::vector<Route> routes);
    void add_method(std::unique_ptr<detail::ExtraMethod> method);

    std::shared_ptr<detail::RouteData> data_;
};

/// A route: requests whose path matches `pattern` get a new H, made from `args...`.
///
/// The pattern is a regular expression (Perl syntax) that must match all of the path; its groups
/// become the arguments of the verbs H::get, H::post and so on, typed as those declare them. Throws
/// std::invalid_argument for a malformed pattern, and when a verb's arguments do not fit its
/// groups.
template <typename H, typename... Args>
Route url(std::string_view pattern, UrlOptions options, Args... args) {
    static_assert(
        std::is_convertible_v<H*, RequestHandler*>,
        "a handler derives publicly from web::RequestHandler"
    );
    static_assert(
        !detail::has_initialize<H>,
        "initialize() is never called: a handler's constructor takes the arguments of url()"
    );
    static_assert(
        std::is_constructible_v<H, const Args&...>,
        "the handler cannot be constructed from the arguments given to url()"
    );
    return Route{detail::make_route(
        pattern,
        std::move(options),
        detail::verbs_of<H, RequestHandler>,
        typeid(H).name(),
        std::make_unique<detail::ArgumentFactory<H, Args...>>(std::move(args)...)
    )};
}

template <typename H, typename... Args>
requires(!(std::is_same_v<Args, UrlOptions> || ...)) Route
    url(std::string_view pattern, Args... args) {
    return url<H>(pattern, UrlOptions{}, std::move(args)...);
}

}  // namespace tornado::web
