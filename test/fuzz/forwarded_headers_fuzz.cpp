// Any bytes as what a client says of where it comes from: whatever it is, it changes nothing about
// what the proxy behind it says.
#include <tornado/httputil/http_headers.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "proxy_headers.hpp"
#include "support.hpp"

namespace {

namespace httpserver = tornado::httpserver;
using tornado::httputil::HTTPHeaders;
using tornado::tcpserver::TrustedPeers;

constexpr const char* stranger = "203.0.113.9";

/// What the client has written, and then a proxy: on a line of its own, or on the client's.
HTTPHeaders
fields(const char* name, const std::string& client, const std::string& proxy, bool own) {
    HTTPHeaders headers;
    if (own) {
        headers.add(name, client);
        headers.add(name, proxy);
    } else {
        headers.add(name, client + ", " + proxy);
    }
    return headers;
}

void check_xheaders(const std::string& client, const TrustedPeers& trusted, bool own) {
    const std::string address{stranger};
    for (const auto& proxies :
         {address, address + ", 10.0.0.1", address + ":80,10.0.0.2 , 10.0.0.1"}) {
        const auto headers = fields("X-Forwarded-For", client, proxies, own);
        const auto origin = httpserver::origin_from_xheaders(headers, trusted);
        require(origin.remote_ip == stranger, "X-Forwarded-For is read from its end");
    }
    const auto real_ip = fields("X-Real-Ip", client, address, true);
    require(
        httpserver::origin_from_xheaders(real_ip, trusted).remote_ip == stranger,
        "the last X-Real-Ip counts"
    );
    const auto protocol = fields("X-Forwarded-Proto", client, "https", own);
    require(
        httpserver::origin_from_xheaders(protocol, trusted).protocol == "https",
        "X-Forwarded-Proto is read from its end"
    );
}

void check_forwarded(const std::string& client, const TrustedPeers& trusted, bool own) {
    const std::string element = std::string{"for=\""} + stranger + ":80\";proto=https";
    for (const auto& proxies :
         {element,
          element + ", for=10.0.0.1",
          element + ";host=\"a,\\\"b\" , For=\"10.0.0.2:1\""}) {
        const auto headers = fields("Forwarded", client, proxies, own);
        const auto origin = httpserver::origin_from_forwarded(headers, trusted);
        require(origin.remote_ip == stranger, "Forwarded is read from its end");
        require(origin.protocol == "https", "and with it what belongs to it");
    }
}

/// Nothing but the client's own words: they may say anything, in the form of an address.
void check_alone(const std::string& client, const TrustedPeers& trusted) {
    HTTPHeaders headers;
    for (const auto* name : {"Forwarded", "X-Forwarded-For", "X-Real-Ip", "X-Scheme"}) {
        headers.add(name, client);
    }
    for (const auto& origin :
         {httpserver::origin_from_xheaders(headers, trusted),
          httpserver::origin_from_forwarded(headers, trusted)}) {
        const auto& ip = origin.remote_ip;
        require(
            ip.empty() || ip == "unknown" || !tornado::netutil::Address{ip, 0}.empty(),
            "an origin is an address"
        );
        require(
            origin.protocol.empty() || origin.protocol == "http" || origin.protocol == "https",
            "a protocol is one of two"
        );
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const TrustedPeers trusted{{"127.0.0.1", "10.0.0.0/8", "unix"}};
    const auto client = as_value({reinterpret_cast<const char*>(data), size});
    for (const bool own : {false, true}) {
        check_xheaders(client, trusted, own);
        check_forwarded(client, trusted, own);
    }
    check_alone(client, trusted);
    return 0;
}
