#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>

namespace tornado::ioloop {

/// An operation took longer than it was allowed to. Mirrors `tornado.util.TimeoutError`.
class TimeoutError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

using Clock = std::chrono::steady_clock;
using Duration = Clock::duration;
using TimePoint = Clock::time_point;

/// Names a timeout, to take it back. Default-constructed it names none.
class Timeout {
public:
    Timeout() = default;

private:
    friend class IOLoop;
    friend class TimerHeap;
    Timeout(std::uint32_t slot, std::uint32_t generation) : slot_{slot}, generation_{generation} {}
    std::uint32_t slot_ = 0;
    std::uint32_t generation_ = 0;
};

}  // namespace tornado::ioloop
