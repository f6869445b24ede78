#include "evaluator.hpp"

#include <utility>

#include "builtins.hpp"
#include "containers.hpp"
#include "sequence.hpp"
#include "tornado/template/compiled/dynamic.hpp"
#include "tornado/template/operations.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::templating::detail {

using compiled::make_unbound;

Evaluator::Evaluator(const Program& program, const Namespace& names, compiled::Writer& out)
    : program_{program},
      frame_{program, names},
      out_{out},
      locals_(program.slots, make_unbound()),
      globals_(program.globals.size()),
      meter_{meter()} {
    frame_.use(globals_.data(), program.globals.data());
}

void Evaluator::run() {
    frame_.run([this] { (void)run(program_.body); });
    out_.finish();
}

Evaluator::Flow Evaluator::run(const Body& body) {
    for (const auto& statement : body) {
        if (statement.kind == Statement::Kind::text) {
            charge_step();
            out_.append(statement.text);
            continue;
        }
        if (const auto flow = run(statement); flow != Flow::next) {
            return flow;
        }
    }
    return Flow::next;
}

Evaluator::Flow Evaluator::run(const Statement& statement) {
    using Kind = Statement::Kind;
    charge_step();
    stand_at(statement, statement.line);
    switch (statement.kind) {
        case Kind::emit:
            emit(statement);
            break;
        case Kind::set:
            set(statement);
            break;
        case Kind::import:
            import(statement);
            break;
        case Kind::if_:
            return run_if(statement);
        case Kind::for_:
            return run_for(statement);
        case Kind::while_:
            return run_while(statement);
        case Kind::try_:
            return run_try(statement);
        case Kind::apply:
            apply(statement);
            break;
        case Kind::break_:
            return Flow::break_;
        case Kind::continue_:
            return Flow::continue_;
        default:
            break;  // text was printed; blocks and files are gone after linking
    }
    return Flow::next;
}

// ---- Output ----

void Evaluator::emit(const Statement& statement) {
    Value scratch;
    const auto* const part = address_part(statement.expression);
    const auto& value = refer(part != nullptr ? *part : statement.expression, scratch);
    const bool is_raw = statement.escape == Statement::raw;
    if (part != nullptr) {
        charge(1);
        if (is_raw || escapes_html(statement.targets.front())) {
            const auto text = to_text(value);
            charge_for_size(text.size());
            return out_.url_escaped(text);
        }
        const auto& function = frame_.global(statement.expression.parts[0].slot);
        return print_by(statement.targets.front(), detail::call(function, Arguments{&value, 1}));
    }
    if (is_raw) {
        out_.value(value);
    } else if (escapes_html(statement.targets.front())) {
        out_.escaped_value(value);
    } else {
        print_by(statement.targets.front(), value);
    }
}

bool Evaluator::escapes_html(const Expression& function) {
    return function.op == Op::global && frame_.escapes_html(function.slot);
}

void Evaluator::print_by(const Expression& function, const Value& value) {
    Value scratch;
    out_.value(compiled::escaped_by(value, refer(function, scratch)));
}

/// What `url_escape(part)` is given, of which the result need not be made to be printed; null for
/// other expressions.
const Expression* Evaluator::address_part(const Expression& call) {
    const bool fits = call.op == Op::call && call.parts.size() == 2 &&
                      call.parts[0].op == Op::global && is_plain_argument(call.parts[1]) &&
                      Access::text(call.parts[0].value) == "url_escape" &&
                      frame_.escapes_url(call.parts[0].slot);
    return fits ? &call.parts[1] : nullptr;
}

/// Runs the body as the function that it is: with variables and an output of its own.
void Evaluator::apply(const Statement& statement) {
    for (std::uint32_t i = 0; i < statement.slot_count; ++i) {
        locals_[statement.slot + i] = make_unbound();
    }
    Value scratch;
    const auto called = callee(statement.expression, scratch);
    std::string written;
    {
        compiled::Writer writer{written};
        const util::ScopeExit back{[this, around = out_] { out_ = around; }};
        out_ = compiled::Cursor{writer};
        (void)run(statement.branches.front().body);
        out_.finish();
    }
    stand_at(statement, statement.line);
    const auto text = from_text(std::move(written));
    charge(1);
    out_.value(compiled::applied(called.call(Arguments{&text, 1})));
}

// ---- Assignments ----

void Evaluator::set(const Statement& statement) {
    if (statement.targets.empty()) {
        (void)evaluate(statement.expression);
        return;
    }
    if (statement.operation != Op::constant) {
        const auto& target = statement.targets.front();
        Expression sum;
        sum.op = statement.operation;
        auto left = evaluate(target);
        auto right = evaluate(statement.expression);
        if (sum.op == Op::add) {
            return assign(target, compiled::add_to(left, right));  // the same list grows
        }
        sum.parts.resize(2);
        sum.parts[0].value = std::move(left);
        sum.parts[1].value = std::move(right);
        return assign(target, binary(sum));
    }
    const auto value = evaluate(statement.expression);
    for (const auto& target : statement.targets) {
        assign(target, value);
    }
}

void Evaluator::assign_parts(const Expression& target, Value value) {
    if (target.op == Op::subscript) {
        assign_element(target, std::move(value));
    } else {
        assign_each(target, value);
    }
}

void Evaluator::assign_each(const Expression& targets, const Value& values) {
    const auto wanted = targets.parts.size();
    if (is_list_or_tuple(values) && values.size() == wanted) {
        for (std::size_t i = 0; i < wanted && i < values.size(); ++i) {
            assign(targets.parts[i], element(values, i));
        }
        return;
    }
    std::vector<Value> items;
    for_each(values, [&](Value item) {
        items.push_back(std::move(item));
        return items.size() <= wanted;
    });
    if (items.size() != wanted) {
        throw Error{
            "ValueError",
            items.size() > wanted
                ? "too many values to unpack (expected " + std::to_string(wanted) + ")"
                : "not enough values to unpack (expected " + std::to_string(wanted) + ", got " +
                      std::to_string(items.size()) + ")"};
    }
    for (std::size_t i = 0; i < wanted; ++i) {
        assign(targets.parts[i], std::move(items[i]));
    }
}

void Evaluator::assign_element(const Expression& target, Value value) {
    const auto container = evaluate(target.parts[0]);
    compiled::assign_element(container, evaluate(target.parts[1]), std::move(value));
}

void Evaluator::import(const Statement& statement) {
    for (std::size_t i = 0; i < statement.imports.size(); ++i) {
        const auto& [module, member, name] = statement.imports[i];
        const bool binds_first = name.empty() && module.find('.') != module.npos;
        assign(
            statement.targets[i],
            member.empty() ? frame_.import_module(module, binds_first)
                           : frame_.import_member(module, member)
        );
    }
}

// ---- Control ----

Evaluator::Flow Evaluator::run_if(const Statement& statement) {
    for (const auto& branch : statement.branches) {
        if (branch.kind == Branch::Kind::else_) {
            return run(branch.body);
        }
        stand_at(statement, branch.line);
        Value scratch;
        if (refer(branch.condition, scratch).truth()) {
            return run(branch.body);
        }
    }
    return Flow::next;
}

/// The `else` of a loop, which runs unless the loop was left by `break`.
Evaluator::Flow Evaluator::run_else(const Statement& statement) {
    return statement.branches.size() > 1 ? run(statement.branches[1].body) : Flow::next;
}

Evaluator::Flow Evaluator::run_for(const Statement& statement) {
    const auto& loop = statement.branches.front();
    const auto& target = loop.condition.parts[0];
    const auto* const enumerated = enumerated_in(loop.condition);
    const auto sequence = evaluate(enumerated != nullptr ? *enumerated : loop.condition.parts[1]);
    std::int64_t number = 0;
    bool left = false;
    for_each(sequence, [&](Value item) {
        stand_at(statement, statement.line);
        if (enumerated != nullptr) {
            assign(target.parts[0], Access::integer(number++));
            assign(target.parts[1], std::move(item));
        } else {
            assign(target, std::move(item));
        }
        left = run(loop.body) == Flow::break_;
        return !left;
    });
    return left ? Flow::next : run_else(statement);
}

/// What is numbered in `for number, item in enumerate(sequence)`, which needs no tuples then; null
/// for other loops.
const Expression* Evaluator::enumerated_in(const Expression& clause) {
    const auto& target = clause.parts[0];
    const auto& call = clause.parts[1];
    const bool fits = call.op == Op::call && call.parts.size() == 2 &&
                      call.parts[0].op == Op::global && target.op == Op::tuple &&
                      target.parts.size() == 2 && is_plain_argument(call.parts[1]) &&
                      is_enumerate(frame_.global(call.parts[0].slot));
    return fits ? &call.parts[1] : nullptr;
}

Evaluator::Flow Evaluator::run_while(const Statement& statement) {
    const auto& loop = statement.branches.front();
    while (true) {
        charge_step();
        stand_at(statement, statement.line);
        Value scratch;
        if (!refer(loop.condition, scratch).truth()) {
            return run_else(statement);
        }
        if (run(loop.body) == Flow::break_) {
            return Flow::next;
        }
    }
}

Evaluator::Flow Evaluator::run_try(const Statement& statement) {
    const auto& last = statement.branches.back();
    if (last.kind != Branch::Kind::finally) {
        return run_guarded(statement);
    }
    return frame_.finally([&] { return run_guarded(statement); }, [&] { return run(last.body); });
}

Evaluator::Flow Evaluator::run_guarded(const Statement& statement) {
    return frame_.guarded(
        [&] { return run(statement.branches.front().body); },
        [&](const Error& error, bool& handled) { return handle(statement, error, handled); },
        [&] {
            for (const auto& branch : statement.branches) {
                if (branch.kind == Branch::Kind::else_) {
                    return run(branch.body);
                }
            }
            return Flow::next;
        }
    );
}

Evaluator::Flow Evaluator::handle(const Statement& statement, const Error& error, bool& handled) {
    for (const auto& branch : statement.branches) {
        if (branch.kind != Branch::Kind::except) {
            continue;
        }
        stand_at(statement, branch.line);
        const auto& types = branch.condition.parts[0];
        if (types.op != Op::nothing && !compiled::is_caught_by(error, evaluate(types))) {
            continue;
        }
        const auto& name = branch.condition.parts[1];
        if (name.op == Op::nothing) {
            return run(branch.body);
        }
        assign(name, compiled::exception_value(error));
        const compiled::Unbind unbind{locals_[name.slot]};
        return run(branch.body);
    }
    handled = false;
    return Flow::next;
}

}  // namespace tornado::templating::detail
