#include "option.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace tornado::options {

std::string normalized(std::string_view name) {
    std::string text{name};
    std::replace(text.begin(), text.end(), '_', '-');
    return text;
}

void check_assignable(const Value& value, const Type& type) {
    const auto& given = value.type();
    if (given.kind != type.kind || given.multiple != type.multiple) {
        throw Error{"is " + describe(type) + ", not " + describe(given)};
    }
    for (const auto& scalar : value.scalars()) {
        if (!fits(scalar, type)) {
            throw Error{"cannot be " + Value{given, {scalar}}.text()};
        }
        if (const auto* text = std::get_if<std::string>(&scalar)) {
            check_custom(type, *text);
        }
    }
}

void assign(Option& option, Value value) {
    if (!option.more.callback) {
        option.value = std::move(value);
        return;
    }
    const auto former = std::exchange(option.value, value);
    try {
        option.more.callback(value);  // which may set the option again
    } catch (...) {
        option.value = former;
        throw;
    }
}

std::string metavar_of(const Option& option) {
    if (!option.more.metavar.empty()) {
        return option.more.metavar;
    }
    constexpr const char* words[] = {"BOOL", "INTEGER", "NUMBER", "TEXT", "DURATION", "TIME"};
    const std::string word = words[static_cast<std::size_t>(option.type.kind)];
    return option.type.multiple ? word + ",..." : word;
}

HelpEntry help_entry(const std::string& name, const Option& option) {
    HelpEntry entry{option.more.group, name, option.more.help};
    const bool flag = option.type.kind == Kind::boolean && !option.type.multiple;
    if (!flag || !option.more.metavar.empty()) {
        entry.name += '=' + metavar_of(option);
    }
    const auto default_text = option.default_value.text();
    const bool off = flag && default_text == "false";  // goes without saying
    if (!default_text.empty() && !off) {
        entry.text += (entry.text.empty() ? "(default " : " (default ") + default_text + ')';
    }
    return entry;
}

}  // namespace tornado::options
