#pragma once

#include <string>

namespace tornado::util {

/// The path as it is named from anywhere, for a file that is opened again after the program may
/// have changed its folder. As given, where the present folder cannot be found out.
[[nodiscard]] std::string absolute_path(const std::string& path);

}  // namespace tornado::util
