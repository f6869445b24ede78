#pragma once

#include <cstdint>
#include <string_view>

#include "tornado/httputil/request_head.hpp"
#include "tornado/util/result.hpp"

namespace tornado::httputil {

/// The parts of a request's target, as views into it.
struct Target {
    enum class Form : std::uint8_t { origin, absolute, authority, asterisk };

    Form form = Form::origin;
    std::string_view scheme;     ///< "http" or "https" as sent; empty unless the form is absolute
    std::string_view authority;  ///< host and port; empty when the target names none
    /// "/" for an absolute form that has none; "*" for the asterisk form, and for OPTIONS of an
    /// absolute form that has neither path nor query (RFC 9112, 3.2.4)
    std::string_view path;
    std::string_view query;  ///< without the "?"
};

/// Takes a target apart by the rules of RFC 9112, 3.2: the authority form goes only with CONNECT,
/// the asterisk form only with OPTIONS. Beyond the bytes of RFC 3986 a path may hold `^` and `|`,
/// and a query also `\`, `` ` ``, `{`, `}` and bytes of 0x80 and more, as browsers or curl send
/// these as they are; percent signs need not begin an escape. Fails with Errc::malformed_target, or
/// Errc::malformed_host for a bad authority.
[[nodiscard]] Result<Target> parse_target(std::string_view method, std::string_view target);

/// The request's target with its authority: that of an absolute or authority form, else the Host
/// field, empty when an HTTP/1.0 request has none. Fails as parse_target() does, and with
/// Errc::missing_host or malformed_host: also for a Host field that is empty.
[[nodiscard]] Result<Target> request_target(const RequestHead& head);

/// Whether `host` is `uri-host[:port]` (RFC 3986, 3.2.2), or empty.
[[nodiscard]] bool is_valid_host(std::string_view host) noexcept;

}  // namespace tornado::httputil
