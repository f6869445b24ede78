#include "tornado/httpclient/redirect.hpp"

#include <stdexcept>

#include "tornado/httpclient/url.hpp"

namespace tornado::httpclient {

bool is_redirect(int code) noexcept {
    return code == 301 || code == 302 || code == 303 || code == 307 || code == 308;
}

bool leads_somewhere(const HTTPRequest& request, std::string_view location) {
    try {
        static_cast<void>(parse_url(resolve_url(request.url(), location)));
        return true;
    } catch (const std::invalid_argument&) {
        return false;
    }
}

void follow_redirect(
    HTTPRequest& request,
    int code,
    std::string_view location,
    bool& credentials,
    bool same_proxy
) {
    const auto from = parse_url(request.url());
    auto to = resolve_url(request.url(), location);
    const auto url = parse_url(to);
    if (const auto fragment = request.url().find('#');
        fragment != std::string::npos && to.find('#') == std::string::npos) {
        to.append(request.url(), fragment);  // RFC 9110, 10.2.2
    }
    auto headers = request.headers();
    headers.remove("Host");
    if (!url.same_origin(from)) {
        // Whoever is there has no right to them (and may not lead back to where they are known).
        credentials = false;
        headers.remove("Authorization");
        headers.remove("Cookie");
        if (!same_proxy) {
            headers.remove("Proxy-Authorization");
        }
    }
    if (!credentials) {
        to = without_userinfo(to);
    }
    const auto& method = request.method();
    if ((code == 303 && method != "HEAD") || ((code == 301 || code == 302) && method == "POST")) {
        for (const auto* name :
             {"Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding"}) {
            headers.remove(name);
        }
        request.method("GET").body(std::nullopt).body_producer(nullptr);
    }
    request.url(std::move(to)).headers(std::move(headers));
}

}  // namespace tornado::httpclient
