#include "progress.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <utility>

namespace uploader {

using namespace std::chrono_literals;

std::string size_text(std::uint64_t bytes) {
    if (bytes < 1000) {
        return std::to_string(bytes) + " B";
    }
    constexpr std::array units{"kB", "MB", "GB", "TB"};
    auto size = static_cast<double>(bytes) / 1000;
    std::size_t unit = 0;
    for (; size >= 999.95 && unit + 1 < units.size(); ++unit) {
        size /= 1000;
    }
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f %s", size, units[unit]);
    return text.data();
}

Progress::Progress(std::string what, std::uint64_t all)
    : what_{std::move(what)},
      all_{all},
      shown_{::isatty(STDERR_FILENO) == 1} {}

Progress::~Progress() {
    if (drawn_) {
        draw(Clock::now());
        std::fprintf(stderr, "\n");
    }
}

void Progress::add(std::uint64_t bytes) {
    sent_ += bytes;
    const auto now = Clock::now();
    if (shown_ && now >= next_) {
        next_ = now + 100ms;
        draw(now);
    }
}

void Progress::draw(Clock::time_point now) {
    drawn_ = true;
    constexpr std::size_t width = 30;
    const auto part = all_ == 0 ? 1.0 : static_cast<double>(sent_) / static_cast<double>(all_);
    const auto full = static_cast<std::size_t>(part * width);
    const auto bar = std::string(full, '#') + std::string(width - full, '.');
    const std::chrono::duration<double> seconds = now - begun_ + 1ms;
    const auto rate = static_cast<std::uint64_t>(static_cast<double>(sent_) / seconds.count());
    std::fprintf(
        stderr,
        "\r\033[K%s [%s] %3.0f %%  %s of %s, %s/s",
        what_.c_str(),
        bar.c_str(),
        part * 100,
        size_text(sent_).c_str(),
        size_text(all_).c_str(),
        size_text(rate).c_str()
    );
    std::fflush(stderr);
}

}  // namespace uploader
