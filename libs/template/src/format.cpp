#include "format.hpp"

#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "attribute.hpp"
#include "format_number.hpp"
#include "repr.hpp"
#include "sequence.hpp"
#include "text.hpp"
#include "tornado/template/error.hpp"

namespace tornado::templating::detail {

namespace {

constexpr std::size_t most_width = 1'000'000;

bool is_whole(const Value& value) {
    return value.kind() == Kind::integer || value.kind() == Kind::boolean;
}

/// Reads a number at the front of the text, and takes it away.
std::size_t take_number(std::string_view& text) {
    std::size_t number = 0;
    while (!text.empty() && text::is_digit(text[0])) {
        number = number * 10 + static_cast<std::size_t>(text[0] - '0');
        text.remove_prefix(1);
        if (number > most_width) {
            throw Error{"ValueError", "the width or precision is too large"};
        }
    }
    return number;
}

/// Takes the first character away if it is one of these.
char take_any(std::string_view& text, std::string_view symbols) {
    if (text.empty() || symbols.find(text[0]) == symbols.npos) {
        return 0;
    }
    const char symbol = text[0];
    text.remove_prefix(1);
    return symbol;
}

/// Python's rules of which numbers have groups.
void check_grouping(const FormatSpec& spec) {
    const std::string_view types = spec.grouping == '_' ? "boxXdeEfFgG%" : "deEfFgG%";
    if (spec.grouping != 0 && spec.type != 0 && types.find(spec.type) == types.npos) {
        throw Error{
            "ValueError",
            std::string{"Cannot specify '"} + spec.grouping + "' with '" + spec.type + "'."};
    }
}

FormatSpec parse_spec(std::string_view spec) {
    constexpr std::string_view aligns = "<>=^";
    FormatSpec parsed;
    bool has_fill = false;
    if (!spec.empty()) {
        const auto second = text::next(spec, 0);
        if (second < spec.size() && aligns.find(spec[second]) != aligns.npos) {
            parsed.fill = spec.substr(0, second);
            parsed.align = spec[second];
            has_fill = true;
            spec.remove_prefix(second + 1);
        } else {
            parsed.align = take_any(spec, aligns);
        }
    }
    const char sign = take_any(spec, "+- ");
    parsed.sign = sign != 0 ? sign : '-';
    parsed.no_negative_zero = take_any(spec, "z") != 0;
    parsed.alternate = take_any(spec, "#") != 0;
    if (!spec.empty() && spec[0] == '0' && !has_fill) {
        parsed.fill = "0";
        parsed.align = parsed.align != 0 ? parsed.align : '=';
    }
    parsed.width = take_number(spec);
    parsed.grouping = take_any(spec, ",_");
    if (parsed.grouping != 0 && take_any(spec, ",_") != 0) {
        throw Error{"ValueError", "Cannot specify both ',' and '_'."};
    }
    if (take_any(spec, ".") != 0) {
        if (spec.empty() || !text::is_digit(spec[0])) {
            throw Error{"ValueError", "Format specifier missing precision"};
        }
        parsed.precision = static_cast<int>(take_number(spec));
    }
    if (!spec.empty()) {
        parsed.type = spec[0];
        spec.remove_prefix(1);
    }
    if (!spec.empty()) {
        throw Error{"ValueError", "Invalid format specifier"};
    }
    check_grouping(parsed);
    return parsed;
}

[[noreturn]] void unknown_code(char code, const Value& value) {
    throw Error{
        "ValueError",
        std::string{"Unknown format code '"} + code + "' for object of type '" +
            std::string{value.type_name()} + "'"};
}

std::string_view cut_to(std::string_view text, std::optional<int> characters) {
    return characters ? text.substr(0, text::offset(text, static_cast<std::size_t>(*characters)))
                      : text;
}

std::string format_text(FormatSpec spec, const Value& value) {
    if (spec.type != 0 && spec.type != 's') {
        unknown_code(spec.type, value);
    }
    if (spec.align == '=' && spec.fill == "0") {
        spec.align = '<';
    } else if (spec.align == '=') {
        throw Error{"ValueError", "'=' alignment not allowed in string format specifier"};
    }
    if (spec.grouping != 0 || spec.sign != '-' || spec.alternate || spec.no_negative_zero) {
        throw Error{"ValueError", "Sign, ',', '#' or 'z' not allowed in string format specifier"};
    }
    return padded(spec, "", cut_to(Access::text(value), spec.precision), '<');
}

std::string format_character(const FormatSpec& spec, const Value& value) {
    const auto number = Access::integer(value);
    if (number < 0 || number > 0x10FFFF) {
        throw Error{"OverflowError", "%c arg not in range(0x110000)"};
    }
    std::string character;
    text::append(character, static_cast<char32_t>(number));
    return padded(spec, "", character, '<');
}

std::string format_whole(const FormatSpec& spec, const Value& value) {
    if (spec.type == 'c') {
        return format_character(spec, value);
    }
    if (spec.type != 0 && std::string_view{"eEfFgG%"}.find(spec.type) != std::string_view::npos) {
        return format_floating(spec, static_cast<double>(Access::integer(value)));
    }
    if (spec.type != 0 && std::string_view{"bdoxXn"}.find(spec.type) == std::string_view::npos) {
        unknown_code(spec.type, value);
    }
    if (spec.precision || spec.no_negative_zero) {
        throw Error{"ValueError", "Precision or 'z' not allowed in integer format specifier"};
    }
    return format_integer(spec, Access::integer(value));
}

// ---- The operator % ----

/// The values of `%`, given out one after the other, or by name.
class PercentValues {
public:
    explicit PercentValues(const Value& values) : values_{values} {}

    Value next() {
        if (values_.kind() == Kind::tuple) {
            if (used_ < values_.size()) {
                return element(values_, used_++);
            }
        } else if (used_ == 0) {
            ++used_;
            return values_;
        }
        throw Error{"TypeError", "not enough arguments for format string"};
    }

    Value named(std::string_view name) {
        if (values_.kind() != Kind::dict) {
            throw Error{"TypeError", "format requires a mapping"};
        }
        used_ = 1;
        return subscript(values_, from_text(std::string{name}));
    }

    void check_all_used() const {
        const bool all =
            values_.kind() == Kind::tuple
                ? used_ == values_.size()
                : used_ != 0 || values_.kind() == Kind::dict || values_.kind() == Kind::list;
        if (!all) {
            throw Error{"TypeError", "not all arguments converted during string formatting"};
        }
    }

private:
    const Value& values_;
    std::size_t used_ = 0;
};

std::int64_t star(PercentValues& values) {
    const auto value = values.next();
    if (!is_whole(value)) {
        throw Error{"TypeError", "* wants int"};
    }
    if (std::abs(static_cast<double>(Access::integer(value))) > static_cast<double>(most_width)) {
        throw Error{"ValueError", "the width or precision is too large"};
    }
    return Access::integer(value);
}

/// What stands between `%` and the letter; takes it away from the text.
FormatSpec take_percent_spec(std::string_view& text, PercentValues& values) {
    FormatSpec spec;
    bool left = false;
    bool zeros = false;
    while (const char flag = take_any(text, "-+ #0")) {
        left = left || flag == '-';
        zeros = zeros || flag == '0';
        spec.alternate = spec.alternate || flag == '#';
        spec.sign = flag == '+' ? '+' : flag == ' ' && spec.sign != '+' ? ' ' : spec.sign;
    }
    if (take_any(text, "*") != 0) {
        const auto width = star(values);
        left = left || width < 0;
        spec.width = static_cast<std::size_t>(width < 0 ? -width : width);
    } else {
        spec.width = take_number(text);
    }
    if (take_any(text, ".") != 0) {
        const auto precision =
            take_any(text, "*") != 0 ? star(values) : static_cast<std::int64_t>(take_number(text));
        spec.precision = precision < 0 ? 0 : static_cast<int>(precision);
    }
    take_any(text, "hlL");
    spec.align = left ? '<' : zeros ? '=' : '>';
    spec.fill = zeros && !left ? "0" : " ";
    return spec;
}

std::int64_t whole_for(char letter, const Value& value) {
    if (is_whole(value)) {
        return Access::integer(value);
    }
    const bool decimal = letter == 'd' || letter == 'i' || letter == 'u';
    if (!decimal || value.kind() != Kind::floating) {
        throw Error{
            "TypeError",
            std::string{"%"} + letter + " format: a" + (decimal ? " real number" : "n integer") +
                " is required, not " + std::string{value.type_name()}};
    }
    const double number = Access::floating(value);
    if (!(std::abs(number) < 9.2e18)) {
        throw Error{"OverflowError", "cannot convert float to an integer of 64 bits"};
    }
    return static_cast<std::int64_t>(number);
}

std::string percent_character(const FormatSpec& spec, const Value& value) {
    if (is_whole(value)) {
        return format_character(spec, value);
    }
    if (value.kind() != Kind::string || value.size() != 1) {
        throw Error{"TypeError", "%c requires int or char"};
    }
    return padded(spec, "", Access::text(value), '>');
}

std::string percent_field(FormatSpec spec, char letter, const Value& value) {
    switch (letter) {
        case 's':
        case 'r':
        case 'a': {
            spec.fill = " ";
            spec.align = spec.align == '=' ? '>' : spec.align;
            const auto shown = letter == 's'   ? value.str()
                               : letter == 'r' ? value.repr()
                                               : ascii(value);
            return padded(spec, "", cut_to(shown, spec.precision), '>');
        }
        case 'c':
            spec.fill = " ";
            spec.align = spec.align == '=' ? '>' : spec.align;
            return percent_character(spec, value);
        case 'd':
        case 'i':
        case 'u':
        case 'x':
        case 'X':
        case 'o': {
            const auto number = whole_for(letter, value);
            spec.type = letter == 'i' || letter == 'u' ? 'd' : letter;
            return format_integer(spec, number);
        }
        case 'e':
        case 'E':
        case 'f':
        case 'F':
        case 'g':
        case 'G':
            spec.type = letter;
            return format_floating(spec, to_floating(value));
        default:
            throw Error{"ValueError", std::string{"unsupported format character '"} + letter + "'"};
    }
}

// ---- format() of fields ----

/// Follows `.name` and `[key]` after a field's first word.
Value follow(Value value, std::string_view path) {
    while (!path.empty()) {
        if (path[0] == '.') {
            const auto end = std::min(path.find_first_of(".[", 1), path.size());
            value = attribute_of(value, path.substr(1, end - 1));
            path.remove_prefix(end);
            continue;
        }
        const auto end = path.find(']');
        if (path[0] != '[' || end == path.npos || end == 1) {
            throw Error{"ValueError", "malformed field of a format string"};
        }
        auto key = path.substr(1, end - 1);
        path.remove_prefix(end + 1);
        if (key.find_first_not_of("0123456789") == key.npos && key.size() < 18) {
            value = subscript(value, static_cast<std::int64_t>(take_number(key)));
        } else {
            value = subscript(value, from_text(std::string{key}));
        }
    }
    return value;
}

class Fields {
public:
    explicit Fields(const Arguments& arguments) : arguments_{arguments} {}

    std::string format(std::string_view text, int depth = 0) {
        std::string out;
        while (!text.empty()) {
            const auto brace = std::min(text.find_first_of("{}"), text.size());
            out += text.substr(0, brace);
            text.remove_prefix(brace);
            if (text.empty()) {
                break;
            }
            if (text.size() > 1 && text[1] == text[0]) {
                out += text[0];
                text.remove_prefix(2);
            } else {
                charge_for_growth(out.size());
                append_field(out, text, depth);
            }
        }
        return out;
    }

private:
    void append_field(std::string& out, std::string_view& text, int depth) {
        if (text[0] == '}' || depth > 1) {
            throw Error{"ValueError", "Single '}' encountered in format string"};
        }
        const auto end = closing(text);
        auto field = text.substr(1, end - 1);
        text.remove_prefix(end + 1);
        const auto mark = std::min(field.find_first_of("!:"), field.size());
        auto value = look_up(field.substr(0, mark));
        field.remove_prefix(mark);
        if (!field.empty() && field[0] == '!') {
            value = converted(value, field);
        }
        if (!field.empty() && field[0] != ':') {
            throw Error{"ValueError", "expected ':' after conversion specifier"};
        }
        const auto spec = field.empty() ? std::string{} : format(field.substr(1), depth + 1);
        out += format_value(value, spec);
    }

    static std::size_t closing(std::string_view text) {
        int open = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            open += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
            if (open == 0) {
                return i;
            }
        }
        throw Error{"ValueError", "expected '}' before end of string"};
    }

    static Value converted(const Value& value, std::string_view& field) {
        const char conversion = field.size() > 1 ? field[1] : 0;
        field.remove_prefix(std::min<std::size_t>(field.size(), 2));
        switch (conversion) {
            case 'r':
                return from_text(value.repr());
            case 's':
                return from_text(value.str());
            case 'a':
                return from_text(ascii(value));
            default:
                throw Error{"ValueError", "Unknown conversion specifier"};
        }
    }

    Value look_up(std::string_view name) {
        const auto end = std::min(name.find_first_of(".["), name.size());
        auto first = name.substr(0, end);
        const auto path = name.substr(end);
        if (first.find_first_not_of("0123456789") != first.npos) {
            const auto* const found = arguments_.find(first);
            if (found == nullptr) {
                throw Error{"KeyError", "'" + std::string{first} + "'"};
            }
            return follow(*found, path);
        }
        const bool automatic = first.empty();
        if ((automatic && numbered_) || (!automatic && next_ != 0)) {
            throw Error{"ValueError", "cannot mix numbered and unnumbered fields"};
        }
        numbered_ = !automatic;
        const auto index = automatic ? next_++ : take_number(first);
        if (index >= arguments_.size()) {
            throw Error{
                "IndexError", "Replacement index " + std::to_string(index) + " out of range"};
        }
        return follow(arguments_[index], path);
    }

    const Arguments& arguments_;
    std::size_t next_ = 0;
    bool numbered_ = false;
};

}  // namespace

std::string ascii(const Value& value) {
    const auto text = value.repr();
    std::string out;
    for (std::size_t from = 0; from < text.size();) {
        const auto to = text::next(text, from);
        const auto c = text::decode(std::string_view{text}.substr(from, to - from));
        if (c < 0x80) {
            out += static_cast<char>(c);
        } else {
            char escaped[16];
            const auto* const form = c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x";
            const auto size = std::snprintf(
                escaped, sizeof escaped, form, static_cast<unsigned>(c)  // NOLINT: one of the three
            );
            out.append(escaped, static_cast<std::size_t>(size));
        }
        from = to;
    }
    return out;
}

std::string format_value(const Value& value, std::string_view spec) {
    if (spec.empty()) {
        return value.str();
    }
    if (value.kind() == Kind::object) {
        const auto argument = from_text(std::string{spec});
        return call_method(value, "__format__", Arguments{&argument, 1}).str();
    }
    const auto parsed = parse_spec(spec);
    if (is_whole(value)) {
        return format_whole(parsed, value);
    }
    if (value.kind() == Kind::string) {
        return format_text(parsed, value);
    }
    if (value.kind() == Kind::floating) {
        if (parsed.type != 0 &&
            std::string_view{"eEfFgGn%"}.find(parsed.type) == std::string_view::npos) {
            unknown_code(parsed.type, value);
        }
        return format_floating(parsed, Access::floating(value));
    }
    throw Error{
        "TypeError",
        "unsupported format string passed to " + std::string{value.type_name()} + ".__format__"};
}

std::string format_percent(std::string_view text, const Value& values) {
    PercentValues given{values};
    std::string out;
    while (true) {
        const auto mark = text.find('%');
        out += text.substr(0, mark);
        if (mark == text.npos) {
            break;
        }
        text.remove_prefix(mark + 1);
        charge_for_growth(out.size());
        std::optional<std::string_view> name;
        if (!text.empty() && text[0] == '(') {
            const auto end = text.find(')');
            if (end == text.npos) {
                throw Error{"ValueError", "incomplete format key"};
            }
            name = text.substr(1, end - 1);
            text.remove_prefix(end + 1);
        }
        if (!name && text.starts_with('%')) {
            text.remove_prefix(1);
            out += '%';
            continue;
        }
        const auto spec = take_percent_spec(text, given);
        if (text.empty()) {
            throw Error{"ValueError", "incomplete format"};
        }
        const char letter = text[0];
        text.remove_prefix(1);
        out += percent_field(spec, letter, name ? given.named(*name) : given.next());
    }
    given.check_all_used();
    return out;
}

std::string format_fields(std::string_view text, const Arguments& arguments) {
    return Fields{arguments}.format(text);
}

}  // namespace tornado::templating::detail
