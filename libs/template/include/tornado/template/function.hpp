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

namespace detail {

template <typename T>
inline constexpr bool is_described = requires {
    ValueFrom<T>::type();
};

[[noreturn]] void refuse_type(std::string_view wanted, const Value& value);

/// The struct that the value refers to. Throws Error (TypeError) when it is none of that type.
template <typename T>
const T& described(const Value& value) {
    const T* const object = original<T>(value);
    if (object == nullptr) {
        refuse_type(ValueFrom<T>::type().name(), value);
    }
    return *object;
}

/// A container for a parameter that is a reference: the program's own where the value is that, else
/// one made of the value.
template <typename T>
class RangeArgument {
public:
    explicit RangeArgument(const Value& value) : there_{original<T>(value)} {
        if (there_ == nullptr) {
            there_ = &made_.emplace(value.template as<T>());
        }
    }
    RangeArgument(const RangeArgument&) = delete;
    RangeArgument& operator=(const RangeArgument&) = delete;
    ~RangeArgument() = default;
    operator const T&() const noexcept { return *there_; }  // NOLINT(google-explicit-constructor)

private:
    std::optional<T> made_;
    const T* there_;
};

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
        } else if constexpr (is_described<Bare>) {
            return described<Bare>(value);
        } else if constexpr (Range<Bare> && !ConvertsToText<Bare> && std::is_reference_v<T>) {
            return RangeArgument<Bare>{value};
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

/// Throws std::invalid_argument unless a function of `parameters` has as many names for them.
void check_names(const std::vector<std::string>& names, std::size_t parameters);

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
[[nodiscard]] char to_character(const Value& value);
[[nodiscard]] std::size_t sequence_size(const Value& value);
[[nodiscard]] std::vector<Value> dict_keys(const Value& value);

/// A vector or list, say.
template <typename T>
concept Sequence = requires(T& container, typename T::value_type element) {
    container.push_back(std::move(element));
};
/// A set, say.
template <typename T>
concept Set = requires(T& container, typename T::value_type element) {
    container.insert(std::move(element));
};

}  // namespace detail

/// Gives names to all parameters of a function. Throws std::invalid_argument if these are more or
/// fewer.
template <typename F>
[[nodiscard]] NamedFunction<std::decay_t<F>> named(std::vector<std::string> names, F&& function) {
    detail::check_names(names, detail::Signature<std::decay_t<F>>::size);
    return {std::move(names), std::forward<F>(function)};
}

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
    } else if constexpr (std::same_as<T, char>) {
        return detail::to_character(*this);
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
    } else if constexpr (detail::is_described<T>) {
        return detail::described<T>(*this);
    } else if constexpr (detail::Map<T>) {
        const T* const original = detail::original<T>(*this);
        if (original != nullptr) {
            return *original;
        }
        T map;
        for (const auto& key : detail::dict_keys(*this)) {
            map.emplace(key.as<typename T::key_type>(), get(key).as<typename T::mapped_type>());
        }
        return map;
    } else {
        static_assert(
            detail::Sequence<T> || detail::Set<T>,
            "functions for templates, and as(), take numbers, bool, text, Value, std::optional, "
            "structs described with BOOST_DESCRIBE_STRUCT (include "
            "<tornado/template/described.hpp>), and lists, sets and maps of these"
        );
        const T* const original = detail::original<T>(*this);
        if (original != nullptr) {
            return *original;
        }
        T container;
        const auto count = detail::sequence_size(*this);
        for (std::size_t i = 0; i < count; ++i) {
            if constexpr (detail::Sequence<T>) {
                container.push_back(at(i).as<typename T::value_type>());
            } else {
                container.insert(at(i).as<typename T::value_type>());
            }
        }
        return container;
    }
}

}  // namespace tornado::templating
