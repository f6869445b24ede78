#include <algorithm>
#include <limits>
#include <optional>

#include "meter.hpp"
#include "sequence.hpp"
#include "string_methods.hpp"
#include "tornado/template/error.hpp"

// Methods that look at the ends of a string, and for others in it.
namespace tornado::templating::detail::strings {

namespace {

bool is_one_of(char32_t c, string_view characters) {
    for (std::size_t at = 0; at < characters.size(); at = text::next(characters, at)) {
        if (text::decode(characters.substr(at)) == c) {
            return true;
        }
    }
    return false;
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

}  // namespace

const std::vector<Method>& search_methods() {
    static const std::vector<Method> methods = {
        {"count", 1, 3, count},
        {"endswith", 1, 3, endswith},
        {"find", 1, 3, find},
        {"index", 1, 3, index},
        {"lstrip", 0, 1, lstrip},
        {"removeprefix", 1, 1, removeprefix},
        {"removesuffix", 1, 1, removesuffix},
        {"replace", 2, 3, replace},
        {"rfind", 1, 3, rfind},
        {"rindex", 1, 3, rindex},
        {"rstrip", 0, 1, rstrip},
        {"startswith", 1, 3, startswith},
        {"strip", 0, 1, strip},
    };
    return methods;
}

}  // namespace tornado::templating::detail::strings
