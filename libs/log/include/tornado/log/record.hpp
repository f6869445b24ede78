#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "tornado/log/level.hpp"

namespace tornado::log {

/// One logged message and what is known about it.
struct Record {
    Level level = Level::info;
    std::string_view logger = {};  ///< the logger's name; lives as long as the process
    std::chrono::system_clock::time_point time{};
    std::string message{};       ///< as it was logged: any bytes, of any number of lines
    const char* file = nullptr;  ///< the source file it came from, or null when that is not known
    int line = 0;
};

}  // namespace tornado::log
