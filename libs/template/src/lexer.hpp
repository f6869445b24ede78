#pragma once

#include <string>
#include <string_view>

#include "tornado/template/value.hpp"

namespace tornado::templating::detail {

enum class TokenKind : unsigned char { end, name, number, string, format_string, symbol };

/// A word of an expression.
struct Token {
    TokenKind kind = TokenKind::end;
    std::string_view text;  ///< as it is written; of an f-string, what stands between its quotes
    Value value;            ///< of numbers and strings
    bool is_raw = false;    ///< of an f-string
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
    [[nodiscard]] Token symbol();

    std::string_view text_;
    std::size_t position_ = 0;
};

/// What the text between a string's quotes stands for, once its escapes are read.
[[nodiscard]] std::string unescaped(std::string_view text);
/// The same of bytes, which must be UTF-8: they become text.
[[nodiscard]] std::string unescaped_bytes(std::string_view text);

/// Whether the word is one of Python's own, which names nothing else.
[[nodiscard]] bool is_keyword(std::string_view word) noexcept;

}  // namespace tornado::templating::detail
