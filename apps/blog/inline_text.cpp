#include "inline_text.hpp"

#include <tornado/escape.hpp>

#include <algorithm>
#include <array>
#include <cctype>

namespace blog {

using tornado::escape::xhtml_escape;

namespace {

constexpr int deepest = 8;
constexpr std::size_t longest_address = 2000;
constexpr auto text_end = std::string_view::npos;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool has_scheme(std::string_view address, std::string_view scheme) {
    return address.size() > scheme.size() &&
           std::equal(scheme.begin(), scheme.end(), address.begin(), [](char a, char b) {
               return a == lower(b);
           });
}

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\t';
}

/// Whether an address may hold it.
bool is_of_address(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > ' ' && byte != 0x7F && c != '"' && c != '<' && c != '>' && c != '\\';
}

/// Where the parenthesis is closed that was opened before this text: at the first one that closes
/// any if some stay open; npos when none does.
std::size_t find_closing_parenthesis(std::string_view text) {
    std::size_t open = 1;
    for (std::size_t at = 0; at < text.size(); ++at) {
        open += text[at] == '(' ? 1 : 0;
        open -= text[at] == ')' ? 1 : 0;
        if (open == 0) {
            return at;
        }
    }
    return text.find(')');
}

/// Without the punctuation that ends a sentence, and the parenthesis that was opened before it.
std::string_view without_end_of_sentence(std::string_view address) {
    const auto opened = std::count(address.begin(), address.end(), '(');
    auto closed = std::count(address.begin(), address.end(), ')');
    while (!address.empty() && std::string_view{".,;:!?')"}.find(address.back()) != text_end) {
        if (address.back() == ')' && closed-- <= opened) {
            break;  // as in https://example.com/Blog_(software)
        }
        address.remove_suffix(1);
    }
    return address;
}

/// Turns text into HTML, or only takes its marks away.
class Writer {
public:
    Writer(std::string_view text, bool makes_html, int depth)
        : text_{text},
          makes_html_{makes_html},
          depth_{depth} {}

    std::string result() {
        while (at_ < text_.size()) {
            const auto rest = text_.substr(at_);
            if (!escaped_mark(rest) && !code(rest) && !link(rest) && !bare_address(rest) &&
                !marked(rest, "**", "strong") && !marked(rest, "*", "em")) {
                plain_.push_back(rest.front());
                ++at_;
            }
        }
        end_plain();
        return std::move(out_);
    }

private:
    void end_plain() {
        out_ += makes_html_ ? xhtml_escape(plain_) : plain_;
        plain_.clear();
    }

    void tag(std::string_view name) {
        if (makes_html_) {
            out_.append("<").append(name).append(">");
        }
    }

    /// Where a closing mark is; npos when there is none. What is not there now is not there later,
    /// so that no text is searched again and again.
    std::size_t find_close(std::string_view mark, std::size_t from, bool& is_missing) const {
        if (is_missing) {
            return text_.npos;
        }
        const auto found = text_.find(mark, from);
        is_missing = found == text_.npos;
        return found;
    }

    bool escaped_mark(std::string_view rest) {
        constexpr std::string_view marks = "\\`*_[]()#>-.!";
        if (rest.size() < 2 || rest[0] != '\\' || marks.find(rest[1]) == marks.npos) {
            return false;
        }
        plain_.push_back(rest[1]);
        at_ += 2;
        return true;
    }

    bool code(std::string_view rest) {
        if (rest[0] != '`') {
            return false;
        }
        const auto end = find_close("`", at_ + 1, no_backtick_);
        if (end == text_.npos || end == at_ + 1) {
            return false;
        }
        end_plain();
        tag("code");
        plain_ = text_.substr(at_ + 1, end - at_ - 1);
        end_plain();
        tag("/code");
        at_ = end + 1;
        return true;
    }

    bool marked(std::string_view rest, std::string_view mark, std::string_view name) {
        if (depth_ >= deepest || !rest.starts_with(mark) || rest.size() <= mark.size() ||
            is_space(rest[mark.size()])) {
            return false;
        }
        auto& is_missing = mark.size() == 2 ? no_double_star_ : no_star_;
        const auto begin = at_ + mark.size();
        const auto end = find_close(mark, begin + 1, is_missing);
        if (end == text_.npos || is_space(text_[end - 1])) {
            return false;
        }
        end_plain();
        tag(name);
        out_ += Writer{text_.substr(begin, end - begin), makes_html_, depth_ + 1}.result();
        tag("/" + std::string{name});
        at_ = end + mark.size();
        return true;
    }

    void add_link(std::string_view address, const std::string& inside) {
        end_plain();
        if (makes_html_) {
            out_ += "<a href=\"" + xhtml_escape(address) + "\" rel=\"noopener\">" + inside + "</a>";
        } else {
            out_ += inside;
        }
    }

    bool link(std::string_view rest) {
        if (rest[0] != '[' || depth_ >= deepest) {
            return false;
        }
        const auto middle = text_.find_first_of("[]", at_ + 1);
        if (middle == text_.npos || !text_.substr(middle).starts_with("](")) {
            return false;
        }
        const auto label = text_.substr(at_ + 1, middle - at_ - 1);
        const auto target = text_.substr(middle + 2, longest_address);
        const auto address = target.substr(0, find_closing_parenthesis(target));
        if (label.empty() || address.size() == target.size() || !is_safe_address(address)) {
            return false;
        }
        // What is in a link is no link itself.
        add_link(address, Writer{label, makes_html_, deepest}.result());
        at_ = middle + 3 + address.size();
        return true;
    }

    bool bare_address(std::string_view rest) {
        if (depth_ >= deepest || !(has_scheme(rest, "http://") || has_scheme(rest, "https://")) ||
            (at_ > 0 && std::isalnum(static_cast<unsigned char>(text_[at_ - 1])) != 0)) {
            return false;
        }
        const auto end = std::find_if(rest.begin(), rest.end(), [](char c) {
            return !is_of_address(c) || std::string_view{"`*[]^{}|"}.find(c) != text_end;
        });
        const auto address =
            without_end_of_sentence(rest.substr(0, static_cast<std::size_t>(end - rest.begin())));
        if (!is_safe_address(address)) {
            return false;
        }
        add_link(address, makes_html_ ? xhtml_escape(address) : std::string{address});
        at_ += address.size();
        return true;
    }

    std::string_view text_;
    bool makes_html_;
    int depth_;
    std::size_t at_ = 0;
    std::string plain_;  ///< what is no mark, and not written yet
    std::string out_;
    bool no_backtick_ = false;
    bool no_star_ = false;
    bool no_double_star_ = false;
};

}  // namespace

bool is_safe_address(std::string_view address) {
    constexpr std::array<std::string_view, 3> schemes{"http://", "https://", "mailto:"};
    const bool is_known = std::any_of(schemes.begin(), schemes.end(), [&](auto scheme) {
        return has_scheme(address, scheme);
    });
    return is_known && std::all_of(address.begin(), address.end(), is_of_address);
}

std::string inline_html(std::string_view text) {
    return Writer{text, true, 0}.result();
}

std::string plain_text(std::string_view text) {
    return Writer{text, false, 0}.result();
}

}  // namespace blog
