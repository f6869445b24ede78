#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tornado/concurrent/future.hpp"
#include "tornado/web/argument_conversion.hpp"
#include "tornado/web/find_member.hpp"
#include "tornado/web/path_arguments.hpp"

namespace tornado::web {

class RequestHandler;

namespace detail {

/// What a call of a handler started: null when it is done already.
using Started = concurrent::StateRef<concurrent::ValueState<void>>;

/// Calls one member function of a handler.
using Invoke = Started (*)(RequestHandler& handler, const PathArguments& arguments);

/// Calls the data_received() of a handler.
using Receive = Started (*)(RequestHandler& handler, std::string_view chunk);

/// A member function of a handler, found at compile time; `invoke` is null when there is none.
struct Verb {
    static constexpr int any_number = -1;
    Invoke invoke = nullptr;
    int arguments = 0;  ///< how many path arguments it takes
};

enum class Method : std::uint8_t { get, head, post, delete_, patch, put, options };
inline constexpr std::size_t method_count = 7;

/// Has every name that a handler may define. Where a handler defines one too, the name is ambiguous
/// in a class derived from both: so it is seen to be named however it is declared.
struct Names {
    int get, head, post, delete_, patch, put, options, prepare, data_received;
};
template <typename H>
struct Probe : H, Names {};

template <typename F>
struct MemberTraits;
template <typename R, typename C, typename... Args>
struct MemberTraits<R (C::*)(Args...)> {
    using Class = C;
    using Result = R;
    static constexpr std::size_t arity = sizeof...(Args);
    static constexpr bool takes_all = false;
    static constexpr bool takes_references = (std::is_reference_v<Args> || ...);

    template <typename H, typename F>
    static R call(H& handler, F member, const PathArguments& arguments) {
        return call_indexed(handler, member, arguments, std::index_sequence_for<Args...>{});
    }

    /// Throws what a call would throw of arguments that are not of its types.
    static void check(const PathArguments& arguments) {
        check_indexed(arguments, std::index_sequence_for<Args...>{});
    }

private:
    template <std::size_t... indices>
    static void
    check_indexed([[maybe_unused]] const PathArguments& arguments, std::index_sequence<indices...>) {
        (static_cast<void>(path_argument<std::remove_cvref_t<Args>>(arguments[indices])), ...);
    }
    template <typename H, typename F, std::size_t... indices>
    static R
    call_indexed(H& handler, F member, [[maybe_unused]] const PathArguments& arguments, std::index_sequence<indices...>) {
        return (handler.*member)(path_argument<std::remove_cvref_t<Args>>(arguments[indices])...);
    }
};
template <typename R, typename C>
struct MemberTraits<R (C::*)(const PathArguments&)> {
    using Class = C;
    using Result = R;
    static constexpr std::size_t arity = 1;
    static constexpr bool takes_all = true;
    static constexpr bool takes_references = false;  // these live as long as the handler

    template <typename H, typename F>
    static R call(H& handler, F member, const PathArguments& arguments) {
        return (handler.*member)(arguments);
    }
    static void check(const PathArguments& /*arguments*/) {}
};
template <typename R, typename C, typename... Args>
struct MemberTraits<R (C::*)(Args...) const> : MemberTraits<R (C::*)(Args...)> {};
template <typename R, typename C, typename... Args>
struct MemberTraits<R (C::*)(Args...) noexcept> : MemberTraits<R (C::*)(Args...)> {};
template <typename R, typename C, typename... Args>
struct MemberTraits<R (C::*)(Args...) const noexcept> : MemberTraits<R (C::*)(Args...)> {};

template <typename H, typename F>
Started call_member(H& handler, F member, const PathArguments& arguments) {
    using Traits = MemberTraits<F>;
    if constexpr (std::is_void_v<typename Traits::Result>) {
        Traits::call(handler, member, arguments);
        return {};
    } else {
        static_assert(
            std::is_same_v<typename Traits::Result, Future<void>>,
            "a handler's verb returns void or tornado::Future<void>"
        );
        static_assert(
            !Traits::takes_references,
            "a verb that returns a Future takes its path arguments by value: a reference would "
            "dangle after its first co_await"
        );
        return Traits::call(handler, member, arguments).state();
    }
}

template <typename H, auto member>
Started invoke(RequestHandler& handler, const PathArguments& arguments) {
    return call_member(static_cast<H&>(handler), member, arguments);
}

template <typename H, auto member>
constexpr Verb make_verb() {
    using Traits = MemberTraits<decltype(member)>;
    return {
        &invoke<H, member>, Traits::takes_all ? Verb::any_number : static_cast<int>(Traits::arity)};
}

template <typename H, auto member>
Started receive(RequestHandler& handler, std::string_view chunk) {
    if constexpr (std::is_void_v<typename MemberTraits<decltype(member)>::Result>) {
        (static_cast<H&>(handler).*member)(chunk);
        return {};
    } else {
        return (static_cast<H&>(handler).*member)(chunk).state();
    }
}

template <typename T>
inline constexpr bool takes_chunk = false;
template <typename R, typename C>
inline constexpr bool takes_chunk<R (C::*)(std::string_view)> =
    std::is_void_v<R> || std::is_same_v<R, Future<void>>;
template <typename R, typename C>
inline constexpr bool takes_chunk<R (C::*)(std::string_view) noexcept> =
    takes_chunk<R (C::*)(std::string_view)>;

template <typename H, auto member>
constexpr Receive make_receive() {
    static_assert(
        takes_chunk<decltype(member)>,
        "data_received() takes a std::string_view and returns void or tornado::Future<void>"
    );
    return &receive<H, member>;
}

TORNADO_FIND_MEMBER(get, Verb, make_verb)
TORNADO_FIND_MEMBER(head, Verb, make_verb)
TORNADO_FIND_MEMBER(post, Verb, make_verb)
TORNADO_FIND_MEMBER(delete_, Verb, make_verb)
TORNADO_FIND_MEMBER(patch, Verb, make_verb)
TORNADO_FIND_MEMBER(put, Verb, make_verb)
TORNADO_FIND_MEMBER(options, Verb, make_verb)
TORNADO_FIND_MEMBER(prepare, Verb, make_verb)
TORNADO_FIND_MEMBER(data_received, Receive, make_receive)

/// All that is called on handlers of one class.
struct VerbTable {
    Verb methods[method_count];
    Verb prepare;
    Verb further;                     ///< what a base of handlers calls with the path's arguments
    Receive data_received = nullptr;  ///< null: the body is gathered, and a form in it is read
    bool own_etag = false;    ///< whether it overrides compute_etag(): if not, the Etag is made
                              ///< without an allocation
    bool own_decode = false;  ///< whether it overrides decode_argument(): if not, what needs no
                              ///< decoding is not copied
    bool own_user = false;    ///< whether it overrides load_current_user(): if not, nothing waits
};

/// Whether a class has what Tornado calls with the arguments of the route.
template <typename H>
inline constexpr bool has_initialize = requires {
    &H::initialize;
};

/// Whether a class overrides compute_etag().
template <typename H, typename Base>
constexpr bool overrides_etag() {
    if constexpr (requires { &H::compute_etag; }) {
        return !std::is_same_v<decltype(&H::compute_etag), decltype(&Base::compute_etag)>;
    } else {
        return true;
    }
}

/// Whether a class overrides decode_argument().
template <typename H, typename Base>
constexpr bool overrides_decode() {
    if constexpr (requires { &H::decode_argument; }) {
        return !std::is_same_v<decltype(&H::decode_argument), decltype(&Base::decode_argument)>;
    } else {
        return true;
    }
}

/// A base of handlers may find what it calls itself with the path's arguments, as WebSocketHandler
/// does open().
template <typename H>
constexpr Verb find_further() {
    if constexpr (requires { H::template further_verb<H>(); }) {
        return H::template further_verb<H>();
    } else {
        return {};
    }
}

/// Whether a class overrides load_current_user().
template <typename H, typename Base>
constexpr bool overrides_user() {
    if constexpr (requires { &H::load_current_user; }) {
        return !std::is_same_v<decltype(&H::load_current_user), decltype(&Base::load_current_user)>;
    } else {
        return true;
    }
}

template <typename H, typename Base>
inline constexpr VerbTable verbs_of{
    {find_get<H>(),
     find_head<H>(),
     find_post<H>(),
     find_delete_<H>(),
     find_patch<H>(),
     find_put<H>(),
     find_options<H>()},
    find_prepare<H>(),
    find_further<H>(),
    find_data_received<H>(),
    overrides_etag<H, Base>(),
    overrides_decode<H, Base>(),
    overrides_user<H, Base>()};

}  // namespace detail
}  // namespace tornado::web
