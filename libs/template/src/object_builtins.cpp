#include <string>

#include "attribute.hpp"
#include "builtin.hpp"
#include "format.hpp"
#include "repr.hpp"
#include "sequence.hpp"
#include "tornado/template/error.hpp"

namespace tornado::templating::detail {

namespace {

Value str(const Arguments& arguments) {
    if (arguments.size() == 0) {
        return Access::text("", nullptr);
    }
    return arguments[0].kind() == Kind::string ? arguments[0] : from_text(arguments[0].str());
}

Value repr(const Arguments& arguments) {
    return from_text(arguments[0].repr());
}

Value ascii_of(const Arguments& arguments) {
    return from_text(ascii(arguments[0]));
}

Value format(const Arguments& arguments) {
    return from_text(format_value(
        arguments[0], arguments.size() > 1 ? to_text(arguments[1]) : std::string_view{}
    ));
}

bool is_instance_of(const Value& value, const Value& type) {
    const auto* const builtin = as_builtin(type);
    if (builtin == nullptr || builtin->is_instance == nullptr) {
        throw Error{"TypeError", "isinstance() arg 2 must be a type or a tuple of types"};
    }
    return builtin->is_instance(value);
}

Value isinstance(const Arguments& arguments) {
    if (arguments[1].kind() != Kind::tuple) {
        return Access::boolean(is_instance_of(arguments[0], arguments[1]));
    }
    for (std::size_t i = 0; i < arguments[1].size(); ++i) {
        if (is_instance_of(arguments[0], element(arguments[1], i))) {
            return Access::boolean(true);
        }
    }
    return Access::boolean(false);
}

/// An attribute, if the object has it.
bool find_attribute(const Value& object, const Value& name, Value& found) {
    try {
        found = attribute_of(object, to_text(name));
        return true;
    } catch (const Error& error) {
        if (error.type() != "AttributeError" || name.kind() != Kind::string) {
            throw;
        }
        return false;
    }
}

Value hasattr(const Arguments& arguments) {
    Value found;
    return Access::boolean(find_attribute(arguments[0], arguments[1], found));
}

Value getattr(const Arguments& arguments) {
    if (arguments.size() == 2) {
        return attribute_of(arguments[0], to_text(arguments[1]));
    }
    Value found;
    return find_attribute(arguments[0], arguments[1], found) ? found : arguments[2];
}

Value callable(const Arguments& arguments) {
    return Access::boolean(arguments[0].kind() == Kind::callable);
}

}  // namespace

const std::vector<Builtin>& object_builtins() {
    static const std::vector<Builtin> builtins = {
        {"str", 0, 1, str, false, [](const Value& value) { return value.kind() == Kind::string; }},
        {"repr", 1, 1, repr},
        {"ascii", 1, 1, ascii_of},
        {"format", 1, 2, format},
        {"isinstance", 2, 2, isinstance},
        {"hasattr", 2, 2, hasattr},
        {"getattr", 2, 3, getattr},
        {"callable", 1, 1, callable},
    };
    return builtins;
}

}  // namespace tornado::templating::detail
