#include "config_file.hpp"

#include <algorithm>
#include <cstddef>

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
            text += c == '\\' ? parse_escape() : c;
        }
        take();
        return text;
    }

    char parse_escape() {
        if (rest_.empty()) {
            fail("a string lacks its closing quote");
        }
        switch (const char c = take()) {
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case '\\':
            case '\'':
            case '"':
                return c;
            case 'x':
                return parse_hex_escape();
            default:
                fail("a string has an unknown escape; write a backslash as \\\\");
        }
    }

    char parse_hex_escape() {
        if (rest_.size() < 2 || hex_value(rest_[0]) < 0 || hex_value(rest_[1]) < 0) {
            fail("\\x needs two hexadecimal digits");
        }
        const int high = hex_value(take());
        const int low = hex_value(take());
        return static_cast<char>(static_cast<unsigned char>(high * 16 + low));
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
