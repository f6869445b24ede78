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

using Word = std::uint64_t;
static_assert(std::endian::native == std::endian::little, "a word's lowest byte comes first");
/// What every processor of today compares at once.
using Bytes [[gnu::vector_size(16)]] = unsigned char;
using Words [[gnu::vector_size(16)]] = Word;

/// How many bytes of an address have room as they are written; the last one is copied as a word.
constexpr std::size_t several = (Writer::room - 1) / 3;

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

// A text of up to 16 bytes is its first word, and its last one where there is more. The two may
// have bytes in common.

Word first_word(std::string_view text) noexcept {
    return text.size() < sizeof(Word) ? load_few(text) : load<Word>(text.data());
}
Word last_word(std::string_view text) noexcept {
    return text.size() > sizeof(Word) ? load<Word>(text.data() + text.size() - sizeof(Word)) : 0;
}

/// Whether one of the bytes is special; these differ in few bits.
bool has_special(Bytes bytes) noexcept {
    const auto found = ((bytes | 0x01) == 0x27) |  // & and '
                       ((bytes | 0x02) == 0x3E) |  // < and >
                       (bytes == 0x22);
    const auto halves = reinterpret_cast<Words>(found);
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

/// Writes as many bytes of a word, escaped: 48 at most, and up to 8 beyond that mean nothing.
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

/// The same of a short text.
char* escaped_short(char* at, Word first, Word last, std::size_t size) noexcept {
    if (size <= sizeof(Word)) {
        return escaped_word(at, first, size);
    }
    if (has_special(reinterpret_cast<Bytes>(Words{first, last}))) {
        at = escaped_word(at, first, sizeof(Word));
        return escaped_word(at, last >> 8 * (2 * sizeof(Word) - size), size - sizeof(Word));
    }
    store(at, first);
    store(at + size - sizeof(Word), last);
    return at + size;
}

/// What a byte is in an address: letters, digits and `-._~` are themselves, a blank is a plus sign.
constexpr auto in_address = [] {
    struct Written {
        char text[3];
        char size;
    };
    constexpr char digits[] = "0123456789ABCDEF";
    std::array<Written, 256> table{};
    for (unsigned byte = 0; byte < table.size(); ++byte) {
        const bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        const bool is_digit = byte >= '0' && byte <= '9';
        if (is_letter || is_digit || byte == '-' || byte == '.' || byte == '_' || byte == '~') {
            table[byte] = {{static_cast<char>(byte)}, 1};
        } else {
            table[byte] = {{'%', digits[byte >> 4U], digits[byte & 0x0FU]}, 3};
        }
    }
    table[' '] = {{'+'}, 1};
    return table;
}();

}  // namespace

// ---- Room ----

Writer::Writer(std::string& out, std::size_t expected) : out_{out}, before_{out.size()} {
    const auto size = before_ + std::max(expected, least_size) + room;
    util::make_room(out_, std::max(out_.capacity(), size));
    end_ = out_.data() + out_.size() - room;
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
    util::make_room(out_, std::max(2 * out_.size(), used + size + room));
    end_ = out_.data() + out_.size() - room;
    return out_.data() + used;
}

// ---- Text ----

char* Writer::escaped_text(char* at, std::string_view text) {
    if (text.size() >= sizeof(Bytes)) {
        return escaped_long(at, text);
    }
    return settle(escaped_short(at, first_word(text), last_word(text), text.size()));
}

char* Writer::escaped_long(char* at, std::string_view text) {
    at = reserve(at, text.size());
    for (; text.size() >= sizeof(Bytes); text.remove_prefix(sizeof(Bytes))) {
        const auto bytes = load<Bytes>(text.data());
        if (has_special(bytes)) {
            const auto words = reinterpret_cast<Words>(bytes);
            at = reserve(escaped_short(at, words[0], words[1], sizeof bytes), text.size());
        } else {
            store(at, bytes);
            at += sizeof bytes;
        }
    }
    return settle(escaped_short(at, first_word(text), last_word(text), text.size()));
}

char* Writer::upper_escaped(char* at, std::string_view text) {
    return escaped_in_case(at, text, 'a', 'z', text::upper);
}

char* Writer::lower_escaped(char* at, std::string_view text) {
    return escaped_in_case(at, text, 'A', 'Z', text::lower);
}

char* Writer::escaped_in_case(
    char* at,
    std::string_view text,
    char first,
    char last,
    std::string (*change)(std::string_view)
) {
    if (text.size() <= sizeof(Bytes)) {
        const auto one = first_word(text);
        const auto other = last_word(text);
        if (text::is_all_ascii(one | other)) {
            const auto changed = text::with_case_changed(one, first, last);
            const auto also = text::with_case_changed(other, first, last);
            return settle(escaped_short(at, changed, also, text.size()));
        }
    }
    return escaped(at, change(text));
}

char* Writer::url_escaped(char* at, std::string_view text) {
    if (text.size() > several) {
        return url_escaped_long(at, text);
    }
    for (const char c : text) {
        const auto& written = in_address[static_cast<unsigned char>(c)];
        std::memcpy(at, &written, sizeof written);  // with its size, where the next one goes
        at += written.size;
    }
    return settle(at);
}

char* Writer::url_escaped_long(char* at, std::string_view text) {
    for (; !text.empty(); text.remove_prefix(std::min(several, text.size()))) {
        at = url_escaped(at, text.substr(0, several));
    }
    return at;
}

// ---- Values ----

char* Writer::integer(char* at, std::int64_t number) {
    return settle(std::to_chars(at, at + room, number).ptr);
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
