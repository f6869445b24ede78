#include "meter.hpp"
#include "string_methods.hpp"

// Methods that change letters, and that ask what they are.
namespace tornado::templating::detail::strings {

namespace {

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

}  // namespace

const std::vector<Method>& letter_methods() {
    static const std::vector<Method> methods = {
        {"capitalize", 0, 0, changed<text::capitalize>},
        {"casefold", 0, 0, changed<text::lower>},
        {"decode", 0, 1, encode},
        {"encode", 0, 1, encode},
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
        {"lower", 0, 0, changed<text::lower>},
        {"swapcase", 0, 0, changed<text::swapcase>},
        {"title", 0, 0, changed<text::title>},
        {"upper", 0, 0, changed<text::upper>},
    };
    return methods;
}

}  // namespace tornado::templating::detail::strings
