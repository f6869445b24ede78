#pragma once

#include <string>

namespace blog {

/// All of a file. Throws std::system_error when it cannot be read.
[[nodiscard]] std::string read_whole_file(const std::string& path);

/// Writes a file beside, sees that the disk has it, and gives it the name: whoever looks, after a
/// crash too, finds the old file or the new one. Only the owner may read it. Throws
/// std::system_error when that cannot be.
void write_whole_file(const std::string& path, const std::string& text);

}  // namespace blog
