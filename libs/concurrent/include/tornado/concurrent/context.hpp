#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace tornado::concurrent {

/// What an execution context carries from a caller to the callbacks and coroutines it starts;
/// reference counted.
///
/// Whatever stands in a loop's contexts derives from stack_context::Entry. One thread owns one
/// object.
class ContextValues {
public:
    ContextValues() = default;
    ContextValues(const ContextValues&) = delete;
    ContextValues& operator=(const ContextValues&) = delete;

    void retain() noexcept { ++references_; }
    void release() noexcept {
        if (--references_ == 0) {
            destroy();
        }
    }
    [[nodiscard]] bool has_one_reference() const noexcept { return references_ == 1; }

protected:
    virtual ~ContextValues() = default;

private:
    [[gnu::noinline]] void destroy() noexcept { delete this; }

    unsigned references_ = 0;
};

/// The context something runs in: the values of stack_context, and a label for logs and the
/// watchdog.
///
/// It is captured when a callback is scheduled or a coroutine suspends, and restored when that
/// runs. The label (a request's handler and route, say) is borrowed: it must outlive whatever is
/// scheduled under it.
class Context {
public:
    Context() noexcept = default;
    Context(ContextValues* values, const std::string* label) noexcept
        : values_{values},
          label_{label} {
        retain();
    }
    Context(const Context& other) noexcept : values_{other.values_}, label_{other.label_} {
        retain();
    }
    Context(Context&& other) noexcept
        : values_{std::exchange(other.values_, nullptr)},
          label_{other.label_} {}
    Context& operator=(Context other) noexcept {
        std::swap(values_, other.values_);
        label_ = other.label_;
        return *this;
    }
    ~Context() {
        if (values_ != nullptr) {
            values_->release();
        }
    }

    [[nodiscard]] ContextValues* values() const noexcept { return values_; }
    [[nodiscard]] const std::string* label() const noexcept { return label_; }

    /// The context of what runs on this thread right now.
    static Context capture() noexcept { return {current_.values, current_.label}; }

    /// Makes `context` this thread's.
    [[gnu::always_inline]] static void enter(Context&& context) noexcept {
        current_.label = context.label_;
        if (is_any(context.values_, current_.values)) {  // seldom
            enter_values(context);
        }
    }
    static void enter(const Context& context) noexcept { enter(Context{context}); }

    /// Exchanges this with the context of the thread.
    void exchange_with_current() noexcept {
        std::swap(values_, current_.values);
        std::swap(label_, current_.label);
    }

    /// The values of what runs on this thread right now, or null.
    [[nodiscard]] static ContextValues* current_values() noexcept { return current_.values; }
    /// The label of what runs on this thread right now, or null.
    [[nodiscard]] static const std::string* current_label() noexcept { return current_.label; }
    static void set_current_label(const std::string* label) noexcept { current_.label = label; }

private:
    // Plain pointers, because a thread local with a destructor would be reached through a guard
    // each time.
    struct Slot {
        ContextValues* values;
        void* apart;  // or g++ would copy both at once, and wait for both to have been written
        const std::string* label;
    };

    void retain() const noexcept {
        if (values_ != nullptr) {
            values_->retain();
        }
    }
    /// With one comparison.
    static bool is_any(const void* one, const void* other) noexcept {
        return (reinterpret_cast<std::uintptr_t>(one) | reinterpret_cast<std::uintptr_t>(other)) !=
               0;
    }
    static void enter_values(Context& context) noexcept {
        // What the former values' destructor runs must find the new context in place.
        auto* const former =
            std::exchange(current_.values, std::exchange(context.values_, nullptr));
        if (former != nullptr) {
            former->release();
        }
    }

    ContextValues* values_ = nullptr;
    const std::string* label_ = nullptr;

    static constinit thread_local Slot current_;
};

inline constinit thread_local Context::Slot Context::current_{nullptr, nullptr, nullptr};

}  // namespace tornado::concurrent
