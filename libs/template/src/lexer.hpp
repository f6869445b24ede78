#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tornado/template/value.hpp"

namespace tornado::templating::detail {

enum class TokenKind : unsigned char { end, name, keyword, number, string, format_string, symbol };

/// An operator or bracket of up to three characters, as one number to compare.
class Symbol {
public:
    /// None.
    constexpr Symbol() = default;
    constexpr Symbol(const char* text)  // NOLINT(google-explicit-constructor): is_symbol("<")
        : Symbol{std::string_view{text}} {}
    constexpr explicit Symbol(std::string_view text) {
        for (const char c : text) {
            code_ = code_ << 8U | static_cast<unsigned char>(c);
        }
    }
    constexpr bool operator==(const Symbol&) const = default;

private:
    std::uint32_t code_ = 0;
};

/// A word of an expression.
struct Token {
    TokenKind kind = TokenKind::end;
    bool is_raw = false;  ///< of an f-string
    Symbol symbol = {};
    std::string_view text;  ///< as it is written; of an f-string, what stands between its quotes
    Value value = {};       ///< of numbers and strings
};

/// Takes an expression apart, one token after the other.
///
/// Errors: throws SyntaxError.
class Lexer {
public:
    explicit Lexer(std::string_view text) : text_{text} {}

    [[nodiscard]] Token next();

private:
    void skip_space();
    [[nodiscard]] Token number();
    [[nodiscard]] Token string(std::size_t prefix);
    [[nodiscard]] std::size_t symbol_size() const;
    [[nodiscard]] Token symbol();

    std::string_view text_;
    std::size_t position_ = 0;
};

/// What the text between a string's quotes stands for, once its escapes are read.
[[nodiscard]] std::string unescaped(std::string_view text);
/// The same of bytes, which must be UTF-8: they become text.
[[nodiscard]] std::string unescaped_bytes(std::string_view text);

}  // namespace tornado::templating::detail
