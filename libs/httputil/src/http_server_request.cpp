#include "tornado/httputil/http_server_request.hpp"

#include <algorithm>
#include <optional>

#include "character.hpp"
#include "tornado/httputil/error.hpp"

namespace tornado::httputil {

struct HTTPServerRequest::Parsed {
    HTTPHeaders trailers;
    std::optional<Arguments> query;
    Form form;
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
    if (name.ends_with(':')) {
        name.pop_back();  // RFC 3986, 3.2.3: an empty port is none
    }
    std::transform(name.begin(), name.end(), name.begin(), lower);
    return name;
}

std::string HTTPServerRequest::full_url() const {
    if (target_.form == Target::Form::absolute) {
        return std::string{uri()};
    }
    std::string url{protocol()};
    url.append("://").append(host());
    return target_.form == httputil::Target::Form::origin ? url.append(uri()) : url;
}

HTTPServerRequest::Parsed& HTTPServerRequest::parsed() const {
    if (parsed_ == nullptr) {
        parsed_ = std::make_unique<Parsed>();
    }
    return *parsed_;
}

const HTTPHeaders& HTTPServerRequest::trailers() const noexcept {
    static const HTTPHeaders none;
    return parsed_ != nullptr ? parsed_->trailers : none;
}

void HTTPServerRequest::set_trailers(const HTTPHeaders& trailers) {
    parsed().trailers = trailers;
    parsed().trailers.make_owned();
}

const Arguments& HTTPServerRequest::query_arguments() const {
    static const Arguments none;
    if (query().empty()) {
        return none;
    }
    auto& arguments = parsed().query;
    if (!arguments) {
        arguments = parse_arguments(query());
    }
    return *arguments;
}

const Arguments& HTTPServerRequest::body_arguments() const {
    return parsed().form.arguments;
}

const Arguments& HTTPServerRequest::arguments() const {
    auto& all = parsed().all;
    if (!all) {
        all = query_arguments();
        all->append(body_arguments());
    }
    return *all;
}

const Files& HTTPServerRequest::files() const {
    return parsed().form.files;
}

void HTTPServerRequest::parse_body() {
    if (!headers().contains(KnownHeader::content_type)) {
        return;
    }
    auto form = parse_body_arguments(headers(), body_);
    if (form.has_error()) {
        throw HTTPInputError{static_cast<Errc>(form.error().value())};
    }
    parsed().form = std::move(*form);
    parsed().all.reset();
}

const std::vector<RequestCookie>& HTTPServerRequest::cookies() const {
    auto& cookies = parsed().cookies;
    if (!cookies) {
        std::string all;  // of several fields, as HTTP/2 splits them (RFC 9113, 8.2.3)
        for (const auto field : headers().get_list("Cookie")) {
            all.append(all.empty() ? "" : "; ").append(field);
        }
        cookies = parse_cookie(all);
    }
    return *cookies;
}

}  // namespace tornado::httputil
