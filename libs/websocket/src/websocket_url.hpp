#pragma once

#include <string_view>

#include "tornado/httpclient/url.hpp"

namespace tornado::websocket {

/// Takes a ws: or wss: URL apart (RFC 6455, 3), as httpclient::parse_url() does with those of HTTP.
/// Throws std::invalid_argument with a sentence: also for another scheme and for a fragment.
[[nodiscard]] httpclient::Url parse_websocket_url(std::string_view text);

}  // namespace tornado::websocket
