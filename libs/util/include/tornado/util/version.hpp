#pragma once

#include <array>
#include <string_view>

namespace tornado {

/// The library's version, such as "0.1.0". Mirrors `tornado.version`.
inline constexpr std::string_view version = "0.1.0";

/// Major, minor, patch, and 0 for a release, less for what precedes it. Mirrors
/// `tornado.version_info`.
inline constexpr std::array<int, 4> version_info{0, 1, 0, 0};

}  // namespace tornado
