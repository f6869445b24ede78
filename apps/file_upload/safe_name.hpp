#pragma once

#include <string>
#include <string_view>

namespace upload {

/// The name for a file that a client calls `name`: the last part of it, if it is a path of whatever
/// system, without what hides a file, leads elsewhere, misleads a reader or is forbidden somewhere.
/// Never empty, at most 200 bytes of UTF-8; the ending stays.
[[nodiscard]] std::string safe_name(std::string_view name);

/// The `number`th name for the same: "photo (2).jpg".
[[nodiscard]] std::string numbered_name(const std::string& name, int number);

}  // namespace upload
