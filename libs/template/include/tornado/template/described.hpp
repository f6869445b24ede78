#pragma once

#include <boost/describe.hpp>
#include <boost/mp11/algorithm.hpp>

#include "tornado/template/value.hpp"

namespace tornado::templating::detail {

/// The name of a type, without its namespaces.
template <typename T>
[[nodiscard]] constexpr std::string_view bare_name() {
    std::string_view name =
        __PRETTY_FUNCTION__;  // … [with T = blog::Entry; …] or … [T = blog::Entry]
    name.remove_prefix(name.find("T = ") + 4);
    name = name.substr(0, name.find_first_of(";]"));
    const auto colon = name.rfind(':');
    return colon == name.npos ? name : name.substr(colon + 1);
}

/// A const method, bound to its object.
template <typename T, typename R, typename C, typename... P>
Value bind_method(const T& object, Holder* owner, R (C::*method)(P...) const) {
    auto keeper = Access::object(Kind::null, nullptr, nullptr, owner);
    return make_value([&object, keeper = std::move(keeper), method](P... arguments) -> R {
        return (object.*method)(std::forward<P>(arguments)...);
    });
}

/// A struct whose public members Boost.Describe knows: `{{ entry.title }}`.
template <typename T>
class DescribedType final : public Type {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return bare_name<T>(); }
    [[nodiscard]] bool attribute(
        const void* object,
        std::string_view name,
        Holder* owner,
        Value& found
    ) const override {
        const T& described = *static_cast<const T*>(object);
        bool is_there = false;
        boost::mp11::mp_for_each<Members>([&](auto member) {
            if (!is_there && name == member.name) {
                is_there = true;
                found = borrow(described.*member.pointer, owner);
            }
        });
        boost::mp11::mp_for_each<Methods>([&](auto method) {
            // A method that would change the object is none that a template may call.
            if constexpr (requires { bind_method(described, owner, method.pointer); }) {
                if (!is_there && name == method.name) {
                    is_there = true;
                    found = bind_method(described, owner, method.pointer);
                }
            }
        });
        return is_there;
    }
    static const DescribedType instance;

private:
    static constexpr auto inherited = boost::describe::mod_public | boost::describe::mod_inherited;
    using Members = boost::describe::describe_members<T, inherited>;
    using Methods = boost::describe::describe_members<T, inherited | boost::describe::mod_function>;
};
template <typename T>
inline const DescribedType<T> DescribedType<T>::instance{};

}  // namespace tornado::templating::detail

namespace tornado::templating {

/// Structs that BOOST_DESCRIBE_STRUCT names the members of are objects with these attributes, read
/// where they stand, and functions and UI modules may have them for parameters. Include this header
/// before such a struct becomes a Value.
///
///     struct Entry { std::string title; int id = 0; };
///     BOOST_DESCRIBE_STRUCT(Entry, (), (title, id))
///     loader.load("entry.html")->generate({{"entry", std::cref(entry)}});
template <typename T>
requires(std::is_class_v<T>&& boost::describe::has_describe_members<T>::value) struct ValueFrom<T> {
    static Value borrow(const T& object, detail::Holder* owner) {
        return detail::Access::object(Kind::object, &type(), &object, owner);
    }
    static const detail::Type& type() { return detail::DescribedType<T>::instance; }
};

}  // namespace tornado::templating
