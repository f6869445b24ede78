#include "progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

Progress::Progress(bool shown, const std::string& length) : shown_{shown} {
    std::from_chars(length.data(), length.data() + length.size(), all_);
}

Progress::~Progress() {
    if (drawn_) {
        draw(Clock::now());
        std::fprintf(stderr, "\n");
    }
}

void Progress::add(std::size_t size) {
    come_ += size;
    if (!shown_) {
        return;
    }
    if (const auto now = Clock::now(); now >= next_) {
        next_ = now + std::chrono::milliseconds{100};
        drawn_ = true;
        draw(now);
    }
}

namespace {

/// A line that is longer than the terminal is wide would not be drawn over.
std::uint64_t bar_width() {
    constexpr int widest = 40;
    constexpr int numbers = 36;  // what stands beside it
    winsize window{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0) {
        return widest;
    }
    return static_cast<std::uint64_t>(std::clamp(window.ws_col - numbers, 1, widest));
}

}  // namespace

void Progress::draw(Clock::time_point now) {
    const auto megabytes = static_cast<double>(come_) / 1e6;
    const std::chrono::duration<double> took = now - began_;
    const auto speed = megabytes / std::max(took.count(), 1e-3);
    if (all_ == 0) {
        std::fprintf(stderr, "\r%.1f MB, %.1f MB/s   ", megabytes, speed);
        return;
    }
    const auto width = bar_width();
    const auto part = static_cast<std::size_t>(std::min(come_ * width / all_, width));
    const auto bar = std::string(part, '#') + std::string(width - part, '.');
    const auto percent = static_cast<unsigned>(std::min<std::uint64_t>(come_ * 100 / all_, 100));
    std::fprintf(
        stderr, "\r[%s] %3u %%, %.1f MB, %.1f MB/s   ", bar.c_str(), percent, megabytes, speed
    );
}
