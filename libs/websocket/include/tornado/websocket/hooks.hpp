#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tornado/web/find_member.hpp"
#include "tornado/web/verbs.hpp"
#include "tornado/websocket/connection.hpp"
#include "tornado/websocket/message.hpp"

/// How a handler's entry points are found at compile time, as web does it for verbs.
namespace tornado::websocket {

class WebSocketHandler;

namespace detail {

/// The open() of one class, and what throws that the path's arguments are none of its.
struct OpenHook : web::detail::Verb {
    void (*check)(const web::PathArguments& arguments) = nullptr;
};

/// What is called on handlers of one class; null for what they do not have.
struct Hooks {
    OpenHook open;
    Started (*on_message)(WebSocketHandler& handler, Incoming& message) = nullptr;
    Started (*on_ping)(WebSocketHandler& handler, std::string_view data) = nullptr;
    Started (*on_pong)(WebSocketHandler& handler, std::string_view data) = nullptr;
    Started (*on_close)(WebSocketHandler& handler) = nullptr;
    bool own_get = false;  ///< whether the class has a get() of its own
};

/// Has every name that a handler may define; see web::detail::Names.
struct Names {
    int open, on_message, on_ping, on_pong, on_close;
};
template <typename H>
struct Probe : H, Names {};

template <typename R>
inline constexpr bool is_outcome = std::is_void_v<R> || std::is_same_v<R, Future<void>>;

template <typename F>
inline constexpr bool takes_one_argument = false;

/// The one argument of a member function.
template <typename F>
struct ArgumentOf {
    static_assert(
        takes_one_argument<F>,
        "on_message(), on_ping() and on_pong() take one argument: the message, or the data"
    );
    using Result = void;
    using Type = std::string_view;
};
template <typename R, typename C, typename A>
struct ArgumentOf<R (C::*)(A)> {
    using Result = R;
    using Type = A;
};
template <typename R, typename C, typename A>
struct ArgumentOf<R (C::*)(A) const> : ArgumentOf<R (C::*)(A)> {};
template <typename R, typename C, typename A>
struct ArgumentOf<R (C::*)(A) noexcept> : ArgumentOf<R (C::*)(A)> {};
template <typename R, typename C, typename A>
struct ArgumentOf<R (C::*)(A) const noexcept> : ArgumentOf<R (C::*)(A)> {};

template <typename F>
Started started_by(F call) {
    if constexpr (std::is_void_v<decltype(call())>) {
        call();
        return {};
    } else {
        return call().state();
    }
}

/// A message in the form that on_message() asks for.
template <typename T>
T message_as(Incoming& message) {
    [[maybe_unused]] const auto text = [&] {
        return message.gathered != nullptr ? std::move(*message.gathered)
                                           : std::string{message.data};
    };
    if constexpr (std::is_same_v<T, std::string_view>) {
        return message.data;
    } else if constexpr (std::is_same_v<T, MessageView>) {
        return {message.data, message.binary};
    } else if constexpr (std::is_same_v<T, Message>) {
        return {text(), message.binary};
    } else {
        static_assert(
            std::is_same_v<T, std::string>,
            "on_message() takes a std::string_view, std::string, websocket::Message or "
            "websocket::MessageView"
        );
        return text();
    }
}

template <typename F>
constexpr void check_hook() {
    using Argument = typename ArgumentOf<F>::Type;
    using Result = typename ArgumentOf<F>::Result;
    static_assert(is_outcome<Result>, "on_...() returns void or tornado::Future<void>");
    static_assert(
        !std::is_lvalue_reference_v<Argument> || std::is_const_v<std::remove_reference_t<Argument>>,
        "on_...() takes its argument by value or as a const reference"
    );
    static_assert(
        std::is_void_v<Result> || !std::is_reference_v<Argument>,
        "what returns a Future takes its argument by value: a reference would dangle after its "
        "first co_await"
    );
}

template <typename H, auto member>
Started call_message(WebSocketHandler& handler, Incoming& message) {
    using Argument = typename ArgumentOf<decltype(member)>::Type;
    check_hook<decltype(member)>();
    return started_by([&] {
        return (static_cast<H&>(handler).*member)(message_as<std::remove_cvref_t<Argument>>(message)
        );
    });
}

template <typename H, auto member>
Started call_data(WebSocketHandler& handler, std::string_view data) {
    using Argument = typename ArgumentOf<decltype(member)>::Type;
    check_hook<decltype(member)>();
    return started_by([&] {
        return (static_cast<H&>(handler).*member)(std::remove_cvref_t<Argument>{data});
    });
}

template <typename H, auto member>
Started call_close(WebSocketHandler& handler) {
    static_assert(std::is_invocable_v<decltype(member), H&>, "on_close() takes no argument");
    return started_by([&] { return (static_cast<H&>(handler).*member)(); });
}

template <typename H, auto member>
Started call_open(web::RequestHandler& handler, const web::PathArguments& arguments) {
    return web::detail::call_member(static_cast<H&>(handler), member, arguments);
}

template <typename H, auto member>
constexpr OpenHook make_open() {
    using Traits = web::detail::MemberTraits<decltype(member)>;
    constexpr int arity =
        Traits::takes_all ? web::detail::Verb::any_number : static_cast<int>(Traits::arity);
    return {{&call_open<H, member>, arity}, &Traits::check};
}

template <typename H, auto member>
constexpr auto make_message() {
    return &call_message<H, member>;
}
template <typename H, auto member>
constexpr auto make_data() {
    return &call_data<H, member>;
}
template <typename H, auto member>
constexpr auto make_close() {
    return &call_close<H, member>;
}
TORNADO_FIND_MEMBER(open, OpenHook, make_open)
TORNADO_FIND_MEMBER(on_message, decltype(Hooks::on_message), make_message)
TORNADO_FIND_MEMBER(on_ping, decltype(Hooks::on_ping), make_data)
TORNADO_FIND_MEMBER(on_pong, decltype(Hooks::on_pong), make_data)
TORNADO_FIND_MEMBER(on_close, decltype(Hooks::on_close), make_close)

/// Whether a class hides WebSocketHandler's get() by its own.
template <typename H>
constexpr bool hides_get() {
    if constexpr (requires { &H::get; }) {
        using Class = typename web::detail::MemberTraits<decltype(&H::get)>::Class;
        return !std::is_same_v<Class, WebSocketHandler>;
    } else {
        return true;
    }
}

template <typename H>
inline constexpr Hooks hooks_of{
    find_open<H>(),
    find_on_message<H>(),
    find_on_ping<H>(),
    find_on_pong<H>(),
    find_on_close<H>(),
    hides_get<H>()};

}  // namespace detail
}  // namespace tornado::websocket
