// Any line as a Set-Cookie field, and the bytes behind it as another: what a jar takes it keeps
// within its limits, for the hosts that may have it, and sends back in one field that splits no
// request.
#include <tornado/httpclient/cookie_jar.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "support.hpp"

namespace {

using tornado::httpclient::CookieJar;
using tornado::httpclient::CookieJarOptions;

constexpr std::string_view origin = "https://www.shop.example.com/a/b/c?q";

bool is_within(std::string_view host, std::string_view domain) {
    return host == domain || (host.size() > domain.size() && host.ends_with(domain) &&
                              host[host.size() - domain.size() - 1] == '.');
}

void check(const CookieJar& jar, CookieJar::Clock::time_point now) {
    std::size_t count = 0;
    for (const auto& cookie : jar.cookies(now)) {
        ++count;
        require(
            is_within("www.shop.example.com", cookie.domain), "cookies are the host's business"
        );
        require(cookie.name.size() + cookie.value.size() <= 64, "large ones are not taken");
        require(cookie.path.starts_with('/'), "each has a path");
        require(!cookie.expires || *cookie.expires > now, "none has expired");
    }
    require(count <= 2, "there are as many as were set, at most");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const auto end = input.find('\n');
    const CookieJar::Clock::time_point now{std::chrono::hours{500'000}};
    CookieJar jar{CookieJarOptions{.max_cookie_size = 64}};
    jar.set_cookie(origin, input.substr(0, end), now);
    if (end != input.npos) {
        jar.set_cookie(origin, input.substr(end + 1), now);
    }
    check(jar, now);
    for (const std::string_view url : {origin, std::string_view{"http://shop.example.com/a/b"}}) {
        const auto field = jar.cookie_header(url, now);
        for (const char c : field) {
            require(
                (static_cast<unsigned char>(c) >= 0x20 || c == '\t') && c != 0x7f,
                "no control character"
            );
        }
    }
    require(
        jar.cookie_header("https://example.org/", now).empty(), "others' hosts get none of them"
    );
    return 0;
}
