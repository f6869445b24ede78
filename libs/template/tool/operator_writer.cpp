#include <utility>

#include "expression_writer.hpp"

// The part of the writer that does conditions, comparisons and arithmetic.
namespace tornado::templating::tool {

using detail::Expression;
using detail::Op;

// ---- Conditions ----

std::string ExpressionWriter::conditional(const Expression& expression) {
    auto made = new_name("t");
    const auto truth = condition(expression.parts[1]);
    out_.write("rt::Value " + made + "; if (" + truth + ") {");
    out_.write(made + " = " + write_value(expression.parts[0]) + "; } else {");
    out_.write(made + " = " + write_value(expression.parts[2]) + "; }");
    return made;
}

std::string ExpressionWriter::logical(const Expression& expression) {
    auto made = new_name("t");
    const std::string negation = expression.op == Op::logical_or ? "!" : "";
    out_.write("rt::Value " + made + ";");
    std::string closing;
    for (std::size_t i = 0; i < expression.parts.size(); ++i) {
        out_.write(made + " = " + write_value(expression.parts[i]) + ";");
        if (i + 1 < expression.parts.size()) {
            out_.write("if (" + negation + made + ".truth()) {");
            closing += "}";
        }
    }
    out_.write(closing);
    return made;
}

/// What is a C++ bool, of an expression whose value itself is not needed.
std::string ExpressionWriter::truth(const Expression& expression) {
    if (expression.op == Op::logical_not) {
        return "!" + truth(expression.parts[0]);
    }
    if (expression.op != Op::logical_or && expression.op != Op::logical_and) {
        return "rt::truth(" + write(expression) + ")";
    }
    const auto made = new_name("c");
    const std::string negation = expression.op == Op::logical_or ? "!" : "";
    out_.write("bool " + made + " = false;");
    std::string closing;
    for (std::size_t i = 0; i < expression.parts.size(); ++i) {
        out_.write(made + " = " + truth(expression.parts[i]) + ";");
        if (i + 1 < expression.parts.size()) {
            out_.write("if (" + negation + made + ") {");
            closing += "}";
        }
    }
    out_.write(closing);
    return made;
}

std::string ExpressionWriter::condition(const Expression& expression, const std::string& before) {
    const auto made = new_name("c");
    out_.write("const auto " + made + " = [&]() -> bool {" + before);
    out_.write("return " + truth(expression) + "; };");
    return made + "()";
}

std::string ExpressionWriter::compare(const Expression& expression) {
    auto left = write(expression.parts[0]);
    if (expression.parts.size() == 2) {
        const auto right = write(expression.parts[1].parts[0]);
        return let(comparison(expression.parts[1].op, left, right));
    }
    const auto made = new_name("c");
    out_.write("bool " + made + " = false;");
    std::string closing;
    for (std::size_t i = 1; i < expression.parts.size(); ++i) {
        auto right = write(expression.parts[i].parts[0]);
        out_.write(made + " = " + comparison(expression.parts[i].op, left, right) + ";");
        if (i + 1 < expression.parts.size()) {
            out_.write("if (" + made + ") {");
            closing += "}";
        }
        left = std::move(right);
    }
    out_.write(closing);
    return made;
}

std::string
ExpressionWriter::comparison(Op operation, const std::string& left, const std::string& right) {
    const auto both = "(" + left + ", " + right + ")";
    const auto swapped = "(" + right + ", " + left + ")";
    if (operation == Op::less || operation == Op::less_equal || operation == Op::greater ||
        operation == Op::greater_equal) {
        check(
            "rt::can_order<" + type_of(left) + ", " + type_of(right) + ">",
            "values of these types have no order"
        );
    }
    if (operation == Op::in || operation == Op::not_in) {
        check("rt::can_contain<" + type_of(right) + ">", "`in` needs what may hold something");
    }
    switch (operation) {
        case Op::equal:
            return "rt::equal" + both;
        case Op::not_equal:
            return "!rt::equal" + both;
        case Op::less:
            return "rt::less" + both;
        case Op::less_equal:
            return "rt::less_equal" + both;
        case Op::greater:
            return "rt::less" + swapped;
        case Op::greater_equal:
            return "rt::less_equal" + swapped;
        case Op::in:
            return "rt::contains" + swapped;
        case Op::not_in:
            return "!rt::contains" + swapped;
        case Op::is:
            return "rt::is" + both;
        default:
            return "!rt::is" + both;
    }
}

// ---- Operators ----

std::string ExpressionWriter::unary(const Expression& expression) {
    const auto& operand = expression.parts[0];
    if (expression.op == Op::negate && operand.op == Op::constant &&
        operand.value.kind() == Kind::integer) {
        return "std::int64_t{-" + operand.value.str() + "}";
    }
    const auto value = write(operand);
    check("rt::can_negate<" + type_of(value) + ">", "the operator takes only numbers");
    const std::string function = expression.op == Op::negate ? "negate"
                                 : expression.op == Op::plus ? "plus"
                                                             : "invert";
    return let("values::" + function + "(rt::value(" + value + "))");
}

std::string
ExpressionWriter::binary(Op operation, const std::string& left, const std::string& right) {
    struct Binary {
        Op op;
        const char* function;
        const char* check;
        bool is_typed;
    };
    constexpr Binary all[] = {
        {Op::add, "add", "can_add", true},
        {Op::subtract, "subtract", "can_compute", true},
        {Op::multiply, "multiply", "can_multiply", true},
        {Op::modulo, "modulo", "can_take_modulo", true},
        {Op::divide, "divide", "can_compute", false},
        {Op::floor_divide, "floor_divide", "can_compute", false},
        {Op::power, "power", "can_compute", false},
        {Op::bit_and, "bit_and", "can_compute", false},
        {Op::bit_or, "bit_or", "can_compute", false},
        {Op::bit_xor, "bit_xor", "can_compute", false},
        {Op::shift_left, "shift_left", "can_compute", false},
        {Op::shift_right, "shift_right", "can_compute", false},
    };
    for (const auto& [op, function, can, is_typed] : all) {
        if (op != operation) {
            continue;
        }
        check(
            "rt::" + std::string{can} + "<" + type_of(left) + ", " + type_of(right) + ">",
            "the operator does not take these types"
        );
        return is_typed ? let("rt::" + std::string{function} + "(" + left + ", " + right + ")")
                        : let("values::" + std::string{function} + "(rt::value(" + left +
                              "), rt::value(" + right + "))");
    }
    return "nullptr";
}

}  // namespace tornado::templating::tool
