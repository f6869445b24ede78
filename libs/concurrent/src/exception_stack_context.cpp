#include "tornado/concurrent/exception_stack_context.hpp"

#include "tornado/concurrent/errors.hpp"

namespace tornado::stack_context {

using concurrent::Context;

namespace {

/// The link that carries a hook.
class HookEntry final : public Entry {
public:
    HookEntry(std::shared_ptr<Hook> hook, Entry* outer) noexcept
        : Entry{nullptr, outer},
          hook_{std::move(hook)} {}

    [[nodiscard]] Hook& hook() const noexcept { return *hook_; }
    [[nodiscard]] Entry* copy_onto(Entry* outer) const override {
        return new HookEntry{hook_, outer};
    }

private:
    std::shared_ptr<Hook> hook_;
};

/// What a hook leaves of an exception.
std::exception_ptr ask(Hook& hook, std::exception_ptr error) noexcept {
    if (!hook.active || concurrent::is_cancellation(error)) {
        return error;
    }
    try {
        return hook.handle(error) ? nullptr : error;
    } catch (...) {
        return std::current_exception();
    }
}

}  // namespace

ExceptionStackContext::ExceptionStackContext(std::shared_ptr<Hook> hook)
    : ContextScope{Context{new HookEntry{hook, Entry::current()}, Context::current_label()}},
      hook_{std::move(hook)} {}

std::exception_ptr ExceptionStackContext::handle(std::exception_ptr error) const {
    return ask(*hook_, std::move(error));
}

std::exception_ptr handle_exception(std::exception_ptr error) noexcept {
    const auto chain = Context::capture();  // kept, whatever the hooks do to the current context
    const auto* entry = static_cast<const Entry*>(chain.values());
    for (; entry != nullptr && error != nullptr; entry = entry->outer()) {
        if (entry->key() == nullptr) {
            error = ask(static_cast<const HookEntry*>(entry)->hook(), std::move(error));
        }
    }
    return error;
}

}  // namespace tornado::stack_context
