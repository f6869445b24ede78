#include <array>
#include <utility>

#include "attribute.hpp"
#include "evaluator.hpp"
#include "meter.hpp"
#include "sequence.hpp"
#include "tornado/template/compiled/dynamic.hpp"
#include "tornado/template/operations.hpp"

// The part of the evaluator that computes expressions.
namespace tornado::templating::detail {

namespace {

bool compares(Op op, std::int64_t left, std::int64_t right) {
    switch (op) {
        case Op::equal:
            return left == right;
        case Op::not_equal:
            return left != right;
        case Op::less:
            return left < right;
        case Op::less_equal:
            return left <= right;
        case Op::greater:
            return left > right;
        default:
            return left >= right;
    }
}

bool holds_comparison(Op op, const Value& left, const Value& right) {
    if (left.kind() == Kind::integer && right.kind() == Kind::integer && op <= Op::greater_equal) {
        return compares(op, Access::integer(left), Access::integer(right));
    }
    switch (op) {
        case Op::equal:
            return are_equal(left, right);
        case Op::not_equal:
            return !are_equal(left, right);
        case Op::less:
            return is_less(left, right);
        case Op::greater:
            return is_less(right, left);
        case Op::less_equal:
            return compiled::is_less_or_equal(left, right);
        case Op::greater_equal:
            return compiled::is_less_or_equal(right, left);
        case Op::in:
            return contains(right, left);
        case Op::not_in:
            return !contains(right, left);
        case Op::is:
            return are_identical(left, right);
        default:
            return !are_identical(left, right);
    }
}

}  // namespace

const Value& Evaluator::refer(const Expression& expression, Value& scratch) {
    switch (expression.op) {
        case Op::constant:
            return expression.value;
        case Op::local:
        case Op::outer:
            return local(expression);
        case Op::global:
            return frame_.global(expression.slot);
        default:
            scratch = evaluate(expression);
            return scratch;
    }
}

Value Evaluator::evaluate(const Expression& expression) {
    switch (expression.op) {
        case Op::constant:
            return expression.value;
        case Op::local:
        case Op::outer:
            return local(expression);
        case Op::global:
            return frame_.global(expression.slot);
        case Op::tuple:
            return make_list(elements(expression), Kind::tuple);
        case Op::list:
            return make_list(elements(expression));
        case Op::dict:
            return dict(expression);
        case Op::list_comp:
        case Op::dict_comp:
            return comprehension(expression);
        case Op::format_parts:
            return joined(expression);
        case Op::format_field:
            return formatted(expression);
        case Op::attribute: {
            Value scratch;
            const auto& object = refer(expression.parts[0], scratch);
            return attribute_of(object, Access::text(expression.value));
        }
        case Op::subscript: {
            Value first;
            Value second;
            const auto& container = refer(expression.parts[0], first);
            return subscript(container, refer(expression.parts[1], second));
        }
        case Op::slice:
            return slice(expression);
        case Op::call:
            return call(expression);
        case Op::lambda:
            return lambda(expression);
        case Op::conditional: {
            Value scratch;
            const bool truth = refer(expression.parts[1], scratch).truth();
            return evaluate(expression.parts[truth ? 0 : 2]);
        }
        case Op::logical_or:
        case Op::logical_and:
            return logical(expression);
        case Op::logical_not: {
            Value scratch;
            return Access::boolean(!refer(expression.parts[0], scratch).truth());
        }
        case Op::compare:
            return compare(expression);
        case Op::negate:
        case Op::plus:
        case Op::invert:
            return unary(expression);
        default:
            return binary(expression);
    }
}

Value Evaluator::binary(const Expression& expression) {
    Value first;
    Value second;
    const auto& left = refer(expression.parts[0], first);
    const auto& right = refer(expression.parts[1], second);
    switch (expression.op) {
        case Op::add:
            return add(left, right);
        case Op::subtract:
            return subtract(left, right);
        case Op::multiply:
            return multiply(left, right);
        case Op::divide:
            return divide(left, right);
        case Op::floor_divide:
            return floor_divide(left, right);
        case Op::modulo:
            return modulo(left, right);
        case Op::power:
            return power(left, right);
        case Op::bit_and:
            return bit_and(left, right);
        case Op::bit_or:
            return bit_or(left, right);
        case Op::bit_xor:
            return bit_xor(left, right);
        case Op::shift_left:
            return shift_left(left, right);
        default:
            return shift_right(left, right);
    }
}

Value Evaluator::unary(const Expression& expression) {
    Value scratch;
    const auto& operand = refer(expression.parts[0], scratch);
    return expression.op == Op::negate ? negate(operand)
           : expression.op == Op::plus ? plus(operand)
                                       : invert(operand);
}

Value Evaluator::logical(const Expression& expression) {
    const bool stops_at = expression.op == Op::logical_or;
    for (std::size_t i = 0; i + 1 < expression.parts.size(); ++i) {
        auto value = evaluate(expression.parts[i]);
        if (value.truth() == stops_at) {
            return value;
        }
    }
    return evaluate(expression.parts.back());
}

Value Evaluator::compare(const Expression& expression) {
    Value first;
    if (expression.parts.size() == 2) {
        Value second;
        const auto& comparison = expression.parts[1];
        const auto& left = refer(expression.parts[0], first);
        const auto& right = refer(comparison.parts[0], second);
        return Access::boolean(holds_comparison(comparison.op, left, right));
    }
    auto left = evaluate(expression.parts[0]);
    for (std::size_t i = 1; i < expression.parts.size(); ++i) {
        const auto& comparison = expression.parts[i];
        auto right = evaluate(comparison.parts[0]);
        if (!holds_comparison(comparison.op, left, right)) {
            return Access::boolean(false);
        }
        left = std::move(right);
    }
    return Access::boolean(true);
}

Value Evaluator::slice(const Expression& expression) {
    const auto container = evaluate(expression.parts[0]);
    const auto start = evaluate(expression.parts[1]);
    const auto stop = evaluate(expression.parts[2]);
    return compiled::slice(container, start, stop, evaluate(expression.parts[3]));
}

// ---- Calls ----

compiled::Callee Evaluator::callee(const Expression& function, Value& scratch) {
    if (function.op == Op::attribute) {
        return compiled::Callee{refer(function.parts[0], scratch), Access::text(function.value)};
    }
    return compiled::Callee{refer(function, scratch)};
}

Value Evaluator::call(const Expression& expression) {
    constexpr std::size_t few = 4;
    const auto count = expression.parts.size() - 1;
    bool plain = count <= few;
    for (std::size_t i = 1; i <= count && plain; ++i) {
        plain = is_plain_argument(expression.parts[i]);
    }
    Value scratch;
    const auto called = callee(expression.parts[0], scratch);
    if (!plain) {
        return call_with_many(called, expression);
    }
    if (count == 1) {
        const auto argument = evaluate(expression.parts[1]);
        charge(1);
        return called.call(Arguments{&argument, 1});
    }
    std::array<Value, few> arguments;
    for (std::size_t i = 0; i < count; ++i) {
        arguments[i] = evaluate(expression.parts[i + 1]);
    }
    charge(1);
    return called.call(Arguments{arguments.data(), count});
}

Value Evaluator::call_with_many(const compiled::Callee& called, const Expression& expression) {
    compiled::ArgumentList arguments;
    for (std::size_t i = 1; i < expression.parts.size(); ++i) {
        const auto& part = expression.parts[i];
        if (part.op == Op::star) {
            arguments.add_all(evaluate(part.parts[0]));
        } else if (is_plain_argument(part)) {
            arguments.add(evaluate(part));
        }
    }
    for (std::size_t i = 1; i < expression.parts.size(); ++i) {  // names come after all places
        const auto& part = expression.parts[i];
        if (part.op == Op::keyword) {
            arguments.add_keyword(part.value, evaluate(part.parts[0]));
        } else if (part.op == Op::double_star) {
            arguments.add_keywords(evaluate(part.parts[0]));
        }
    }
    charge(1);
    return called.call(arguments.arguments());
}

Value Evaluator::lambda(const Expression& expression) {
    const auto call = [this, &expression](const Arguments& arguments) {
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            locals_[expression.parts[i + 2].slot] = arguments[i];
        }
        return evaluate(expression.parts[0]);
    };
    std::vector<Value*> kept;
    for (const auto& variable : expression.parts[1].parts) {
        kept.push_back(&locals_[variable.slot]);
    }
    const auto size = static_cast<std::size_t>(Access::integer(expression.value));
    auto* const first = locals_.data() + expression.slot;
    return frame_.lambda(expression.parts.size() - 2, first, size, kept, call);
}

// ---- Literals ----

std::vector<Value> Evaluator::elements(const Expression& expression) {
    std::vector<Value> items;
    items.reserve(expression.parts.size());
    charge(expression.parts.size());
    for (const auto& part : expression.parts) {
        if (part.op != Op::star) {
            items.push_back(evaluate(part));
            continue;
        }
        compiled::extend(items, evaluate(part.parts[0]));
    }
    return items;
}

Value Evaluator::dict(const Expression& expression) {
    compiled::Dict made;
    for (std::size_t i = 0; i + 1 < expression.parts.size(); i += 2) {
        if (expression.parts[i].op == Op::double_star) {
            made.update(evaluate(expression.parts[i + 1]));
        } else {
            const auto key = evaluate(expression.parts[i]);
            made.set(key, evaluate(expression.parts[i + 1]));
        }
    }
    return made.value();
}

template <typename Each>
void Evaluator::run_clauses(const Expression& expression, std::size_t clause, const Each& each) {
    if (clause == expression.parts.size()) {
        return each();
    }
    const auto& part = expression.parts[clause];
    if (part.op == Op::if_clause) {
        Value scratch;
        if (refer(part.parts[0], scratch).truth()) {
            run_clauses(expression, clause + 1, each);
        }
        return;
    }
    for_each(evaluate(part.parts[1]), [&](Value item) {
        assign(part.parts[0], std::move(item));
        run_clauses(expression, clause + 1, each);
        return true;
    });
}

Value Evaluator::comprehension(const Expression& expression) {
    if (expression.op == Op::list_comp) {
        std::vector<Value> items;
        run_clauses(expression, 1, [&] { items.push_back(evaluate(expression.parts[0])); });
        return make_list(std::move(items));
    }
    compiled::Dict made;
    run_clauses(expression, 2, [&] {
        auto key = evaluate(expression.parts[0]);
        made.set(key, evaluate(expression.parts[1]));
    });
    return made.value();
}

Value Evaluator::joined(const Expression& expression) {
    std::string out;
    for (const auto& part : expression.parts) {
        const auto value = evaluate(part);
        out += to_text(value);
        charge_for_growth(out.size());
    }
    return from_text(std::move(out));
}

Value Evaluator::formatted(const Expression& field) {
    const auto value = evaluate(field.parts[0]);
    const char conversion = field.value.is_null() ? '\0' : Access::text(field.value)[0];
    std::string out;
    compiled::append_formatted(out, value, conversion, evaluate(field.parts[1]));
    return from_text(std::move(out));
}

}  // namespace tornado::templating::detail
