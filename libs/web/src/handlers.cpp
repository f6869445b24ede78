#include "tornado/web/handlers.hpp"

#include <charconv>
#include <stdexcept>

#include "request_run.hpp"
#include "same_site_url.hpp"
#include "tornado/escape.hpp"
#include "tornado/httputil/arguments.hpp"
#include "tornado/web/application.hpp"

namespace tornado::web {

namespace {

/// Appends a piece of a path that a client sent, with what no URL may hold percent-encoded.
void append_piece(std::string& url, std::string_view piece) {
    for (const char c : piece) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool digit = c >= '0' && c <= '9';
        constexpr std::string_view others = "-._~!$&'()*+,;=:@/%";  // RFC 3986, 3.3
        if (letter || digit || others.find(c) != others.npos) {
            url.push_back(c);
        } else {
            url.append(escape::url_escape({&c, 1}, false));
        }
    }
}

/// The group that `placeholder`, a number or a name, stands for.
std::optional<std::size_t> find_group(const PathArguments& groups, std::string_view placeholder) {
    std::size_t index = 0;
    const auto* const end = placeholder.data() + placeholder.size();
    if (const auto parsed = std::from_chars(placeholder.data(), end, index);
        parsed.ec == std::errc{} && parsed.ptr == end) {
        return index < groups.size() ? std::optional{index} : std::nullopt;
    }
    return groups.index_of(placeholder);
}

}  // namespace

void ErrorHandler::prepare() {
    throw HTTPError{status_code_};
}

void FallbackHandler::prepare() {
    run().hand_over(fallback_);
}

void RedirectHandler::get(const PathArguments& groups) {
    redirect(
        httputil::url_concat(fill_in(groups), httputil::qs_to_qsl(request().query_arguments())),
        permanent_
    );
}

std::string RedirectHandler::fill_in(const PathArguments& groups) const {
    std::string url;
    std::string_view rest = url_;
    while (!rest.empty()) {
        const auto open = std::min(rest.find('{'), rest.size());
        const auto close = rest.find('}', open);
        if (close == rest.npos) {
            url.append(rest);
            break;
        }
        url.append(rest.substr(0, open));
        const auto placeholder = rest.substr(open + 1, close - open - 1);
        const auto group = find_group(groups, placeholder);
        if (!group) {
            throw std::invalid_argument{
                "RedirectHandler: no group for {" + std::string{placeholder} + "} in " + url_};
        }
        append_piece(url, groups.undecoded(*group).value_or(""));
        rest.remove_prefix(close + 1);
    }
    if (!url_.starts_with("//")) {
        keep_on_this_host(url);
    }
    if (url_.starts_with('{') && url.substr(0, url.find('/')).find(':') != url.npos) {
        url.insert(0, "./");  // no scheme, which would lead anywhere (RFC 3986, 4.2)
    }
    return url;
}

void ReadinessHandler::get() {
    set_header("Content-Type", "text/plain; charset=UTF-8");
    set_header("Cache-Control", "no-store");
    const bool ready = !application().draining();
    set_status(ready ? 200 : 503);
    write(ready ? "ready\n" : "draining\n");
}

void LivenessHandler::get() {
    set_header("Content-Type", "text/plain; charset=UTF-8");
    set_header("Cache-Control", "no-store");
    write("alive\n");
}

}  // namespace tornado::web
