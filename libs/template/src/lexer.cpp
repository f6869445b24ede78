#include "lexer.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "expression.hpp"
#include "text.hpp"
#include "tornado/escape/utf8.hpp"

namespace tornado::templating::detail {

namespace {

bool begins_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool continues_name(char c) {
    return begins_name(c) || text::is_digit(c);
}

unsigned digit_value(char c) {
    if (text::is_digit(c)) {
        return static_cast<unsigned>(c - '0');
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? static_cast<unsigned>(lower - 'a' + 10) : 16;
}

/// The number of so many digits that stand at `position`.
char32_t hex_number(std::string_view text, std::size_t position, std::size_t digits) {
    char32_t number = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        if (position + i >= text.size() || digit_value(text[position + i]) > 15) {
            throw SyntaxError{"a string has an escape that is cut short"};
        }
        number = number * 16 + digit_value(text[position + i]);
    }
    if (number > 0x10FFFF || (number >= 0xD800 && number <= 0xDFFF)) {
        throw SyntaxError{"a string has an escape that is no character"};
    }
    return number;
}

/// What the number in an escape is that of.
enum class Unit : bool { character, byte };

void append_unit(std::string& out, char32_t number, Unit unit) {
    if (unit == Unit::byte) {
        out += static_cast<char>(number & 0xFFU);
    } else {
        text::append(out, number);
    }
}

/// Appends what the escape at `position`, after the backslash, stands for; returns where it ends.
std::size_t
append_escape(std::string& out, std::string_view text, std::size_t position, Unit unit) {
    constexpr std::string_view letters = "\\'\"abfnrtv";
    constexpr std::string_view meanings = "\\'\"\a\b\f\n\r\t\v";
    const char c = text[position];
    if (const auto place = letters.find(c); place != letters.npos) {
        out += meanings[place];
        return position + 1;
    }
    if (c == '\n') {
        return position + 1;
    }
    if (c == 'x' || (unit == Unit::character && (c == 'u' || c == 'U'))) {
        const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : 8;
        append_unit(out, hex_number(text, position + 1, digits), unit);
        return position + 1 + digits;
    }
    if (c >= '0' && c <= '7') {
        char32_t number = 0;
        std::size_t end = position;
        while (end < text.size() && end < position + 3 && text[end] >= '0' && text[end] <= '7') {
            number = number * 8 + digit_value(text[end++]);
        }
        append_unit(out, number, unit);
        return end;
    }
    out += '\\';  // as Python leaves what it does not know
    out += c;
    return position + 1;
}

std::string without_underscores(std::string_view digits) {
    std::string plain;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (digits[i] != '_') {
            plain += digits[i];
        } else if (i + 1 == digits.size() || i == 0 || digit_value(digits[i + 1]) > 15 || digit_value(digits[i - 1]) > 15) {
            throw SyntaxError{"a number has a misplaced underscore"};
        }
    }
    return plain;
}

Value whole_number(std::string_view digits, int base) {
    const auto plain = without_underscores(digits);
    std::int64_t number = 0;
    const auto [end, error] =
        std::from_chars(plain.data(), plain.data() + plain.size(), number, base);
    if (error == std::errc::result_out_of_range) {
        throw SyntaxError{"a number is beyond 64 bits"};
    }
    if (error != std::errc{} || end != plain.data() + plain.size()) {
        throw SyntaxError{"a number is malformed"};
    }
    return Access::integer(number);
}

Value real_number(std::string_view digits) {
    const auto plain = without_underscores(digits);
    double number = 0;
    const auto* const last = plain.data() + plain.size();
    const auto [end, error] = std::from_chars(plain.data(), last, number);
    if (error == std::errc::result_out_of_range) {
        const auto mark = plain.find_first_of("eE");
        const bool tiny = mark != plain.npos && plain[mark + 1] == '-';
        return Access::floating(tiny ? 0.0 : std::numeric_limits<double>::infinity());
    }
    if (error != std::errc{} || end != last) {
        throw SyntaxError{"a number is malformed"};
    }
    return Access::floating(number);
}

/// A word of up to eight letters, as one number to compare.
constexpr std::uint64_t packed(std::string_view word) {
    std::uint64_t code = 0;
    for (const char c : word) {
        code = code << 8U | static_cast<unsigned char>(c);
    }
    return code;
}

/// Whether the word is one of Python's own, which names nothing else.
bool is_keyword(std::string_view word) noexcept {
    constexpr std::uint64_t words[] = {
        packed("False"),    packed("None"),    packed("True"),  packed("and"),   packed("as"),
        packed("assert"),   packed("async"),   packed("await"), packed("break"), packed("class"),
        packed("continue"), packed("def"),     packed("del"),   packed("elif"),  packed("else"),
        packed("except"),   packed("finally"), packed("for"),   packed("from"),  packed("global"),
        packed("if"),       packed("import"),  packed("in"),    packed("is"),    packed("lambda"),
        packed("nonlocal"), packed("not"),     packed("or"),    packed("pass"),  packed("raise"),
        packed("return"),   packed("try"),     packed("while"), packed("with"),  packed("yield")};
    return word.size() <= sizeof(std::uint64_t) &&
           std::find(std::begin(words), std::end(words), packed(word)) != std::end(words);
}

std::string unescaped_units(std::string_view text, Unit unit) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i++];
        } else {
            i = append_escape(out, text, i + 1, unit);
        }
    }
    return out;
}

}  // namespace

std::string unescaped(std::string_view text) {
    return unescaped_units(text, Unit::character);
}

std::string unescaped_bytes(std::string_view text) {
    auto bytes = unescaped_units(text, Unit::byte);
    if (!escape::is_valid_utf8(bytes)) {
        throw SyntaxError{"a string of bytes is not UTF-8"};
    }
    return bytes;
}

void Lexer::skip_space() {
    while (position_ < text_.size()) {
        const char c = text_[position_];
        if (c == '#') {
            position_ = std::min(text_.find('\n', position_), text_.size());
        } else if (c == '\\' && position_ + 1 < text_.size() && text_[position_ + 1] == '\n') {
            position_ += 2;
        } else if (c == ' ' || (c >= '\t' && c <= '\r')) {
            ++position_;
        } else {
            return;
        }
    }
}

Token Lexer::next() {
    skip_space();
    if (position_ >= text_.size()) {
        return {};
    }
    const char c = text_[position_];
    const bool real =
        c == '.' && position_ + 1 < text_.size() && text::is_digit(text_[position_ + 1]);
    if (text::is_digit(c) || real) {
        return number();
    }
    if (c == '"' || c == '\'') {
        return string(0);
    }
    if (!begins_name(c)) {
        return symbol();
    }
    auto end = position_;
    while (end < text_.size() && continues_name(text_[end])) {
        ++end;
    }
    const auto size = end - position_;
    if (size <= 2 && end < text_.size() && (text_[end] == '"' || text_[end] == '\'')) {
        return string(size);
    }
    const auto word = text_.substr(position_, size);
    position_ = end;
    return {.kind = is_keyword(word) ? TokenKind::keyword : TokenKind::name, .text = word};
}

Token Lexer::number() {
    const auto from = position_;
    const auto lower = [this](std::size_t at) {
        return at < text_.size() ? static_cast<char>(text_[at] | 0x20) : char{0};
    };
    const int base = text_[from] != '0'       ? 10
                     : lower(from + 1) == 'x' ? 16
                     : lower(from + 1) == 'o' ? 8
                     : lower(from + 1) == 'b' ? 2
                                              : 10;
    bool real = false;
    auto end = base == 10 ? from : from + 2;
    for (; end < text_.size(); ++end) {
        const char c = text_[end];
        const bool sign =
            (c == '+' || c == '-') && base == 10 && end > from && lower(end - 1) == 'e';
        if (c == '.' && base == 10) {
            real = true;
        } else if (!continues_name(c) && !sign) {
            break;
        }
        real = real || (base == 10 && lower(end) == 'e');
    }
    position_ = end;
    const auto written = text_.substr(from, end - from);
    if (real) {
        return {.kind = TokenKind::number, .text = written, .value = real_number(written)};
    }
    const auto digits = base == 10 ? written : written.substr(2);
    const bool padded = base == 10 && digits.size() > 1 && digits[0] == '0' &&
                        digits.find_first_not_of("0_") != digits.npos;
    if (padded) {
        throw SyntaxError{"a number begins with 0: write 0o for octal"};
    }
    return {.kind = TokenKind::number, .text = written, .value = whole_number(digits, base)};
}

Token Lexer::string(std::size_t prefix) {
    bool is_raw = false;
    bool is_format = false;
    bool is_bytes = false;
    for (const char c : text_.substr(position_, prefix)) {
        const auto letter = static_cast<char>(c | 0x20);
        is_raw = is_raw || letter == 'r';
        is_format = is_format || letter == 'f';
        is_bytes = is_bytes || letter == 'b';
        if (std::string_view{"rbuf"}.find(letter) == std::string_view::npos) {
            throw SyntaxError{"a string has an unknown prefix"};
        }
    }
    const auto from = position_ + prefix;
    const char quote = text_[from];
    const bool triple = text_.substr(from, 3) == std::string(3, quote);
    const std::string closing(triple ? 3 : 1, quote);
    const auto begin = from + closing.size();
    auto end = begin;
    while (end >= text_.size() || !text_.substr(end).starts_with(closing)) {
        if (end >= text_.size() || (!triple && text_[end] == '\n')) {
            throw SyntaxError{"a string has no end"};
        }
        end += text_[end] == '\\' ? 2 : 1;
    }
    position_ = end + closing.size();
    const auto inside = text_.substr(begin, end - begin);
    if (is_format) {
        return {.kind = TokenKind::format_string, .is_raw = is_raw, .text = inside};
    }
    auto meant = is_raw     ? std::string{inside}
                 : is_bytes ? unescaped_bytes(inside)
                            : unescaped(inside);
    return {.kind = TokenKind::string, .text = inside, .value = from_text(std::move(meant))};
}

/// How many characters the symbol has that begins here: the longest of Python's.
std::size_t Lexer::symbol_size() const {
    constexpr std::string_view single = "+-*/%&|^~<>()[]{},:.=";
    constexpr std::string_view doubled = "*/<>";  // which may stand twice
    constexpr std::string_view before_equals = "<>=!+-*/%&|^:";
    const auto at = [this](std::size_t i) {
        return position_ + i < text_.size() ? text_[position_ + i] : char{0};
    };
    const char c = at(0);
    if (at(1) == c && doubled.find(c) != doubled.npos) {
        return at(2) == '=' ? 3 : 2;
    }
    if ((at(1) == '=' && before_equals.find(c) != before_equals.npos) ||
        (c == '-' && at(1) == '>')) {
        return 2;
    }
    if (single.find(c) == single.npos) {
        throw SyntaxError{std::string{"an expression cannot hold "} + c};
    }
    return 1;
}

Token Lexer::symbol() {
    const auto written = text_.substr(position_, symbol_size());
    position_ += written.size();
    return {.kind = TokenKind::symbol, .symbol = Symbol{written}, .text = written};
}

}  // namespace tornado::templating::detail
