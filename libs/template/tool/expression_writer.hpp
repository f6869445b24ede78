#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cpp_writer.hpp"
#include "program.hpp"

namespace tornado::templating::tool {

/// The C++ types of names, by name.
using Types = std::map<std::string, std::string, std::less<>>;

/// Writes expressions as C++ statements, in the order in which they are computed, so that each step
/// has a name, its own types, and its checks beside it.
class ExpressionWriter {
public:
    ExpressionWriter(const detail::Program& program, const Types& types, CppWriter& out);

    /// Writes what computes the expression, and gives what its result is called.
    [[nodiscard]] std::string write(const detail::Expression& expression);
    /// The same as Value.
    [[nodiscard]] std::string write_value(const detail::Expression& expression) {
        return "rt::value(" + write(expression) + ")";
    }
    /// A C++ expression that computes a condition, after the statement `before`; its parts live no
    /// longer than that.
    [[nodiscard]] std::string
    condition(const detail::Expression& expression, const std::string& before = "");
    /// Writes what finds the function that is called: before the arguments, as in Python.
    [[nodiscard]] std::string write_callee(const detail::Expression& function);
    /// Writes a call of `function`, found as `callee`, with what has these names.
    [[nodiscard]] std::string write_call(
        const detail::Expression& function,
        const std::string& callee,
        const std::vector<std::string>& arguments
    );
    /// Writes what gives a target a value; as a declaration where the variable is that of a loop.
    void assign(const detail::Expression& target, const std::string& value);
    /// Writes a static_assert on what a part of the template can do. Where no name has a type, that
    /// is left to the run.
    void check(const std::string& condition, const std::string& sentence);
    /// Writes what computes `left operation right`.
    [[nodiscard]] std::string
    binary(detail::Op operation, const std::string& left, const std::string& right);

    /// Whether the variable is one of C++'s, that of a loop alone.
    [[nodiscard]] bool is_loop_variable(std::uint32_t slot) const {
        return is_loop_variable_[slot];
    }
    /// Whether there are variables that are not.
    [[nodiscard]] bool keeps_variables() const {
        return std::find(is_loop_variable_.begin(), is_loop_variable_.end(), false) !=
               is_loop_variable_.end();
    }
    /// A C++ name that is used nowhere else.
    [[nodiscard]] std::string new_name(std::string_view kind) {
        return std::string{kind} + std::to_string(++names_);
    }
    /// Whether the name of this number is a built-in function, as far as the template knows.
    [[nodiscard]] bool is_built_in(const detail::Expression& name, std::string_view spelled) const;

private:
    [[nodiscard]] std::string let(const std::string& code);
    [[nodiscard]] std::string constant(const Value& value) const;
    [[nodiscard]] std::string name(const detail::Expression& expression);
    [[nodiscard]] std::string attribute(const detail::Expression& expression);
    [[nodiscard]] std::string call(const detail::Expression& expression);
    [[nodiscard]] std::string call_with_many(const detail::Expression& expression);
    [[nodiscard]] std::string
    call_built_in(const detail::Expression& expression, std::string_view name);
    [[nodiscard]] std::string subscript(const detail::Expression& expression);
    [[nodiscard]] std::string slice(const detail::Expression& expression);
    [[nodiscard]] std::string elements(const detail::Expression& expression);
    [[nodiscard]] std::string dict(const detail::Expression& expression);
    /// `object.join(… for …)`, without the list.
    [[nodiscard]] std::string
    join(const std::string& callee, const detail::Expression& comprehension);
    [[nodiscard]] std::string comprehension(const detail::Expression& expression);
    /// Writes the loops of a comprehension from a clause on, and within them the call for each item
    /// that begins with `add`.
    void clauses(const detail::Expression& expression, std::size_t clause, const std::string& add);
    [[nodiscard]] std::string joined(const detail::Expression& expression);
    [[nodiscard]] std::string lambda(const detail::Expression& expression);
    [[nodiscard]] std::string conditional(const detail::Expression& expression);
    [[nodiscard]] std::string logical(const detail::Expression& expression);
    [[nodiscard]] std::string truth(const detail::Expression& expression);
    [[nodiscard]] std::string compare(const detail::Expression& expression);
    [[nodiscard]] std::string
    comparison(detail::Op operation, const std::string& left, const std::string& right);
    [[nodiscard]] std::string unary(const detail::Expression& expression);

    const detail::Program& program_;
    const Types& types_;
    CppWriter& out_;
    std::vector<bool> is_loop_variable_;
    unsigned names_ = 0;
};

/// The C++ type of what has this name.
[[nodiscard]] inline std::string type_of(const std::string& name) {
    return "decltype(" + name + ")";
}

/// What an expression looks like, for the sentences about it.
[[nodiscard]] std::string shown(const detail::Expression& expression);

}  // namespace tornado::templating::tool
