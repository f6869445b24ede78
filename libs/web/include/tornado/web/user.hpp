#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace tornado::web {

/// Whoever a request comes from: a value of any type, the application's own, or nobody. What
/// `current_user` is in Tornado.
///
/// Nobody is a User made from nothing, from std::nullopt, from an optional or a pointer that is
/// empty, or from an empty text: what Python takes for false.
///
/// Ownership: shares the value with its copies. Thread safety: as the value's.
///
///     web::User get_current_user() override { return get_signed_cookie("user"); }
///     void get() { write("Hello, " + current_user().get<std::string>()); }
class User {
public:
    User() = default;
    User(std::nullopt_t) {}
    User(std::string name);
    User(std::string_view name) : User{std::string{name}} {}
    User(const char* name) : User{std::string{name}} {}
    template <typename T>
    User(std::optional<T> value) {
        if (value) {
            *this = User{std::move(*value)};
        }
    }
    template <typename T>
    User(std::shared_ptr<T> value) : value_{std::move(value)},
                                     type_{&typeid(T)} {}
    template <typename T>
    User(std::unique_ptr<T> value) : User{std::shared_ptr<T>{std::move(value)}} {}
    template <typename T>
    requires(!std::same_as<std::remove_cvref_t<T>, User> && !std::same_as<T, bool> && !std::is_pointer_v<std::decay_t<T>> && !std::convertible_to<T, std::string_view>)
        User(T value) {
        keep(std::move(value));
    }

    /// Whether there is a user.
    explicit operator bool() const noexcept { return value_ != nullptr; }

    /// The user as what it was made from. Throws std::logic_error for nobody, and for another type.
    template <typename T = std::string>
    [[nodiscard]] const T& get() const {
        const auto* const value = get_if<T>();
        if (value == nullptr) {
            throw std::logic_error{
                value_ == nullptr ? "there is no current user: call authenticated() first"
                                  : "the current user is of another type than get() is asked for"};
        }
        return *value;
    }
    /// The same, or null.
    template <typename T = std::string>
    [[nodiscard]] const T* get_if() const noexcept {
        return value_ != nullptr && *type_ == typeid(T) ? static_cast<const T*>(value_.get())
                                                        : nullptr;
    }

private:
    template <typename T>
    void keep(T value) {
        value_ = std::make_shared<const T>(std::move(value));
        type_ = &typeid(T);
    }

    std::shared_ptr<const void> value_;
    const std::type_info* type_ = nullptr;
};

}  // namespace tornado::web
