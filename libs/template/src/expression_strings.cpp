#include <algorithm>
#include <string>

#include "expression_parser.hpp"

// The part of the parser that reads strings, and the expressions in f-strings.
namespace tornado::templating::detail {

Expression ExpressionParser::strings() {
    std::vector<Expression> parts;
    std::string plain;
    const auto end_plain = [&] {
        if (!plain.empty()) {
            parts.push_back(constant(from_text(std::move(plain))));
            plain.clear();
        }
    };
    while (token_.kind == TokenKind::string || token_.kind == TokenKind::format_string) {
        if (token_.kind == TokenKind::string) {
            plain += Access::text(token_.value);
        } else {
            end_plain();
            parts.push_back(format_string(token_.text, token_.is_raw));
        }
        advance();
    }
    if (parts.empty()) {
        return constant(from_text(std::move(plain)));
    }
    end_plain();
    return node(Op::format_parts, std::move(parts));
}

Expression ExpressionParser::format_string(std::string_view text, bool is_raw) {
    std::vector<Expression> parts;
    std::string plain;
    while (!text.empty()) {
        const auto brace = std::min(text.find_first_of("{}"), text.size());
        plain += is_raw ? std::string{text.substr(0, brace)} : unescaped(text.substr(0, brace));
        text.remove_prefix(brace);
        if (text.empty()) {
            break;
        }
        if (text.size() > 1 && text[0] == text[1]) {
            plain += text[0];
            text.remove_prefix(2);
            continue;
        }
        if (text[0] == '}') {
            throw SyntaxError{"an f-string has a single `}`"};
        }
        parts.push_back(constant(from_text(std::move(plain))));
        plain.clear();
        parts.push_back(format_field(text, is_raw));
    }
    parts.push_back(constant(from_text(std::move(plain))));
    return node(Op::format_parts, std::move(parts));
}

namespace {

/// Where a field's expression ends: at `}`, `!` or `:` outside of brackets and strings.
std::size_t end_of_field(std::string_view text) {
    int open = 0;
    char quote = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote != 0) {
            quote = c == quote ? char{0} : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '(' || c == '[' || c == '{') {
            ++open;
        } else if (open == 0 && (c == '}' || c == ':' || (c == '!' && text.substr(i + 1, 1) != "="))) {
            return i;
        } else if (c == ')' || c == ']' || c == '}') {
            --open;
        }
    }
    throw SyntaxError{"an f-string has a field without an end"};
}

/// Where the `}` stands that closes a field whose format begins here.
std::size_t end_of_format(std::string_view text) {
    int open = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '}' && open == 0) {
            return i;
        }
        open += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
    }
    throw SyntaxError{"an f-string has a field without an end"};
}

}  // namespace

Expression ExpressionParser::format_field(std::string_view& text, bool is_raw) {
    const Level level{depth_};
    text.remove_prefix(1);
    const auto end = end_of_field(text);
    ExpressionParser inside{text.substr(0, end), depth_};
    auto value = inside.expressions();
    inside.expect_end();
    text.remove_prefix(end);
    Value conversion;
    if (text[0] == '!') {
        conversion = from_text(std::string{text.substr(1, 1)});
        text.remove_prefix(std::min<std::size_t>(text.size(), 2));
        if (std::string_view{"rsa"}.find(Access::text(conversion)) == std::string_view::npos ||
            text.empty() || Access::text(conversion).empty()) {
            throw SyntaxError{"an f-string has an unknown conversion"};
        }
    }
    auto format = constant(from_text(""));
    if (text[0] == ':') {
        text.remove_prefix(1);
        const auto close = end_of_format(text);
        format = format_string(text.substr(0, close), is_raw);
        text.remove_prefix(close);
    }
    if (text.empty() || text[0] != '}') {
        throw SyntaxError{"an f-string has a field without an end"};
    }
    text.remove_prefix(1);
    return node(
        Op::format_field, parts_of(std::move(value), std::move(format)), std::move(conversion)
    );
}

}  // namespace tornado::templating::detail
