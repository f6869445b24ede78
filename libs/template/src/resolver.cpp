#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "linker.hpp"
#include "tornado/template/error.hpp"

namespace tornado::templating::detail {

namespace {

/// The variables of one function.
struct Scope {
    std::map<std::string, std::uint32_t, std::less<>> slots;
    const Scope* around = nullptr;
    Expression* lambda = nullptr;  ///< whose variables these are
};

class Resolver {
public:
    explicit Resolver(Program& program) : program_{program} {}

    void run() {
        Scope scope;
        collect(program_.body, scope);
        resolve(program_.body, scope);
    }

private:
    void declare(std::string_view name, Scope& scope) {
        if (scope.slots.find(name) == scope.slots.end()) {
            scope.slots.emplace(name, program_.slots++);
        }
    }

    void declare_target(const Expression& target, Scope& scope) {
        if (target.op == Op::name) {
            declare(Access::text(target.value), scope);
        } else if (target.op == Op::tuple || target.op == Op::list) {
            for (const auto& part : target.parts) {
                declare_target(part, scope);
            }
        }
    }

    /// Declares what these statements assign, but not what functions among them do.
    void collect(const Body& body, Scope& scope) {
        for (const auto& statement : body) {
            if (statement.kind == Statement::Kind::set) {
                for (const auto& target : statement.targets) {
                    declare_target(target, scope);
                }
            }
            for (const auto& import : statement.imports) {
                declare(bound_name(import), scope);
            }
            if (statement.kind == Statement::Kind::apply) {
                continue;
            }
            for (const auto& branch : statement.branches) {
                if (branch.kind == Branch::Kind::except) {
                    declare_target(branch.condition.parts[1], scope);
                } else if (statement.kind == Statement::Kind::for_ && branch.kind == Branch::Kind::first) {
                    declare_target(branch.condition.parts[0], scope);
                }
                collect(branch.body, scope);
            }
        }
    }

    /// `import a.b` binds `a`.
    static std::string_view bound_name(const Import& import) {
        return import.name.empty()
                   ? std::string_view{import.module}.substr(0, import.module.find('.'))
                   : std::string_view{import.name};
    }

    void resolve(Body& body, const Scope& scope) {
        for (auto& statement : body) {
            for (const auto& import : statement.imports) {
                Expression name;
                name.op = Op::name;
                name.value = from_text(std::string{bound_name(import)});
                statement.targets.push_back(std::move(name));
            }
            resolve(statement.expression, scope);
            for (auto& target : statement.targets) {
                resolve(target, scope);
            }
            if (statement.kind == Statement::Kind::apply) {
                resolve_apply(statement, scope);
                continue;
            }
            for (auto& branch : statement.branches) {
                resolve(branch.condition, scope);
                resolve(branch.body, scope);
            }
        }
    }

    void resolve_apply(Statement& apply, const Scope& around) {
        Scope scope{{}, &around, nullptr};
        apply.slot = program_.slots;
        auto& body = apply.branches.front().body;
        collect(body, scope);
        apply.slot_count = program_.slots - apply.slot;
        resolve(body, scope);
    }

    void resolve(Expression& expression, const Scope& scope) {
        switch (expression.op) {
            case Op::list_comp:
                return resolve_comprehension(expression, 1, scope);
            case Op::dict_comp:
                return resolve_comprehension(expression, 2, scope);
            case Op::lambda:
                return resolve_lambda(expression, scope);
            default:
                break;
        }
        for (auto& part : expression.parts) {
            resolve(part, scope);
        }
        resolve_self(expression, scope);
    }

    void resolve_self(Expression& expression, const Scope& scope) {
        if (expression.op != Op::name) {
            return;
        }
        const auto name = Access::text(expression.value);
        for (const auto* looked = &scope; looked != nullptr; looked = looked->around) {
            if (const auto found = looked->slots.find(name); found != looked->slots.end()) {
                expression.op = looked == &scope ? Op::local : Op::outer;
                expression.slot = found->second;
                return keep_for_lambdas(expression, scope, *looked);
            }
        }
        expression.op = Op::global;
        expression.slot = global(name);
    }

    /// A variable that a call of a lambda around has, and takes along when it ends, is kept by each
    /// lambda from `scope` out to there.
    static void
    keep_for_lambdas(const Expression& variable, const Scope& scope, const Scope& owner) {
        const auto* call = &owner;
        while (call != nullptr && call->lambda == nullptr) {
            call = call->around;
        }
        for (const auto* inner = &scope; call != nullptr && inner != &owner;
             inner = inner->around) {
            if (inner->lambda != nullptr) {
                auto& kept = inner->lambda->parts[1].parts;
                const bool is_known =
                    std::any_of(kept.begin(), kept.end(), [&](const Expression& one) {
                        return one.slot == variable.slot;
                    });
                if (!is_known) {
                    kept.push_back(variable);
                }
            }
        }
    }

    std::uint32_t global(std::string_view name) {
        const auto next = static_cast<std::uint32_t>(program_.globals.size());
        const auto [place, is_new] = globals_.emplace(name, next);
        if (is_new) {
            program_.globals.emplace_back(name);
        }
        return place->second;
    }

    /// The first sequence belongs to the function around; all else has the targets of the clauses.
    void resolve_comprehension(Expression& expression, std::size_t elements, const Scope& around) {
        Scope scope{{}, &around, nullptr};
        for (const auto& part : expression.parts) {
            if (part.op == Op::for_clause) {
                declare_target(part.parts[0], scope);
            }
        }
        for (std::size_t i = 0; i < expression.parts.size(); ++i) {
            auto& part = expression.parts[i];
            if (i == elements) {
                resolve(part.parts[0], scope);
                resolve(part.parts[1], around);
            } else {
                resolve(part, scope);
            }
        }
    }

    /// The slots of a lambda, its parameters and all within it, lie side by side: a call saves
    /// them.
    void resolve_lambda(Expression& expression, const Scope& around) {
        Scope scope{{}, &around, &expression};
        expression.slot = program_.slots;
        for (std::size_t i = 2; i < expression.parts.size(); ++i) {
            declare_target(expression.parts[i], scope);
            resolve_self(expression.parts[i], scope);
        }
        resolve(expression.parts[0], scope);
        expression.value = Access::integer(program_.slots - expression.slot);
    }

    Program& program_;
    std::map<std::string, std::uint32_t, std::less<>> globals_;
};

}  // namespace

void resolve_names(Program& program) {
    Resolver{program}.run();
}

}  // namespace tornado::templating::detail
