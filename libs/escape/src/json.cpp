#include "tornado/escape/json.hpp"

#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <utility>

#include "code_point.hpp"
#include "json_handler.hpp"

namespace tornado::escape {

namespace {

namespace json = boost::json;

constexpr std::size_t max_depth = 256;

void append_unit(std::string& out, char32_t unit) {
    constexpr char digits[] = "0123456789abcdef";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) {
        out += digits[unit >> shift & 0x0FU];
    }
}

/// RFC 8259, 7: beyond U+FFFF a character takes two escapes, those of its UTF-16 form.
void append_escaped(std::string& out, char32_t character) {
    if (character < 0x10000) {
        append_unit(out, character);
        return;
    }
    append_unit(out, 0xD800U + ((character - 0x10000U) >> 10U));
    append_unit(out, 0xDC00U + (character & 0x3FFU));
}

/// Appends one of the characters that cannot stand for itself, or `/` after `<`.
void append_special(std::string& out, CodePoint character) {
    constexpr std::pair<char32_t, std::string_view> short_forms[] = {
        {'"', "\\\""},
        {'/', "\\/"},
        {'\\', "\\\\"},
        {'\b', "\\b"},
        {'\f', "\\f"},
        {'\n', "\\n"},
        {'\r', "\\r"},
        {'\t', "\\t"},
    };
    if (character.size == 0) {
        return append_escaped(out, 0xFFFD);
    }
    for (const auto& [special, form] : short_forms) {
        if (special == character.value) {
            out += form;
            return;
        }
    }
    append_escaped(out, character.value);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t plain = 0;
    std::size_t i = 0;
    while (i < text.size()) {
        const auto c = static_cast<unsigned char>(text[i]);
        const bool closes_tag = c == '/' && i != 0 && text[i - 1] == '<';
        if (c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && !closes_tag) {
            ++i;
            continue;
        }
        out.append(text, plain, i - plain);
        const auto character = decode_utf8(text.substr(i));
        append_special(out, character);
        i += character.size != 0 ? character.size : 1;
        plain = i;
    }
    out.append(text, plain);
    out += '"';
}

namespace {

template <typename Number, typename... Format>
void append_number(std::string& out, Number number, Format... format) {
    std::array<char, 32> digits;
    const auto* end =
        std::to_chars(digits.data(), digits.data() + digits.size(), number, format...).ptr;
    out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

}  // namespace

/// As Python writes a float: never looking like an integer, and without an exponent within reason.
void append_json_number(std::string& out, double number) {
    if (!std::isfinite(number)) {
        out += "null";
        return;
    }
    const double size = std::abs(number);
    if (size != 0 && (size < 1e-4 || size >= 1e16)) {
        append_number(out, number, std::chars_format::scientific);
        return;
    }
    append_number(out, number, std::chars_format::fixed);
    if (number == std::trunc(number)) {
        out += ".0";
    }
}

namespace {

void append_value(std::string& out, const json::value& value);

void append_array(std::string& out, const json::array& array) {
    std::string_view separator = "[";
    for (const auto& item : array) {
        out += separator;
        append_value(out, item);
        separator = ", ";
    }
    out += array.empty() ? "[]" : "]";
}

void append_object(std::string& out, const json::object& object) {
    std::string_view separator = "{";
    for (const auto& member : object) {
        out += separator;
        append_json_string(out, {member.key().data(), member.key().size()});
        out += ": ";
        append_value(out, member.value());
        separator = ", ";
    }
    out += object.empty() ? "{}" : "}";
}

void append_value(std::string& out, const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            out += "null";
            break;
        case json::kind::bool_:
            out += value.get_bool() ? "true" : "false";
            break;
        case json::kind::int64:
            append_number(out, value.get_int64());
            break;
        case json::kind::uint64:
            append_number(out, value.get_uint64());
            break;
        case json::kind::double_:
            append_json_number(out, value.get_double());
            break;
        case json::kind::string:
            append_json_string(out, {value.get_string().data(), value.get_string().size()});
            break;
        case json::kind::array:
            append_array(out, value.get_array());
            break;
        case json::kind::object:
            append_object(out, value.get_object());
            break;
    }
}

}  // namespace

std::string json_encode(const boost::json::value& value) {
    std::string out;
    append_value(out, value);
    return out;
}

Result<boost::json::value> json_decode(std::string_view text) {
    json::parse_options options;
    options.max_depth = max_depth;
    json::basic_parser<JsonHandler> parser{options};
    boost::system::error_code error;
    const auto used = parser.write_some(false, text.data(), text.size(), error);
    if (!error && used < text.size()) {
        error = json::error::extra_data;
    }
    if (error) {
        return static_cast<std::error_code>(error);
    }
    return parser.handler().release();
}

}  // namespace tornado::escape
