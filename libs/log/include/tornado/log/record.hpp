#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/log/level.hpp"

namespace tornado::log {

/// The text of one field of a program's own: see LogField.
struct FieldText {
    std::string_view name = {};  ///< lives as long as the formatter
    std::string text = {};
};

/// One logged message and what is known about it.
struct Record {
    Level level = Level::info;
    std::string_view logger = {};  ///< the logger's name; lives as long as the process
    std::chrono::system_clock::time_point time{};
    std::string message{};       ///< as it was logged: any bytes, of any number of lines
    const char* file = nullptr;  ///< the source file it came from, or null when that is not known
    int line = 0;
    /// What Handler::capture() has put by for later; empty while the record is still in the thread
    /// that logs.
    std::vector<FieldText> fields{};
};

}  // namespace tornado::log
