#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tornado/httputil/http_connection.hpp"
#include "tornado/tcpserver/trusted_peers.hpp"

namespace tornado::httpserver {

/// Where a request comes from, by the word of the proxies on its way.
struct Origin {
    std::string remote_ip;      ///< empty: as the connection says
    std::string_view protocol;  ///< "http" or "https"; empty: as the connection says
};

/// Reads X-Real-Ip, or X-Forwarded-For from its end up to the first address that is no trusted
/// proxy's; and X-Scheme, or the last of X-Forwarded-Proto.
[[nodiscard]] Origin
origin_from_xheaders(const httputil::HTTPHeaders& headers, const tcpserver::TrustedPeers& trusted);

/// Reads Forwarded (RFC 7239) from its end up to the first element whose `for` is no trusted proxy.
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
