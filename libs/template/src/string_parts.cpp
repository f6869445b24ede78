#include <algorithm>
#include <optional>

#include "meter.hpp"
#include "sequence.hpp"
#include "string_methods.hpp"
#include "tornado/template/compiled/dynamic.hpp"
#include "tornado/template/error.hpp"

// Methods that take strings apart and put them together.
namespace tornado::templating::detail::strings {

namespace {

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
    compiled::JoinedText joined{self_text(self)};
    for_each(arguments[0], [&](const Value& item) {
        joined.add(item);
        return true;
    });
    return text(joined.take());
}

}  // namespace

const std::vector<Method>& part_methods() {
    static const std::vector<Method> methods = {
        {"join", 1, 1, join},
        {"partition", 1, 1, partition},
        {"rpartition", 1, 1, rpartition},
        {"rsplit", 0, 2, rsplit, true},
        {"split", 0, 2, split, true},
        {"splitlines", 0, 1, splitlines, true},
    };
    return methods;
}

}  // namespace tornado::templating::detail::strings
