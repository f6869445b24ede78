#pragma once

#include <cstdint>
#include <string_view>

namespace tornado::httputil {

/// A header field that servers, clients or handlers look at often, as a small number; `other` is
/// any other.
///
/// HTTPHeaders finds the number when a field arrives, so that asking for a known field compares no
/// text.
enum class KnownHeader : std::uint8_t {
    // clang-format off
    other, accept, accept_charset, accept_encoding, accept_language, accept_ranges, age, allow,
    authorization, cache_control, connection, content_disposition, content_encoding,
    content_language, content_length, content_range, content_type, cookie, date, etag, expect,
    expires, forwarded, host, if_match, if_modified_since, if_none_match, if_range,
    if_unmodified_since, keep_alive, last_event_id, last_modified, location, origin, pragma,
    proxy_authorization, range, referer, retry_after, sec_websocket_accept,
    sec_websocket_extensions, sec_websocket_key, sec_websocket_protocol, sec_websocket_version,
    server, set_cookie, strict_transport_security, te, trailer, transfer_encoding, upgrade,
    user_agent, vary, via, www_authenticate, x_csrftoken, x_forwarded_for, x_forwarded_host,
    x_forwarded_proto, x_real_ip, x_requested_with, x_scheme, x_xsrftoken,
    // clang-format on
};

/// How many values KnownHeader has, `other` included.
inline constexpr int known_header_count = 63;
static_assert(known_header_count <= 64);  // HTTPHeaders notes with a bit each which are there

/// The number of `name`, in whatever case, or KnownHeader::other.
[[nodiscard]] KnownHeader known_header(std::string_view name) noexcept;

/// The name of `header` as Tornado spells it ("Etag", "Www-Authenticate"); empty for
/// KnownHeader::other.
[[nodiscard]] std::string_view header_name(KnownHeader header) noexcept;

}  // namespace tornado::httputil
