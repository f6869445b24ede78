#include "tornado/escape/linkify.hpp"

#include <algorithm>
#include <cstddef>

#include "linkify_scanner.hpp"
#include "tornado/escape/html.hpp"

namespace tornado::escape {

namespace {

constexpr std::size_t shown_length = 30;
constexpr std::size_t shown_path_length = 8;

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::size_t count_characters(std::string_view text) {
    return text.size() -
           static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_continuation));
}

/// The first `count` characters, without an entity that this would cut in two.
std::string_view clip(std::string_view text, std::size_t count) {
    std::size_t end = 0;
    while (end < text.size() && (count != 0 || is_continuation(text[end]))) {
        count -= is_continuation(text[end]) ? 0 : 1;
        ++end;
    }
    const auto clipped = text.substr(0, end);
    const auto ampersand = clipped.rfind('&');
    const bool cut = ampersand != clipped.npos && clipped.find(';', ampersand) == clipped.npos;
    return cut ? clipped.substr(0, ampersand) : clipped;
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == text.npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// The address as it is shown when it is too long: the host and the beginning of the path.
/// Nothing is won where the result is no shorter than `url`, which is then what comes back.
std::string shortened(std::string_view url, std::size_t prefix) {
    auto shown = url;
    if (const auto slash = url.find('/', prefix); slash != url.npos) {
        const auto path = url.substr(slash + 1);
        const auto segment = clip(path.substr(0, path.find('/')), shown_path_length);
        shown = url.substr(0, slash + 1 + segment.substr(0, segment.find_first_of("?.")).size());
    }
    if (count_characters(shown) > shown_length * 3 / 2) {
        shown = clip(shown, shown_length);
    }
    const bool shorter = count_characters(shown) + 3 < count_characters(url);
    return shorter ? std::string{shown} + "..." : std::string{url};
}

void append_link(
    std::string& out,
    std::string_view url,
    const FoundLink& link,
    LinkifyOptions& options
) {
    std::string href{link.protocol.empty() ? "http://" : ""};
    href += url;
    const auto computed = options.extra_params_for ? options.extra_params_for(href) : std::string{};
    const auto params =
        trim(options.extra_params_for ? std::string_view{computed} : options.extra_params);

    const bool long_one = options.shorten && count_characters(url) > shown_length;
    const auto shown = long_one ? shortened(url, link.prefix) : std::string{url};

    out += "<a href=\"";
    out += href;
    out += '"';
    if (!params.empty()) {
        out += ' ';
        out += params;
    }
    if (shown != url) {
        out += " title=\"";
        out += href;
        out += '"';
    }
    out += '>';
    out += shown;
    out += "</a>";
}

bool is_wanted(const FoundLink& link, const LinkifyOptions& options) {
    if (link.protocol.empty()) {
        return !options.require_protocol;
    }
    const auto& permitted = options.permitted_protocols;
    return std::find(permitted.begin(), permitted.end(), link.protocol) != permitted.end();
}

}  // namespace

std::string linkify(std::string_view text, LinkifyOptions options) {
    const auto escaped = xhtml_escape(text);
    const std::string_view source{escaped};
    std::string out;
    out.reserve(source.size());
    std::size_t done = 0;
    while (const auto link = find_link(source, done)) {
        out.append(source, done, link->begin - done);
        const auto url = source.substr(link->begin, link->end - link->begin);
        if (is_wanted(*link, options)) {
            append_link(out, url, *link, options);
        } else {
            out += url;
        }
        done = link->end;
    }
    out.append(source, done);
    return out;
}

}  // namespace tornado::escape
