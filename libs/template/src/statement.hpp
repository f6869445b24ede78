#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "expression.hpp"

namespace tornado::templating::detail {

struct Statement;
using Body = std::vector<Statement>;

/// One of the bodies of a block such as `{% if %}`.
struct Branch {
    enum class Kind : std::uint8_t { first, elif_, else_, except, finally };

    Kind kind = Kind::first;
    std::uint32_t line = 0;
    Expression condition;  ///< of `if`, `elif`, `while`; of `for` its clause; of `except` the types
    Body body;
};

/// A piece of a template: text, or a directive.
struct Statement {
    enum class Kind : std::uint8_t {
        text,     ///< the text
        emit,     ///< prints the expression, escaped by the function of number `escape`
        set,      ///< the targets, the operation, the expression
        import,   ///< the imports, with the targets as their names
        if_,      ///< the branches
        for_,     ///< the same
        while_,   ///< the same
        try_,     ///< the same
        apply,    ///< the function is the expression; one branch
        block,    ///< the text is its name; one branch; gone after linking
        include,  ///< the text is the file's name; gone after linking
        extends,  ///< the same
        break_,
        continue_,
    };
    static constexpr std::uint32_t raw = UINT32_MAX;

    Kind kind = Kind::text;
    Op operation = Op::constant;
    std::uint32_t line = 0;
    std::uint32_t context = 0;  ///< after linking: the number of the file and its includers
    std::uint32_t escape = 0;   ///< `raw`, or after linking the number of the function
    std::uint32_t slot = 0;     ///< of `apply`, after linking: the first of its own variables
    std::uint32_t slot_count = 0;
    std::string text;
    Expression expression;
    std::vector<Expression> targets;
    std::vector<Branch> branches;
    std::vector<Import> imports;
};

/// A template's file, parsed by itself.
struct File {
    std::string name;
    /// The function's name; nullopt when nothing is escaped.
    std::optional<std::string> autoescape;
    Expression escape_function = {};  ///< the same, parsed
    Body body = {};
};

/// Parses a template. Throws ParseError.
[[nodiscard]] File parse_file(
    std::string_view text,
    const std::string& name,
    std::string_view whitespace,
    std::optional<std::string> autoescape
);

}  // namespace tornado::templating::detail
