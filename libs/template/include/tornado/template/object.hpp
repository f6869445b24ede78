#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tornado/template/value.hpp"

namespace tornado::templating {

/// An object with attributes that are made when a template asks for them: a request, a locale, a
/// set of modules.
///
/// A std::shared_ptr to one converts to a Value; so does `std::cref(object)`.
/// Thread safety: several loops may ask at once.
class Object {
public:
    Object() = default;
    Object(const Object&) = default;
    Object& operator=(const Object&) = default;
    virtual ~Object() = default;

    /// What errors call its type.
    [[nodiscard]] virtual std::string_view type_name() const { return "object"; }
    /// What `.name` is, or nullopt when there is no such attribute.
    [[nodiscard]] virtual std::optional<Value> attribute(std::string_view name) const = 0;
    /// What calling it gives. Unless overridden, that is an Error (TypeError).
    [[nodiscard]] virtual Value call(const Arguments& arguments) const;
    /// What it prints as; nullopt for `<type_name object>`.
    [[nodiscard]] virtual std::optional<std::string> str() const { return std::nullopt; }
};

namespace detail {
[[nodiscard]] Value borrow_object(const Object& object, Holder* owner);
}

template <typename T>
requires std::derived_from<T, Object>
struct ValueFrom<T> {
    static Value borrow(const Object& object, detail::Holder* owner) {
        return detail::borrow_object(object, owner);
    }
};

}  // namespace tornado::templating
