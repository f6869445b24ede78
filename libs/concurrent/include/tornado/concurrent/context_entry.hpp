#pragma once

#include <utility>

#include "tornado/concurrent/context.hpp"

namespace tornado::stack_context {

/// One link in the chain of what a context carries, innermost first: a value or a hook.
///
/// Never changed once it is made, so that contexts share the links that they have in common. Not
/// from the pool of blocks, as a copy may go to another thread.
class Entry : public concurrent::ContextValues {
public:
    /// Whose value it is: the address of a Key; null for a hook.
    [[nodiscard]] const void* key() const noexcept { return key_; }
    [[nodiscard]] const Entry* outer() const noexcept { return outer_; }

    /// A copy of this link alone, on top of `outer`.
    [[nodiscard]] virtual Entry* copy_onto(Entry* outer) const = 0;

    /// The innermost of what runs on this thread right now, or null.
    [[nodiscard]] static Entry* current() noexcept {
        return static_cast<Entry*>(concurrent::Context::current_values());
    }

protected:
    Entry(const void* key, Entry* outer) noexcept : key_{key}, outer_{outer} {
        if (outer_ != nullptr) {
            outer_->retain();
        }
    }
    ~Entry() override;

private:
    const void* key_;
    Entry* outer_;
};

/// The link that carries a value.
template <typename T>
class ValueEntry final : public Entry {
public:
    template <typename... Args>
    ValueEntry(const void* key, Entry* outer, Args&&... args)
        : Entry{key, outer},
          value_(std::forward<Args>(args)...) {}

    [[nodiscard]] const T& value() const noexcept { return value_; }
    [[nodiscard]] Entry* copy_onto(Entry* outer) const override {
        return new ValueEntry{key(), outer, value_};
    }

private:
    T value_;
};

/// The link at the bottom of a context that begins anew. It carries nothing, but tells one such
/// context from the next.
class Boundary final : public Entry {
public:
    Boundary() noexcept : Entry{&mark, nullptr} {}
    [[nodiscard]] Entry* copy_onto(Entry* outer) const override;

private:
    static constexpr char mark = 0;
};

/// The current context's values without the one of `key`, which a new one is about to replace:
/// what sets a value again and again must not make the chain ever longer.
[[nodiscard]] concurrent::Context current_without(const void* key);

/// A copy of the current context that another thread may enter: of its values, but neither hooks
/// nor label, which belong to this thread.
[[nodiscard]] concurrent::Context copy_for_another_thread();

}  // namespace tornado::stack_context
