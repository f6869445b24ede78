#include "repr.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "containers.hpp"
#include "meter.hpp"
#include "sequence.hpp"
#include "text.hpp"

namespace tornado::templating::detail {

namespace {

void append_hex(std::string& out, char32_t number, int digits) {
    constexpr char symbols[] = "0123456789abcdef";
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
        out += symbols[(number >> shift) & 0xFU];
    }
}

void append_escaped(std::string& out, char32_t c) {
    switch (c) {
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    out += c < 0x100 ? "\\x" : c < 0x10000 ? "\\u" : "\\U";
    append_hex(out, c, c < 0x100 ? 2 : c < 0x10000 ? 4 : 8);
}

void append_items(std::string& out, const Value& list) {
    const Nested nested;
    const auto size = list.size();
    for (std::size_t i = 0; i < size; ++i) {
        out += i == 0 ? "" : ", ";
        charge_for_growth(out.size());
        append_repr(out, element(list, i));
    }
    out += size == 1 && list.kind() == Kind::tuple ? "," : "";
}

void append_members(std::string& out, const Value& dict) {
    const Nested nested;
    std::string_view separator;
    for (const auto& key : keys_of(dict)) {
        out += separator;
        charge_for_growth(out.size());
        append_repr(out, key);
        out += ": ";
        Value member;
        if (find_in(dict, key, member)) {
            append_repr(out, member);
        }
        separator = ", ";
    }
}

void append_object(std::string& out, const Value& value) {
    std::string text;
    const auto* const type = Access::type(value);
    if (type->repr(Access::object(value), text)) {
        out += text;
    } else {
        out.append("<").append(value.type_name()).append(" object>");
    }
}

}  // namespace

void append_integer(std::string& out, std::int64_t number) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

void append_floating(std::string& out, double number) {
    if (!std::isfinite(number)) {
        out += std::isnan(number) ? "nan" : number < 0 ? "-inf" : "inf";
        return;
    }
    const double size = std::abs(number);
    const bool short_form = size == 0 || (size >= 1e-4 && size < 1e16);
    const auto format = short_form ? std::chars_format::fixed : std::chars_format::scientific;
    std::array<char, 64> digits;
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), number, format).ptr;
    out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
    if (short_form && number == std::trunc(number)) {
        out += ".0";
    }
}

void append_quoted(std::string& out, std::string_view text) {
    charge_for_size(text.size());
    const bool has_single = text.find('\'') != text.npos;
    const char quote = has_single && text.find('"') == text.npos ? '"' : '\'';
    out += quote;
    for (std::size_t from = 0; from < text.size();) {
        const auto to = text::next(text, from);
        const auto c = text::decode(text.substr(from, to - from));
        if (c == static_cast<unsigned char>(quote) || c == '\\') {
            out += '\\';
            out += static_cast<char>(c);
        } else if (text::is_printable(c)) {
            out += text.substr(from, to - from);
        } else {
            append_escaped(out, c);
        }
        from = to;
    }
    out += quote;
}

void append_str(std::string& out, const Value& value) {
    if (value.kind() == Kind::string) {
        out += Access::text(value);
        return;
    }
    std::string own;
    if (value.kind() >= Kind::list && Access::type(value) != nullptr &&
        Access::type(value)->text(Access::object(value), own)) {
        out += own;
        return;
    }
    append_repr(out, value);
}

void append_repr(std::string& out, const Value& value) {
    switch (value.kind()) {
        case Kind::null:
            out += "None";
            return;
        case Kind::boolean:
            out += value.truth() ? "True" : "False";
            return;
        case Kind::integer:
            return append_integer(out, Access::integer(value));
        case Kind::floating:
            return append_floating(out, Access::floating(value));
        case Kind::string:
            return append_quoted(out, Access::text(value));
        case Kind::list:
        case Kind::tuple: {
            if (!is_plain_list(value) && value.kind() == Kind::list) {
                return append_object(out, value);
            }
            out += value.kind() == Kind::list ? '[' : '(';
            append_items(out, value);
            out += value.kind() == Kind::list ? ']' : ')';
            return;
        }
        case Kind::dict:
            out += '{';
            append_members(out, value);
            out += '}';
            return;
        case Kind::callable:
        case Kind::object:
            return append_object(out, value);
    }
}

}  // namespace tornado::templating::detail
