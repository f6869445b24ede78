// Any bytes as a URL, and as the Location field that answers a request: what is taken for a URL
// leads to one place, whoever reads it, and makes a request's target that splits none; a redirect
// takes credentials to nobody else.
#include <tornado/httpclient/proxy.hpp>
#include <tornado/httpclient/redirect.hpp>
#include <tornado/httpclient/url.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "support.hpp"

namespace {

namespace httpclient = tornado::httpclient;

std::optional<httpclient::Url> parsed(std::string_view text) {
    try {
        return httpclient::parse_url(text);
    } catch (const std::invalid_argument&) {
        return std::nullopt;
    }
}

bool may_be_sent(std::string_view text) {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f) {
            return false;
        }
    }
    return true;
}

void check(const httpclient::Url& url) {
    require(!url.host.empty(), "a URL has a host");
    require(url.port > 0 && url.port < 65536, "and a port that there is");
    require(url.target.starts_with('/'), "its target is a path");
    require(may_be_sent(url.target), "which stays one word of a request line");
    require(may_be_sent(url.authority), "as does the Host field");
    require(url.authority.find('@') == url.authority.npos, "which tells no password");
    const auto again = parsed((url.secure ? "https://" : "http://") + url.authority + url.target);
    require(again.has_value(), "what is asked for is a URL");
    require(again->same_origin(url), "of the same place");
    require(again->target == url.target, "and the same target");
}

void check_redirect(std::string_view base, std::string_view location) {
    httpclient::HTTPRequest request{std::string{base}};
    request.header("Authorization", "secret").header("Cookie", "secret");
    const auto from = httpclient::parse_url(base);
    if (!httpclient::leads_somewhere(request, location)) {
        return;
    }
    bool credentials = true;
    httpclient::follow_redirect(request, 302, location, credentials);
    const auto to = httpclient::parse_url(request.url());
    check(to);
    const bool same = to.same_origin(from);
    require(credentials == same, "credentials count at home");
    require(request.headers().contains("Authorization") == same, "and go nowhere else");
    require(request.headers().contains("Cookie") == same, "nor do cookies");
    require(same || !to.has_userinfo, "nor a user's name");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    if (const auto url = parsed(input)) {
        check(*url);
        const auto bare = parsed(httpclient::without_userinfo(input));
        require(bare && !bare->has_userinfo && bare->same_origin(*url), "its user can be left out");
    }
    for (const std::string_view base :
         {"http://user:word@example.com:8080/a/b;c?d=e#f", "https://[::1]", "http://h/a/../b"}) {
        check_redirect(base, input);
    }
    try {
        const auto proxy = httpclient::parse_proxy(input);
        require(proxy.port > 0 && proxy.port < 65536, "a proxy has a port that there is");
    } catch (const std::invalid_argument&) {
    }
    return 0;
}
