#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tornado::httpclient {

/// A user's name and password.
struct Credentials {
    std::string name;
    std::string password;
    bool operator==(const Credentials&) const = default;
};

/// An HTTP proxy, and who one is to it.
struct Proxy {
    std::string host;
    int port = 0;
    std::optional<Credentials> credentials = std::nullopt;
    bool digest = false;  ///< credentials are shown by the digest scheme, not the basic one
};

/// Takes a proxy's URL apart as curl does: "http://user:password@host:3128", with what needs it
/// percent-encoded, "host:3128", or just "host", whose port is then 1080. Throws
/// std::invalid_argument, with a sentence, for what is no URL of an HTTP proxy: one of https:// or
/// socks5://, among others.
///
///     const auto proxy = httpclient::parse_proxy("me:p%40ss@proxy.example.com:3128");
///     request.proxy(proxy.host, proxy.port);
[[nodiscard]] Proxy parse_proxy(std::string_view text);

}  // namespace tornado::httpclient
