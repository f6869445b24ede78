#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tornado/options/value.hpp"

namespace tornado::options {

/// One literal of a configuration file.
struct Literal {
    enum class Form { none, boolean, number, text };
    Form form = Form::none;
    std::string text;  ///< a string without its quotes, else as it stands
};

/// One `name = value` of a configuration file.
struct Assignment {
    std::string name;
    std::vector<Literal> literals;
    bool is_list = false;
    int line = 0;
};

/// Reads the text of a configuration file. Throws Error, which begins with `path:line: `.
[[nodiscard]] std::vector<Assignment> parse_config(std::string_view text, const std::string& path);

/// The value that an assignment gives to an option of that type. Throws Error.
[[nodiscard]] Value to_value(const Assignment& assignment, const Type& type);

}  // namespace tornado::options
