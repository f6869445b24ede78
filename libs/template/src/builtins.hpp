#pragma once

#include <string_view>

#include "tornado/template/namespace.hpp"

namespace tornado::templating::detail {

/// The names that every template knows: Tornado's functions, Python's, and its exceptions.
[[nodiscard]] const Namespace& default_names();

/// One of these; null when there is none of that name.
[[nodiscard]] const Value* find_default_name(std::string_view name) noexcept;

/// Whether the value is the function xhtml_escape itself.
[[nodiscard]] bool is_xhtml_escape(const Value& value) noexcept;

/// The same of url_escape and enumerate.
[[nodiscard]] bool is_url_escape(const Value& value) noexcept;
[[nodiscard]] bool is_enumerate(const Value& value) noexcept;

/// Appends a text with what HTML gives a meaning written as entities.
void append_xhtml_escaped(std::string& out, std::string_view text);

// What the modules of these names hold.
[[nodiscard]] Namespace escape_members();
[[nodiscard]] Namespace datetime_members();

/// The module datetime.
[[nodiscard]] Value datetime_module();

}  // namespace tornado::templating::detail
