#pragma once

#include <memory>
#include <string>
#include <vector>

#include "program.hpp"
#include "tornado/template/error.hpp"
#include "tornado/template/namespace.hpp"

namespace tornado::templating::detail {

/// Runs a program once, and appends what it prints.
class Evaluator {
public:
    Evaluator(const Program& program, const Namespace& names, std::string& out);
    ~Evaluator();
    Evaluator(const Evaluator&) = delete;
    Evaluator& operator=(const Evaluator&) = delete;

    /// Throws Error, with the place.
    void run();

    /// Calls a lambda of the program.
    [[nodiscard]] Value call_lambda(const Expression& lambda, const Arguments& arguments);

private:
    /// How a statement ended.
    enum class Flow : unsigned char { next, break_, continue_ };

    /// A name of the program that is no variable, once it has been looked up.
    struct Global {
        const Value* value = nullptr;
        bool is_xhtml_escape = false;
    };

    /// The kind of a variable that has no value.
    static constexpr auto unbound = static_cast<Kind>(0xFF);

    [[nodiscard]] Flow run(const Body& body);
    [[nodiscard]] Flow run(const Statement& statement);
    void emit(const Statement& statement);
    void emit_escaped(const Value& value);
    void emit_by_function(const Value& value, const Expression& function);
    void set(const Statement& statement);
    void import(const Statement& statement);
    [[nodiscard]] Flow run_if(const Statement& statement);
    [[nodiscard]] Flow run_for(const Statement& statement);
    [[nodiscard]] Flow run_while(const Statement& statement);
    [[nodiscard]] Flow run_else(const Statement& statement);
    [[nodiscard]] Flow run_try(const Statement& statement);
    [[nodiscard]] Flow run_guarded(const Statement& statement);
    [[nodiscard]] Flow handle(const Statement& statement, const Error& error, bool& handled);
    void apply(const Statement& statement);
    void stand_at(const Statement& statement, std::uint32_t line);
    [[nodiscard]] std::string place() const;

    /// The value; where it stands if it is kept somewhere, or else in `scratch`.
    [[nodiscard]] const Value& refer(const Expression& expression, Value& scratch);
    [[nodiscard]] Value evaluate(const Expression& expression);
    [[nodiscard]] const Value& local(const Expression& name) const {
        const auto& value = locals_[name.slot];
        if (value.kind() == unbound) {
            not_bound(name);
        }
        return value;
    }
    [[nodiscard]] const Value& global(const Expression& name) {
        const auto* const known = globals_[name.slot].value;
        return known != nullptr ? *known : find_global(name);
    }
    [[noreturn]] static void not_bound(const Expression& name);
    [[nodiscard]] const Value& find_global(const Expression& name);
    [[nodiscard]] Value binary(const Expression& expression);
    [[nodiscard]] Value unary(const Expression& expression);
    [[nodiscard]] Value logical(const Expression& expression);
    [[nodiscard]] Value compare(const Expression& expression);
    [[nodiscard]] Value call(const Expression& expression);
    [[nodiscard]] Value call_with(const Expression& function, const Arguments& arguments);
    [[nodiscard]] Value call_with_many(const Expression& expression);
    [[nodiscard]] Value slice(const Expression& expression);
    [[nodiscard]] std::vector<Value> elements(const Expression& expression);
    [[nodiscard]] Value dict(const Expression& expression);
    [[nodiscard]] Value comprehension(const Expression& expression);
    template <typename Each>
    void run_clauses(const Expression& expression, std::size_t clause, const Each& each);
    [[nodiscard]] Value joined(const Expression& expression);
    [[nodiscard]] Value formatted(const Expression& field);
    [[nodiscard]] Value lambda(const Expression& expression);

    void assign(const Expression& target, Value value);
    void assign_each(const Expression& targets, const Value& values);
    void assign_element(const Expression& target, Value value);

    const Program& program_;
    const Namespace& names_;
    std::string* out_;
    std::vector<Value> locals_;
    std::vector<Global> globals_;
    std::shared_ptr<Evaluator*> self_;  // for lambdas, which may outlive the run
    std::uint32_t context_ = 0;
    std::uint32_t line_ = 0;
};

}  // namespace tornado::templating::detail
