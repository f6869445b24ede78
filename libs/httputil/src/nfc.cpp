#include "nfc.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <vector>

#include "nfc_table.hpp"
#include "tornado/escape/utf8.hpp"

namespace tornado::httputil {
namespace {

/// Hangul syllables are made of a leading consonant, a vowel and perhaps a trailing consonant, by
/// arithmetic (The Unicode Standard, 3.12).
namespace hangul {
constexpr char32_t leading = 0x1100;
constexpr char32_t vowel = 0x1161;
constexpr char32_t before_trailing = 0x11a7;
constexpr char32_t syllable = 0xac00;
constexpr char32_t leadings = 19;
constexpr char32_t vowels = 21;
constexpr char32_t trailings = 28;  // none is one of them
constexpr char32_t syllables = leadings * vowels * trailings;
}  // namespace hangul

std::u32string decode(std::string_view utf8) {
    std::u32string text;
    for (std::size_t i = 0; i < utf8.size();) {
        const auto byte = static_cast<unsigned char>(utf8[i++]);
        const int more = byte < 0x80 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
        char32_t character = more == 0 ? byte : byte & (0x3f >> more);
        for (int left = more; left != 0; --left) {
            character = character << 6 | (static_cast<unsigned char>(utf8[i++]) & 0x3f);
        }
        text.push_back(character);
    }
    return text;
}

void encode(char32_t character, std::string& utf8) {
    const auto put = [&](char32_t byte) { utf8.push_back(static_cast<char>(byte)); };
    if (character < 0x80) {
        put(character);
        return;
    }
    const int more = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
    put(((0xff00U >> (more + 1)) & 0xff) | character >> (6 * more));
    for (int left = more - 1; left >= 0; --left) {
        put(0x80 | (character >> (6 * left) & 0x3f));
    }
}

int combining_class(char32_t character) noexcept {
    const auto* const found = std::upper_bound(
        combining_classes.begin(),
        combining_classes.end(),
        character,
        [](char32_t value, const CombiningClass& range) { return value <= range.last; }
    );
    return found != combining_classes.end() && found->begin <= character ? found->value : 0;
}

void decompose(char32_t character, std::u32string& out) {
    if (const auto index = character - hangul::syllable; index < hangul::syllables) {
        const auto pair = index / hangul::trailings;
        out.push_back(hangul::leading + pair / hangul::vowels);
        out.push_back(hangul::vowel + pair % hangul::vowels);
        if (const auto trailing = index % hangul::trailings; trailing != 0) {
            out.push_back(hangul::before_trailing + trailing);
        }
        return;
    }
    const auto* const found = std::lower_bound(
        decompositions.begin(),
        decompositions.end(),
        character,
        [](const Decomposition& entry, char32_t value) { return entry.character < value; }
    );
    if (found == decompositions.end() || found->character != character) {
        out.push_back(character);
        return;
    }
    decompose(found->first, out);
    if (found->second != 0) {
        decompose(found->second, out);
    }
}

/// Puts marks of the same character into the order of their classes.
void put_in_order(std::u32string& text) {
    for (auto begin = text.begin(); begin != text.end();) {
        const auto end =
            std::find_if(begin, text.end(), [](char32_t c) { return combining_class(c) == 0; });
        std::stable_sort(begin, end, [](char32_t a, char32_t b) {
            return combining_class(a) < combining_class(b);
        });
        begin = end == text.end() ? end : end + 1;
    }
}

/// The character that the two are together, or 0.
char32_t compose(char32_t first, char32_t second) {
    if (first - hangul::leading < hangul::leadings && second - hangul::vowel < hangul::vowels) {
        const auto pair = (first - hangul::leading) * hangul::vowels + (second - hangul::vowel);
        return hangul::syllable + pair * hangul::trailings;
    }
    const auto index = first - hangul::syllable;
    const auto trailing = second - hangul::before_trailing;
    if (index < hangul::syllables && index % hangul::trailings == 0 && trailing != 0 &&
        trailing < hangul::trailings) {
        return first + trailing;
    }
    const auto of = [](const Decomposition& entry) { return std::tie(entry.first, entry.second); };
    static const auto by_parts = [&of] {
        std::vector<Decomposition> table;
        std::copy_if(
            decompositions.begin(),
            decompositions.end(),
            std::back_inserter(table),
            [](const Decomposition& entry) { return entry.is_composed; }
        );
        std::sort(table.begin(), table.end(), [&of](const auto& a, const auto& b) {
            return of(a) < of(b);
        });
        return table;
    }();
    const Decomposition wanted{0, first, second, true};
    const auto found = std::lower_bound(
        by_parts.begin(),
        by_parts.end(),
        wanted,
        [&of](const auto& a, const auto& b) { return of(a) < of(b); }
    );
    return found != by_parts.end() && of(*found) == of(wanted) ? found->character : 0;
}

/// Puts a character in the place of each pair that is one, where nothing stands in between that
/// would stop it.
std::u32string composed(const std::u32string& text) {
    std::u32string out;
    auto starter = std::u32string::npos;  // where in `out` the last character of class 0 is
    int former = 0;                       // the class of what was put out last behind it
    for (const char32_t c : text) {
        const int its = combining_class(c);
        const bool adjacent = starter != out.npos && starter + 1 == out.size();
        if (starter != out.npos && (adjacent || former < its)) {
            if (const auto both = compose(out[starter], c); both != 0) {
                out[starter] = both;
                continue;
            }
        }
        if (its == 0) {
            starter = out.size();
        }
        former = its;
        out.push_back(c);
    }
    return out;
}

}  // namespace

std::string to_nfc(std::string_view utf8) {
    const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    if (std::all_of(utf8.begin(), utf8.end(), is_ascii) || !escape::is_valid_utf8(utf8)) {
        return std::string{utf8};
    }
    std::u32string parts;
    for (const char32_t c : decode(utf8)) {
        decompose(c, parts);
    }
    put_in_order(parts);
    std::string text;
    for (const char32_t c : composed(parts)) {
        encode(c, text);
    }
    return text;
}

}  // namespace tornado::httputil
