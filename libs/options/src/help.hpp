#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tornado::options {

/// What the help says of one option.
struct HelpEntry {
    std::string group;
    std::string name;  ///< with its metavar, such as `port=INTEGER`
    std::string text;  ///< the help, and the default in parentheses
};

/// The help page: usage, then the options by group, those without a group first. The entries come
/// sorted by name.
[[nodiscard]] std::string
format_help(std::string_view program, const std::vector<HelpEntry>& entries);

}  // namespace tornado::options
