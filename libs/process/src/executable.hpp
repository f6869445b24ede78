#pragma once

#include <string>

namespace tornado::process {

/// Whether the file can be executed as it is: nobody has it open for writing, and if it is an ELF
/// file, it is as long as it says. (A program that is being linked or copied is not, at times.)
[[nodiscard]] bool is_complete_executable(const std::string& path);

}  // namespace tornado::process
