#pragma once

#include <utility>

namespace tornado::util {

/// Runs a function when the scope ends, however it ends.
///
///     ScopeExit restore{[&] { current = previous; }};
template <typename F>
class [[nodiscard]] ScopeExit {
public:
    explicit ScopeExit(F function) : function_{std::move(function)} {}
    ScopeExit(const ScopeExit&) = delete;
    ScopeExit& operator=(const ScopeExit&) = delete;
    ~ScopeExit() {
        if (armed_) {
            function_();
        }
    }

    /// Forgets the function: nothing runs at the end of the scope.
    void release() noexcept { armed_ = false; }

private:
    F function_;
    bool armed_ = true;
};

}  // namespace tornado::util
