#include "whitespace.hpp"

#include <algorithm>

#include "text.hpp"

namespace tornado::templating::detail {

namespace {

/// Whether white space may begin with this byte.
bool may_be_space(char c) {
    return static_cast<unsigned char>(c) >= 0x80 ? !text::continues(c) : c <= ' ';
}

/// Where the run of white space ends that begins at `from`.
std::size_t end_of_space(std::string_view text, std::size_t from) {
    while (from < text.size() && text::is_space(text::decode(text.substr(from)))) {
        from = text::next(text, from);
    }
    return from;
}

/// What a run of white space becomes: each run of tabs and spaces one space, all around line ends
/// one.
void append_single(std::string& out, std::string_view run) {
    if (run.find('\n') != run.npos) {
        out += '\n';
        return;
    }
    bool blank = false;
    for (const char c : run) {
        const bool is_blank = c == ' ' || c == '\t';
        if (!is_blank || !blank) {
            out += is_blank ? ' ' : c;
        }
        blank = is_blank;
    }
}

}  // namespace

bool is_whitespace_mode(std::string_view mode) noexcept {
    return mode == "all" || mode == "single" || mode == "oneline";
}

std::string_view default_whitespace(std::string_view name) noexcept {
    return name.ends_with(".html") || name.ends_with(".js") ? "single" : "all";
}

std::string filtered(std::string_view mode, std::string_view text) {
    if (mode == "all") {
        return std::string{text};
    }
    std::string out;
    out.reserve(text.size());
    const bool one_line = mode == "oneline";
    for (std::size_t at = 0; at < text.size();) {
        const auto begin = at;
        while (at < text.size() && !may_be_space(text[at])) {
            ++at;
        }
        out += text.substr(begin, at - begin);
        if (at == text.size()) {
            break;
        }
        const auto end = end_of_space(text, at);
        if (end == at) {
            out += text[at++];
        } else if (one_line) {
            out += ' ';
        } else {
            append_single(out, text.substr(at, end - at));
        }
        at = std::max(at, end);
    }
    return out;
}

}  // namespace tornado::templating::detail
