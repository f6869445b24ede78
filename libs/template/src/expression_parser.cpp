#include "expression_parser.hpp"

#include <algorithm>
#include <string>

namespace tornado::templating::detail {

namespace {

constexpr std::uint16_t greatest_height = 400;

/// An operator between two operands, or before one.
struct Operator {
    Symbol symbol;
    Op op;
    unsigned rank = 0;  ///< those of one rank group from the left
};

constexpr Operator binary_operators[] = {
    {"|", Op::bit_or, 0},
    {"^", Op::bit_xor, 1},
    {"&", Op::bit_and, 2},
    {"<<", Op::shift_left, 3},
    {">>", Op::shift_right, 3},
    {"+", Op::add, 4},
    {"-", Op::subtract, 4},
    {"*", Op::multiply, 5},
    {"/", Op::divide, 5},
    {"//", Op::floor_divide, 5},
    {"%", Op::modulo, 5},
};

Expression named(std::string name) {
    return node(Op::name, {}, from_text(std::move(name)));
}

}  // namespace

Expression node(Op op, std::vector<Expression> parts, Value value) {
    std::uint16_t height = 0;
    for (const auto& part : parts) {
        height = std::max(height, part.height);
    }
    if (height >= greatest_height) {
        throw SyntaxError{"the expression is too long: give a part of it a name with {% set %}"};
    }
    return {op, static_cast<std::uint16_t>(height + 1), 0, std::move(value), std::move(parts)};
}

void check_target(const Expression& expression) {
    if (expression.op == Op::tuple || expression.op == Op::list) {
        for (const auto& part : expression.parts) {
            check_target(part);
        }
    } else if (expression.op != Op::name && expression.op != Op::subscript) {
        throw SyntaxError{"only names and elements can be assigned to"};
    }
}

ExpressionParser::ExpressionParser(std::string_view text, unsigned depth)
    : lexer_{text},
      depth_{depth} {
    advance();
}

void ExpressionParser::expect_end() const {
    if (!at_end()) {
        throw SyntaxError{"`" + std::string{token_.text} + "` does not belong there"};
    }
}

void ExpressionParser::expect_symbol(const char* symbol) {
    if (!take_symbol(symbol)) {
        throw SyntaxError{std::string{"`"} + symbol + "` is missing"};
    }
}

void ExpressionParser::expect_word(std::string_view word) {
    if (!take_word(word)) {
        throw SyntaxError{"`" + std::string{word} + "` is missing"};
    }
}

std::string ExpressionParser::name() {
    if (token_.kind != TokenKind::name) {
        throw SyntaxError{"a name is missing"};
    }
    std::string found{token_.text};
    advance();
    return found;
}

bool ExpressionParser::at_expression() const noexcept {
    constexpr std::string_view begin_one = "([{+-~*";
    switch (token_.kind) {
        case TokenKind::end:
            return false;
        case TokenKind::symbol:
            return token_.text.size() == 1 && begin_one.find(token_.text) != begin_one.npos;
        case TokenKind::keyword:
            return is_word("None") || is_word("True") || is_word("False") || is_word("not") ||
                   is_word("lambda");
        default:
            return true;
    }
}

Expression ExpressionParser::element() {
    return take_symbol("*") ? node(Op::star, parts_of(binary())) : expression();
}

Expression ExpressionParser::expressions() {
    auto first = element();
    if (!is_symbol(",")) {
        if (first.op == Op::star) {
            throw SyntaxError{"`*` stands only among several elements"};
        }
        return first;
    }
    auto parts = parts_of(std::move(first));
    while (take_symbol(",") && at_expression()) {
        parts.push_back(element());
    }
    return node(Op::tuple, std::move(parts));
}

Expression ExpressionParser::target() {
    auto expression = primary();
    check_target(expression);
    return expression;
}

Expression ExpressionParser::targets() {
    auto first = target();
    if (!is_symbol(",")) {
        return first;
    }
    auto parts = parts_of(std::move(first));
    while (take_symbol(",") && at_expression()) {
        parts.push_back(target());
    }
    return node(Op::tuple, std::move(parts));
}

Expression ExpressionParser::expression() {
    const Level level{depth_};
    if (is_word("lambda")) {
        return lambda();
    }
    auto value = logical_or();
    if (!take_word("if")) {
        return value;
    }
    auto condition = logical_or();
    expect_word("else");
    auto otherwise = expression();
    return node(
        Op::conditional, parts_of(std::move(value), std::move(condition), std::move(otherwise))
    );
}

Expression ExpressionParser::lambda() {
    expect_word("lambda");
    std::vector<Expression> parts(2);
    parts[1].op = Op::tuple;
    while (!is_symbol(":")) {
        parts.push_back(named(name()));
        if (!take_symbol(",")) {
            break;
        }
    }
    expect_symbol(":");
    parts[0] = expression();
    return node(Op::lambda, std::move(parts));
}

Expression ExpressionParser::logical_or() {
    auto first = logical_and();
    if (!is_word("or")) {
        return first;
    }
    auto parts = parts_of(std::move(first));
    while (take_word("or")) {
        parts.push_back(logical_and());
    }
    return node(Op::logical_or, std::move(parts));
}

Expression ExpressionParser::logical_and() {
    auto first = logical_not();
    if (!is_word("and")) {
        return first;
    }
    auto parts = parts_of(std::move(first));
    while (take_word("and")) {
        parts.push_back(logical_not());
    }
    return node(Op::logical_and, std::move(parts));
}

Expression ExpressionParser::logical_not() {
    if (!take_word("not")) {
        return comparison();
    }
    const Level level{depth_};
    return node(Op::logical_not, parts_of(logical_not()));
}

bool ExpressionParser::take_comparison(Op& op) {
    constexpr Operator symbols[] = {
        {"==", Op::equal},
        {"!=", Op::not_equal},
        {"<", Op::less},
        {"<=", Op::less_equal},
        {">", Op::greater},
        {">=", Op::greater_equal}};
    if (token_.kind == TokenKind::symbol) {
        for (const auto& one : symbols) {
            if (take_symbol(one.symbol)) {
                op = one.op;
                return true;
            }
        }
        return false;
    }
    if (take_word("in")) {
        op = Op::in;
        return true;
    }
    if (take_word("not")) {
        expect_word("in");
        op = Op::not_in;
        return true;
    }
    if (take_word("is")) {
        op = take_word("not") ? Op::is_not : Op::is;
        return true;
    }
    return false;
}

Expression ExpressionParser::comparison() {
    auto first = binary();
    Op op{};
    if (!take_comparison(op)) {
        return first;
    }
    auto parts = parts_of(std::move(first));
    do {
        parts.push_back(node(op, parts_of(binary())));
    } while (take_comparison(op));
    return node(Op::compare, std::move(parts));
}

Expression ExpressionParser::binary(unsigned rank) {
    auto left = unary();
    while (token_.kind == TokenKind::symbol) {
        const auto* const found = std::find_if(
            std::begin(binary_operators),
            std::end(binary_operators),
            [this](const Operator& one) { return is_symbol(one.symbol); }
        );
        if (found == std::end(binary_operators) || found->rank < rank) {
            break;
        }
        advance();
        auto right = binary(found->rank + 1);
        left = node(found->op, parts_of(std::move(left), std::move(right)));
    }
    return left;
}

Expression ExpressionParser::unary() {
    constexpr Operator symbols[] = {{"-", Op::negate}, {"+", Op::plus}, {"~", Op::invert}};
    if (token_.kind == TokenKind::symbol) {
        for (const auto& one : symbols) {
            if (take_symbol(one.symbol)) {
                const Level level{depth_};
                return node(one.op, parts_of(unary()));
            }
        }
    }
    return power();
}

Expression ExpressionParser::power() {
    auto base = primary();
    if (!take_symbol("**")) {
        return base;
    }
    const Level level{depth_};
    auto exponent = unary();
    return node(Op::power, parts_of(std::move(base), std::move(exponent)));
}

Expression ExpressionParser::primary() {
    auto expression = atom();
    while (is_symbol(".") || is_symbol("(") || is_symbol("[")) {
        const char symbol = token_.text[0];
        advance();
        expression = trailer(std::move(expression), symbol);
    }
    return expression;
}

Expression ExpressionParser::trailer(Expression object, char symbol) {
    if (symbol == '.') {
        return node(Op::attribute, parts_of(std::move(object)), from_text(name()));
    }
    return symbol == '(' ? call(std::move(object)) : subscript(std::move(object));
}

Expression ExpressionParser::call(Expression function) {
    auto parts = parts_of(std::move(function));
    bool named = false;
    bool generator = false;
    while (!is_symbol(")")) {
        parts.push_back(call_argument(named, generator));
        if (!take_symbol(",")) {
            break;
        }
    }
    expect_symbol(")");
    if (generator && parts.size() != 2) {
        throw SyntaxError{"a generator expression must be in parentheses, or the only argument"};
    }
    return node(Op::call, std::move(parts));
}

Expression ExpressionParser::call_argument(bool& named, bool& generator) {
    if (take_symbol("**")) {
        named = true;
        return node(Op::double_star, parts_of(expression()));
    }
    if (take_symbol("*")) {
        return node(Op::star, parts_of(expression()));
    }
    auto argument = expression();
    if (argument.op == Op::name && take_symbol("=")) {
        named = true;
        auto name = argument.value;
        return node(Op::keyword, parts_of(expression()), std::move(name));
    }
    if (named) {
        throw SyntaxError{"an argument without a name follows one with a name"};
    }
    if (is_word("for")) {
        generator = true;
        auto parts = parts_of(std::move(argument));
        clauses(parts);
        return node(Op::list_comp, std::move(parts));
    }
    return argument;
}

Expression ExpressionParser::slice_part() {
    return is_symbol(":") || is_symbol("]") ? constant({}) : expression();
}

Expression ExpressionParser::subscript(Expression object) {
    if (!is_symbol(":")) {
        auto index = expressions();
        if (take_symbol("]")) {
            return node(Op::subscript, parts_of(std::move(object), std::move(index)));
        }
        expect_symbol(":");
        auto stop = slice_part();
        auto step = take_symbol(":") ? slice_part() : constant({});
        expect_symbol("]");
        return node(
            Op::slice,
            parts_of(std::move(object), std::move(index), std::move(stop), std::move(step))
        );
    }
    advance();
    auto stop = slice_part();
    auto step = take_symbol(":") ? slice_part() : constant({});
    expect_symbol("]");
    return node(
        Op::slice, parts_of(std::move(object), constant({}), std::move(stop), std::move(step))
    );
}

Expression ExpressionParser::atom() {
    switch (token_.kind) {
        case TokenKind::number: {
            auto value = token_.value;
            advance();
            return constant(std::move(value));
        }
        case TokenKind::string:
        case TokenKind::format_string:
            return strings();
        case TokenKind::name:
            return named(name());
        case TokenKind::keyword:
            return word();
        default:
            break;
    }
    const Level level{depth_};
    if (take_symbol("(")) {
        return parenthesis();
    }
    if (take_symbol("[")) {
        return list();
    }
    if (take_symbol("{")) {
        return dict();
    }
    throw SyntaxError{
        at_end() ? "the expression is not complete"
                 : "`" + std::string{token_.text} + "` does not belong there"};
}

Expression ExpressionParser::word() {
    if (take_word("None")) {
        return constant({});
    }
    if (is_word("True") || is_word("False")) {
        const bool truth = is_word("True");
        advance();
        return constant(Access::boolean(truth));
    }
    throw SyntaxError{"`" + std::string{token_.text} + "` does not belong there"};
}

Expression ExpressionParser::parenthesis() {
    if (take_symbol(")")) {
        return node(Op::tuple, {});
    }
    auto inside = is_symbol("*") ? expressions() : expression();
    if (is_word("for")) {
        auto parts = parts_of(std::move(inside));
        clauses(parts);
        inside = node(Op::list_comp, std::move(parts));
    } else if (is_symbol(",")) {
        auto parts = parts_of(std::move(inside));
        while (take_symbol(",") && !is_symbol(")")) {
            parts.push_back(element());
        }
        inside = node(Op::tuple, std::move(parts));
    }
    expect_symbol(")");
    return inside;
}

Expression ExpressionParser::list() {
    std::vector<Expression> parts;
    if (!is_symbol("]")) {
        parts.push_back(element());
        if (is_word("for")) {
            clauses(parts);
            expect_symbol("]");
            return node(Op::list_comp, std::move(parts));
        }
        while (take_symbol(",") && !is_symbol("]")) {
            parts.push_back(element());
        }
    }
    expect_symbol("]");
    return node(Op::list, std::move(parts));
}

Expression ExpressionParser::dict() {
    std::vector<Expression> parts;
    while (!is_symbol("}")) {
        if (take_symbol("**")) {
            parts.push_back(node(Op::double_star, {}));
            parts.push_back(binary());
        } else {
            parts.push_back(expression());
            if (!take_symbol(":")) {
                throw SyntaxError{"there are no sets: write a list or a tuple"};
            }
            parts.push_back(expression());
        }
        if (is_word("for") && parts.size() == 2) {
            clauses(parts);
            expect_symbol("}");
            return node(Op::dict_comp, std::move(parts));
        }
        if (!take_symbol(",")) {
            break;
        }
    }
    expect_symbol("}");
    return node(Op::dict, std::move(parts));
}

void ExpressionParser::clauses(std::vector<Expression>& parts) {
    if (parts[0].op == Op::star || parts[0].op == Op::double_star) {
        throw SyntaxError{"`*` stands only among several elements"};
    }
    while (is_word("for") || is_word("if")) {
        if (take_word("if")) {
            parts.push_back(node(Op::if_clause, parts_of(logical_or())));
            continue;
        }
        expect_word("for");
        auto target = targets();
        expect_word("in");
        auto sequence = logical_or();
        parts.push_back(node(Op::for_clause, parts_of(std::move(target), std::move(sequence))));
    }
}

}  // namespace tornado::templating::detail
