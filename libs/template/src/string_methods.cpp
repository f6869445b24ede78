#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "format.hpp"
#include "meter.hpp"
#include "methods.hpp"
#include "sequence.hpp"
#include "text.hpp"
#include "tornado/template/error.hpp"

namespace tornado::templating::detail {

namespace {

using std::string_view;

string_view self_text(const Value& self) {
    return Access::text(self);
}

/// A part of a string, which keeps the whole.
Value part(const Value& self, string_view text) {
    return Access::text(text, Access::owner(self));
}

Value text(std::string made) {
    return from_text(std::move(made));
}

Value boolean(bool truth) {
    return Access::boolean(truth);
}

std::int64_t whole(const Value& value) {
    return value.as<std::int64_t>();
}

// ---- Ends ----

bool is_one_of(char32_t c, string_view characters) {
    for (std::size_t at = 0; at < characters.size(); at = text::next(characters, at)) {
        if (text::decode(characters.substr(at)) == c) {
            return true;
        }
    }
    return false;
}

std::size_t last_character(string_view text) {
    auto at = text.size() - 1;
    while (at > 0 && text::continues(text[at])) {
        --at;
    }
    return at;
}

string_view stripped(string_view from, const Arguments& arguments, bool left, bool right) {
    if (arguments.size() == 0 || arguments[0].is_null()) {
        from = left ? text::strip_left(from) : from;
        return right ? text::strip_right(from) : from;
    }
    const auto characters = to_text(arguments[0]);
    charge(from.size() * characters.size() / 64);
    while (left && !from.empty() && is_one_of(text::decode(from), characters)) {
        from.remove_prefix(text::next(from, 0));
    }
    while (right && !from.empty() &&
           is_one_of(text::decode(from.substr(last_character(from))), characters)) {
        from = from.substr(0, last_character(from));
    }
    return from;
}

Value strip(const Value& self, const Arguments& arguments) {
    return part(self, stripped(self_text(self), arguments, true, true));
}
Value lstrip(const Value& self, const Arguments& arguments) {
    return part(self, stripped(self_text(self), arguments, true, false));
}
Value rstrip(const Value& self, const Arguments& arguments) {
    return part(self, stripped(self_text(self), arguments, false, true));
}

Value removeprefix(const Value& self, const Arguments& arguments) {
    auto whole = self_text(self);
    if (whole.starts_with(to_text(arguments[0]))) {
        whole.remove_prefix(to_text(arguments[0]).size());
    }
    return part(self, whole);
}
Value removesuffix(const Value& self, const Arguments& arguments) {
    auto whole = self_text(self);
    if (whole.ends_with(to_text(arguments[0]))) {
        whole.remove_suffix(to_text(arguments[0]).size());
    }
    return part(self, whole);
}

/// The part between two optional indices, as slices have it; nullopt when they leave nothing, not
/// even the empty string's place.
struct Window {
    string_view text;
    std::size_t first = 0;  // the number of its first character
    bool exists = true;
};

Window window(const Value& self, const Arguments& arguments, std::size_t from) {
    const auto all = self_text(self);
    if (arguments.size() <= from) {
        return {all};
    }
    const auto size = static_cast<std::int64_t>(text::length(all));
    const auto bound = [&](std::size_t index, std::int64_t otherwise) {
        if (index >= arguments.size() || arguments[index].is_null()) {
            return otherwise;
        }
        const auto place = whole(arguments[index]);
        return place < 0 ? std::max<std::int64_t>(place + size, 0) : place;
    };
    const auto start = bound(from, 0);
    const auto stop = std::min(bound(from + 1, size), size);
    if (start > size || start > stop) {
        return {{}, 0, false};
    }
    const auto begin = text::offset(all, static_cast<std::size_t>(start));
    const auto end = text::offset(all, static_cast<std::size_t>(stop));
    return {all.substr(begin, end - begin), static_cast<std::size_t>(start)};
}

Value affix(const Value& self, const Arguments& arguments, bool (*has)(string_view, string_view)) {
    const auto within = window(self, arguments, 1);
    if (arguments[0].kind() != Kind::tuple) {
        return boolean(within.exists && has(within.text, to_text(arguments[0])));
    }
    for (std::size_t i = 0; i < arguments[0].size(); ++i) {
        if (within.exists && has(within.text, to_text(element(arguments[0], i)))) {
            return boolean(true);
        }
    }
    return boolean(false);
}
Value startswith(const Value& self, const Arguments& arguments) {
    return affix(self, arguments, [](string_view all, string_view with) {
        return all.starts_with(with);
    });
}
Value endswith(const Value& self, const Arguments& arguments) {
    return affix(self, arguments, [](string_view all, string_view with) {
        return all.ends_with(with);
    });
}

// ---- Searching ----

std::int64_t position(const Value& self, const Arguments& arguments, bool last) {
    const auto within = window(self, arguments, 1);
    const auto wanted = to_text(arguments[0]);
    charge(within.text.size() / 64);
    const auto at = last ? within.text.rfind(wanted) : within.text.find(wanted);
    if (!within.exists || at == string_view::npos) {
        return -1;
    }
    return static_cast<std::int64_t>(within.first + text::length(within.text.substr(0, at)));
}
Value find(const Value& self, const Arguments& arguments) {
    return Access::integer(position(self, arguments, false));
}
Value rfind(const Value& self, const Arguments& arguments) {
    return Access::integer(position(self, arguments, true));
}
Value found(std::int64_t place) {
    if (place < 0) {
        throw Error{"ValueError", "substring not found"};
    }
    return Access::integer(place);
}
Value index(const Value& self, const Arguments& arguments) {
    return found(position(self, arguments, false));
}
Value rindex(const Value& self, const Arguments& arguments) {
    return found(position(self, arguments, true));
}

Value count(const Value& self, const Arguments& arguments) {
    const auto within = window(self, arguments, 1);
    const auto wanted = to_text(arguments[0]);
    charge(within.text.size() / 64);
    if (wanted.empty()) {
        return Access::integer(
            within.exists ? static_cast<std::int64_t>(text::length(within.text)) + 1 : 0
        );
    }
    std::int64_t times = 0;
    for (auto at = within.text.find(wanted); at != string_view::npos;
         at = within.text.find(wanted, at + wanted.size())) {
        ++times;
    }
    return Access::integer(times);
}

Value replace(const Value& self, const Arguments& arguments) {
    const auto all = self_text(self);
    const auto old = to_text(arguments[0]);
    const auto replacement = to_text(arguments[1]);
    auto left = arguments.size() > 2 ? whole(arguments[2]) : -1;
    std::string out;
    std::size_t from = 0;
    if (old.empty()) {
        while (left != 0 && from <= all.size()) {
            const auto to = from < all.size() ? text::next(all, from) : from + 1;
            out.append(replacement).append(all.substr(from, to - from));
            charge_for_growth(out.size());
            from = to;
            --left;
        }
        return text(out.append(from < all.size() ? all.substr(from) : ""));
    }
    for (auto at = all.find(old); at != all.npos && left != 0; at = all.find(old, from)) {
        out.append(all.substr(from, at - from)).append(replacement);
        charge_for_growth(out.size());
        from = at + old.size();
        --left;
    }
    return text(out.append(all.substr(from)));
}

// ---- Taking apart and putting together ----

struct SplitArguments {
    std::optional<string_view> separator;
    std::int64_t most = -1;
};

SplitArguments split_arguments(const Arguments& arguments) {
    check_names(arguments, {"sep", "maxsplit"});
    SplitArguments given;
    const auto* const separator = argument(arguments, 0, "sep");
    if (separator != nullptr && !separator->is_null()) {
        given.separator = to_text(*separator);
        if (given.separator->empty()) {
            throw Error{"ValueError", "empty separator"};
        }
    }
    if (const auto* const most = argument(arguments, 1, "maxsplit")) {
        given.most = whole(*most);
    }
    return given;
}

std::size_t white_space(string_view all, std::size_t from, bool wanted) {
    while (from < all.size() && text::is_space(text::decode(all.substr(from))) != wanted) {
        from = text::next(all, from);
    }
    return std::min(from, all.size());
}

Value split(const Value& self, const Arguments& arguments) {
    const auto [separator, most] = split_arguments(arguments);
    auto all = self_text(self);
    charge_for_size(all.size());
    std::vector<Value> parts;
    const auto may_go_on = [&, limit = most] {
        return limit < 0 || parts.size() < static_cast<std::size_t>(limit);
    };
    if (separator) {
        for (auto at = all.find(*separator); at != all.npos && may_go_on();
             at = all.find(*separator)) {
            parts.push_back(part(self, all.substr(0, at)));
            all.remove_prefix(at + separator->size());
        }
        parts.push_back(part(self, all));
        return make_list(std::move(parts));
    }
    for (all = text::strip_left(all); !all.empty(); all = text::strip_left(all)) {
        if (!may_go_on()) {
            parts.push_back(part(self, all));
            break;
        }
        const auto end = white_space(all, 0, true);
        parts.push_back(part(self, all.substr(0, end)));
        all.remove_prefix(end);
    }
    return make_list(std::move(parts));
}

/// Where the last run of white space before the end begins, and where it ends.
std::pair<std::size_t, std::size_t> last_space(string_view all) {
    auto end = all.size();
    while (end > 0 && !text::is_space(text::decode(all.substr(last_character(all.substr(0, end)))))
    ) {
        end = last_character(all.substr(0, end));
    }
    return {text::strip_right(all.substr(0, end)).size(), end};
}

Value rsplit(const Value& self, const Arguments& arguments) {
    const auto [separator, most] = split_arguments(arguments);
    if (most < 0) {
        return split(self, arguments);
    }
    auto all = self_text(self);
    charge_for_size(all.size());
    std::vector<Value> parts;
    const auto limit = static_cast<std::size_t>(most);
    if (separator) {
        for (auto at = all.rfind(*separator); at != all.npos && parts.size() < limit;
             at = all.rfind(*separator)) {
            parts.push_back(part(self, all.substr(at + separator->size())));
            all = all.substr(0, at);
        }
        parts.push_back(part(self, all));
    } else {
        for (all = text::strip_right(all); !all.empty();) {
            const auto [begin, end] =
                parts.size() < limit ? last_space(all) : std::pair<std::size_t, std::size_t>{0, 0};
            parts.push_back(part(self, all.substr(end)));
            all = all.substr(0, begin);
        }
    }
    std::reverse(parts.begin(), parts.end());
    return make_list(std::move(parts));
}

bool ends_line(char32_t c) {
    return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 ||
           c == 0x2029;
}

Value splitlines(const Value& self, const Arguments& arguments) {
    check_names(arguments, {"keepends"});
    const auto* const keep = argument(arguments, 0, "keepends");
    const bool keeps = keep != nullptr && keep->truth();
    const auto all = self_text(self);
    std::vector<Value> lines;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < all.size();) {
        auto next = text::next(all, at);
        if (!ends_line(text::decode(all.substr(at)))) {
            at = next;
            continue;
        }
        next += all[at] == '\r' && next < all.size() && all[next] == '\n' ? 1 : 0;
        charge(1);
        lines.push_back(part(self, all.substr(begin, (keeps ? next : at) - begin)));
        begin = at = next;
    }
    if (begin < all.size()) {
        lines.push_back(part(self, all.substr(begin)));
    }
    return make_list(std::move(lines));
}

Value parts_around(const Value& self, const Arguments& arguments, bool last) {
    const auto all = self_text(self);
    const auto separator = to_text(arguments[0]);
    if (separator.empty()) {
        throw Error{"ValueError", "empty separator"};
    }
    const auto at = last ? all.rfind(separator) : all.find(separator);
    const auto empty = Access::text("", nullptr);
    if (at == all.npos) {
        return last ? make_list({empty, empty, self}, Kind::tuple)
                    : make_list({self, empty, empty}, Kind::tuple);
    }
    return make_list(
        {part(self, all.substr(0, at)),
         arguments[0],
         part(self, all.substr(at + separator.size()))},
        Kind::tuple
    );
}
Value partition(const Value& self, const Arguments& arguments) {
    return parts_around(self, arguments, false);
}
Value rpartition(const Value& self, const Arguments& arguments) {
    return parts_around(self, arguments, true);
}

Value join(const Value& self, const Arguments& arguments) {
    std::string out;
    std::size_t count = 0;
    for_each(arguments[0], [&](const Value& item) {
        if (item.kind() != Kind::string) {
            throw Error{
                "TypeError",
                "sequence item " + std::to_string(count) + ": expected str instance, " +
                    std::string{item.type_name()} + " found"};
        }
        out.append(count++ == 0 ? string_view{} : self_text(self)).append(Access::text(item));
        charge_for_growth(out.size());
        return true;
    });
    return text(std::move(out));
}

// ---- Layout ----

std::string fill_text(const Arguments& arguments) {
    if (arguments.size() < 2) {
        return " ";
    }
    if (to_text(arguments[1]).empty() || arguments[1].size() != 1) {
        throw Error{"TypeError", "The fill character must be exactly one character long"};
    }
    return arguments[1].str();
}

Value justified(
    const Value& self,
    const Arguments& arguments,
    std::size_t (*on_left)(std::size_t, std::size_t)
) {
    const auto width = whole(arguments[0]);
    const auto fill = fill_text(arguments);
    const auto size = text::length(self_text(self));
    if (width <= static_cast<std::int64_t>(size)) {
        return self;
    }
    const auto missing = static_cast<std::size_t>(width) - size;
    charge_for_size(missing > (std::size_t{1} << 40U) ? missing : missing * fill.size());
    const auto left = on_left(missing, static_cast<std::size_t>(width));
    std::string out;
    for (std::size_t i = 0; i < left; ++i) {
        out += fill;
    }
    out += self_text(self);
    for (std::size_t i = left; i < missing; ++i) {
        out += fill;
    }
    return text(std::move(out));
}
Value ljust(const Value& self, const Arguments& arguments) {
    return justified(self, arguments, [](std::size_t, std::size_t) { return std::size_t{0}; });
}
Value rjust(const Value& self, const Arguments& arguments) {
    return justified(self, arguments, [](std::size_t missing, std::size_t) { return missing; });
}
Value center(const Value& self, const Arguments& arguments) {
    return justified(self, arguments, [](std::size_t missing, std::size_t width) {
        return missing / 2 + (missing & width & 1U);
    });
}

Value zfill(const Value& self, const Arguments& arguments) {
    const auto all = self_text(self);
    const auto width = whole(arguments[0]);
    const auto size = text::length(all);
    if (width <= static_cast<std::int64_t>(size)) {
        return self;
    }
    const auto missing = static_cast<std::size_t>(width) - size;
    charge_for_size(missing);
    const bool has_sign = !all.empty() && (all[0] == '+' || all[0] == '-');
    std::string out{all};
    out.insert(has_sign ? 1 : 0, missing, '0');
    return text(std::move(out));
}

Value expandtabs(const Value& self, const Arguments& arguments) {
    check_names(arguments, {"tabsize"});
    const auto* const given = argument(arguments, 0, "tabsize");
    const auto stop = given != nullptr ? whole(*given) : 8;
    const auto all = self_text(self);
    std::string out;
    std::int64_t column = 0;
    for (std::size_t at = 0; at < all.size();) {
        const auto next = text::next(all, at);
        if (all[at] == '\t') {
            const auto spaces = stop > 0 ? stop - column % stop : 0;
            charge_for_size(out.size() + static_cast<std::size_t>(spaces));
            out.append(static_cast<std::size_t>(spaces), ' ');
            column += spaces;
        } else {
            out += all.substr(at, next - at);
            column = all[at] == '\n' || all[at] == '\r' ? 0 : column + 1;
        }
        at = next;
    }
    return text(std::move(out));
}

Value format(const Value& self, const Arguments& arguments) {
    return text(format_fields(self_text(self), arguments));
}

// ---- Letters ----

template <std::string (*change)(string_view)>
Value changed(const Value& self, const Arguments&) {
    charge_for_size(self_text(self).size());
    return text(change(self_text(self)));
}

template <bool (*is)(char32_t)>
Value all_are(const Value& self, const Arguments&) {
    const auto all = self_text(self);
    charge(all.size() / 64);
    for (std::size_t at = 0; at < all.size(); at = text::next(all, at)) {
        if (!is(text::decode(all.substr(at)))) {
            return boolean(false);
        }
    }
    return boolean(!all.empty());
}

bool is_digit(char32_t c) {
    return c >= '0' && c <= '9';
}
bool is_alpha(char32_t c) {
    return text::is_alpha(c);
}
bool is_alnum(char32_t c) {
    return is_digit(c) || text::is_alpha(c);
}
bool is_space(char32_t c) {
    return text::is_space(c);
}
bool is_ascii(char32_t c) {
    return c < 0x80;
}
bool is_printable(char32_t c) {
    return text::is_printable(c);
}

/// Whether all letters are of one case, and there is one.
Value cased(const Value& self, bool (*is)(char32_t), bool (*is_other)(char32_t)) {
    const auto all = self_text(self);
    charge(all.size() / 64);
    bool any = false;
    for (std::size_t at = 0; at < all.size(); at = text::next(all, at)) {
        const auto c = text::decode(all.substr(at));
        if (is_other(c)) {
            return boolean(false);
        }
        any = any || is(c);
    }
    return boolean(any);
}
Value isupper(const Value& self, const Arguments&) {
    return cased(self, text::is_upper, text::is_lower);
}
Value islower(const Value& self, const Arguments&) {
    return cased(self, text::is_lower, text::is_upper);
}
Value istitle(const Value& self, const Arguments&) {
    const auto all = self_text(self);
    bool inside = false;
    bool any = false;
    for (std::size_t at = 0; at < all.size(); at = text::next(all, at)) {
        const auto c = text::decode(all.substr(at));
        const bool upper = text::is_upper(c);
        const bool lower = text::is_lower(c);
        if ((upper && inside) || (lower && !inside)) {
            return boolean(false);
        }
        inside = upper || lower;
        any = any || inside;
    }
    return boolean(any);
}
Value isidentifier(const Value& self, const Arguments&) {
    const auto all = self_text(self);
    for (std::size_t at = 0; at < all.size(); at = text::next(all, at)) {
        const auto c = text::decode(all.substr(at));
        if (c != '_' && !text::is_alpha(c) && (at == 0 || !is_digit(c))) {
            return boolean(false);
        }
    }
    return boolean(!all.empty());
}

Value isascii(const Value& self, const Arguments& arguments) {
    return self_text(self).empty() ? boolean(true) : all_are<is_ascii>(self, arguments);
}
Value isprintable(const Value& self, const Arguments& arguments) {
    return self_text(self).empty() ? boolean(true) : all_are<is_printable>(self, arguments);
}

Value encode(const Value& self, const Arguments&) {
    return self;  // text and its UTF-8 are the same here
}

constexpr auto any_number = std::numeric_limits<std::size_t>::max();

}  // namespace

const std::vector<Method>& string_methods() {
    static const std::vector<Method> methods = {
        {"capitalize", 0, 0, changed<text::capitalize>},
        {"casefold", 0, 0, changed<text::lower>},
        {"center", 1, 2, center},
        {"count", 1, 3, count},
        {"decode", 0, 1, encode},
        {"encode", 0, 1, encode},
        {"endswith", 1, 3, endswith},
        {"expandtabs", 0, 1, expandtabs, true},
        {"find", 1, 3, find},
        {"format", 0, any_number, format, true},
        {"index", 1, 3, index},
        {"isalnum", 0, 0, all_are<is_alnum>},
        {"isalpha", 0, 0, all_are<is_alpha>},
        {"isascii", 0, 0, isascii},
        {"isdecimal", 0, 0, all_are<is_digit>},
        {"isdigit", 0, 0, all_are<is_digit>},
        {"isidentifier", 0, 0, isidentifier},
        {"islower", 0, 0, islower},
        {"isnumeric", 0, 0, all_are<is_digit>},
        {"isprintable", 0, 0, isprintable},
        {"isspace", 0, 0, all_are<is_space>},
        {"istitle", 0, 0, istitle},
        {"isupper", 0, 0, isupper},
        {"join", 1, 1, join},
        {"ljust", 1, 2, ljust},
        {"lower", 0, 0, changed<text::lower>},
        {"lstrip", 0, 1, lstrip},
        {"partition", 1, 1, partition},
        {"removeprefix", 1, 1, removeprefix},
        {"removesuffix", 1, 1, removesuffix},
        {"replace", 2, 3, replace},
        {"rfind", 1, 3, rfind},
        {"rindex", 1, 3, rindex},
        {"rjust", 1, 2, rjust},
        {"rpartition", 1, 1, rpartition},
        {"rsplit", 0, 2, rsplit, true},
        {"rstrip", 0, 1, rstrip},
        {"split", 0, 2, split, true},
        {"splitlines", 0, 1, splitlines, true},
        {"startswith", 1, 3, startswith},
        {"strip", 0, 1, strip},
        {"swapcase", 0, 0, changed<text::swapcase>},
        {"title", 0, 0, changed<text::title>},
        {"upper", 0, 0, changed<text::upper>},
        {"zfill", 1, 1, zfill},
    };
    return methods;
}

}  // namespace tornado::templating::detail
