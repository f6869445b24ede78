#pragma once

#include <string>
#include <vector>

/// Where a child process writes to.
struct ProgramOptions {
    bool on_terminal = false;    ///< stderr is one, instead of a pipe
    const char* term = nullptr;  ///< the environment's TERM; null for none
};

/// What a child process wrote to stderr, and how it ended.
struct Outcome {
    std::string output;
    int status = -1;
};

/// Calls main()'s form of parse_command_line in a child, which then logs what it got, and as many
/// lines more as its option --lines says, and ends with 0.
Outcome run(std::vector<std::string> args, const ProgramOptions& options = {});
