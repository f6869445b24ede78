#pragma once

#include <functional>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "tornado/concurrent/future.hpp"
#include "tornado/templating.hpp"

namespace tornado::web::detail {

/// What a template does while the result of an asynchronous call is not there yet.
enum class MeanwhileDo : bool {
    stop,         ///< nothing: it is rendered again once the result is there
    leave_a_gap,  ///< goes on, so that other calls begin too, and is rendered again afterwards
};

/// The result of an asynchronous call in a template that is rendered by render_async(). `start` is
/// called once, however often the template is rendered; `who` tells apart what is called.
/// Throws templating::Error (TypeError) when the page is rendered by render().
[[nodiscard]] templating::Value await_in_template(
    const std::type_info& who,
    MeanwhileDo meanwhile,
    const std::function<Future<templating::Value>()>& start
);

/// What a call gives, once it is done, as a template has it.
template <typename T>
Future<templating::Value> as_template_value(Future<T> call) {
    if constexpr (std::is_void_v<T>) {
        co_await std::move(call);
        co_return templating::Value{};
    } else {
        T result = co_await std::move(call);
        co_return templating::Value{std::move(result)};
    }
}

/// Whether a parameter refers to what its caller may let go of.
template <typename P>
inline constexpr bool refers =
    std::is_reference_v<P> || std::is_same_v<std::remove_cv_t<P>, std::string_view>;

/// Result and parameters of a function or a member function; nothing for what is neither.
template <typename F>
struct CallTraits {};
template <typename F>
requires requires {
    &F::operator();
}
struct CallTraits<F> : CallTraits<decltype(&F::operator())> {};
template <typename R, typename... P>
struct CallTraits<R (*)(P...)> {
    using Result = R;
    static constexpr std::size_t count = sizeof...(P);
    static_assert(
        !concurrent::is_future<R> || (!refers<P> && ...),
        "what a template calls and awaits has values for its parameters, not references or "
        "string_views: those are gone when it goes on"
    );

    /// `call` as a function of exactly these parameters.
    template <typename Call>
    static auto with_parameters(Call call) {
        return [call = std::move(call)](P... arguments) -> templating::Value {
            return call(std::forward<P>(arguments)...);
        };
    }
};
template <typename R, typename... P>
struct CallTraits<R (*)(P...) noexcept> : CallTraits<R (*)(P...)> {};
template <typename C, typename R, typename... P>
struct CallTraits<R (C::*)(P...)> : CallTraits<R (*)(P...)> {};
template <typename C, typename R, typename... P>
struct CallTraits<R (C::*)(P...) const> : CallTraits<R (*)(P...)> {};
template <typename C, typename R, typename... P>
struct CallTraits<R (C::*)(P...) noexcept> : CallTraits<R (*)(P...)> {};
template <typename C, typename R, typename... P>
struct CallTraits<R (C::*)(P...) const noexcept> : CallTraits<R (*)(P...)> {};

/// Something with one operator(), or a pointer to a function, that returns a Future.
template <typename F>
concept AsyncFunction = templating::detail::Function<F> && requires {
    typename CallTraits<F>::Result;
} && concurrent::is_future<typename CallTraits<F>::Result>;

/// The same function as one that a template can call.
template <AsyncFunction F>
auto awaited(const F& function) {
    return CallTraits<F>::with_parameters([&function](auto&&... argument) {
        return await_in_template(typeid(F), MeanwhileDo::stop, [&] {
            return as_template_value(function(std::forward<decltype(argument)>(argument)...));
        });
    });
}

/// How the language calls an asynchronous function.
template <typename F>
class AsyncFunctionType final : public templating::detail::Type {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "function"; }
    [[nodiscard]] templating::Value call(const void* object, const templating::Arguments& arguments)
        const override {
        const auto function = awaited(*static_cast<const F*>(object));
        return templating::Value{std::cref(function)}(arguments);
    }
    static const AsyncFunctionType instance;
};
template <typename F>
inline const AsyncFunctionType<F> AsyncFunctionType<F>::instance{};

/// The same for one whose parameters have names.
template <typename F>
class AsyncNamedFunctionType final : public templating::detail::Type {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "function"; }
    [[nodiscard]] templating::Value call(const void* object, const templating::Arguments& arguments)
        const override {
        const auto& its = *static_cast<const templating::NamedFunction<F>*>(object);
        const auto named = templating::named(its.names, awaited(its.function));
        return templating::Value{std::cref(named)}(arguments);
    }
    static const AsyncNamedFunctionType instance;
};
template <typename F>
inline const AsyncNamedFunctionType<F> AsyncNamedFunctionType<F>::instance{};

}  // namespace tornado::web::detail

namespace tornado::templating {

/// Functions that return a Future may be called by templates which RequestHandler::render_async()
/// renders: `{% for entry in latest(10) %}`. Their parameters are values, not references, as what a
/// template passes lives until the function returns, and that is at its first suspension.
template <web::detail::AsyncFunction F>
struct ValueFrom<F> {
    static Value borrow(const F& function, detail::Holder* owner) {
        const auto* type = &web::detail::AsyncFunctionType<F>::instance;
        return detail::Access::object(Kind::callable, type, &function, owner);
    }
};
template <web::detail::AsyncFunction F>
struct ValueFrom<NamedFunction<F>> {
    static Value borrow(const NamedFunction<F>& named, detail::Holder* owner) {
        const auto* type = &web::detail::AsyncNamedFunctionType<F>::instance;
        return detail::Access::object(Kind::callable, type, &named, owner);
    }
};

}  // namespace tornado::templating
