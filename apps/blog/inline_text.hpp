#pragma once

#include <string>
#include <string_view>

namespace blog {

/// The marks within a block of text as HTML: see markdown().
[[nodiscard]] std::string inline_html(std::string_view text);
/// The text without them.
[[nodiscard]] std::string plain_text(std::string_view text);

/// Whether it is an address that a link may lead to: http, https or mailto, and nothing in it that
/// does not belong there.
[[nodiscard]] bool is_safe_address(std::string_view address);

}  // namespace blog
