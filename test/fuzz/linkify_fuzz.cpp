// Any bytes as text with web addresses: the links that it gets hide nothing, lead to the protocols
// that are permitted, and all else is escaped.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tornado/escape.hpp>

#include "support.hpp"

namespace {

namespace escape = tornado::escape;

void check_link(std::string_view tag) {
    constexpr std::string_view start = "<a href=\"";
    require(tag.starts_with(start), "a tag is a link");
    const auto rest = tag.substr(start.size());
    const auto end = rest.find('"');
    require(end != rest.npos, "an address ends");
    const auto address = rest.substr(0, end);
    require(
        address.starts_with("http:/") || address.starts_with("https:/"),
        "a link leads to a protocol that is permitted"
    );
    require(rest.substr(end) == "\">", "a link has nothing but its address");
}

/// The text of HTML that linkify() made.
std::string without_tags(std::string_view html) {
    std::string text;
    bool is_link = false;
    while (!html.empty()) {
        const auto open = html.find_first_of("<>\"");
        text += html.substr(0, open);
        if (open == html.npos) {
            break;
        }
        html.remove_prefix(open);
        require(html.starts_with('<'), "all outside of tags is escaped");
        const auto close = html.find('>');
        require(close != html.npos, "a tag ends");
        const auto tag = html.substr(0, close + 1);
        if (is_link) {
            require(tag == "</a>", "links do not stand in links");
        } else {
            check_link(tag);
        }
        is_link = !is_link;
        html.remove_prefix(tag.size());
    }
    require(!is_link, "a link ends");
    return escape::xhtml_unescape(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    require(without_tags(escape::linkify(input)) == input, "a link changes no text");
    static_cast<void>(escape::linkify(input, {.require_protocol = true, .shorten = true}));
    static_cast<void>(escape::xhtml_unescape(input));
    require(
        escape::xhtml_unescape(escape::xhtml_escape(input)) == input, "what is escaped comes back"
    );
    return 0;
}
