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
        constexpr std::size_t longest_entity = 6;
        if (text.size() >= sizeof(std::uint64_t)) {
            return escaped_long(text);
        }
        reserve(sizeof(std::uint64_t) * longest_entity);
        for (const char c : text) {
            if (is_special(c)) {
                entity(c);
            } else {
                *at_++ = c;
            }
        }
    }
    void integer(std::int64_t number);

private:
    [[nodiscard]] static constexpr bool is_special(char c) noexcept {
        return c == '&' || c == '<' || c == '>' || c == '"' || c == '\'';
    }
    void reserve(std::size_t size) {
        if (static_cast<std::size_t>(end_ - at_) < size) {
            grow(size);
        }
    }
    void grow(std::size_t size);
    void entity(char c) noexcept;
    void escaped_long(std::string_view text);

    char* begin_;
    char* at_;
    char* end_;
};

}  // namespace tornado::templating::compiled
