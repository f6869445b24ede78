#include "loop_variables.hpp"

#include <algorithm>

namespace tornado::templating::tool {

namespace {

using detail::Body;
using detail::Branch;
using detail::Expression;
using detail::Op;
using detail::Statement;

class Search {
public:
    explicit Search(const detail::Program& program)
        : is_loop_variable(program.slots, true),
          depth_(program.slots, 0) {
        walk(program.body);
    }

    std::vector<bool> is_loop_variable;

private:
    void walk(const Body& body) {
        for (const auto& statement : body) {
            walk(statement);
        }
    }

    void walk(const Statement& statement) {
        for (const auto& target : statement.targets) {
            assigned(target);
        }
        walk(statement.expression);
        for (const auto& branch : statement.branches) {
            const bool loops =
                statement.kind == Statement::Kind::for_ && branch.kind == Branch::Kind::first;
            if (loops) {
                walk(branch.condition.parts[1]);
                bind(branch.condition.parts[0]);
            } else if (branch.kind == Branch::Kind::except) {
                walk(branch.condition.parts[0]);
                assigned(branch.condition.parts[1]);
            } else {
                walk(branch.condition);
            }
            walk(branch.body);
            if (loops) {
                release(branch.condition.parts[0]);
            }
        }
    }

    void walk(const Expression& expression) {
        switch (expression.op) {
            case Op::local:
            case Op::outer:
                if (depth_[expression.slot] == 0 || lambdas_ > 0) {
                    is_loop_variable[expression.slot] = false;
                }
                return;
            case Op::list_comp:
            case Op::dict_comp:
                return comprehension(expression);
            case Op::lambda:
                for (std::size_t i = 2; i < expression.parts.size(); ++i) {
                    assigned(expression.parts[i]);
                }
                ++lambdas_;
                walk(expression.parts[0]);
                --lambdas_;
                return;
            default:
                for (const auto& part : expression.parts) {
                    walk(part);
                }
        }
    }

    /// The clauses come first, whatever is computed for each turn last.
    void comprehension(const Expression& expression) {
        const std::size_t elements = expression.op == Op::list_comp ? 1 : 2;
        for (std::size_t i = elements; i < expression.parts.size(); ++i) {
            const auto& clause = expression.parts[i];
            if (clause.op == Op::for_clause) {
                walk(clause.parts[1]);
                bind(clause.parts[0]);
            } else {
                walk(clause.parts[0]);
            }
        }
        for (std::size_t i = 0; i < elements; ++i) {
            walk(expression.parts[i]);
        }
        for (std::size_t i = elements; i < expression.parts.size(); ++i) {
            if (expression.parts[i].op == Op::for_clause) {
                release(expression.parts[i].parts[0]);
            }
        }
    }

    /// A target that is no loop's.
    void assigned(const Expression& target) {
        if (target.op == Op::local || target.op == Op::outer) {
            is_loop_variable[target.slot] = false;
        } else if (target.op == Op::tuple || target.op == Op::list) {
            for (const auto& part : target.parts) {
                assigned(part);
            }
        } else {
            walk(target);
        }
    }

    void bind(const Expression& target) {
        if (target.op == Op::local || target.op == Op::outer) {
            if (depth_[target.slot]++ > 0 || lambdas_ > 0) {
                is_loop_variable[target.slot] = false;
            }
        } else if (target.op == Op::tuple || target.op == Op::list) {
            for (const auto& part : target.parts) {
                bind(part);
            }
        } else {
            walk(target);
        }
    }

    void release(const Expression& target) {
        if (target.op == Op::local || target.op == Op::outer) {
            --depth_[target.slot];
        } else if (target.op == Op::tuple || target.op == Op::list) {
            for (const auto& part : target.parts) {
                release(part);
            }
        }
    }

    std::vector<unsigned> depth_;  // in how many loops of its own the walk stands
    unsigned lambdas_ = 0;
};

}  // namespace

std::vector<bool> loop_variables(const detail::Program& program) {
    return Search{program}.is_loop_variable;
}

}  // namespace tornado::templating::tool
