#include "linkify_scanner.hpp"

#include <algorithm>
#include <iterator>

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

struct Range {
    char32_t first;
    char32_t last;
};

/// Punctuation and symbols of the scripts in use, without letters and digits, in order (Unicode
/// 14).
constexpr Range punctuation[] = {
    {0x80, 0xA9},       {0xAB, 0xB1},      {0xB4, 0xB4},     {0xB6, 0xB8},     {0xBB, 0xBB},
    {0xBF, 0xBF},       {0xD7, 0xD7},      {0xF7, 0xF7},     {0x2C2, 0x2C5},   {0x2D2, 0x2DF},
    {0x37E, 0x37E},     {0x387, 0x387},    {0x55A, 0x55F},   {0x589, 0x58F},   {0x5BE, 0x5BE},
    {0x5F3, 0x5F4},     {0x600, 0x60F},    {0x61B, 0x61F},   {0x66A, 0x66D},   {0x6D4, 0x6D4},
    {0x964, 0x965},     {0xE3F, 0xE3F},    {0x104A, 0x104F}, {0x1360, 0x1368}, {0x17D4, 0x17D6},
    {0x17D8, 0x17DB},   {0x2000, 0x206F},  {0x207A, 0x207E}, {0x208A, 0x208E}, {0x20A0, 0x20CF},
    {0x2190, 0x245F},   {0x249C, 0x24E9},  {0x2500, 0x2775}, {0x2794, 0x2BFF}, {0x2E00, 0x2E2E},
    {0x2E30, 0x2E7F},   {0x3000, 0x3004},  {0x3008, 0x3020}, {0x3030, 0x3030}, {0x303D, 0x3040},
    {0x30A0, 0x30A0},   {0x30FB, 0x30FB},  {0xFD3E, 0xFD3F}, {0xFE10, 0xFE1F}, {0xFE30, 0xFE6F},
    {0xFF00, 0xFF0F},   {0xFF1A, 0xFF20},  {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65}, {0xFFE0, 0xFFFF},
    {0x1F000, 0x1F0FF}, {0x1F10D, 0x1FAFF}};

/// Whether a character is part of a word. Beyond ASCII all are but punctuation: an address may
/// follow a quotation mark or a picture, but does not begin inside a word of any alphabet.
bool is_word(char32_t c) {
    if (c < 0x80) {
        return is_ascii_word(static_cast<char>(c));
    }
    const auto* const at = std::ranges::lower_bound(punctuation, c, {}, &Range::last);
    const bool is_punctuation = at != std::end(punctuation) && at->first <= c;
    return !is_punctuation && !is_space(c);
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
