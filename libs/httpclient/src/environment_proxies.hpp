#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <variant>
#include <vector>

#include "tornado/httpclient/proxy.hpp"
#include "tornado/httpclient/url.hpp"

namespace tornado::httpclient {

/// The proxies that environment variables name, as curl reads them: `http_proxy`, `https_proxy` or
/// `HTTPS_PROXY`, `all_proxy` or `ALL_PROXY`, but for hosts in `no_proxy` or `NO_PROXY`.
/// `HTTP_PROXY` is none of them, as a CGI program's client sets that by a header field.
class EnvironmentProxies {
public:
    using Look = std::function<const char*(const char* name)>;

    /// Reads the variables.
    EnvironmentProxies();
    explicit EnvironmentProxies(const Look& look);

    /// The proxy for a URL, or null. Throws std::invalid_argument if the variable's value is no
    /// URL of an HTTP proxy.
    [[nodiscard]] const Proxy* find(const Url& url) const;

private:
    /// A proxy, or why the variable names none.
    using Named = std::variant<std::monostate, Proxy, std::string>;

    [[nodiscard]] static Named read(const Look& look, std::initializer_list<const char*> names);
    [[nodiscard]] bool is_spared(const std::string& host) const;

    Named http_;
    Named https_;
    std::vector<std::string> spared_;  ///< without their dots in front
    bool spares_all_ = false;
};

}  // namespace tornado::httpclient
