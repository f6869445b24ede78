#include "tornado/web/route.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <stdexcept>

#include "methods.hpp"
#include "middleware_list.hpp"
#include "tornado/stack_context.hpp"

namespace tornado::web {

namespace detail {

namespace {

std::string readable_type(const char* mangled) {
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> name{
        abi::__cxa_demangle(mangled, nullptr, nullptr, &status), &std::free};
    return status == 0 ? name.get() : mangled;
}

}  // namespace

void RouteData::check_arity(std::string_view method, int arguments) const {
    const auto groups = pattern.group_count();
    if (arguments == Verb::any_number || static_cast<std::size_t>(arguments) == groups) {
        return;
    }
    throw std::invalid_argument{
        "route " + label + ": " + std::string{method} + " takes " + std::to_string(arguments) +
        " path arguments, but the pattern has " + std::to_string(groups) + " groups"};
}

const ExtraMethod* RouteData::find_extra_method(std::string_view method) const noexcept {
    for (const auto& extra : extra_methods) {
        if (extra->name == method) {
            return extra.get();
        }
    }
    return nullptr;
}

std::string RouteData::allowed_methods() const {
    std::string list;
    const auto add = [&list](std::string_view method) {
        list.append(list.empty() ? "" : ", ").append(method);
    };
    for (std::size_t i = 0; i < method_count; ++i) {
        if (verbs.methods[i].invoke != nullptr) {
            add(method_names[i]);
        }
    }
    for (const auto& extra : extra_methods) {
        add(extra->name);
    }
    return list;
}

std::shared_ptr<RouteData> make_route(
    std::string_view pattern,
    UrlOptions options,
    const VerbTable& verbs,
    const char* handler_type,
    std::unique_ptr<HandlerFactory> factory
) {
    auto route = std::make_shared<RouteData>(RouteData{
        .pattern = routing::PathPattern{pattern},
        .handler_timeout = options.handler_timeout,
        .name = std::move(options.name),
        .label =
            stack_context::intern_label(readable_type(handler_type) + " " + std::string{pattern}),
        .verbs = verbs,
        .extra_methods = {},
        .factory = std::move(factory),
        .middleware = {}});
    for (std::size_t i = 0; i < method_count; ++i) {
        if (verbs.methods[i].invoke != nullptr) {
            route->check_arity(method_names[i], verbs.methods[i].arguments);
        }
    }
    if (verbs.further.invoke != nullptr) {
        route->check_arity("open", verbs.further.arguments);
    }
    if (verbs.prepare.arguments > 0) {
        throw std::invalid_argument{
            "route " + route->label + ": prepare() takes no arguments; path_args() has them"};
    }
    return route;
}

}  // namespace detail

Route::Route(std::shared_ptr<detail::RouteData> data) noexcept : data_{std::move(data)} {}
Route::Route(const Route&) noexcept = default;
Route::Route(Route&&) noexcept = default;
Route& Route::operator=(const Route&) noexcept = default;
Route& Route::operator=(Route&&) noexcept = default;
Route::~Route() = default;

Route Route::use(Middleware middleware) {
    detail::append(data_->middleware, std::move(middleware));
    return *this;
}

std::vector<Route> use(Middleware middleware, std::vector<Route> routes) {
    for (auto& route : routes) {
        detail::prepend(route.data_->middleware, middleware);
    }
    return routes;
}

void Route::add_method(std::unique_ptr<detail::ExtraMethod> method) {
    data_->check_arity(method->name, method->arguments);
    data_->extra_methods.push_back(std::move(method));
}

}  // namespace tornado::web
