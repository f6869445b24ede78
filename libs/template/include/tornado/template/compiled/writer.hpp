#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace tornado::templating::compiled {

/// The text that a rendering makes, in a buffer that the thread keeps for the next one.
///
/// Errors: what would go beyond 2^30 bytes throws Error (MemoryError).
class Writer {
public:
    Writer();
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    [[nodiscard]] std::string_view text() const noexcept {
        return {begin_, static_cast<std::size_t>(at_ - begin_)};
    }

    /// Appends a text whose size is known when the template is compiled.
    template <std::size_t N>
    void constant(const char (&text)[N]) {
        reserve(N - 1);
        std::memcpy(at_, text, N - 1);
        at_ += N - 1;
    }
    void append(std::string_view text) {
        reserve(text.size());
        std::memcpy(at_, text.data(), text.size());
        at_ += text.size();
    }
    /// Appends it with what HTML gives a meaning written as entities.
    [[gnu::always_inline]] void escaped(std::string_view text) {
        reserve(text.size() + room_for_word);
        if (text.size() < sizeof(Word) / 2) {
            for (const char c : text) {
                if (is_special(c)) {
                    escaped_bytes({&c, 1});
                } else {
                    *at_++ = c;
                }
            }
        } else {
            escaped_long(text);
        }
    }
    /// Appends it as a part of an address, with a plus sign for a blank. Nothing in that has a
    /// meaning in HTML.
    void url_escaped(std::string_view text);
    void integer(std::int64_t number);

private:
    using Word = std::uint64_t;
    /// What the bytes of a word may become, and a word beyond, as entities are copied in words.
    static constexpr std::size_t room_for_word = 7 * sizeof(Word);

    [[nodiscard]] static constexpr bool is_special(char c) noexcept {
        constexpr auto bit = [](char special) { return std::uint64_t{1} << special; };
        constexpr auto all = bit('&') | bit('<') | bit('>') | bit('"') | bit('\'');
        const auto byte = static_cast<unsigned char>(c);
        return byte < 64 && ((all >> byte) & 1U) != 0;
    }
    void reserve(std::size_t size) {
        if (static_cast<std::size_t>(end_ - at_) < size) {
            grow(size);
        }
    }
    void grow(std::size_t size);
    void escaped_bytes(std::string_view text) noexcept;
    void escaped_long(std::string_view text);

    char* begin_;
    char* at_;
    char* end_;
};

}  // namespace tornado::templating::compiled
