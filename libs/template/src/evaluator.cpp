#include "evaluator.hpp"

#include <new>
#include <utility>

#include "attribute.hpp"
#include "builtins.hpp"
#include "containers.hpp"
#include "exceptions.hpp"
#include "meter.hpp"
#include "operators.hpp"
#include "repr.hpp"
#include "sequence.hpp"

namespace tornado::templating::detail {

namespace {

Value make_unbound() {
    Value value;
    Access::set_kind(value, static_cast<Kind>(0xFF));
    return value;
}

}  // namespace

Evaluator::Evaluator(const Program& program, const Namespace& names, std::string& out)
    : program_{program},
      names_{names},
      out_{&out},
      locals_(program.slots, make_unbound()),
      globals_(program.globals.size()) {}

Evaluator::~Evaluator() {
    if (self_ != nullptr) {
        *self_ = nullptr;
    }
}

void Evaluator::run() {
    try {
        (void)run(program_.body);
    } catch (Error& error) {
        error.add_place(place());
        throw;
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& exception) {  // of a type or a conversion of the user's
        Error error{"RuntimeError", exception.what(), std::current_exception()};
        error.add_place(place());
        throw error;
    }
}

std::string Evaluator::place() const {
    const auto& context = program_.contexts[context_];
    return context.name + ":" + std::to_string(line_) + context.via;
}

void Evaluator::stand_at(const Statement& statement, std::uint32_t line) {
    context_ = statement.context;
    line_ = line;
}

Evaluator::Flow Evaluator::run(const Body& body) {
    for (const auto& statement : body) {
        if (statement.kind == Statement::Kind::text) {
            charge(1);
            out_->append(statement.text);
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
    charge(1);
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
    const auto& value = refer(statement.expression, scratch);
    if (statement.escape == Statement::raw) {
        if (value.kind() == Kind::string) {
            charge_for_size(Access::text(value).size());
        }
        append_str(*out_, value);
        return;
    }
    const auto& function = statement.targets.front();
    if (function.op == Op::global) {
        (void)global(function);
    }
    if (function.op == Op::global && globals_[function.slot].is_xhtml_escape) {
        emit_escaped(value);
    } else {
        emit_by_function(value, function);
    }
}

void Evaluator::emit_escaped(const Value& value) {
    switch (value.kind()) {
        case Kind::string:
            charge_for_size(Access::text(value).size());
            append_xhtml_escaped(*out_, Access::text(value));
            return;
        case Kind::integer:
            return append_integer(*out_, Access::integer(value));
        case Kind::null:
        case Kind::boolean:
        case Kind::floating:
            return append_repr(*out_, value);  // which holds nothing to escape
        default: {
            std::string text;
            append_str(text, value);
            append_xhtml_escaped(*out_, text);
        }
    }
}

void Evaluator::emit_by_function(const Value& value, const Expression& function) {
    const auto text = value.kind() == Kind::string ? value : from_text(value.str());
    const auto escaped = call_with(function, Arguments{&text, 1});
    if (escaped.kind() != Kind::string) {
        throw Error{
            "TypeError", "autoescape gave a " + std::string{escaped.type_name()} + ", not a text"};
    }
    out_->append(Access::text(escaped));
}

/// Runs the body as the function that it is: with variables and an output of its own.
void Evaluator::apply(const Statement& statement) {
    for (std::uint32_t i = 0; i < statement.slot_count; ++i) {
        locals_[statement.slot + i] = make_unbound();
    }
    std::string inside;
    auto* const around = std::exchange(out_, &inside);
    try {
        (void)run(statement.branches.front().body);
    } catch (...) {
        out_ = around;
        throw;
    }
    out_ = around;
    stand_at(statement, statement.line);
    const auto text = from_text(std::move(inside));
    const auto result = call_with(statement.expression, Arguments{&text, 1});
    if (result.kind() != Kind::string) {
        throw Error{
            "TypeError",
            "the function of apply gave a " + std::string{result.type_name()} + ", not a text"};
    }
    charge_for_size(Access::text(result).size());
    out_->append(Access::text(result));
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
        if (sum.op == Op::add && left.kind() == Kind::list && native_items(left) != nullptr) {
            (void
            )call_method(left, "extend", Arguments{&right, 1});  // as Python: the same list grows
            return assign(target, std::move(left));
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

void Evaluator::assign(const Expression& target, Value value) {
    if (target.op == Op::local || target.op == Op::outer) {
        locals_[target.slot] = std::move(value);
    } else if (target.op == Op::subscript) {
        assign_element(target, std::move(value));
    } else {
        assign_each(target, value);
    }
}

void Evaluator::assign_each(const Expression& targets, const Value& values) {
    const auto wanted = targets.parts.size();
    if (is_list_or_tuple(values) && values.size() == wanted) {
        const auto keeper = values;
        for (std::size_t i = 0; i < wanted && i < keeper.size(); ++i) {
            assign(targets.parts[i], element(keeper, i));
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
    const auto index = evaluate(target.parts[1]);
    if (container.kind() == Kind::dict) {
        auto& dict = dict_to_change(container);
        check_no_cycle(container, value);
        dict.set(index, std::move(value));
        return;
    }
    if (container.kind() != Kind::list) {
        throw Error{
            "TypeError",
            "'" + std::string{container.type_name()} + "' object does not support item assignment"};
    }
    auto& list = list_to_change(container);
    auto place = index.as<std::int64_t>();
    place += place < 0 ? static_cast<std::int64_t>(list.size()) : 0;
    if (place < 0 || place >= static_cast<std::int64_t>(list.size())) {
        throw Error{"IndexError", "list assignment index out of range"};
    }
    check_no_cycle(container, value);
    list[static_cast<std::size_t>(place)] = std::move(value);
}

void Evaluator::import(const Statement& statement) {
    for (std::size_t i = 0; i < statement.imports.size(); ++i) {
        const auto& [module, member, name] = statement.imports[i];
        const auto& target = statement.targets[i];
        if (!member.empty()) {
            assign(target, import_member(program_.modules, module, member));
            continue;
        }
        auto found = import_module(program_.modules, module);
        const auto dot = module.find('.');
        const bool binds_first = name.empty() && dot != module.npos;
        assign(
            target,
            binds_first ? import_module(program_.modules, module.substr(0, dot)) : std::move(found)
        );
    }
}

// ---- Control ----

Evaluator::Flow Evaluator::run_if(const Statement& statement) {
    for (const auto& branch : statement.branches) {
        if (branch.kind == Branch::Kind::else_) {
            return run(branch.body);
        }
        line_ = branch.line;
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
    const auto sequence = evaluate(loop.condition.parts[1]);
    bool left = false;
    for_each(sequence, [&](Value item) {
        stand_at(statement, statement.line);
        assign(target, std::move(item));
        left = run(loop.body) == Flow::break_;
        return !left;
    });
    return left ? Flow::next : run_else(statement);
}

Evaluator::Flow Evaluator::run_while(const Statement& statement) {
    const auto& loop = statement.branches.front();
    while (true) {
        charge(1);
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
    auto flow = Flow::next;
    std::exception_ptr pending;
    std::uint32_t context = 0;
    std::uint32_t line = 0;
    try {
        flow = run_guarded(statement);
    } catch (...) {
        pending = std::current_exception();
        context = context_;
        line = line_;
    }
    const auto end = run(last.body);
    if (end != Flow::next) {
        return end;  // a break in `finally` drops the exception, as in Python
    }
    if (pending) {
        context_ = context;
        line_ = line;
        std::rethrow_exception(pending);
    }
    return flow;
}

Evaluator::Flow Evaluator::run_guarded(const Statement& statement) {
    auto flow = Flow::next;
    auto* const out = out_;
    try {
        flow = run(statement.branches.front().body);
    } catch (const Error& error) {
        out_ = out;
        if (error.is_limit()) {
            throw;
        }
        bool handled = false;
        flow = handle(statement, error, handled);
        if (!handled) {
            throw;
        }
        return flow;
    }
    for (const auto& branch : statement.branches) {
        if (branch.kind == Branch::Kind::else_ && flow == Flow::next) {
            return run(branch.body);
        }
    }
    return flow;
}

Evaluator::Flow Evaluator::handle(const Statement& statement, const Error& error, bool& handled) {
    const auto context = context_;
    const auto line = line_;
    for (const auto& branch : statement.branches) {
        if (branch.kind != Branch::Kind::except) {
            continue;
        }
        stand_at(statement, branch.line);
        const auto& types = branch.condition.parts[0];
        if (types.op != Op::nothing && !is_caught_by(error, evaluate(types))) {
            continue;
        }
        handled = true;
        const auto& name = branch.condition.parts[1];
        if (name.op == Op::nothing) {
            return run(branch.body);
        }
        assign(name, exception_value(error));
        const auto flow = run(branch.body);
        assign(name, make_unbound());
        return flow;
    }
    context_ = context;
    line_ = line;
    return Flow::next;
}

// ---- Names ----

void Evaluator::not_bound(const Expression& name) {
    throw Error{
        name.op == Op::local ? "UnboundLocalError" : "NameError",
        "cannot access variable '" + std::string{Access::text(name.value)} +
            "' where it is not associated with a value"};
}

const Value& Evaluator::find_global(const Expression& name) {
    const auto spelled = Access::text(name.value);
    for (const auto* names : {&names_, program_.names.get(), &default_names()}) {
        if (const auto* const found = names->find(spelled)) {
            globals_[name.slot] = {found, is_xhtml_escape(*found)};
            return *found;
        }
    }
    throw Error{"NameError", "name '" + std::string{spelled} + "' is not defined"};
}

}  // namespace tornado::templating::detail
