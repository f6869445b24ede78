#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tornado/httputil/http_connection.hpp"
#include "tornado/tcpserver/trusted_peers.hpp"

namespace tornado::httpserver {

/// Where a request comes from, by the word of the proxies on its way.
struct Origin {
    std::string remote_ip;      ///< empty: as the connection says; "unknown": no proxy, but who?
    std::string_view protocol;  ///< "http" or "https"; empty: as the connection says
};

/// Reads the last X-Real-Ip, or X-Forwarded-For from its end up to the first address that is no
/// trusted proxy's or to what is no address; and X-Scheme, or the last of X-Forwarded-Proto. These
/// lists know no quotes: commas alone separate.
[[nodiscard]] Origin
origin_from_xheaders(const httputil::HTTPHeaders& headers, const tcpserver::TrustedPeers& trusted);

/// Reads Forwarded (RFC 7239) from its last line's end up to the first element whose `for` is no
/// trusted proxy. Where that is no address the client is unknown.
[[nodiscard]] Origin
origin_from_forwarded(const httputil::HTTPHeaders& headers, const tcpserver::TrustedPeers& trusted);

/// Corrects the origin of requests that come through proxies, and hands them on.
class ProxyHeaders final : public httputil::HTTPServerConnectionDelegate {
public:
    using Read =
        Origin (*)(const httputil::HTTPHeaders& headers, const tcpserver::TrustedPeers& trusted);

    ProxyHeaders(
        httputil::HTTPServerConnectionDelegate& inner,
        Read read,
        const std::vector<std::string>& trusted
    )
        : inner_{inner},
          read_{read},
          trusted_{trusted} {}

    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection& exchange
    ) override;

private:
    class Request;

    httputil::HTTPServerConnectionDelegate& inner_;
    Read read_;
    tcpserver::TrustedPeers trusted_;
};

}  // namespace tornado::httpserver
