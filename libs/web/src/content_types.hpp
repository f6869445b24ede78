#pragma once

#include <string_view>

namespace tornado::web {

/// The media type of a file by the end of its name; "application/octet-stream" for what is unknown.
[[nodiscard]] std::string_view guess_content_type(std::string_view path) noexcept;

}  // namespace tornado::web
