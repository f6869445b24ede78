#include "expression_writer.hpp"

#include <charconv>
#include <cmath>
#include <utility>

#include "loop_variables.hpp"

namespace tornado::templating::tool {

using detail::Access;
using detail::Expression;
using detail::Op;

namespace {

std::string spelled(const Expression& name) {
    return std::string{Access::text(name.value)};
}

std::string joined_by_commas(const std::vector<std::string>& parts) {
    std::string all;
    for (const auto& part : parts) {
        all += ", " + part;
    }
    return all;
}

}  // namespace

std::string shown(const Expression& expression) {
    switch (expression.op) {
        case Op::local:
        case Op::outer:
        case Op::global:
        case Op::name:
            return spelled(expression);
        case Op::constant:
            return expression.value.repr();
        case Op::attribute:
            return shown(expression.parts[0]) + "." + spelled(expression);
        case Op::subscript:
            return shown(expression.parts[0]) + "[" + shown(expression.parts[1]) + "]";
        case Op::call:
            return shown(expression.parts[0]) + "(" + (expression.parts.size() > 1 ? "..." : "") +
                   ")";
        default:
            return "(...)";
    }
}

ExpressionWriter::ExpressionWriter(
    const detail::Program& program,
    const Types& types,
    CppWriter& out
)
    : program_{program},
      types_{types},
      out_{out},
      is_loop_variable_{loop_variables(program)} {}

void ExpressionWriter::check(const std::string& condition, const std::string& sentence) {
    if (!types_.empty()) {
        out_.write("static_assert(" + condition + ", " + quoted_for_compiler(sentence) + ");");
    }
}

std::string ExpressionWriter::let(const std::string& code) {
    auto made = new_name("t");
    out_.write("[[maybe_unused]] auto&& " + made + " = " + code + ";");
    return made;
}

bool ExpressionWriter::is_built_in(const Expression& name, std::string_view wanted) const {
    return name.op == Op::global && Access::text(name.value) == wanted &&
           types_.find(wanted) == types_.end();
}

std::string ExpressionWriter::write(const Expression& expression) {
    switch (expression.op) {
        case Op::constant:
            return constant(expression.value);
        case Op::local:
        case Op::outer:
        case Op::global:
            return name(expression);
        case Op::tuple:
        case Op::list:
            return elements(expression);
        case Op::dict:
            return dict(expression);
        case Op::list_comp:
        case Op::dict_comp:
            return comprehension(expression);
        case Op::format_parts:
            return joined(expression);
        case Op::attribute:
            return attribute(expression);
        case Op::subscript:
            return subscript(expression);
        case Op::slice:
            return slice(expression);
        case Op::call:
            return call(expression);
        case Op::lambda:
            return lambda(expression);
        case Op::conditional:
            return conditional(expression);
        case Op::logical_or:
        case Op::logical_and:
            return logical(expression);
        case Op::logical_not:
            return let(truth(expression));
        case Op::compare:
            return compare(expression);
        case Op::negate:
        case Op::plus:
        case Op::invert:
            return unary(expression);
        default: {
            const auto left = write(expression.parts[0]);
            return binary(expression.op, left, write(expression.parts[1]));
        }
    }
}

std::string ExpressionWriter::constant(const Value& value) const {
    switch (value.kind()) {
        case Kind::boolean:
            return value.truth() ? "true" : "false";
        case Kind::integer:
            return "std::int64_t{" + value.str() + "}";
        case Kind::floating: {
            const auto number = Access::floating(value);
            if (std::isinf(number)) {
                return "std::numeric_limits<double>::infinity()";
            }
            char digits[64];
            const auto end =
                std::to_chars(digits, digits + sizeof digits, number, std::chars_format::hex).ptr;
            return "0x" + std::string(digits, end);
        }
        case Kind::string:
            return "std::string_view{" + quoted(Access::text(value)) + ", " +
                   std::to_string(Access::text(value).size()) + "}";
        default:
            return "nullptr";
    }
}

std::string ExpressionWriter::name(const Expression& expression) {
    const auto slot = std::to_string(expression.slot);
    if (expression.op == Op::global) {
        const auto type = types_.find(Access::text(expression.value));
        return type == types_.end()
                   ? let("f.global(" + slot + ")")
                   : let("rt::declared<name_" + type->first + ">(f, " + slot + ")");
    }
    if (is_loop_variable_[expression.slot]) {
        return "v" + slot;
    }
    const std::string own = expression.op == Op::local ? "true" : "false";
    return let("rt::bound(L[" + slot + "], " + quoted(spelled(expression)) + ", " + own + ")");
}

std::string ExpressionWriter::attribute(const Expression& expression) {
    const auto object = write(expression.parts[0]);
    const auto name = quoted(Access::text(expression.value));
    check(
        "rt::has_attribute<" + name + ", " + type_of(object) + ">()",
        shown(expression) + ": there is no member of this name"
    );
    return let("rt::attribute<" + name + ">(" + object + ")");
}

std::string ExpressionWriter::subscript(const Expression& expression) {
    const auto object = write(expression.parts[0]);
    const auto index = write(expression.parts[1]);
    check(
        "rt::can_subscript<" + type_of(object) + ", " + type_of(index) + ">()",
        shown(expression) + ": the type has no such elements"
    );
    return let("rt::subscript(" + object + ", " + index + ")");
}

std::string ExpressionWriter::slice(const Expression& expression) {
    const auto& parts = expression.parts;
    const auto container = write(parts[0]);
    const auto start = write(parts[1]);
    const auto stop = write(parts[2]);
    if (parts[3].op == Op::constant && parts[3].value.is_null()) {
        return let("rt::slice(" + container + ", " + start + ", " + stop + ")");
    }
    return let(
        "rt::slice(rt::value(" + container + "), rt::value(" + start + "), rt::value(" + stop +
        "), " + write_value(parts[3]) + ")"
    );
}

// ---- Calls ----

std::string ExpressionWriter::call(const Expression& expression) {
    const auto& function = expression.parts[0];
    const auto count = expression.parts.size() - 1;
    bool is_plain = true;
    for (std::size_t i = 1; i <= count; ++i) {
        is_plain = is_plain && detail::is_plain_argument(expression.parts[i]);
    }
    if (!is_plain) {
        return call_with_many(expression);
    }
    for (const std::string_view name :
         {"len", "enumerate", "range", "url_escape", "xhtml_escape", "escape"}) {
        const std::size_t most = name == "range" ? 2 : 1;
        if (is_built_in(function, name) && count > 0 && count <= most) {
            return call_built_in(expression, name);
        }
    }
    const auto callee = write_callee(function);
    if (function.op == Op::attribute && Access::text(function.value) == "join" && count == 1 &&
        expression.parts[1].op == Op::list_comp) {
        return join(callee, expression.parts[1]);
    }
    std::vector<std::string> arguments;
    for (std::size_t i = 1; i <= count; ++i) {
        arguments.push_back(write(expression.parts[i]));
    }
    return write_call(function, callee, arguments);
}

std::string ExpressionWriter::write_callee(const Expression& function) {
    if (function.op != Op::attribute) {
        auto callee = write(function);
        check("rt::can_call<" + type_of(callee) + ">", shown(function) + "() is not a function");
        return callee;
    }
    const auto& of = function.parts[0];
    const auto object = of.op == Op::constant ? let(write(of)) : write(of);  // it must live on
    const auto name = quoted(Access::text(function.value));
    check(
        "rt::has_method<" + name + ", " + type_of(object) + ">()",
        shown(function) + "(): there is no method of this name"
    );
    return let("rt::method<" + name + ">(" + object + ")");
}

std::string ExpressionWriter::write_call(
    const Expression& function,
    const std::string& callee,
    const std::vector<std::string>& arguments
) {
    const bool is_method = function.op == Op::attribute;
    const auto called =
        is_method ? "rt::call_method<" + quoted(Access::text(function.value)) + ">(" : "rt::call(";
    return let(called + callee + joined_by_commas(arguments) + ")");
}

std::string ExpressionWriter::call_built_in(const Expression& expression, std::string_view name) {
    std::vector<std::string> arguments;
    for (std::size_t i = 1; i < expression.parts.size(); ++i) {
        arguments.push_back(write(expression.parts[i]));
    }
    if (name == "len" || name == "enumerate") {
        check(
            "rt::can_iterate<" + type_of(arguments[0]) + ">()",
            std::string{name} + "(): the type is not one of several elements"
        );
    }
    const auto called = name == "escape" ? "xhtml_escape" : std::string{name};
    return let(
        "rt::" + called + "(f, " + std::to_string(expression.parts[0].slot) +
        joined_by_commas(arguments) + ")"
    );
}

std::string ExpressionWriter::call_with_many(const Expression& expression) {
    const auto& function = expression.parts[0];
    const auto callee = new_name("c");
    if (function.op == Op::attribute) {
        const auto object = let(write_value(function.parts[0]));
        out_.write(
            "const rt::Callee " + callee + "{" + object + ", " + constant(function.value) + "};"
        );
    } else {
        out_.write("const rt::Callee " + callee + "{" + let(write_value(function)) + "};");
    }
    const auto list = new_name("a");
    out_.write("rt::ArgumentList " + list + ";");
    for (std::size_t i = 1; i < expression.parts.size(); ++i) {
        const auto& part = expression.parts[i];
        if (part.op == Op::star) {
            out_.write(list + ".add_all(" + write_value(part.parts[0]) + ");");
        } else if (detail::is_plain_argument(part)) {
            out_.write(list + ".add(" + write_value(part) + ");");
        }
    }
    for (std::size_t i = 1; i < expression.parts.size(); ++i) {  // names come after all places
        const auto& part = expression.parts[i];
        if (part.op == Op::keyword) {
            out_.write(
                list + ".add_keyword(rt::value(" + constant(part.value) + "), " +
                write_value(part.parts[0]) + ");"
            );
        } else if (part.op == Op::double_star) {
            out_.write(list + ".add_keywords(" + write_value(part.parts[0]) + ");");
        }
    }
    return let(callee + ".call(" + list + ".arguments())");
}

std::string ExpressionWriter::lambda(const Expression& expression) {
    const auto made = new_name("t");
    const auto arguments = new_name("a");
    const auto variables = expression.value.str();
    const auto first =
        variables == "0" ? "nullptr" : "L.data() + " + std::to_string(expression.slot);
    const auto count = expression.parts.size() - 2;
    std::string kept;
    for (const auto& variable : expression.parts[1].parts) {
        kept += (kept.empty() ? "&L[" : ", &L[") + std::to_string(variable.slot) + "]";
    }
    out_.write(
        "auto&& " + made + " = f.lambda(" + std::to_string(count) + ", " + first + ", " +
        variables + ", {" + kept + "}, [&]([[maybe_unused]] const rt::Arguments& " + arguments +
        ") -> rt::Value {"
    );
    for (std::size_t i = 0; i < count; ++i) {
        const auto parameter = std::to_string(expression.parts[i + 2].slot);
        out_.write("L[" + parameter + "] = " + arguments + "[" + std::to_string(i) + "];");
    }
    out_.write("return " + write_value(expression.parts[0]) + "; });");
    return made;
}

// ---- Containers ----

std::string ExpressionWriter::elements(const Expression& expression) {
    const auto items = new_name("i");
    out_.write(
        "std::vector<rt::Value> " + items + "; " + items + ".reserve(" +
        std::to_string(expression.parts.size()) + ");"
    );
    for (const auto& part : expression.parts) {
        if (part.op == Op::star) {
            out_.write("rt::extend(" + items + ", " + write_value(part.parts[0]) + ");");
        } else {
            out_.write(items + ".push_back(" + write_value(part) + ");");
        }
    }
    const std::string kind = expression.op == Op::tuple ? ", rt::Kind::tuple" : "";
    return let("values::make_list(std::move(" + items + ")" + kind + ")");
}

std::string ExpressionWriter::dict(const Expression& expression) {
    const auto made = new_name("d");
    out_.write("rt::Dict " + made + ";");
    for (std::size_t i = 0; i + 1 < expression.parts.size(); i += 2) {
        if (expression.parts[i].op == Op::double_star) {
            out_.write(made + ".update(" + write_value(expression.parts[i + 1]) + ");");
        } else {
            const auto key = write_value(expression.parts[i]);
            out_.write(made + ".set(" + key + ", " + write_value(expression.parts[i + 1]) + ");");
        }
    }
    return let(made + ".value()");
}

std::string ExpressionWriter::join(const std::string& callee, const Expression& comprehension) {
    const auto made = new_name("j");
    out_.write("rt::Joining<rt::Bare<" + type_of(callee) + ">> " + made + "{" + callee + "};");
    clauses(comprehension, 1, made + ".add(");
    return let(made + ".result()");
}

std::string ExpressionWriter::comprehension(const Expression& expression) {
    const bool is_list = expression.op == Op::list_comp;
    const auto made = new_name(is_list ? "i" : "d");
    out_.write((is_list ? "std::vector<rt::Value> " : "rt::Dict ") + made + ";");
    clauses(
        expression, is_list ? 1 : 2, made + (is_list ? ".push_back(rt::value" : ".set(rt::value")
    );
    return let(is_list ? "values::make_list(std::move(" + made + "))" : made + ".value()");
}

void ExpressionWriter::clauses(
    const Expression& expression,
    std::size_t clause,
    const std::string& add
) {
    if (clause == expression.parts.size()) {
        const auto first = write(expression.parts[0]);
        const auto second = expression.op == Op::dict_comp ? ", " + write_value(expression.parts[1])
                                                           : std::string{};
        out_.write(add + "(" + first + ")" + second + ");");
        return;
    }
    const auto& part = expression.parts[clause];
    if (part.op == Op::if_clause) {
        out_.write("if (" + condition(part.parts[0]) + ") {");
        clauses(expression, clause + 1, add);
        out_.write("}");
        return;
    }
    const auto sequence = write(part.parts[1]);
    const auto item = new_name("x");
    check(
        "rt::can_iterate<" + type_of(sequence) + ">()",
        shown(part.parts[1]) + " is not something to loop over"
    );
    out_.write(
        "(void)rt::loop(f, " + sequence + ", [&]([[maybe_unused]] auto&& " + item + ") -> bool {"
    );
    assign(part.parts[0], item);
    clauses(expression, clause + 1, add);
    out_.write("return true; });");
}

std::string ExpressionWriter::joined(const Expression& expression) {
    const auto made = new_name("s");
    out_.write("std::string " + made + ";");
    for (const auto& part : expression.parts) {
        if (part.op == Op::format_field) {
            const auto value = write_value(part.parts[0]);
            const std::string conversion =
                part.value.is_null() ? "'\\0'" : "'" + spelled(part) + "'";
            out_.write(
                "rt::append_formatted(" + made + ", " + value + ", " + conversion + ", " +
                write_value(part.parts[1]) + ");"
            );
        } else {
            out_.write(made + " += " + write(part) + ";");
        }
    }
    return made;
}

// ---- Targets ----

void ExpressionWriter::assign(const Expression& target, const std::string& value) {
    const auto slot = std::to_string(target.slot);
    if (target.op == Op::local || target.op == Op::outer) {
        if (is_loop_variable_[target.slot]) {
            out_.write("[[maybe_unused]] auto&& v" + slot + " = " + value + ";");
        } else {
            out_.write("L[" + slot + "] = rt::value(" + value + ");");
        }
        return;
    }
    if (target.op == Op::subscript) {
        const auto container = write_value(target.parts[0]);
        const auto index = write_value(target.parts[1]);
        out_.write(
            "rt::assign_element(" + container + ", " + index + ", rt::value(" + value + "));"
        );
        return;
    }
    const auto count = std::to_string(target.parts.size());
    check(
        "rt::can_unpack<" + count + ", " + type_of(value) + ">()",
        "there are not " + count + " parts to take apart"
    );
    const auto parts = let("rt::unpack<" + count + ">(" + value + ")");
    for (std::size_t i = 0; i < target.parts.size(); ++i) {
        assign(target.parts[i], let("rt::part<" + std::to_string(i) + ">(" + parts + ")"));
    }
}

}  // namespace tornado::templating::tool
