#pragma once

#include <chrono>
#include <cstdint>
#include <string>

/// A line on a terminal that says how much of a body has come, and how fast. Short downloads need
/// none.
class Progress {
public:
    /// `length`: what the Content-Length field says, if anything.
    Progress(bool shown, const std::string& length);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void add(std::size_t size);

private:
    using Clock = std::chrono::steady_clock;
    void draw(Clock::time_point now);

    bool shown_;
    bool drawn_ = false;
    std::uint64_t all_ = 0;  ///< bytes; 0: unknown
    std::uint64_t come_ = 0;
    Clock::time_point began_ = Clock::now();
    Clock::time_point next_ = began_ + std::chrono::milliseconds{500};
};
