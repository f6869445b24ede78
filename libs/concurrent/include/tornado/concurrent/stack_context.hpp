#pragma once

#include <concepts>
#include <string>
#include <utility>

#include "tornado/concurrent/context_entry.hpp"

/// What follows a request through callbacks, timers, descriptors' handlers, coroutines and calls on
/// executors: values, exception hooks and a label. They are captured when something is scheduled
/// and restored when it runs. Mirrors `tornado.stack_context`; values are as Python's
/// `contextvars`.
namespace tornado::stack_context {

/// Names a value of type T that contexts can carry: a variable at namespace scope, told from others
/// by its address. T is copied when a value follows a call to another thread, so it must be
/// something that may leave its thread (no Future, say).
///
///     inline constexpr stack_context::Key<std::string> request_id;
template <std::copy_constructible T>
class Key {
public:
    constexpr Key() noexcept = default;
    Key(const Key&) = delete;
    Key& operator=(const Key&) = delete;
};

/// The value that the current context has for `key`, or null.
///
/// It stays where it is as long as the asking callback or coroutine runs inside the StackContext
/// that set it.
template <typename T>
[[nodiscard]] const T* get(const Key<T>& key) noexcept {
    for (const Entry* entry = Entry::current(); entry != nullptr; entry = entry->outer()) {
        if (entry->key() == &key) {
            return &static_cast<const ValueEntry<T>*>(entry)->value();
        }
    }
    return nullptr;
}

/// The base of what changes the current context until its scope ends.
///
/// In a coroutine the change holds across `co_await`, and does not show to the caller.
class ContextScope {
public:
    ContextScope(const ContextScope&) = delete;
    ContextScope& operator=(const ContextScope&) = delete;
    ~ContextScope() { leave(); }

    /// Ends it before its scope does.
    void leave() noexcept;

protected:
    explicit ContextScope(concurrent::Context inner) noexcept;

private:
    concurrent::Context former_;
    concurrent::Context mine_;  // counted, or another's might come to lie at the same place
    bool entered_ = true;
};

/// Gives a key a value, for as long as this object lives and for all that is scheduled meanwhile.
///
///     Future<void> get() {
///         const stack_context::StackContext context{request_id, next_id()};
///         co_await store();  // and everything that store() calls or schedules sees it too
///     }
///
/// Mirrors `stack_context.StackContext`, which entered a context manager for each callback: here
/// the context holds values, and whoever runs under it asks for them with get().
class StackContext : public ContextScope {
public:
    /// Makes the value from `args`.
    template <typename T, typename... Args>
    requires std::constructible_from<T, Args...>
    explicit StackContext(const Key<T>& key, Args&&... args)
        : ContextScope{with(current_without(&key), key, std::forward<Args>(args)...)} {}

private:
    template <typename T, typename... Args>
    static concurrent::Context
    with(const concurrent::Context& outer, const Key<T>& key, Args&&... args) {
        auto* const values = static_cast<Entry*>(outer.values());
        return {new ValueEntry<T>{&key, values, std::forward<Args>(args)...}, outer.label()};
    }
};

/// An empty context: no values, no hooks, no label. For making what is shared, such as a pool of
/// connections, so that it does not carry the request along that happened to need it first.
/// Mirrors `stack_context.NullContext`.
class NullContext : public ContextScope {
public:
    NullContext() : ContextScope{concurrent::Context{new Boundary, nullptr}} {}
};

/// The label of what runs on this thread right now, or null: a request's handler and route, say.
///
/// Logs and the watchdog print it. May be called in a signal handler.
[[nodiscard]] inline const std::string* label() noexcept {
    return concurrent::Context::current_label();
}

/// That text, kept until the process ends: a label that can be borrowed for as long as anybody
/// likes. For labels of which there are few, such as those of routes: none is ever forgotten.
///
/// Thread safety: any thread.
[[nodiscard]] const std::string& intern_label(std::string text);

/// Labels what runs and what is scheduled while this object lives. Costs two stores.
///
/// Ownership: borrows the text, which must outlive whatever is scheduled meanwhile; see
/// intern_label().
class LabelScope {
public:
    explicit LabelScope(const std::string& text) noexcept : former_{label()}, mine_{&text} {
        concurrent::Context::set_current_label(mine_);
    }
    LabelScope(const LabelScope&) = delete;
    LabelScope& operator=(const LabelScope&) = delete;
    ~LabelScope() {
        if (label() == mine_) {  // not so in a coroutine that is destroyed while it waits
            concurrent::Context::set_current_label(former_);
        }
    }

private:
    const std::string* former_;
    const std::string* mine_;
};

}  // namespace tornado::stack_context
