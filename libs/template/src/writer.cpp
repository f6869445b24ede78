#include "tornado/template/compiled/writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <utility>

#include "meter.hpp"

namespace tornado::templating::compiled {

namespace {

constexpr std::size_t least_size = 4096;
constexpr std::size_t most_kept = std::size_t{1} << 20U;

/// A buffer that the thread's next writer takes.
struct Spare {
    std::unique_ptr<char[]> buffer;
    std::size_t size = 0;
};

thread_local Spare spare;

/// What a special character is written as.
struct Entity {
    char text[8];
    std::size_t size;
};

Entity entity_of(char c) {
    switch (c) {
        case '&':
            return {"&amp;", 5};
        case '<':
            return {"&lt;", 4};
        case '>':
            return {"&gt;", 4};
        case '"':
            return {"&quot;", 6};
        default:
            return {"&#x27;", 6};
    }
}

/// Whether one of the bytes is special; these differ in few bits.
bool has_special(std::uint64_t bytes) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101;
    const auto zeros = [](std::uint64_t word) { return (word - ones) & ~word; };
    const auto found = zeros((bytes | ones) ^ (ones * 0x27)) |        // & and '
                       zeros((bytes | (ones * 2)) ^ (ones * 0x3E)) |  // < and >
                       zeros(bytes ^ (ones * 0x22));
    return (found & (ones * 0x80)) != 0;
}

template <typename Word>
Word load(const char* from) noexcept {
    Word word = 0;
    std::memcpy(&word, from, sizeof word);
    return word;
}

/// What stands in an address as it is: letters, digits and `-._~`.
constexpr auto is_unreserved = [] {
    std::array<bool, 256> table{};
    for (unsigned char c = 0; c < 128; ++c) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool is_digit = c >= '0' && c <= '9';
        table[c] = is_letter || is_digit || c == '-' || c == '.' || c == '_' || c == '~';
    }
    return table;
}();

}  // namespace

Writer::Writer() {
    const auto size = spare.buffer != nullptr ? std::exchange(spare.size, 0) : least_size;
    begin_ = spare.buffer != nullptr ? spare.buffer.release() : new char[size];
    at_ = begin_;
    end_ = begin_ + size;
}

Writer::~Writer() {
    const auto size = static_cast<std::size_t>(end_ - begin_);
    if (size > spare.size && size <= most_kept) {
        spare.buffer.reset(begin_);
        spare.size = size;
    } else {
        delete[] begin_;
    }
}

void Writer::grow(std::size_t size) {
    const auto used = static_cast<std::size_t>(at_ - begin_);
    if (used > detail::greatest_size || size > detail::greatest_size - used) {
        detail::size_exceeded(used + size);
    }
    const auto room = std::max(2 * static_cast<std::size_t>(end_ - begin_), used + size);
    auto* const larger = new char[room];
    std::memcpy(larger, begin_, used);
    delete[] begin_;
    begin_ = larger;
    at_ = begin_ + used;
    end_ = begin_ + room;
}

void Writer::integer(std::int64_t number) {
    constexpr std::size_t most_digits = 20;
    reserve(most_digits);
    at_ = std::to_chars(at_, end_, number).ptr;
}

/// For a word's bytes at most, for which there is room.
void Writer::escaped_bytes(std::string_view text) noexcept {
    for (const char c : text) {
        if (is_special(c)) {
            const auto entity = entity_of(c);
            std::memcpy(at_, entity.text, sizeof entity.text);
            at_ += entity.size;
        } else {
            *at_++ = c;
        }
    }
}

/// For half a word's bytes or more; there is room for them, and for entities in one word.
void Writer::escaped_long(std::string_view text) {
    while (text.size() >= sizeof(Word)) {
        const auto word = load<Word>(text.data());
        if (has_special(word)) {
            escaped_bytes(text.substr(0, sizeof(Word)));
            reserve(text.size() + room_for_word);
        } else {
            std::memcpy(at_, &word, sizeof word);
            at_ += sizeof word;
        }
        text.remove_prefix(sizeof(Word));
    }
    constexpr auto half = sizeof(Word) / 2;
    if (text.size() < half) {
        return escaped_bytes(text);
    }
    const auto first = load<std::uint32_t>(text.data());  // the halves may have bytes in common
    const auto last = load<std::uint32_t>(text.data() + text.size() - half);
    if (has_special(Word{first} << 32U | last)) {
        return escaped_bytes(text);
    }
    std::memcpy(at_, &first, half);
    std::memcpy(at_ + text.size() - half, &last, half);
    at_ += text.size();
}

void Writer::url_escaped(std::string_view text) {
    constexpr std::size_t several = 64;
    constexpr char digits[] = "0123456789ABCDEF";
    for (; !text.empty(); text.remove_prefix(std::min(several, text.size()))) {
        reserve(3 * several);
        for (const char c : text.substr(0, several)) {
            const auto byte = static_cast<unsigned char>(c);
            if (is_unreserved[byte]) {
                *at_++ = c;
            } else if (c == ' ') {
                *at_++ = '+';
            } else {
                *at_++ = '%';
                *at_++ = digits[byte >> 4U];
                *at_++ = digits[byte & 0x0FU];
            }
        }
    }
}

}  // namespace tornado::templating::compiled
