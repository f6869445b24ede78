#pragma once

#include <cassert>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace tornado::util {

template <typename Signature>
class UniqueFunction;

/// A callable of any type that can be moved but need not be copied.
///
/// Callables of up to four words are kept inside, without an allocation. (C++23 has it as
/// std::move_only_function.)
///
/// Ownership: owns its callable. Thread safety: that of the callable.
template <typename R, typename... Args>
class UniqueFunction<R(Args...)> {
public:
    UniqueFunction() noexcept = default;
    UniqueFunction(std::nullptr_t) noexcept {}

    template <typename F>
    requires(!std::is_same_v<std::decay_t<F>, UniqueFunction> && std::is_invocable_r_v<R, std::decay_t<F>&, Args...>)
        UniqueFunction(F&& callable) {
        using Callable = std::decay_t<F>;
        if constexpr (std::is_pointer_v<Callable> || std::is_member_pointer_v<Callable>) {
            if (callable == nullptr) {
                return;
            }
        }
        if constexpr (fits_inside<Callable>) {
            ::new (static_cast<void*>(storage_)) Callable(std::forward<F>(callable));
            operations_ = &inside_operations<Callable>;
        } else {
            ::new (static_cast<void*>(storage_)) Callable*(new Callable(std::forward<F>(callable)));
            operations_ = &outside_operations<Callable>;
        }
#if defined(__GNUC__) && !defined(__clang__)
        // g++ 12's -fipa-modref (on from -O1) loses sight of what a callable that was passed by
        // value refers to, once a function has returned it inside one of these: the caller then
        // keeps its locals in registers although the callable changes them. This makes it look.
        asm volatile("" : : "r"(this) : "memory");
#endif
    }

    UniqueFunction(UniqueFunction&& other) noexcept {
        take(other);
    }
    UniqueFunction& operator=(UniqueFunction&& other) noexcept {
        if (this != &other) {
            reset();
            take(other);
        }
        return *this;
    }
    UniqueFunction(const UniqueFunction&) = delete;
    UniqueFunction& operator=(const UniqueFunction&) = delete;
    ~UniqueFunction() {
        reset();
    }

    explicit operator bool() const noexcept {
        return operations_ != nullptr;
    }

    R operator()(Args... args) {
        assert(operations_ != nullptr);
        return operations_->invoke(storage_, std::forward<Args>(args)...);
    }

    /// Destroys the callable; the object is then empty.
    void reset() noexcept {
        if (operations_ != nullptr) {
            std::exchange(operations_, nullptr)->destroy(storage_);
        }
    }

private:
    struct Operations {
        R (*invoke)(void* storage, Args&&... args);
        void (*relocate)(void* from, void* to) noexcept;
        void (*destroy)(void* storage) noexcept;
    };

    static constexpr std::size_t capacity = 4 * sizeof(void*);

    template <typename F>
    static constexpr bool fits_inside =
        sizeof(F) <= capacity &&
        alignof(F) <= alignof(void*) && std::is_nothrow_move_constructible_v<F>;

    template <typename F>
    static constexpr Operations inside_operations{
        [](void* storage, Args&&... args) -> R {
            return static_cast<R>((*static_cast<F*>(storage))(std::forward<Args>(args)...));
        },
        [](void* from, void* to) noexcept {
            ::new (to) F(std::move(*static_cast<F*>(from)));
            static_cast<F*>(from)->~F();
        },
        [](void* storage) noexcept { static_cast<F*>(storage)->~F(); }};

    template <typename F>
    static constexpr Operations outside_operations{
        [](void* storage, Args&&... args) -> R {
            return static_cast<R>((**static_cast<F**>(storage))(std::forward<Args>(args)...));
        },
        [](void* from, void* to) noexcept { ::new (to) F*(*static_cast<F**>(from)); },
        [](void* storage) noexcept { delete *static_cast<F**>(storage); }};

    void take(UniqueFunction& other) noexcept {
        if (other.operations_ != nullptr) {
            other.operations_->relocate(other.storage_, storage_);
            operations_ = std::exchange(other.operations_, nullptr);
        }
    }

    const Operations* operations_ = nullptr;
    alignas(void*) std::byte storage_[capacity];
};

}  // namespace tornado::util
