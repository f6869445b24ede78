#include "expression.hpp"

#include <utility>

#include "expression_parser.hpp"

namespace tornado::templating::detail {

namespace {

struct AugmentedOperator {
    Symbol symbol;
    Op op;
};

constexpr AugmentedOperator augmented[] = {
    {"+=", Op::add},
    {"-=", Op::subtract},
    {"*=", Op::multiply},
    {"/=", Op::divide},
    {"//=", Op::floor_divide},
    {"%=", Op::modulo},
    {"**=", Op::power},
    {"&=", Op::bit_and},
    {"|=", Op::bit_or},
    {"^=", Op::bit_xor},
    {"<<=", Op::shift_left},
    {">>=", Op::shift_right}};

std::string dotted_name(ExpressionParser& parser) {
    auto name = parser.name();
    while (parser.take_symbol(".")) {
        name += "." + parser.name();
    }
    return name;
}

}  // namespace

Expression parse_expression(std::string_view text) {
    ExpressionParser parser{text};
    auto expression = parser.expressions();
    parser.expect_end();
    return expression;
}

Assignment parse_assignment(std::string_view text) {
    ExpressionParser parser{text};
    Assignment assignment;
    assignment.value = parser.expressions();
    for (const auto& [symbol, op] : augmented) {
        if (parser.take_symbol(symbol)) {
            check_target(assignment.value);
            if (assignment.value.op == Op::tuple || assignment.value.op == Op::list) {
                throw SyntaxError{"a tuple cannot be assigned to in this way"};
            }
            assignment.targets.push_back(std::move(assignment.value));
            assignment.operation = op;
            assignment.value = parser.expressions();
            parser.expect_end();
            return assignment;
        }
    }
    while (parser.take_symbol("=")) {
        check_target(assignment.value);
        assignment.targets.push_back(std::move(assignment.value));
        assignment.value = parser.expressions();
    }
    parser.expect_end();
    return assignment;
}

Expression parse_for(std::string_view text) {
    ExpressionParser parser{text};
    std::vector<Expression> parts;
    parts.push_back(parser.targets());
    parser.expect_word("in");
    parts.push_back(parser.expressions());
    parser.expect_end();
    return node(Op::for_clause, std::move(parts));
}

Expression parse_except(std::string_view text) {
    ExpressionParser parser{text};
    std::vector<Expression> parts;
    const bool catches_all = parser.at_end();
    parts.push_back(catches_all ? node(Op::nothing, {}) : parser.expression());
    if (parser.take_word("as")) {
        parts.push_back(node(Op::name, {}, from_text(parser.name())));
    } else {
        parts.push_back(node(Op::nothing, {}));
    }
    parser.expect_end();
    return node(Op::tuple, std::move(parts));
}

std::vector<Import> parse_import(std::string_view statement) {
    ExpressionParser parser{statement};
    std::vector<Import> imports;
    if (parser.take_word("import")) {
        do {
            Import import{dotted_name(parser), "", ""};
            import.name = parser.take_word("as") ? parser.name() : "";
            imports.push_back(std::move(import));
        } while (parser.take_symbol(","));
    } else {
        parser.expect_word("from");
        const auto module = dotted_name(parser);
        parser.expect_word("import");
        const bool enclosed = parser.take_symbol("(");
        do {
            Import import{module, parser.name(), ""};
            import.name = parser.take_word("as") ? parser.name() : import.member;
            imports.push_back(std::move(import));
        } while (parser.take_symbol(","));
        if (enclosed) {
            parser.expect_symbol(")");
        }
    }
    parser.expect_end();
    return imports;
}

}  // namespace tornado::templating::detail
