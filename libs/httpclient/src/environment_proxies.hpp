#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "digest.hpp"
#include "tornado/httpclient/url.hpp"

namespace tornado::httpclient {

/// An HTTP proxy, and who one is to it.
struct Proxy {
    std::string host;
    int port = 0;
    std::optional<Credentials> credentials = std::nullopt;
    bool digest = false;  ///< credentials are shown by the digest scheme, not the basic one
};

/// The proxies that environment variables name, as curl reads them: `http_proxy`, `https_proxy` or
/// `HTTPS_PROXY`, `all_proxy` or `ALL_PROXY`, but for hosts in `no_proxy` or `NO_PROXY`.
/// `HTTP_PROXY` is none of them, as a CGI program's client sets that by a header field.
class EnvironmentProxies {
public:
    using Look = std::function<const char*(const char* name)>;

    /// Reads the variables. Throws std::invalid_argument for one whose value is no HTTP proxy's
    /// URL.
    EnvironmentProxies();
    explicit EnvironmentProxies(const Look& look);

    /// The proxy for a URL, or null.
    [[nodiscard]] const Proxy* find(const Url& url) const;

private:
    [[nodiscard]] bool is_spared(const std::string& host) const;

    std::optional<Proxy> http_;
    std::optional<Proxy> https_;
    std::vector<std::string> spared_;  ///< without their dots in front
    bool spares_all_ = false;
};

}  // namespace tornado::httpclient
