#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tornado/web/async_function.hpp"
#include "tornado/web/request_handler.hpp"
#include "tornado/web/ui_settings.hpp"

namespace tornado::web {

namespace detail {

/// Makes functions for the templates of one handler.
class UIMethodBinder {
public:
    virtual ~UIMethodBinder() = default;
    [[nodiscard]] virtual templating::Value bind(RequestHandler& handler) const = 0;
};

template <typename Signature>
struct HandlerFunction;
template <typename R, typename H, typename... P>
struct HandlerFunction<R (*)(H&, P...)> {
    static_assert(
        std::is_base_of_v<RequestHandler, H>,
        "the first parameter of a UI method is the handler, by reference"
    );
    static constexpr std::size_t count = sizeof...(P);
    template <typename F>
    static auto bind(const F& function, RequestHandler& handler) {
        return [&function, &handler](P... arguments) -> R {
            if constexpr (std::is_same_v<H, RequestHandler>) {
                return function(handler, std::forward<P>(arguments)...);
            } else {
                return function(dynamic_cast<H&>(handler), std::forward<P>(arguments)...);
            }
        };
    }
};
template <typename F>
struct HandlerFunctionOf : HandlerFunctionOf<decltype(&F::operator())> {};
template <typename R, typename... P>
struct HandlerFunctionOf<R (*)(P...)> : HandlerFunction<R (*)(P...)> {};
template <typename R, typename... P>
struct HandlerFunctionOf<R (*)(P...) noexcept> : HandlerFunction<R (*)(P...)> {};
template <typename C, typename R, typename... P>
struct HandlerFunctionOf<R (C::*)(P...) const> : HandlerFunction<R (*)(P...)> {};
template <typename C, typename R, typename... P>
struct HandlerFunctionOf<R (C::*)(P...) const noexcept> : HandlerFunction<R (*)(P...)> {};

template <typename F>
class FunctionBinder final : public UIMethodBinder {
public:
    FunctionBinder(std::vector<std::string> parameters, F function)
        : parameters_{std::move(parameters)},
          function_{std::move(function)} {
        if (!parameters_.empty()) {
            templating::detail::check_names(parameters_, HandlerFunctionOf<F>::count);
        }
    }
    [[nodiscard]] templating::Value bind(RequestHandler& handler) const override {
        auto bound = HandlerFunctionOf<F>::bind(function_, handler);
        if (parameters_.empty()) {
            return bound;
        }
        return templating::named(parameters_, std::move(bound));
    }

private:
    std::vector<std::string> parameters_;
    F function_;
};

}  // namespace detail

/// A function that all templates of an application know, and that gets the handler whose page they
/// make as its first argument. `parameters` name the others, for calls by keyword. It must not be
/// mutable. Throws std::invalid_argument if there are more or fewer names than parameters. Mirrors
/// the setting `ui_methods`.
///
///     .ui_methods = {web::ui_method("tab", [](web::RequestHandler& handler, std::string path) {
///         return handler.request().path() == path ? "here" : "";
///     })}
template <typename F>
[[nodiscard]] UIMethod
ui_method(std::string name, std::vector<std::string> parameters, F function) {
    return {
        std::move(name),
        std::make_shared<detail::FunctionBinder<F>>(std::move(parameters), std::move(function))};
}
template <typename F>
[[nodiscard]] UIMethod ui_method(std::string name, F function) {
    return ui_method(std::move(name), {}, std::move(function));
}

}  // namespace tornado::web
