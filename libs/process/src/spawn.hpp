#pragma once

#include <sys/types.h>

#include <array>
#include <string>
#include <vector>

#include "tornado/process/subprocess.hpp"

namespace tornado::process {

/// What becomes descriptor 0, 1 and 2 of a new process; -1: the program's own.
using StandardDescriptors = std::array<int, 3>;

/// For the third: the same as the second.
inline constexpr int same_as_stdout = -2;

/// Starts a program. Throws as Subprocess does.
[[nodiscard]] pid_t spawn(
    const std::vector<std::string>& args,
    const SubprocessOptions& options,
    const StandardDescriptors& descriptors
);

}  // namespace tornado::process
