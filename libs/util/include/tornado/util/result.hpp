#pragma once

#include <cassert>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>

namespace tornado {

/// A value, or the reason why there is none.
///
/// What parsers return: they never throw. Any enumeration registered as an error code enumeration
/// converts, so a parser says `return Errc::malformed_header;`.
///
/// Thread safety: that of `T`.
template <typename T>
class [[nodiscard]] Result {
public:
    using value_type = T;

    Result(T value) : state_{std::in_place_index<0>, std::move(value)} {}
    Result(std::error_code error) : state_{std::in_place_index<1>, error} {}
    template <typename E>
    requires std::is_error_code_enum_v<E> Result(E error)
        : state_{std::in_place_index<1>, make_error_code(error)} {}

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    [[nodiscard]] bool has_error() const noexcept { return state_.index() == 1; }
    explicit operator bool() const noexcept { return has_value(); }

    /// The error, or a default-constructed code when there is a value.
    [[nodiscard]] std::error_code error() const noexcept {
        const auto* error = std::get_if<1>(&state_);
        return error ? *error : std::error_code{};
    }

    /// The value. Throws std::system_error with the error when there is none.
    [[nodiscard]] T& value() & { return checked(); }
    [[nodiscard]] const T& value() const& { return const_cast<Result*>(this)->checked(); }
    [[nodiscard]] T&& value() && { return std::move(checked()); }

    /// The value, which must be there.
    [[nodiscard]] T& operator*() & noexcept { return *pointer(); }
    [[nodiscard]] const T& operator*() const& noexcept {
        return *const_cast<Result*>(this)->pointer();
    }
    [[nodiscard]] T&& operator*() && noexcept { return std::move(*pointer()); }
    [[nodiscard]] T* operator->() noexcept { return pointer(); }
    [[nodiscard]] const T* operator->() const noexcept {
        return const_cast<Result*>(this)->pointer();
    }

    template <typename U>
    [[nodiscard]] T value_or(U&& other) const& {
        return has_value() ? **this : static_cast<T>(std::forward<U>(other));
    }

private:
    T* pointer() noexcept {
        assert(has_value());
        return std::get_if<0>(&state_);
    }
    T& checked() {
        if (has_error()) {
            throw std::system_error{error()};
        }
        return *pointer();
    }

    std::variant<T, std::error_code> state_;
};

/// Success, or the reason for failure.
template <>
class [[nodiscard]] Result<void> {
public:
    using value_type = void;

    Result() = default;
    Result(std::error_code error) : error_{error} {}
    template <typename E>
    requires std::is_error_code_enum_v<E> Result(E error) : error_{make_error_code(error)} {}

    [[nodiscard]] bool has_value() const noexcept { return !error_; }
    [[nodiscard]] bool has_error() const noexcept { return static_cast<bool>(error_); }
    explicit operator bool() const noexcept { return has_value(); }
    [[nodiscard]] std::error_code error() const noexcept { return error_; }

    /// Throws std::system_error when this holds an error.
    void value() const {
        if (error_) {
            throw std::system_error{error_};
        }
    }

private:
    std::error_code error_;
};

}  // namespace tornado
