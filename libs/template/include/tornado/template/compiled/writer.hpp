#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "tornado/template/value.hpp"

namespace tornado::templating::compiled {

/// Appends what a rendering makes to a string, which nobody else may touch meanwhile. Functions
/// that write are told where, and tell where that ended; Cursor keeps the place.
///
/// Errors: what would make the string longer than 2^30 bytes throws Error (MemoryError).
class Writer {
public:
    /// `expected` bytes or fewer need no more room.
    explicit Writer(std::string& out, std::size_t expected = 0);
    /// The string is as it was before, unless all is finished.
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    [[nodiscard]] char* begin() noexcept { return out_.data() + before_; }
    /// Leaves in the string what was written. Nothing may follow.
    void finish(const char* at) noexcept;

    /// How many bytes always have room.
    static constexpr std::size_t room = 128;
    /// Where these have it again, after some were used.
    [[nodiscard]] char* settle(char* at) { return at > end_ ? grow(at, 0) : at; }
    /// Where so many bytes more than these have room.
    [[nodiscard]] char* reserve(char* at, std::size_t size) {
        return end_ - at < static_cast<std::ptrdiff_t>(size) ? grow(at, size) : at;
    }
    [[nodiscard]] char* append(char* at, std::string_view text) {
        at = reserve(at, text.size());
        std::memcpy(at, text.data(), text.size());
        return at + text.size();
    }
    /// The text with what HTML gives a meaning written as entities.
    [[nodiscard]] char* escaped(char* at, std::string_view text) {
        if (text.size() != 1 || is_special(text[0])) {
            return escaped_text(at, text);
        }
        *at = text[0];  // a call would cost more than the rest
        return settle(at + 1);
    }
    /// The same of what upper() makes of the text, or lower().
    [[nodiscard]] char* upper_escaped(char* at, std::string_view text);
    [[nodiscard]] char* lower_escaped(char* at, std::string_view text);
    /// The text as a part of an address, with a plus sign for a blank. Nothing in that has a
    /// meaning in HTML.
    [[nodiscard]] char* url_escaped(char* at, std::string_view text);
    [[nodiscard]] char* integer(char* at, std::int64_t number);
    /// Any value, as str() gives it.
    [[nodiscard]] char* value(char* at, const Value& value);
    [[nodiscard]] char* escaped_value(char* at, const Value& value);

private:
    [[nodiscard]] static constexpr bool is_special(char c) noexcept {
        constexpr auto bit = [](char special) { return std::uint64_t{1} << special; };
        constexpr auto all = bit('&') | bit('<') | bit('>') | bit('"') | bit('\'');
        const auto byte = static_cast<unsigned char>(c);
        return byte < 64 && ((all >> byte) & 1U) != 0;
    }
    [[nodiscard]] char* escaped_text(char* at, std::string_view text);
    [[nodiscard]] char* escaped_long(char* at, std::string_view text);
    [[nodiscard]] char* url_escaped_long(char* at, std::string_view text);
    [[nodiscard]] char* grow(char* at, std::size_t size);
    [[nodiscard]] char* escaped_in_case(
        char* at,
        std::string_view text,
        char first,
        char last,
        std::string (*change)(std::string_view)
    );

    std::string& out_;  // with room that holds nothing yet, some of it beyond end_
    std::size_t before_;
    char* end_ = nullptr;
};

/// A Writer, and the place where it goes on. The code of a compiled template has it as a variable
/// of its own, so that the compiler keeps the place in a register: in memory, each text would wait
/// for the one before to be stored.
class Cursor {
public:
    explicit Cursor(Writer& writer) noexcept : writer_{&writer}, at_{writer.begin()} {}

    /// A text whose size is known when the template is compiled.
    template <std::size_t N>
    void constant(const char (&text)[N]) {
        if constexpr (N - 1 <= Writer::room) {
            auto* const at = at_;
            std::memcpy(at, text, N - 1);
            at_ = writer_->settle(at + (N - 1));
        } else {
            append({text, N - 1});
        }
    }
    void append(std::string_view text) { at_ = writer_->append(at_, text); }
    void escaped(std::string_view text) { at_ = writer_->escaped(at_, text); }
    void upper_escaped(std::string_view text) { at_ = writer_->upper_escaped(at_, text); }
    void lower_escaped(std::string_view text) { at_ = writer_->lower_escaped(at_, text); }
    void url_escaped(std::string_view text) { at_ = writer_->url_escaped(at_, text); }
    void integer(std::int64_t number) { at_ = writer_->integer(at_, number); }
    void value(const Value& value) { at_ = writer_->value(at_, value); }
    void escaped_value(const Value& value) { at_ = writer_->escaped_value(at_, value); }
    void finish() const noexcept { writer_->finish(at_); }

private:
    Writer* writer_;
    char* at_;
};

}  // namespace tornado::templating::compiled
