// Any bytes as a Cookie field, and as a cookie that is set: names come once, quoting goes both
// ways, and what can be set cannot split a header.
#include <tornado/httputil/cookies.hpp>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "support.hpp"

namespace {

namespace httputil = tornado::httputil;

void check_parsing(std::string_view input) {
    std::set<std::string> names;
    std::size_t size = 0;
    for (const auto& [name, value] : httputil::parse_cookie(input)) {
        require(names.insert(name).second, "each name comes once");
        require(name.find(';') == name.npos && name.find('=') == name.npos, "names are split off");
        size += name.size() + value.size();
    }
    require(size <= input.size(), "cookies hold no more than was sent");
}

void check_quoting(std::string_view input) {
    const auto quoted = httputil::quote_cookie_value(input);
    require(httputil::unquote_cookie_value(quoted) == input, "quoting goes both ways");
    require(quoted.find_first_of(";\r\n,") == quoted.npos, "a quoted value ends no cookie");
    require(
        httputil::unquote_cookie_value(input).size() <= input.size(), "unquoting makes nothing up"
    );
}

void check_setting(std::string_view input) {
    auto rest = input;
    const auto take = [&] {
        const auto piece = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(piece.size() + 1, rest.size()));
        return std::string{piece};
    };
    httputil::Cookie cookie;
    cookie.name = take();
    cookie.value = take();
    cookie.domain = take();
    cookie.path = take();
    cookie.samesite = take();
    const auto text = cookie.to_string();
    if (text.has_error()) {
        return;
    }
    for (const char c : *text) {
        require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "no control character is sent");
    }
    const auto sent = httputil::parse_cookie(text->substr(0, text->find(';')));
    require(sent.size() == 1 && sent[0].name == cookie.name, "the name arrives");
    require(sent[0].value == cookie.value, "the value arrives");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    check_parsing(input);
    check_quoting(input);
    check_setting(input);
    return 0;
}
