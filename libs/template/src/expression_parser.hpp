#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "expression.hpp"
#include "lexer.hpp"

namespace tornado::templating::detail {

/// Python's grammar of expressions, by recursive descent. Each function parses what its name says,
/// from the present token on. Errors: throws SyntaxError.
class ExpressionParser {
public:
    explicit ExpressionParser(std::string_view text, unsigned depth = 0);

    /// Expressions between commas, which are a tuple unless there is one without a comma.
    [[nodiscard]] Expression expressions();
    [[nodiscard]] Expression expression();
    /// The same for what is assigned to: names, subscripts, and tuples of them.
    [[nodiscard]] Expression targets();

    [[nodiscard]] bool at_end() const noexcept { return token_.kind == TokenKind::end; }
    void expect_end() const;
    [[nodiscard]] bool is_symbol(Symbol symbol) const noexcept { return token_.symbol == symbol; }
    /// Of the words that name nothing else.
    [[nodiscard]] bool is_word(std::string_view keyword) const noexcept {
        return token_.kind == TokenKind::keyword && token_.text == keyword;
    }
    /// Goes past this symbol or word; false when it is another.
    bool take_symbol(Symbol symbol) { return is_symbol(symbol) && (advance(), true); }
    bool take_word(std::string_view word) { return is_word(word) && (advance(), true); }
    void expect_symbol(const char* symbol);
    void expect_word(std::string_view word);
    /// Goes past a name that is no keyword.
    [[nodiscard]] std::string name();

private:
    /// One level of nesting, of which there may only be so many.
    class Level {
    public:
        explicit Level(unsigned& depth) : depth_{depth} {
            if (++depth_ > greatest_depth) {
                --depth_;
                throw SyntaxError{"the expression is nested too deeply"};
            }
        }
        ~Level() { --depth_; }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;

    private:
        static constexpr unsigned greatest_depth = 100;
        unsigned& depth_;
    };

    [[nodiscard]] Expression lambda();
    [[nodiscard]] Expression logical_or();
    [[nodiscard]] Expression logical_and();
    [[nodiscard]] Expression logical_not();
    [[nodiscard]] Expression comparison();
    [[nodiscard]] bool take_comparison(Op& op);
    /// From operators of at least this rank, which bind more tightly the higher it is.
    [[nodiscard]] Expression binary(unsigned rank = 0);
    [[nodiscard]] Expression unary();
    [[nodiscard]] Expression power();
    [[nodiscard]] Expression primary();
    [[nodiscard]] Expression trailer(Expression object, char symbol);
    [[nodiscard]] Expression call(Expression function);
    [[nodiscard]] Expression call_argument(bool& named, bool& generator);
    [[nodiscard]] Expression subscript(Expression object);
    [[nodiscard]] Expression slice_part();
    [[nodiscard]] Expression atom();
    [[nodiscard]] Expression word();
    [[nodiscard]] Expression strings();
    [[nodiscard]] Expression format_string(std::string_view text, bool is_raw);
    [[nodiscard]] Expression format_field(std::string_view& text, bool is_raw);
    [[nodiscard]] Expression parenthesis();
    [[nodiscard]] Expression list();
    [[nodiscard]] Expression dict();
    [[nodiscard]] Expression element();
    void clauses(std::vector<Expression>& parts);
    [[nodiscard]] Expression target();
    [[nodiscard]] bool at_expression() const noexcept;

    void advance() { token_ = lexer_.next(); }

    Lexer lexer_;
    Token token_;
    unsigned depth_;
};

/// A node over its parts. Throws SyntaxError when the tree becomes too high.
[[nodiscard]] Expression node(Op op, std::vector<Expression> parts, Value value = {});

/// A literal.
[[nodiscard]] inline Expression constant(Value value) {
    return node(Op::constant, {}, std::move(value));
}

template <typename... E>
[[nodiscard]] std::vector<Expression> parts_of(E&&... expressions) {
    std::vector<Expression> parts;
    parts.reserve(sizeof...(expressions));
    (parts.push_back(std::forward<E>(expressions)), ...);
    return parts;
}

/// Throws SyntaxError unless the expression is one that can be assigned to.
void check_target(const Expression& expression);

}  // namespace tornado::templating::detail
