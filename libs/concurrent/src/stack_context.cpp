#include "tornado/concurrent/stack_context.hpp"

#include <mutex>
#include <unordered_set>
#include <vector>

namespace tornado::stack_context {

using concurrent::Context;

Entry::~Entry() {
    // One after the other: a long chain must not end in a deep recursion.
    auto* link = std::exchange(outer_, nullptr);
    while (link != nullptr && link->has_one_reference()) {
        auto* const next = std::exchange(link->outer_, nullptr);
        link->release();
        link = next;
    }
    if (link != nullptr) {
        link->release();
    }
}

namespace {

/// The links from `innermost` to `end` that `wanted` picks, copied on top of `end`.
template <typename Wanted>
Context copy_chain(const Entry* innermost, const Entry* end, Wanted wanted) {
    std::vector<const Entry*> links;
    for (const auto* link = innermost; link != end; link = link->outer()) {
        if (wanted(*link)) {
            links.push_back(link);
        }
    }
    Context copy{const_cast<Entry*>(end), nullptr};  // to share it is not to change it
    for (auto link = links.rbegin(); link != links.rend(); ++link) {
        copy = Context{(*link)->copy_onto(static_cast<Entry*>(copy.values())), nullptr};
    }
    return copy;
}

}  // namespace

Context current_without(const void* key) {
    const auto* const innermost = Entry::current();
    const auto* found = innermost;
    while (found != nullptr && found->key() != key) {
        found = found->outer();
    }
    if (found == nullptr) {
        return Context::capture();
    }
    const auto outer = copy_chain(innermost, found->outer(), [found](const Entry& link) {
        return &link != found;
    });
    return {outer.values(), Context::current_label()};
}

Context copy_for_another_thread() {
    return copy_chain(Entry::current(), nullptr, [](const Entry& link) {
        return link.key() != nullptr;
    });
}

const std::string& intern_label(std::string text) {
    // Never destroyed, because threads may still run under a label while the process ends.
    static auto& mutex = *new std::mutex;
    static auto& labels = *new std::unordered_set<std::string>;
    const std::lock_guard lock{mutex};
    return *labels.insert(std::move(text)).first;
}

Entry* Boundary::copy_onto(Entry* outer) const {
    return outer;
}

ContextScope::ContextScope(Context inner) noexcept
    : former_{Context::capture()},
      mine_{std::move(inner)} {
    Context::enter(mine_);
}

void ContextScope::leave() noexcept {
    if (!std::exchange(entered_, false)) {
        return;
    }
    // Another's context is current when a coroutine is destroyed while it waits.
    if (Context::current_values() == mine_.values()) {
        Context::enter(std::move(former_));
    }
    mine_ = {};
}

}  // namespace tornado::stack_context
