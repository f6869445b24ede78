#include "tornado/template/compiled/writer.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

#include "ascii_case.hpp"
#include "meter.hpp"
#include "repr.hpp"
#include "text.hpp"
#include "tornado/util/string_room.hpp"

namespace tornado::templating::compiled {

namespace {

using detail::Access;

constexpr std::size_t least_size = 256;

/// Sixteen bytes at a time, which every processor of today compares at once.
using Bytes [[gnu::vector_size(16)]] = unsigned char;
using Word = std::uint64_t;

/// What the bytes of a word may become, and a word beyond, as entities are copied in words.
constexpr std::size_t room_for_word = 7 * sizeof(Word);

template <typename Word>
Word load(const char* from) noexcept {
    Word word;
    std::memcpy(&word, from, sizeof word);
    return word;
}
template <typename Word>
void store(char* to, Word word) noexcept {
    std::memcpy(to, &word, sizeof word);
}

/// Less than a word's bytes, as the lowest ones of a word.
Word load_few(std::string_view text) noexcept {
    const auto at = [text](std::size_t place) {
        return Word{static_cast<unsigned char>(text[place])} << 8 * place;
    };
    constexpr std::size_t half = sizeof(Word) / 2;
    if (text.size() >= half) {  // the halves may have bytes in common
        const auto rest = text.size() - half;
        return load<std::uint32_t>(text.data()) | Word{load<std::uint32_t>(text.data() + rest)}
                                                      << 8 * rest;
    }
    return text.empty() ? 0 : at(0) | at(text.size() / 2) | at(text.size() - 1);
}

/// The first word of a text, or all of it.
Word load_some(std::string_view text) noexcept {
    return text.size() >= sizeof(Word) ? load<Word>(text.data()) : load_few(text);
}

/// Whether one of the bytes is special; these differ in few bits.
bool has_special(Bytes bytes) noexcept {
    const auto found = ((bytes | 0x01) == 0x27) |  // & and '
                       ((bytes | 0x02) == 0x3E) |  // < and >
                       (bytes == 0x22);
    std::uint64_t halves[2];
    std::memcpy(halves, &found, sizeof halves);
    return (halves[0] | halves[1]) != 0;
}

/// The highest bit of each byte that is special.
Word special_bytes(Word bytes) noexcept {
    constexpr Word ones = 0x0101010101010101;
    constexpr auto low_bits = ones * 0x7F;
    const auto not_zero = [](Word word) { return ((word & low_bits) + low_bits) | word; };
    const auto plain = not_zero((bytes | ones) ^ (ones * 0x27)) &
                       not_zero((bytes | (ones * 2)) ^ (ones * 0x3E)) &
                       not_zero(bytes ^ (ones * 0x22));
    return ~plain & (ones * 0x80);
}

/// What a special character is written as; a word's last byte is its size.
constexpr auto entities = [] {
    struct Entity {
        char text[7];
        char size;
    };
    std::array<Entity, 64> table{};
    table['&'] = {"&amp;", 5};
    table['<'] = {"&lt;", 4};
    table['>'] = {"&gt;", 4};
    table['"'] = {"&quot;", 6};
    table['\''] = {"&#x27;", 6};
    return table;
}();

/// Writes as many bytes of a word, escaped. There is room for them.
char* escaped_word(char* at, Word word, std::size_t size) noexcept {
    for (auto special = special_bytes(word); special != 0; special >>= 8) {
        const auto plain = static_cast<std::size_t>(std::countr_zero(special)) / 8;
        store(at, word);
        at += plain;
        word >>= 8 * plain;
        special >>= 8 * plain;
        const auto& entity = entities[word & 0x3F];
        std::memcpy(at, &entity, sizeof entity);
        at += entity.size;
        word >>= 8;
        size -= plain + 1;
    }
    store(at, word);
    return at + size;
}

/// What a byte is in an address: letters, digits and `-._~` themselves, a blank a plus sign, and
/// others nothing that is one byte.
constexpr auto in_address = [] {
    std::array<char, 256> table{};
    for (char c = 0; c < 127; ++c) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool is_digit = c >= '0' && c <= '9';
        if (is_letter || is_digit || c == '-' || c == '.' || c == '_' || c == '~') {
            table[static_cast<std::size_t>(c)] = c;
        }
    }
    table[' '] = '+';
    return table;
}();

bool is_all_ascii(std::string_view text) noexcept {
    bool is_so = true;
    for (; is_so && text.size() > sizeof(Word); text.remove_prefix(sizeof(Word))) {
        is_so = text::is_all_ascii(load<Word>(text.data()));
    }
    return is_so && text::is_all_ascii(load_some(text));
}

/// Writes a text that is all ASCII, with the case of its letters changed.
char* escaped_in_case(Writer& writer, char* at, std::string_view text, char first, char last) {
    while (!text.empty()) {
        const auto size = std::min(sizeof(Word), text.size());
        at = writer.reserve(at, room_for_word);
        at = escaped_word(at, text::with_case_changed(load_some(text), first, last), size);
        text.remove_prefix(size);
    }
    return at;
}

}  // namespace

// ---- Room ----

Writer::Writer(std::string& out, std::size_t expected) : out_{out}, before_{out.size()} {
    util::make_room(out_, std::max(out_.capacity(), before_ + std::max(expected, least_size)));
    end_ = out_.data() + out_.size();
}

Writer::~Writer() {
    out_.resize(before_);
}

void Writer::finish(const char* at) noexcept {
    before_ = static_cast<std::size_t>(at - out_.data());
}

char* Writer::grow(char* at, std::size_t size) {
    const auto used = static_cast<std::size_t>(at - out_.data());
    if (used > detail::greatest_size || size > detail::greatest_size - used) {
        detail::size_exceeded(used + size);
    }
    util::make_room(out_, std::max(2 * out_.size(), used + size));
    end_ = out_.data() + out_.size();
    return out_.data() + used;
}

// ---- Text ----

char* Writer::escaped(char* at, std::string_view text) {
    const auto size = text.size();
    at = reserve(at, size + room_for_word);
    if (size >= sizeof(Bytes)) {
        return escaped_many(at, text);
    }
    if (size <= sizeof(Word)) {
        return escaped_word(at, load_some(text), size);
    }
    const auto last = size - sizeof(Word);
    const Word words[2] = {load<Word>(text.data()), load<Word>(text.data() + last)};
    if (has_special(load<Bytes>(reinterpret_cast<const char*>(words)))) {
        return escaped_words(at, text);
    }
    store(at, words[0]);
    store(at + last, words[1]);  // with bytes that stand there already
    return at + size;
}

/// There is room for the text, and for entities in one word.
char* Writer::escaped_many(char* at, std::string_view text) {
    for (; text.size() >= sizeof(Bytes); text.remove_prefix(sizeof(Bytes))) {
        const auto bytes = load<Bytes>(text.data());
        if (has_special(bytes)) {
            at = escaped_words(at, text.substr(0, sizeof(Bytes)));
            at = reserve(at, text.size() + room_for_word);
        } else {
            store(at, bytes);
            at += sizeof bytes;
        }
    }
    const auto before = sizeof(Bytes) - text.size();
    const auto last = load<Bytes>(text.data() - before);
    if (has_special(last)) {
        return escaped_words(at, text);
    }
    store(at - before, last);
    return at + text.size();
}

char* Writer::escaped_words(char* at, std::string_view text) {
    for (; text.size() > sizeof(Word); text.remove_prefix(sizeof(Word))) {
        at = escaped_word(at, load<Word>(text.data()), sizeof(Word));
        at = reserve(at, text.size() + room_for_word);
    }
    return escaped_word(at, load_some(text), text.size());
}

char* Writer::upper_escaped(char* at, std::string_view text) {
    return is_all_ascii(text) ? escaped_in_case(*this, at, text, 'a', 'z')
                              : escaped(at, text::upper(text));
}

char* Writer::lower_escaped(char* at, std::string_view text) {
    return is_all_ascii(text) ? escaped_in_case(*this, at, text, 'A', 'Z')
                              : escaped(at, text::lower(text));
}

char* Writer::url_escaped(char* at, std::string_view text) {
    constexpr std::size_t several = 64;
    constexpr char digits[] = "0123456789ABCDEF";
    const auto* from = text.data();
    for (const auto* const end = from + text.size(); from != end;) {
        at = reserve(at, 3 * several);
        const auto* const stop = from + std::min(several, static_cast<std::size_t>(end - from));
        for (; from != stop; ++from) {
            const auto byte = static_cast<unsigned char>(*from);
            if (in_address[byte] != 0) {
                *at++ = in_address[byte];
            } else {
                *at++ = '%';
                *at++ = digits[byte >> 4U];
                *at++ = digits[byte & 0x0FU];
            }
        }
    }
    return at;
}

// ---- Values ----

char* Writer::integer(char* at, std::int64_t number) {
    constexpr std::size_t most_digits = 20;
    at = reserve(at, most_digits);
    return std::to_chars(at, end_, number).ptr;
}

char* Writer::value(char* at, const Value& value) {
    if (value.kind() == Kind::string) {
        detail::charge_for_size(Access::text(value).size());
        return append(at, Access::text(value));
    }
    std::string text;
    detail::append_str(text, value);
    return append(at, text);
}

char* Writer::escaped_value(char* at, const Value& value) {
    switch (value.kind()) {
        case Kind::string:
            detail::charge_for_size(Access::text(value).size());
            return escaped(at, Access::text(value));
        case Kind::integer:
            return integer(at, Access::integer(value));
        default: {
            std::string text;
            detail::append_str(text, value);
            return escaped(at, text);
        }
    }
}

}  // namespace tornado::templating::compiled
