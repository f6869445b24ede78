#include "text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include <clocale>
#include <cwctype>

#include "ascii_case.hpp"

namespace tornado::templating::text {

namespace {

/// The locale that knows Unicode's characters; the process's own is the user's business.
locale_t unicode() {
    static const locale_t made = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return made;
}

std::wint_t wide(char32_t character) {
    return static_cast<std::wint_t>(character);
}

char32_t to_upper(char32_t c) {
    if (c < 0x80) {
        return c >= 'a' && c <= 'z' ? c - 0x20 : c;
    }
    return unicode() != nullptr ? static_cast<char32_t>(::towupper_l(wide(c), unicode())) : c;
}

char32_t to_lower(char32_t c) {
    if (c < 0x80) {
        return c >= 'A' && c <= 'Z' ? c + 0x20 : c;
    }
    return unicode() != nullptr ? static_cast<char32_t>(::towlower_l(wide(c), unicode())) : c;
}

/// Changes the case of the text's letters from `first` to `last`; false if it is not all ASCII.
bool change_ascii(std::string& text, char first, char last) {
    constexpr std::size_t step = sizeof(std::uint64_t);
    if (text.size() < step) {
        for (char& c : text) {
            if (static_cast<unsigned char>(c) >= 0x80) {
                return false;
            }
            c = static_cast<char>(c >= first && c <= last ? c ^ 0x20 : c);
        }
        return true;
    }
    for (std::size_t from = 0; from < text.size(); from += step) {
        auto* const place = text.data() + std::min(from, text.size() - step);
        std::uint64_t word = 0;
        std::memcpy(&word, place, step);
        if (!is_all_ascii(word)) {
            return false;
        }
        word = with_case_changed(word, first, last);
        std::memcpy(place, &word, step);
    }
    return true;
}

/// Characters that have no single upper-case form.
std::string_view long_upper(char32_t c, bool is_title) {
    switch (c) {
        case 0xDF:
            return is_title ? "Ss" : "SS";
        case 0x149:
            return "\u02bcN";
        case 0x1F0:
            return "J\u030c";
        case 0xFB00:
            return is_title ? "Ff" : "FF";
        case 0xFB01:
            return is_title ? "Fi" : "FI";
        case 0xFB02:
            return is_title ? "Fl" : "FL";
        case 0xFB03:
            return is_title ? "Ffi" : "FFI";
        case 0xFB04:
            return is_title ? "Ffl" : "FFL";
        case 0xFB05:
        case 0xFB06:
            return is_title ? "St" : "ST";
        default:
            return {};
    }
}

void append_upper(std::string& out, char32_t c, bool is_title = false) {
    if (const auto several = long_upper(c, is_title); !several.empty()) {
        out += several;
    } else {
        append(out, to_upper(c));
    }
}

bool is_cased(char32_t c) {
    return is_upper(c) || is_lower(c);
}

void append_lower(std::string& out, char32_t c, bool ends_word) {
    constexpr char32_t sigma = 0x3A3;
    if (c == 0x130) {
        out += "i\u0307";
    } else {
        append(out, c == sigma && ends_word ? char32_t{0x3C2} : to_lower(c));
    }
}

/// Lower case from `position` to the next character's end; a sigma that ends a word has its own.
void append_lower_at(std::string& out, std::string_view text, std::size_t from, std::size_t to) {
    const auto c = decode(text.substr(from));
    bool ends_word = false;
    if (c == 0x3A3) {
        const bool letter_before =
            from > 0 &&
            is_cased(
                decode(text.substr(offset(text.substr(0, from), length(text.substr(0, from)) - 1)))
            );
        ends_word = letter_before && (to == text.size() || !is_cased(decode(text.substr(to))));
    }
    append_lower(out, c, ends_word);
}

/// Calls `each(out, from, to)` for all characters.
template <typename Each>
std::string mapped(std::string_view text, Each each) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t from = 0; from < text.size();) {
        const auto to = next(text, from);
        if (decode(text.substr(from, to - from)) == 0xFFFD) {
            out += text.substr(from, to - from);  // what is no UTF-8 stays
        } else {
            each(out, from, to);
        }
        from = to;
    }
    return out;
}

}  // namespace

std::size_t length(std::string_view text) noexcept {
    std::size_t count = 0;
    for (const char c : text) {
        count += continues(c) ? 0 : 1;
    }
    return count + (!text.empty() && continues(text[0]) ? 1 : 0);
}

std::size_t offset(std::string_view text, std::size_t character) noexcept {
    std::size_t position = 0;
    while (character > 0 && position < text.size()) {
        position = next(text, position);
        --character;
    }
    return position;
}

char32_t decode(std::string_view text) noexcept {
    constexpr char32_t invalid = 0xFFFD;
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80) {
        return first;
    }
    const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < size) {
        return invalid;
    }
    auto value = static_cast<char32_t>(first & (0xFFU >> (size + 1)));
    for (std::size_t i = 1; i < size; ++i) {
        if (!continues(text[i])) {
            return invalid;
        }
        value = (value << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
    }
    constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
    return value < least[size] || is_surrogate || value > 0x10FFFF ? invalid : value;
}

void append(std::string& out, char32_t c) {
    const auto byte = [&out](char32_t bits) { out += static_cast<char>(bits); };
    if (c < 0x80) {
        byte(c);
    } else if (c < 0x800) {
        byte(0xC0U | (c >> 6U));
        byte(0x80U | (c & 0x3FU));
    } else if (c < 0x10000) {
        byte(0xE0U | (c >> 12U));
        byte(0x80U | ((c >> 6U) & 0x3FU));
        byte(0x80U | (c & 0x3FU));
    } else {
        byte(0xF0U | (c >> 18U));
        byte(0x80U | ((c >> 12U) & 0x3FU));
        byte(0x80U | ((c >> 6U) & 0x3FU));
        byte(0x80U | (c & 0x3FU));
    }
}

bool is_space(char32_t c) noexcept {
    return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
           c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_alpha(char32_t c) noexcept {
    if (c < 0x80) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }
    return unicode() != nullptr && ::iswalpha_l(wide(c), unicode()) != 0 &&
           ::iswdigit_l(wide(c), unicode()) == 0;
}

bool is_upper(char32_t c) noexcept {
    if (c < 0x80) {
        return c >= 'A' && c <= 'Z';
    }
    return unicode() != nullptr && ::iswupper_l(wide(c), unicode()) != 0;
}

bool is_lower(char32_t c) noexcept {
    if (c < 0x80) {
        return c >= 'a' && c <= 'z';
    }
    return c == 0xDF || c == 0xAA || c == 0xBA ||
           (unicode() != nullptr && ::iswlower_l(wide(c), unicode()) != 0);
}

bool is_printable(char32_t c) noexcept {
    if (c < 0x7F) {
        return c >= 0x20;
    }
    if (c <= 0xA0 || c == 0xAD || is_space(c) || (c >= 0x200B && c <= 0x200F) ||
        (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
        (c >= 0xD800 && c <= 0xF8FF) || (c >= 0xFFF0 && c <= 0xFFFB) || c >= 0xE0000) {
        return false;
    }
    return unicode() == nullptr || ::iswprint_l(wide(c), unicode()) != 0;
}

std::string upper(std::string_view text) {
    std::string changed{text};
    if (!change_ascii(changed, 'a', 'z')) {
        changed = mapped(text, [&](std::string& out, std::size_t from, std::size_t) {
            append_upper(out, decode(text.substr(from)));
        });
    }
    return changed;
}

std::string lower(std::string_view text) {
    std::string changed{text};
    if (!change_ascii(changed, 'A', 'Z')) {
        changed = mapped(text, [&](std::string& out, std::size_t from, std::size_t to) {
            append_lower_at(out, text, from, to);
        });
    }
    return changed;
}

std::string title(std::string_view text) {
    bool inside = false;
    return mapped(text, [&](std::string& out, std::size_t from, std::size_t to) {
        if (inside) {
            append_lower_at(out, text, from, to);
        } else {
            append_upper(out, decode(text.substr(from)), true);
        }
        inside = is_cased(decode(text.substr(from)));
    });
}

std::string capitalize(std::string_view text) {
    return mapped(text, [&](std::string& out, std::size_t from, std::size_t to) {
        if (from == 0) {
            append_upper(out, decode(text), true);
        } else {
            append_lower_at(out, text, from, to);
        }
    });
}

std::string swapcase(std::string_view text) {
    return mapped(text, [&](std::string& out, std::size_t from, std::size_t to) {
        if (is_upper(decode(text.substr(from)))) {
            append_lower_at(out, text, from, to);
        } else {
            append_upper(out, decode(text.substr(from)));
        }
    });
}

std::string_view strip_left(std::string_view text) noexcept {
    while (!text.empty() && is_space(decode(text))) {
        text.remove_prefix(next(text, 0));
    }
    return text;
}

std::string_view strip_right(std::string_view text) noexcept {
    while (!text.empty()) {
        auto last = text.size() - 1;
        while (last > 0 && continues(text[last])) {
            --last;
        }
        if (!is_space(decode(text.substr(last)))) {
            break;
        }
        text = text.substr(0, last);
    }
    return text;
}

}  // namespace tornado::templating::text
