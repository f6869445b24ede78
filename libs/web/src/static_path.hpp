#pragma once

#include <string>
#include <string_view>

namespace tornado::web {

/// Whether normalized_path() would change nothing, as with nearly all paths.
[[nodiscard]] bool is_normalized(std::string_view path) noexcept;

/// The path without "." and ".." parts and doubled slashes, as Python's os.path.normpath makes it.
/// Only a relative one may begin with ".." parts.
[[nodiscard]] std::string normalized_path(std::string_view path);

/// `path` from `root`, or as it is when it begins with a slash; normalized.
[[nodiscard]] std::string joined_path(std::string_view root, std::string_view path);

/// Whether the end of `path`, as a client has sent it, says that a folder is meant: "a/", "a/.".
[[nodiscard]] bool is_of_folder(std::string_view path) noexcept;

/// Whether `path` is `root` or below it; both are normalized.
[[nodiscard]] bool is_inside(std::string_view root, std::string_view path) noexcept;

}  // namespace tornado::web
