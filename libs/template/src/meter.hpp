#pragma once

#include <cstddef>
#include <cstdint>

namespace tornado::templating::detail {

/// What the render that runs on this thread may still use.
struct Meter {
    std::uint64_t steps_left = 0;
    bool is_limited = false;
    unsigned depth = 0;  ///< of functions that walk nested values, and of calls within calls
    const char* stack = nullptr;  ///< where the outermost of these stands
};

/// How many elements or bytes a list or text may have.
inline constexpr std::size_t greatest_size = std::size_t{1} << 30U;

inline thread_local constinit Meter this_meter;

[[nodiscard]] inline Meter& meter() noexcept {
    return this_meter;
}

[[noreturn]] void steps_exhausted();
[[noreturn]] void size_exceeded(std::size_t size);

/// Takes so many steps from the render's limit. Throws Error when none are left.
inline void charge(std::size_t steps) {
    auto& now = meter();
    if (now.is_limited) {
        if (now.steps_left < steps) {
            steps_exhausted();
        }
        now.steps_left -= steps;
    }
}

/// One more step in a text or list that grows and has this size now. Throws Error as charge() and
/// charge_for_size() do.
inline void charge_for_growth(std::size_t size) {
    if (size > greatest_size) {
        size_exceeded(size);
    }
    charge(1);
}

/// To be called before a text or list of so many elements is made. Throws Error (MemoryError) when
/// that is beyond reason, or the render's limit.
inline void charge_for_size(std::size_t size) {
    if (size > greatest_size) {
        size_exceeded(size);
    }
    charge(size / 64);
}

/// One more level of a nested value, or a call within a call. Throws Error (RecursionError) when
/// there are too many, or when they have taken too much of the stack: an expression in between may
/// be high.
class Nested {
public:
    Nested();
    ~Nested() { --meter().depth; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;
};

}  // namespace tornado::templating::detail
