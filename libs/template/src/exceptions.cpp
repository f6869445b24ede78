#include "exceptions.hpp"

#include <algorithm>
#include <utility>

#include "repr.hpp"
#include "sequence.hpp"

namespace tornado::templating::detail {

namespace {

/// An exception, and the one that it is a kind of.
struct ExceptionClass {
    std::string_view name;
    std::string_view base;
};

constexpr ExceptionClass classes[] = {
    {"BaseException", ""},
    {"Exception", "BaseException"},
    {"ArithmeticError", "Exception"},
    {"FloatingPointError", "ArithmeticError"},
    {"OverflowError", "ArithmeticError"},
    {"ZeroDivisionError", "ArithmeticError"},
    {"AssertionError", "Exception"},
    {"AttributeError", "Exception"},
    {"EOFError", "Exception"},
    {"ImportError", "Exception"},
    {"ModuleNotFoundError", "ImportError"},
    {"LookupError", "Exception"},
    {"IndexError", "LookupError"},
    {"KeyError", "LookupError"},
    {"MemoryError", "Exception"},
    {"NameError", "Exception"},
    {"UnboundLocalError", "NameError"},
    {"OSError", "Exception"},
    {"IOError", "Exception"},
    {"FileNotFoundError", "OSError"},
    {"PermissionError", "OSError"},
    {"TimeoutError", "OSError"},
    {"RuntimeError", "Exception"},
    {"NotImplementedError", "RuntimeError"},
    {"RecursionError", "RuntimeError"},
    {"StopIteration", "Exception"},
    {"TypeError", "Exception"},
    {"ValueError", "Exception"},
    {"UnicodeError", "ValueError"},
    {"UnicodeDecodeError", "UnicodeError"},
    {"UnicodeEncodeError", "UnicodeError"},
};

/// What a kind of exceptions is a kind of; one that Python does not know is an Exception.
std::string_view base_of(std::string_view name) {
    const auto* const found =
        std::find_if(std::begin(classes), std::end(classes), [name](const ExceptionClass& one) {
            return one.name == name;
        });
    return found != std::end(classes) ? found->base : "Exception";
}

bool is_kind_of(std::string_view name, std::string_view base) {
    while (!name.empty() && name != base) {
        name = base_of(name);
    }
    return !name.empty();
}

struct ExceptionHolder final : Holder {
    std::string type;
    std::string message;
};

class ExceptionType final : public Type {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "exception"; }
    [[nodiscard]] bool attribute(const void* object, std::string_view name, Holder*, Value& found)
        const override {
        if (name != "args") {
            return false;
        }
        const auto& message = exception(object).message;
        found = message.empty() ? Value::tuple({}) : Value::tuple({from_text(message)});
        return true;
    }
    [[nodiscard]] bool text(const void* object, std::string& text) const override {
        text = exception(object).message;
        return true;
    }
    [[nodiscard]] bool repr(const void* object, std::string& text) const override {
        const auto& type = exception(object).type;
        const auto& message = exception(object).message;
        text = type + "(";
        if (type == "KeyError") {
            text += message;  // which is the key as repr() shows it
        } else if (!message.empty()) {
            append_quoted(text, message);
        }
        text += ")";
        return true;
    }

private:
    static const ExceptionHolder& exception(const void* object) {
        return *static_cast<const ExceptionHolder*>(object);
    }
};

const ExceptionType exception_type;

/// The class itself, which can only be named and called.
class ExceptionClassType final : public Type {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "type"; }
    [[nodiscard]] Value call(const void* object, const Arguments& arguments) const override {
        arguments.check(0, 1);
        const auto& called = *static_cast<const ExceptionClass*>(object);
        const auto message = arguments.size() == 0       ? std::string{}
                             : called.name == "KeyError" ? arguments[0].repr()
                                                         : arguments[0].str();
        return exception_value(Error{std::string{called.name}, message});
    }
    [[nodiscard]] bool repr(const void* object, std::string& text) const override {
        const auto& shown = *static_cast<const ExceptionClass*>(object);
        text = "<class '" + std::string{shown.name} + "'>";
        return true;
    }
};

const ExceptionClassType exception_class_type;

bool catches(const Value& type, const Error& error) {
    if (type.kind() != Kind::callable || Access::type(type) != &exception_class_type) {
        throw Error{
            "TypeError", "catching classes that do not inherit from BaseException is not allowed"};
    }
    const auto& caught = *static_cast<const ExceptionClass*>(Access::object(type));
    const auto base = caught.name == "IOError" ? std::string_view{"OSError"} : caught.name;
    return is_kind_of(error.type(), base);
}

}  // namespace

Namespace exception_names() {
    Namespace names;
    for (const auto& one : classes) {
        names.set(one.name, Access::object(Kind::callable, &exception_class_type, &one, nullptr));
    }
    return names;
}

bool is_caught_by(const Error& error, const Value& types) {
    if (types.kind() != Kind::tuple) {
        return catches(types, error);
    }
    for (std::size_t i = 0; i < types.size(); ++i) {
        if (catches(element(types, i), error)) {
            return true;
        }
    }
    return false;
}

Value exception_value(const Error& error) {
    auto* const holder = new ExceptionHolder;
    holder->type = error.type();
    holder->message = error.message();
    return Access::object(Kind::object, &exception_type, holder, holder);
}

}  // namespace tornado::templating::detail
