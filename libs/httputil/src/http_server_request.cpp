#include "tornado/httputil/http_server_request.hpp"

#include <algorithm>
#include <optional>

#include "tornado/httputil/error.hpp"

namespace tornado::httputil {

struct HTTPServerRequest::Parsed {
    std::optional<Arguments> query;
    Arguments body;
    std::optional<Arguments> all;
    std::optional<std::vector<RequestCookie>> cookies;
};

HTTPServerRequest::HTTPServerRequest(
    RequestHead& head,
    const Target& target,
    HTTPConnection& exchange
)
    : head_{head},
      target_{target},
      exchange_{exchange} {}

HTTPServerRequest::~HTTPServerRequest() = default;

std::string_view HTTPServerRequest::version() const noexcept {
    return head_.version_minor == 0 ? "HTTP/1.0" : "HTTP/1.1";
}

std::string_view HTTPServerRequest::host() const noexcept {
    if (!target_.authority.empty() || head_.version_minor != 0) {
        return target_.authority;
    }
    return "127.0.0.1";
}

std::string HTTPServerRequest::host_name() const {
    std::string name{split_host_and_port(host()).host};
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
    return name;
}

std::string HTTPServerRequest::full_url() const {
    if (target_.form == Target::Form::absolute) {
        return std::string{uri()};
    }
    std::string url{protocol()};
    url.append("://").append(host()).append(uri());
    return url;
}

HTTPServerRequest::Parsed& HTTPServerRequest::parsed() const {
    if (parsed_ == nullptr) {
        parsed_ = std::make_unique<Parsed>();
    }
    return *parsed_;
}

const Arguments& HTTPServerRequest::query_arguments() const {
    auto& arguments = parsed().query;
    if (!arguments) {
        arguments = parse_arguments(query());
    }
    return *arguments;
}

const Arguments& HTTPServerRequest::body_arguments() const {
    return parsed().body;
}

const Arguments& HTTPServerRequest::arguments() const {
    auto& all = parsed().all;
    if (!all) {
        all = query_arguments();
        all->append(body_arguments());
    }
    return *all;
}

void HTTPServerRequest::parse_body() {
    const auto content_type = headers().first(KnownHeader::content_type);
    if (!content_type) {
        return;
    }
    const auto kind = parse_header_params(*content_type).value;
    const std::string_view form = "application/x-www-form-urlencoded";
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    };
    if (!std::equal(kind.begin(), kind.end(), form.begin(), form.end(), [&](char a, char b) {
            return lower(a) == b;
        })) {
        return;
    }
    if (headers().contains("Content-Encoding")) {
        throw HTTPInputError{"Unsupported Content-Encoding of a form"};
    }
    parsed().body = parse_arguments(body_);
    parsed().all.reset();
}

const std::vector<RequestCookie>& HTTPServerRequest::cookies() const {
    auto& cookies = parsed().cookies;
    if (!cookies) {
        cookies = parse_cookie(headers().get(KnownHeader::cookie).value_or(""));
    }
    return *cookies;
}

}  // namespace tornado::httputil
