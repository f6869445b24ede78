#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tornado/template/value.hpp"

namespace tornado::templating::detail {

/// What an expression does. The comment says what its parts are.
enum class Op : std::uint8_t {
    nothing,   ///< what is left out
    constant,  ///< none: the value
    name,      ///< none: the value is the name; after linking, one of the next three instead
    local,     ///< none: the slot
    outer,     ///< none: the slot, of a function around this one
    global,    ///< none: the number among the template's global names

    tuple,         ///< the elements, of which some may be `star`
    list,          ///< the same
    dict,          ///< key, value, key, value, …
    list_comp,     ///< the element, then `for_clause` and `if_clause`
    dict_comp,     ///< key, value, then the same
    for_clause,    ///< the target, the sequence
    if_clause,     ///< the condition
    format_parts,  ///< what an f-string joins: constants, and `format_field`
    format_field,  ///< the value, the format; the constant is the conversion, such as "r"

    attribute,    ///< the object; the value is the name
    subscript,    ///< the object, the index
    slice,        ///< the object, start, stop, step; None for one left out
    call,         ///< the function, then the arguments, of which some may be the next three
    keyword,      ///< an argument's value; the constant is its name
    star,         ///< a sequence of arguments or elements
    double_star,  ///< a dict of arguments
    lambda,  ///< the body, what it takes from lambdas around it as a tuple, then the parameters

    conditional,  ///< what if true, the condition, what if false
    logical_or,   ///< the operands, two or more
    logical_and,  ///< the same
    logical_not,  ///< the operand
    compare,      ///< the first operand, then one `comparison` for each further one
    equal,        ///< comparisons, each with its right operand
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    in,
    not_in,
    is,
    is_not,

    add,  ///< the two operands, as all to `shift_right`
    subtract,
    multiply,
    divide,
    floor_divide,
    modulo,
    power,
    bit_and,
    bit_or,
    bit_xor,
    shift_left,
    shift_right,
    negate,  ///< the operand
    plus,
    invert,
};

/// An expression: a tree, of which each node owns its parts.
struct Expression {
    Op op = Op::constant;
    std::uint16_t height = 1;  ///< how many nodes there are at most from here to a leaf
    std::uint32_t slot = 0;
    Value value;
    std::vector<Expression> parts;
};

/// Whether an argument of a call is a value by itself.
[[nodiscard]] inline bool is_plain_argument(const Expression& argument) noexcept {
    return argument.op != Op::keyword && argument.op != Op::star && argument.op != Op::double_star;
}

/// Parses the text of one expression; several with commas are a tuple. Throws SyntaxError.
[[nodiscard]] Expression parse_expression(std::string_view text);

/// What a directive assigns or only evaluates.
struct Assignment {
    /// Names, subscripts, and tuples of these; empty when nothing is assigned.
    std::vector<Expression> targets;
    Op operation = Op::constant;  ///< the operator of `a += b`; `constant` when it is `=`
    Expression value;
};

/// Parses `a, b = c = value`, `a += value` or `value`. Throws SyntaxError.
[[nodiscard]] Assignment parse_assignment(std::string_view text);

/// Parses `a, b in sequence`, which makes a `for_clause`. Throws SyntaxError.
[[nodiscard]] Expression parse_for(std::string_view text);

/// Parses `[types [as name]]`: the parts are the types and the name's target; either may be
/// `nothing`. Throws SyntaxError.
[[nodiscard]] Expression parse_except(std::string_view text);

/// A module, or a function of one, and the name that it gets.
struct Import {
    std::string module;
    std::string member;  ///< empty when the module itself is meant
    std::string name;
};

/// Parses `import a.b as c, d` or `from a import b as c`. Throws SyntaxError.
[[nodiscard]] std::vector<Import> parse_import(std::string_view statement);

/// What is wrong with an expression; the directive that holds it knows the place.
struct SyntaxError {
    std::string message;
};

}  // namespace tornado::templating::detail
