#pragma once

#include <type_traits>

/// Defines find_NAME<H>(), which is make<H, &H::NAME>() if the class H has a member function of
/// that name, and an empty Found if it has none. One that cannot be used is refused with a
/// sentence; for that a `Probe<H>`, which derives from H and has all those names once more, is in
/// scope.
// A macro, because C++ has no other way to speak of a member by a name given elsewhere.
#define TORNADO_FIND_MEMBER(name, Found, make)                                                \
    template <typename H>                                                                     \
    constexpr Found find_##name() {                                                           \
        if constexpr (requires { &H::name; }) {                                               \
            static_assert(                                                                    \
                std::is_member_function_pointer_v<decltype(&H::name)>,                        \
                #name "() is named in this handler but is no member function: rename it"      \
            );                                                                                \
            return make<H, &H::name>();                                                       \
        } else {                                                                              \
            if constexpr (!std::is_final_v<H>) {                                              \
                static_assert(                                                                \
                    requires { &Probe<H>::name; },                                            \
                    #name                                                                     \
                    "() is named in this handler but cannot be used: it must be public, not " \
                    "overloaded, and no "                                                     \
                    "template"                                                                \
                );                                                                            \
            }                                                                                 \
            return {};                                                                        \
        }                                                                                     \
    }
