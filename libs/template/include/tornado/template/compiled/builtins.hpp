#pragma once

#include "tornado/template/compiled/members.hpp"

// Built-in functions, of which a name may turn out to mean another; and what prints.
namespace tornado::templating::compiled {

template <typename T>
[[nodiscard]] auto len(Frame& frame, std::size_t number, const T& object) {
    if constexpr (List<T> || Mapping<T>) {
        frame.check_built_in(number);
        return static_cast<std::int64_t>(object.size());
    } else if constexpr (is_text<T>) {
        frame.check_built_in(number);
        return static_cast<std::int64_t>(characters(object));
    } else {
        return call(frame.global(number), object);
    }
}

template <typename T>
[[nodiscard]] auto enumerate(Frame& frame, std::size_t number, const T& object) {
    if constexpr (List<T> || Mapping<T> || is_dynamic<T>) {
        frame.check_built_in(number);
        return Enumerated<T>{object};
    } else {
        return call(frame.global(number), object);
    }
}

template <typename... T>
[[nodiscard]] auto range(Frame& frame, std::size_t number, const T&... arguments) {
    if constexpr ((std::same_as<T, std::int64_t> && ...) && sizeof...(T) == 1) {
        frame.check_built_in(number);
        return Range{0, arguments..., 1};
    } else if constexpr ((std::same_as<T, std::int64_t> && ...) && sizeof...(T) == 2) {
        frame.check_built_in(number);
        return Range{arguments..., 1};
    } else {
        return call(frame.global(number), arguments...);
    }
}

template <typename T>
[[nodiscard]] auto url_escape(Frame& frame, std::size_t number, const T& text) {
    if constexpr (is_text<T>) {
        frame.check_built_in(number);
        return url_escaped(text);
    } else {
        return call(frame.global(number), text);
    }
}

template <typename T>
[[nodiscard]] auto xhtml_escape(Frame& frame, std::size_t number, const T& text) {
    if constexpr (is_text<T>) {
        frame.check_built_in(number);
        return xhtml_escaped(text);
    } else {
        return call(frame.global(number), text);
    }
}

/// Prints a number or truth, which hold nothing to escape; whether it was one.
template <typename T>
bool print_number(Cursor& out, const T& object) {
    if constexpr (std::same_as<T, bool>) {
        out.append(object ? "True" : "False");
        return true;
    } else if constexpr (is_whole<T>) {
        out.integer(object);
        return true;
    }
    return false;
}

// What prints is inline, so that the cursor stays in a register.

template <typename T>
[[gnu::always_inline]] inline void print(Cursor& out, const T& object) {
    if constexpr (is_text<T>) {
        out.append(object);
    } else if (!print_number(out, object)) {
        out.value(value(object));
    }
}

template <typename T>
[[gnu::always_inline]] inline void print_escaped(Cursor& out, const T& object) {
    if constexpr (is_text<T>) {
        out.escaped(object);
    } else if (!print_number(out, object)) {
        out.escaped_value(value(object));
    }
}

/// The same where a name is what escapes.
template <typename T>
[[gnu::always_inline]] inline void print_html(Cursor& out, const Escape& escape, const T& object) {
    if (escape.is_html) {
        print_escaped(out, object);
    } else {
        out.value(escaped_by(value(object), escape.function));
    }
}

/// Prints `object.upper()` or `object.lower()`, of what method() gave.
template <Literal Name, typename T>
[[gnu::always_inline]] inline void
print_html_in_case(Cursor& out, const Escape& escape, const T& object) {
    if constexpr (is_text<T>) {
        if (escape.is_html) {
            return Name.view() == "upper" ? out.upper_escaped(object) : out.lower_escaped(object);
        }
    }
    print_html(out, escape, call_method<Name>(object));
}

/// Whether the name of this number escapes what is for an address, and that is a text.
template <typename T>
bool escapes_url(Frame& frame, std::size_t number, const T& text) {
    if constexpr (is_text<T>) {
        frame.check_built_in(number);
        return true;
    } else if constexpr (is_dynamic<T>) {
        return frame.escapes_url(number) && text.kind() == Kind::string;
    }
    return false;
}
template <typename T>
[[nodiscard]] std::string_view text_of(const T& text) {
    if constexpr (is_dynamic<T>) {
        return Access::text(text);
    } else if constexpr (is_text<T>) {
        return text;
    }
    return {};
}

/// Prints `url_escape(text)`, of which the function's name has this number.
template <typename T>
[[gnu::always_inline]] inline void
print_url_escape(Frame& frame, Cursor& out, std::size_t number, const T& text) {
    if (escapes_url(frame, number, text)) {
        out.url_escaped(text_of(text));
    } else {
        print(out, url_escape(frame, number, text));
    }
}
template <typename T>
[[gnu::always_inline]] inline void print_html_url_escape(
    Frame& frame,
    Cursor& out,
    const Escape& escape,
    std::size_t number,
    const T& text
) {
    if (escape.is_html && escapes_url(frame, number, text)) {
        out.url_escaped(text_of(text));
    } else {
        print_html(out, escape, url_escape(frame, number, text));
    }
}

}  // namespace tornado::templating::compiled
