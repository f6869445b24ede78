#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tornado/util/result.hpp"

namespace tornado::httpclient {

/// The parts of an http or https URL that a client needs.
struct Url {
    bool secure = false;  ///< https
    int port = 80;
    std::string host;       ///< in lower case, an IPv6 address without its brackets
    std::string authority;  ///< host and port as written, without userinfo: the Host field
    std::string target;     ///< path and query, with what must not be sent percent-encoded
    std::string userinfo;   ///< as written, before the "@"
    bool has_userinfo = false;

    /// Whether credentials for the one may be sent to the other.
    [[nodiscard]] bool same_origin(const Url& other) const noexcept {
        return secure == other.secure && port == other.port && host == other.host;
    }
};

/// Takes a URL apart, by RFC 3986. Spaces and bytes beyond ASCII in path and query are encoded,
/// which many write as they are. Throws std::invalid_argument with a sentence: for another scheme,
/// a bad host or port, or a control character.
[[nodiscard]] Url parse_url(std::string_view text);

/// How much of an absolute URL are its scheme and authority: what tells where it leads.
[[nodiscard]] std::size_t origin_length(std::string_view url) noexcept;

/// The target of a request, made of what follows a URL's authority as parse_url() does: a part of
/// that, unless it takes another spelling, which is made in `room`. Throws std::invalid_argument
/// for a control character.
[[nodiscard]] std::string_view target_of(std::string_view rest, std::string& room);

/// What `reference` (a Location field, say) means seen from `base`, an absolute URL (RFC
/// 3986, 5.2).
[[nodiscard]] std::string resolve_url(std::string_view base, std::string_view reference);

/// `url` without its userinfo.
[[nodiscard]] std::string without_userinfo(std::string_view url);

}  // namespace tornado::httpclient
