#include "config_file.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "parse_value.hpp"
#include "tornado/options/error.hpp"

namespace tornado::options {

namespace {

constexpr bool is_name_character(char c) {
    const char lower = static_cast<char>(c | 0x20);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

constexpr int hex_value(char c) {
    const char lower = static_cast<char>(c | 0x20);
    return c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

class ConfigParser {
public:
    ConfigParser(std::string_view text, const std::string& path) : rest_{text}, path_{path} {}

    std::vector<Assignment> parse() {
        std::vector<Assignment> assignments;
        if (rest_.starts_with("\xEF\xBB\xBF")) {
            rest_.remove_prefix(3);  // a byte order mark
        }
        for (skip_blank_lines(); !rest_.empty(); skip_blank_lines()) {
            assignments.push_back(parse_assignment());
        }
        return assignments;
    }

private:
    [[noreturn]] void fail(const std::string& sentence) const {
        throw Error{path_ + ':' + std::to_string(line_) + ": " + sentence};
    }

    char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

    char take() {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        line_ += c == '\n' ? 1 : 0;
        return c;
    }

    /// Skips spaces and a comment, up to the end of the line.
    void skip_spaces() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r"), rest_.size()));
        if (peek() == '#') {
            rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
        }
    }

    void skip_blank_lines() {
        skip_spaces();
        while (peek() == '\n') {
            take();
            skip_spaces();
        }
    }

    std::string_view take_word() {
        std::size_t size = 0;
        while (size < rest_.size() && is_name_character(rest_[size])) {
            ++size;
        }
        const auto word = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return word;
    }

    Assignment parse_assignment() {
        Assignment assignment;
        assignment.line = line_;
        assignment.name = take_word();
        skip_spaces();
        if (assignment.name.empty() || peek() != '=') {
            fail("a line must read: name = value");
        }
        take();
        skip_spaces();
        if (peek() == '[' || peek() == '(') {
            assignment.is_list = true;
            assignment.literals = parse_list();
        } else {
            assignment.literals.push_back(parse_literal());
        }
        skip_spaces();
        if (!rest_.empty() && peek() != '\n') {
            fail("nothing may follow the value of \"" + assignment.name + '"');
        }
        return assignment;
    }

    /// A list may go on over several lines, and may end with a comma.
    std::vector<Literal> parse_list() {
        std::vector<Literal> literals;
        const char end = take() == '[' ? ']' : ')';
        skip_blank_lines();
        while (peek() != end) {
            literals.push_back(parse_literal());
            skip_blank_lines();
            if (peek() == ',') {
                take();
                skip_blank_lines();
            } else if (peek() != end) {
                fail(std::string{"a list needs a comma or a "} + end + " here");
            }
        }
        take();
        return literals;
    }

    Literal parse_literal() {
        if (peek() == '"' || peek() == '\'') {
            return {Literal::Form::text, parse_string()};
        }
        const auto size = std::min(rest_.find_first_of(" \t\r\n,#[]()"), rest_.size());
        const std::string word{rest_.substr(0, size)};
        rest_.remove_prefix(size);
        if (word == "None") {
            return {Literal::Form::none, word};
        }
        if (word == "True" || word == "False" || word == "true" || word == "false") {
            return {Literal::Form::boolean, word};
        }
        if (word.find_first_of("0123456789") == word.npos ||
            word.find_first_not_of("+-.eE0123456789") != word.npos) {
            fail(
                word.empty() ? "a value is missing"
                             : "\"" + word +
                                   "\" is no value; a value is a number, a string in quotes, True, "
                                   "False, None, or a list"
            );
        }
        return {Literal::Form::number, word};
    }

    std::string parse_string() {
        const char quote = take();
        std::string text;
        while (peek() != quote || rest_.empty()) {
            if (rest_.empty() || peek() == '\n') {
                fail("a string lacks its closing quote");
            }
            const char c = take();
            if (c == '\\') {
                append_escape(text);
            } else {
                text += c;
            }
        }
        take();
        return text;
    }

    void append_escape(std::string& text) {
        if (rest_.empty()) {
            fail("a string lacks its closing quote");
        }
        switch (const char c = take()) {
            case 'n':
                text += '\n';
                break;
            case 'r':
                text += '\r';
                break;
            case 't':
                text += '\t';
                break;
            case '\\':
            case '\'':
            case '"':
                text += c;
                break;
            case 'x':
                text += static_cast<char>(static_cast<unsigned char>(take_hex(c, 2)));
                break;
            case 'u':
                append_character(text, take_hex(c, 4));
                break;
            case 'U':
                append_character(text, take_hex(c, 8));
                break;
            default:
                fail("a string has an unknown escape; write a backslash as \\\\");
        }
    }

    /// The number that so many hexadecimal digits make.
    std::uint32_t take_hex(char escape, std::size_t digits) {
        std::uint32_t number = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            if (hex_value(peek()) < 0) {
                fail(
                    std::string{'\\', escape} + " needs " + std::to_string(digits) +
                    " hexadecimal digits"
                );
            }
            number = number << 4 | static_cast<std::uint32_t>(hex_value(take()));
        }
        return number;
    }

    /// Appends a character in UTF-8.
    void append_character(std::string& text, std::uint32_t character) const {
        if (character > 0x10FFFF || (character >= 0xD800 && character <= 0xDFFF)) {
            fail("a string has an escape that is no character");
        }
        const std::uint32_t leads[] = {0, 0xC0, 0xE0, 0xF0};
        const std::size_t tails = character < 0x80      ? 0
                                  : character < 0x800   ? 1
                                  : character < 0x10000 ? 2
                                                        : 3;
        text += static_cast<char>(leads[tails] | character >> (6 * tails));
        for (auto left = tails; left > 0; --left) {
            text += static_cast<char>(0x80 | ((character >> (6 * (left - 1))) & 0x3F));
        }
    }

    std::string_view rest_;
    const std::string& path_;
    int line_ = 1;
};

Scalar to_scalar(const Literal& literal, const Type& type) {
    const bool fits =
        literal.form == Literal::Form::text ||
        (literal.form == Literal::Form::boolean && type.kind == Kind::boolean) ||
        (literal.form == Literal::Form::number &&
         (type.kind == Kind::integer || type.kind == Kind::real || type.kind == Kind::duration));
    if (!fits) {
        throw Error{literal.text + " is not " + describe(Type{type.kind, false})};
    }
    return parse_scalar(literal.text, type);
}

}  // namespace

std::vector<Assignment> parse_config(std::string_view text, const std::string& path) {
    return ConfigParser{text, path}.parse();
}

Value to_value(const Assignment& assignment, const Type& type) {
    const auto& literals = assignment.literals;
    if (!assignment.is_list) {
        if (literals.front().form == Literal::Form::none) {
            return {};
        }
        if (type.multiple && literals.front().form == Literal::Form::text) {
            return parse_value(literals.front().text, type);
        }
    }
    if (assignment.is_list != type.multiple) {
        throw Error{"the value must be " + describe(type)};
    }
    std::vector<Scalar> scalars;
    for (const auto& literal : literals) {
        scalars.push_back(to_scalar(literal, type));
    }
    return {type, std::move(scalars)};
}

}  // namespace tornado::options
