#pragma once

#include <string>
#include <string_view>

#include "methods.hpp"
#include "text.hpp"

// The methods of strings by subject, and what they share.
namespace tornado::templating::detail::strings {

using std::string_view;

[[nodiscard]] const std::vector<Method>& search_methods();
[[nodiscard]] const std::vector<Method>& part_methods();
[[nodiscard]] const std::vector<Method>& layout_methods();
[[nodiscard]] const std::vector<Method>& letter_methods();

[[nodiscard]] inline string_view self_text(const Value& self) {
    return Access::text(self);
}
/// A part of a string, which keeps the whole.
[[nodiscard]] inline Value part(const Value& self, string_view text) {
    return Access::text(text, Access::owner(self));
}
[[nodiscard]] inline Value text(std::string made) {
    return from_text(std::move(made));
}
[[nodiscard]] inline Value boolean(bool truth) {
    return Access::boolean(truth);
}
[[nodiscard]] inline std::int64_t whole(const Value& value) {
    return value.as<std::int64_t>();
}

/// Where the last character begins. The text must not be empty.
[[nodiscard]] inline std::size_t last_character(string_view text) {
    auto at = text.size() - 1;
    while (at > 0 && text::continues(text[at])) {
        --at;
    }
    return at;
}

}  // namespace tornado::templating::detail::strings
