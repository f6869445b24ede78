#pragma once

#include <utility>
#include <vector>

#include "meter.hpp"
#include "program.hpp"
#include "tornado/template/compiled/dynamic.hpp"
#include "tornado/template/compiled/frame.hpp"

namespace tornado::templating::detail {

/// Runs a program once, and appends what it prints.
class Evaluator {
public:
    Evaluator(const Program& program, const Namespace& names, compiled::Writer& out);
    Evaluator(const Evaluator&) = delete;
    Evaluator& operator=(const Evaluator&) = delete;

    /// Throws Error, with the place.
    void run();

private:
    using Flow = compiled::Flow;

    [[nodiscard]] Flow run(const Body& body);
    [[nodiscard]] Flow run(const Statement& statement);
    void emit(const Statement& statement);
    [[nodiscard]] bool escapes_html(const Expression& function);
    void print_by(const Expression& function, const Value& value);
    [[nodiscard]] const Expression* address_part(const Expression& call);
    void set(const Statement& statement);
    void import(const Statement& statement);
    [[nodiscard]] Flow run_if(const Statement& statement);
    [[nodiscard]] Flow run_for(const Statement& statement);
    [[nodiscard]] const Expression* enumerated_in(const Expression& clause);
    [[nodiscard]] Flow run_while(const Statement& statement);
    [[nodiscard]] Flow run_else(const Statement& statement);
    [[nodiscard]] Flow run_try(const Statement& statement);
    [[nodiscard]] Flow run_guarded(const Statement& statement);
    [[nodiscard]] Flow handle(const Statement& statement, const Error& error, bool& handled);
    void apply(const Statement& statement);
    void stand_at(const Statement& statement, std::uint32_t line) {
        frame_.at(statement.context, line);
    }
    void charge_step() {
        if (meter_.is_limited) {
            charge(1);
        }
    }

    /// The value; where it stands if it is kept somewhere, or else in `scratch`.
    [[nodiscard]] const Value& refer(const Expression& expression, Value& scratch);
    [[nodiscard]] Value evaluate(const Expression& expression);
    [[nodiscard]] const Value& local(const Expression& name) const {
        const auto& value = locals_[name.slot];
        if (value.kind() == compiled::unbound) {
            compiled::not_bound(Access::text(name.value), name.op == Op::local);
        }
        return value;
    }
    [[nodiscard]] Value binary(const Expression& expression);
    [[nodiscard]] Value unary(const Expression& expression);
    [[nodiscard]] Value logical(const Expression& expression);
    [[nodiscard]] Value compare(const Expression& expression);
    [[nodiscard]] Value call(const Expression& expression);
    /// What a call calls, of which `scratch` may hold a part.
    [[nodiscard]] compiled::Callee callee(const Expression& function, Value& scratch);
    [[nodiscard]] Value
    call_with_many(const compiled::Callee& called, const Expression& expression);
    [[nodiscard]] Value slice(const Expression& expression);
    [[nodiscard]] std::vector<Value> elements(const Expression& expression);
    [[nodiscard]] Value dict(const Expression& expression);
    [[nodiscard]] Value comprehension(const Expression& expression);
    template <typename Each>
    void run_clauses(const Expression& expression, std::size_t clause, const Each& each);
    [[nodiscard]] Value joined(const Expression& expression);
    [[nodiscard]] Value formatted(const Expression& field);
    [[nodiscard]] Value lambda(const Expression& expression);

    void assign(const Expression& target, Value value) {
        if (target.op == Op::local || target.op == Op::outer) {
            locals_[target.slot] = std::move(value);
        } else {
            assign_parts(target, std::move(value));
        }
    }
    void assign_parts(const Expression& target, Value value);
    void assign_each(const Expression& targets, const Value& values);
    void assign_element(const Expression& target, Value value);

    const Program& program_;
    compiled::Frame frame_;
    compiled::Cursor out_;
    std::vector<Value> locals_;
    std::vector<compiled::Global> globals_;
    const Meter& meter_;
};

}  // namespace tornado::templating::detail
