#pragma once

#include <string>
#include <string_view>

#include "help.hpp"
#include "tornado/options/option_parser.hpp"

namespace tornado::options {

/// One option of a parser.
struct Option {
    Type type;
    Value value;
    Value default_value;
    DefineOptions more;
};

/// The name as the options are kept under it and as it is shown.
[[nodiscard]] std::string normalized(std::string_view name);

/// Throws Error unless an option of that type may have that value.
void check_assignable(const Value& value, const Type& type);

/// Gives the option its new value, and calls its callback.
void assign(Option& option, Value value);

/// What stands for the option's value in help and messages.
[[nodiscard]] std::string metavar_of(const Option& option);

[[nodiscard]] HelpEntry help_entry(const std::string& name, const Option& option);

}  // namespace tornado::options
