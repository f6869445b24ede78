#include <algorithm>
#include <limits>

#include "format.hpp"
#include "meter.hpp"
#include "sequence.hpp"
#include "string_methods.hpp"
#include "tornado/template/error.hpp"

// Methods that bring strings to a width or a form.
namespace tornado::templating::detail::strings {

namespace {

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

constexpr auto any_number = std::numeric_limits<std::size_t>::max();

}  // namespace

const std::vector<Method>& layout_methods() {
    static const std::vector<Method> methods = {
        {"center", 1, 2, center},
        {"expandtabs", 0, 1, expandtabs, true},
        {"format", 0, any_number, format, true},
        {"ljust", 1, 2, ljust},
        {"rjust", 1, 2, rjust},
        {"zfill", 1, 1, zfill},
    };
    return methods;
}

}  // namespace tornado::templating::detail::strings
