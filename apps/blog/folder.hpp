#pragma once

#include <string>

namespace blog {

/// The URL of a database of SQLite in a folder. The folder is made, for its owner alone, if it is
/// not there, and so is the file; one that is there already stays as open as its owner has it.
/// Throws std::system_error when they cannot be made.
[[nodiscard]] std::string url_of_file(const std::string& folder, const std::string& name);

}  // namespace blog
