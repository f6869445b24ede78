#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace tornado::process::tool {

/// What the command line asks for.
struct CommandLine {
    std::string build;  ///< the shell's command to run before each start; empty for none
    std::chrono::milliseconds grace = std::chrono::seconds{5};
    bool help = false;
    bool until_success = false;
    std::vector<std::string> watch;
    std::vector<std::string> program;  ///< and its arguments; empty only with `help`
};

/// Throws std::invalid_argument, with a sentence for the user, when it cannot be understood.
[[nodiscard]] CommandLine parse(const std::vector<std::string>& arguments);

/// What `--help` prints.
extern const char* const usage;

}  // namespace tornado::process::tool
