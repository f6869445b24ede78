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

/// Empty for what may stand as it is.
std::string_view entity_of(char c) {
    switch (c) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '"':
            return "&quot;";
        case '\'':
            return "&#x27;";
        default:
            return {};
    }
}

/// Whether one of eight bytes is special; these differ in few bits.
bool has_special_of_eight(const char* from) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101;
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, from, sizeof bytes);
    const auto is_zero = [](std::uint64_t word) { return (word - ones) & ~word; };
    const auto found = is_zero((bytes | ones) ^ (ones * 0x27)) |        // & and '
                       is_zero((bytes | (ones * 2)) ^ (ones * 0x3E)) |  // < and >
                       is_zero(bytes ^ (ones * 0x22));
    return (found & (ones * 0x80)) != 0;
}

/// The same of eight bytes or more.
bool has_special(std::string_view text) noexcept {
    constexpr auto step = sizeof(std::uint64_t);
    for (std::size_t i = 0; i + step < text.size(); i += step) {
        if (has_special_of_eight(text.data() + i)) {
            return true;
        }
    }
    return has_special_of_eight(text.data() + text.size() - step);
}

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

void Writer::entity(char c) noexcept {
    const auto text = entity_of(c);
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
}

void Writer::escaped_long(std::string_view text) {
    if (!has_special(text)) {
        return append(text);
    }
    std::size_t plain = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (const auto entity = entity_of(text[i]); !entity.empty()) {
            append(text.substr(plain, i - plain));
            append(entity);
            plain = i + 1;
        }
    }
    append(text.substr(plain));
}

}  // namespace tornado::templating::compiled
