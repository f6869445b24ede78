// Any bytes as a query, a URL, a host and a target: what is decoded can be encoded again and means
// the same.
#include <tornado/escape/url.hpp>
#include <tornado/httputil/arguments.hpp>
#include <tornado/httputil/target.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "support.hpp"

namespace {

namespace escape = tornado::escape;
namespace httputil = tornado::httputil;

void check_query(std::string_view query) {
    const auto arguments = httputil::parse_arguments(query);
    std::size_t size = 0;
    for (const auto& [name, value] : arguments) {
        size += name.size() + value.size();
    }
    require(size <= query.size(), "arguments hold no more than was sent");
    const auto url = httputil::url_concat("/", httputil::qs_to_qsl(arguments));
    const auto again =
        httputil::parse_arguments(std::string_view{url}.substr(arguments.empty() ? 1 : 2));
    require(again == arguments, "what is decoded can be encoded again");
}

void check_url(std::string_view url) {
    const auto same = httputil::url_concat(url, {});
    require(httputil::url_concat(same, {}) == same, "adding nothing twice changes nothing");
    const auto more = httputil::url_concat(url, {{"a b", "c&d"}});
    require(more.find("a+b=c%26d") != more.npos, "what is added is there");
}

void check_escaping(std::string_view text) {
    for (const bool plus : {true, false}) {
        require(
            escape::url_unescape(escape::url_escape(text, plus), plus) == text,
            "escaping goes both ways"
        );
    }
}

void check_host(std::string_view netloc) {
    const auto split = httputil::split_host_and_port(netloc);
    require(netloc.starts_with(split.host), "the host stands first");
    require(split.port.has_value() || split.host == netloc, "without a port all is host");
    require(!split.port || (*split.port >= 0 && *split.port <= 65535), "a port is one");
}

void check_target(std::string_view target) {
    for (const std::string_view method : {"GET", "OPTIONS", "CONNECT"}) {
        const auto parsed = httputil::parse_target(method, target);
        if (parsed.has_error()) {
            continue;
        }
        require(httputil::is_valid_host(parsed->authority), "an authority is a host");
        require(parsed->path.find('?') == std::string_view::npos, "a path has no query");
        require(
            (parsed->form == httputil::Target::Form::authority) == (method == "CONNECT"),
            "an authority goes with CONNECT"
        );
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    check_query(input);
    check_url(input);
    check_escaping(input);
    check_host(input);
    check_target(input);
    return 0;
}
