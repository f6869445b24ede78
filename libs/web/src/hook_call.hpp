#pragma once

#include <cstdint>

namespace tornado::web::detail {

/// What is called of a handler and may come to ask for what it is to answer.
enum class Hook : std::uint8_t {
    set_default_headers = 1,
    write_error = 2,
    before_headers = 4,
    get_current_user = 8,
    get_user_locale = 16,
    get_template_namespace = 32
};

/// Those that are being called.
class HooksCalled {
public:
    [[nodiscard]] bool has(Hook hook) const noexcept {
        return (bits_ & static_cast<std::uint8_t>(hook)) != 0;
    }

private:
    friend class HookCall;
    std::uint8_t bits_ = 0;
};

/// One call, as long as it lasts. A call within a call of the same hook would go on without end:
/// whoever begins one does something else when it is nested.
class [[nodiscard]] HookCall {
public:
    HookCall(HooksCalled& called, Hook hook) noexcept
        : called_{called},
          before_{called},
          is_nested_{called.has(hook)} {
        called_.bits_ = static_cast<std::uint8_t>(called.bits_ | static_cast<std::uint8_t>(hook));
    }
    HookCall(const HookCall&) = delete;
    HookCall& operator=(const HookCall&) = delete;
    ~HookCall() { called_ = before_; }

    [[nodiscard]] bool is_nested() const noexcept { return is_nested_; }

private:
    HooksCalled& called_;
    HooksCalled before_;
    bool is_nested_;
};

}  // namespace tornado::web::detail
