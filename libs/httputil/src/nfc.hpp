#pragma once

#include <string>
#include <string_view>

namespace tornado::httputil {

/// The text in Unicode's normalization form C (UAX 15): what looks the same is then the same.
/// What is not UTF-8 stays as it is. The tables are those of Unicode 14.0.
[[nodiscard]] std::string to_nfc(std::string_view utf8);

}  // namespace tornado::httputil
