#include "tornado/log/level.hpp"

#include <algorithm>

namespace tornado::log {

namespace {

constexpr Level levels[] =
    {Level::debug, Level::info, Level::warning, Level::error, Level::critical};

char to_upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace

std::string_view level_name(Level level) noexcept {
    switch (level) {
        case Level::debug:
            return "DEBUG";
        case Level::info:
            return "INFO";
        case Level::warning:
            return "WARNING";
        case Level::error:
            return "ERROR";
        case Level::critical:
            return "CRITICAL";
    }
    return "UNKNOWN";
}

std::optional<Level> parse_level(std::string_view name) noexcept {
    for (const auto level : levels) {
        const auto known = level_name(level);
        if (std::equal(name.begin(), name.end(), known.begin(), known.end(), [](char a, char b) {
                return to_upper(a) == b;
            })) {
            return level;
        }
    }
    return std::nullopt;
}

}  // namespace tornado::log
