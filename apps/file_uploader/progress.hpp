#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace uploader {

/// "12.3 MB".
[[nodiscard]] std::string size_text(std::uint64_t bytes);

/// Shows on a terminal how much has been sent: a line that is drawn anew, ten times a second.
class Progress {
public:
    Progress(std::string what, std::uint64_t all);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void add(std::uint64_t bytes);

private:
    using Clock = std::chrono::steady_clock;

    void draw(Clock::time_point now);

    std::string what_;
    std::uint64_t all_;
    std::uint64_t sent_ = 0;
    bool shown_;
    bool drawn_ = false;
    Clock::time_point begun_ = Clock::now();
    Clock::time_point next_ = begun_;
};

}  // namespace uploader
