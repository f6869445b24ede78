#include "linkify_scanner.hpp"

#include "code_point.hpp"

namespace tornado::escape {

namespace {

constexpr bool is_ascii_word(char c) {
    const char lower = static_cast<char>(c | 0x20);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/// White space as Unicode has it: no address contains any.
constexpr bool is_space(char32_t c) {
    return (c >= 0x9 && c <= 0xD) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
           c == 0x202F || c == 0x205F || c == 0x3000;
}

/// Whether a character is part of a word. Beyond ASCII all are but the blocks of punctuation: an
/// address may follow a quotation mark, but does not begin inside a word of any alphabet.
constexpr bool is_word(char32_t c) {
    if (c < 0x80) {
        return is_ascii_word(static_cast<char>(c));
    }
    const bool latin_punctuation =
        (c < 0xC0 && c != 0xAA && c != 0xB5 && c != 0xBA) || c == 0xD7 || c == 0xF7;
    const bool punctuation = (c >= 0x2000 && c <= 0x206F) || (c >= 0x3000 && c <= 0x303F) ||
                             (c >= 0xFF00 && c <= 0xFF0F);
    return !latin_punctuation && !punctuation && !is_space(c);
}

/// Whether an address may end with this ASCII character: punctuation belongs to the sentence.
constexpr bool may_end(char c) {
    return is_ascii_word(c) || c == '-' || c == '/' || c == '\\' ||
           static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

/// The bytes of the unit of an address that `text` begins with: a character, or an entity that
/// stands for one. 0 for white space, parentheses, and entities that cannot be within an address.
std::size_t unit_size(std::string_view text) {
    if (text.empty() || text[0] == '(' || text[0] == ')') {
        return 0;
    }
    if (text[0] == '&') {
        return text.starts_with("&amp;") ? 5 : text.starts_with("&quot;") ? 6 : 0;
    }
    const auto character = decode_utf8(text);
    if (character.size == 0) {
        return 1;  // a byte that is no UTF-8
    }
    return is_space(character.value) ? 0 : character.size;
}

/// The bytes of the "(...)" that `text` begins with; 0 when it is not closed within the address.
std::size_t parenthesis_size(std::string_view text) {
    std::size_t i = 1;
    while (const auto size = unit_size(text.substr(i))) {
        i += size;
    }
    return i < text.size() && text[i] == ')' ? i + 1 : 0;
}

/// How much of `text` is the rest of an address, whose beginning went before.
std::size_t rest_size(std::string_view text) {
    std::size_t end = 0;
    std::size_t i = 0;
    while (i < text.size()) {
        if (text[i] == '(') {
            const auto size = i == end ? parenthesis_size(text.substr(i)) : 0;
            if (size == 0) {
                break;
            }
            i += size;
            end = i;
            continue;
        }
        const auto size = unit_size(text.substr(i));
        if (size == 0) {
            break;
        }
        const bool beyond_ascii = static_cast<unsigned char>(text[i]) >= 0x80;
        const bool good_end = beyond_ascii || may_end(text[i]);
        i += size;
        if (good_end) {
            end = i;
        }
    }
    return end;
}

/// The end of the run of word characters and hyphens that begins at `i`.
std::size_t end_of_run(std::string_view text, std::size_t i) {
    while (i < text.size()) {
        const auto character = decode_utf8(text.substr(i));
        if (character.size == 0 || !(is_word(character.value) || character.value == '-')) {
            break;
        }
        i += character.size;
    }
    return i;
}

std::optional<FoundLink> link_at(std::string_view text, std::size_t run, std::size_t run_end) {
    auto rest = text.substr(run_end);
    if (rest.starts_with(":/")) {
        std::size_t slashes = 1;
        while (slashes < 3 && rest.substr(1 + slashes).starts_with('/')) {
            ++slashes;
        }
        const auto prefix = run_end - run + 1 + slashes;
        if (const auto size = rest_size(rest.substr(1 + slashes))) {
            return FoundLink{run, run + prefix + size, text.substr(run, run_end - run), prefix};
        }
        return std::nullopt;
    }
    const auto word = text.substr(run, run_end - run);
    if (rest.starts_with('.') && (word == "www" || word.ends_with("-www"))) {
        if (const auto size = rest_size(rest.substr(1))) {
            return FoundLink{run_end - 3, run_end + 1 + size, {}, 0};
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<FoundLink> find_link(std::string_view text, std::size_t from) {
    while (from < text.size()) {
        const auto character = decode_utf8(text.substr(from));
        if (character.size == 0 || !is_word(character.value)) {
            from += character.size != 0 ? character.size : 1;
            continue;
        }
        const auto end = end_of_run(text, from);
        if (auto link = link_at(text, from, end)) {
            return link;
        }
        from = end;
    }
    return std::nullopt;
}

}  // namespace tornado::escape
