#include "tornado/httpclient/proxy.hpp"

#include <algorithm>
#include <stdexcept>

#include "tornado/escape/url.hpp"
#include "tornado/httpclient/url.hpp"
#include "tornado/httputil/arguments.hpp"

namespace tornado::httpclient {

namespace {

constexpr int usual_port = 1080;  // curl's

}  // namespace

Proxy parse_proxy(std::string_view text) {
    const std::string given{text};
    const auto url = parse_url(text.find("://") == text.npos ? "http://" + given : given);
    if (url.secure) {
        throw std::invalid_argument{
            "a proxy is spoken to without TLS: its URL is no https:// one, as " +
            without_userinfo(given) + " is"};
    }
    const bool has_port = httputil::split_host_and_port(url.authority).port.has_value();
    Proxy proxy{url.host, has_port ? url.port : usual_port};
    if (url.has_userinfo) {
        const auto colon = std::min(url.userinfo.find(':'), url.userinfo.size());
        const auto password = url.userinfo.substr(std::min(colon + 1, url.userinfo.size()));
        proxy.credentials = Credentials{
            escape::url_unescape(url.userinfo.substr(0, colon), false),
            escape::url_unescape(password, false)};
    }
    return proxy;
}

}  // namespace tornado::httpclient
