#pragma once

#include "tornado/template/convert.hpp"

namespace tornado::templating {

/// A function whose parameters have names, for calls like `{{ link(page, title="Home") }}`.
///
///     namespace_.set("link", named({"page", "title"}, [](int page, std::optional<std::string>
///     title) { … }));
template <typename F>
struct NamedFunction {
    std::vector<std::string> names;
    F function;
};

/// Gives names to all parameters of a function.
template <typename F>
[[nodiscard]] NamedFunction<std::decay_t<F>> named(std::vector<std::string> names, F&& function) {
    return {std::move(names), std::forward<F>(function)};
}

namespace detail {

template <typename T>
struct Signature : Signature<decltype(&T::operator())> {};
template <typename R, typename... P>
struct Signature<R (*)(P...)> {
    static constexpr std::size_t size = sizeof...(P);
    static constexpr bool is_raw = (std::same_as<std::remove_cvref_t<P>, Arguments> || ...);
    /// How many must be given: all but the last ones that are std::optional.
    static constexpr std::size_t required() {
        constexpr bool may_be_left_out[] = {is_a<std::remove_cvref_t<P>, std::optional>..., false};
        std::size_t count = size;
        while (count > 0 && may_be_left_out[count - 1]) {
            --count;
        }
        return count;
    }
    template <typename F>
    static Value call(const F& function, const Arguments& arguments) {
        static_assert(!is_raw || size == 1, "Arguments holds all of them: make it the only one");
        if constexpr (is_raw) {
            return result(function, arguments);
        } else {
            arguments.check(required(), size);
            return spread(function, arguments, std::make_index_sequence<size>{});
        }
    }

private:
    template <typename T>
    static decltype(auto) argument(const Arguments& arguments, std::size_t index) {
        using Bare = std::remove_cvref_t<T>;
        static const Value none;
        const Value& value = index < arguments.size() ? arguments[index] : none;
        if constexpr (std::same_as<Bare, Value>) {
            return (value);
        } else {
            return value.template as<Bare>();
        }
    }
    template <typename F, std::size_t... I>
    static Value spread(const F& function, const Arguments& arguments, std::index_sequence<I...>) {
        return result(function, argument<P>(arguments, I)...);
    }
    template <typename F, typename... A>
    static Value result(const F& function, A&&... arguments) {
        if constexpr (std::is_void_v<R>) {
            function(std::forward<A>(arguments)...);
            return {};
        } else {
            return function(std::forward<A>(arguments)...);
        }
    }
};
template <typename R, typename... P>
struct Signature<R (*)(P...) noexcept> : Signature<R (*)(P...)> {};
template <typename C, typename R, typename... P>
struct Signature<R (C::*)(P...) const> : Signature<R (*)(P...)> {};
template <typename C, typename R, typename... P>
struct Signature<R (C::*)(P...) const noexcept> : Signature<R (*)(P...)> {};
template <typename C, typename R, typename... P>
struct Signature<R (C::*)(P...)> {
    static_assert(
        sizeof(C) == 0,
        "a function for templates must not be mutable: several threads may call it at once"
    );
};

template <typename F>
class FunctionType final : public Type {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "function"; }
    [[nodiscard]] Value call(const void* object, const Arguments& arguments) const override {
        return Signature<F>::call(*static_cast<const F*>(object), arguments);
    }
    static const FunctionType instance;
};
template <typename F>
inline const FunctionType<F> FunctionType<F>::instance{};

template <typename F>
class NamedFunctionType final : public Type {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "function"; }
    [[nodiscard]] Value call(const void* object, const Arguments& arguments) const override {
        const auto& named = *static_cast<const NamedFunction<F>*>(object);
        if (arguments.keyword_count() == 0) {
            return Signature<F>::call(named.function, arguments);
        }
        const auto bound = arguments.bind(named.names, Signature<F>::required());
        return Signature<F>::call(named.function, Arguments{bound.data(), bound.size()});
    }
    static const NamedFunctionType instance;
};
template <typename F>
inline const NamedFunctionType<F> NamedFunctionType<F>::instance{};

template <typename F>
Value borrow_function(const F& function, Holder* owner) {
    return Access::object(Kind::callable, &FunctionType<F>::instance, &function, owner);
}

[[nodiscard]] bool to_boolean(const Value& value);
[[nodiscard]] std::int64_t
to_integer(const Value& value, std::int64_t least, std::int64_t greatest);
[[nodiscard]] double to_floating(const Value& value);
[[nodiscard]] std::string_view to_text(const Value& value);
[[nodiscard]] std::size_t sequence_size(const Value& value);

}  // namespace detail

template <typename F>
struct ValueFrom<NamedFunction<F>> {
    static Value borrow(const NamedFunction<F>& named, detail::Holder* owner) {
        using FunctionType = detail::NamedFunctionType<F>;
        return detail::Access::object(Kind::callable, &FunctionType::instance, &named, owner);
    }
};

template <typename T>
T Value::as() const {
    if constexpr (std::same_as<T, Value>) {
        return *this;
    } else if constexpr (std::same_as<T, bool>) {
        return detail::to_boolean(*this);
    } else if constexpr (std::integral<T>) {
        constexpr auto greatest = std::numeric_limits<std::int64_t>::max();
        constexpr bool fits = std::in_range<std::int64_t>(std::numeric_limits<T>::max());
        return static_cast<T>(detail::to_integer(
            *this,
            static_cast<std::int64_t>(std::numeric_limits<T>::min()),
            fits ? static_cast<std::int64_t>(std::numeric_limits<T>::max()) : greatest
        ));
    } else if constexpr (std::floating_point<T>) {
        return static_cast<T>(detail::to_floating(*this));
    } else if constexpr (std::same_as<T, std::string_view> || std::same_as<T, std::string>) {
        return T{detail::to_text(*this)};
    } else if constexpr (detail::is_a<T, std::optional>) {
        return is_null() ? T{} : T{as<typename T::value_type>()};
    } else {
        T list;
        const auto count = detail::sequence_size(*this);
        for (std::size_t i = 0; i < count; ++i) {
            list.push_back(at(i).as<typename T::value_type>());
        }
        return list;
    }
}

}  // namespace tornado::templating
