// Any bytes as a PROXY header: what is told of them does not depend on how many have come, and
// whatever is accepted lies within the limits.
#include <tornado/tcpserver/proxy_protocol.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include "support.hpp"

namespace {

using tornado::tcpserver::parse_proxy_header;
using tornado::tcpserver::ProxyHeader;

/// Parses a copy that ends where its allocation ends, so that a sanitizer sees a byte read too
/// many.
tornado::Result<std::optional<ProxyHeader>> parse(std::string_view bytes) {
    const auto copy = std::make_unique<char[]>(bytes.size());
    if (!bytes.empty()) {
        std::memcpy(copy.get(), bytes.data(), bytes.size());
    }
    return parse_proxy_header({copy.get(), bytes.size()});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t most_bytes = 2048;
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    const auto whole = parse(bytes);
    const bool complete = whole.has_value() && (*whole).has_value();
    if (whole.has_value() && !complete) {
        require(size < most_bytes, "a header ends");
    }
    if (complete) {
        const auto& header = **whole;
        require(header.size > 0 && header.size <= size, "a header lies within the input");
        require(header.size <= most_bytes, "a header is not too long");
        require(
            header.source.empty() == header.destination.empty(), "there are both addresses or none"
        );
        const auto alone = parse(bytes.substr(0, header.size));
        require(
            alone.has_value() && (*alone).has_value() && (**alone).source == header.source,
            "what follows does not matter"
        );
    }
    const auto most = complete ? (**whole).size : std::min(size, most_bytes + 1);
    for (std::size_t part = 0; part < most; ++part) {
        const auto parsed = parse(bytes.substr(0, part));
        if (whole.has_value()) {
            require(parsed.has_value() && !*parsed, "a part of a header is incomplete");
        } else {
            require(parsed.has_error() || !*parsed, "a part of what is wrong is not right");
        }
    }
    return 0;
}
