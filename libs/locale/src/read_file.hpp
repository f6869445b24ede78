#pragma once

#include <filesystem>
#include <string>

#include "tornado/util/result.hpp"

namespace tornado::locale {

/// All of a file. Fails with the system's error, or with Errc::too_large when it has more than
/// max_translations_size bytes.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path);

}  // namespace tornado::locale
