#include <array>
#include <utility>

#include "attribute.hpp"
#include "compare.hpp"
#include "evaluator.hpp"
#include "format.hpp"
#include "meter.hpp"
#include "operators.hpp"
#include "sequence.hpp"

// The part of the evaluator that computes expressions.
namespace tornado::templating::detail {

namespace {

/// What a lambda becomes when it is evaluated.
struct LambdaHolder final : Holder {
    LambdaHolder(const Expression& code, std::shared_ptr<Evaluator*> running)
        : expression{code},
          evaluator{std::move(running)} {}
    const Expression& expression;
    std::shared_ptr<Evaluator*> evaluator;  // null there once the template has ended
};

class LambdaType final : public Type {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "function"; }
    [[nodiscard]] Value call(const void* object, const Arguments& arguments) const override {
        const auto& lambda = *static_cast<const LambdaHolder*>(object);
        if (*lambda.evaluator == nullptr) {
            throw Error{"RuntimeError", "a lambda was called after its template had ended"};
        }
        return (*lambda.evaluator)->call_lambda(lambda.expression, arguments);
    }
};

const LambdaType lambda_type;

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
            return is_less(left, right) || are_equal(left, right);
        case Op::greater_equal:
            return is_less(right, left) || are_equal(left, right);
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
            return global(expression);
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
            return global(expression);
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
    const auto bound = [&](std::size_t part) -> std::optional<std::int64_t> {
        const auto value = evaluate(expression.parts[part]);
        if (value.is_null()) {
            return std::nullopt;
        }
        return value.as<std::int64_t>();
    };
    const auto start = bound(1);
    const auto stop = bound(2);
    return detail::slice(container, start, stop, bound(3));
}

// ---- Calls ----

Value Evaluator::call(const Expression& expression) {
    constexpr std::size_t few = 4;
    const auto count = expression.parts.size() - 1;
    bool plain = count <= few;
    for (std::size_t i = 1; i <= count && plain; ++i) {
        const auto op = expression.parts[i].op;
        plain = op != Op::keyword && op != Op::star && op != Op::double_star;
    }
    if (!plain) {
        return call_with_many(expression);
    }
    std::array<Value, few> arguments;
    for (std::size_t i = 0; i < count; ++i) {
        arguments[i] = evaluate(expression.parts[i + 1]);
    }
    return call_with(expression.parts[0], Arguments{arguments.data(), count});
}

Value Evaluator::call_with(const Expression& function, const Arguments& arguments) {
    charge(1);
    Value scratch;
    if (function.op == Op::attribute) {
        const auto& object = refer(function.parts[0], scratch);
        return call_method(object, Access::text(function.value), arguments);
    }
    const auto& callable = refer(function, scratch);
    return detail::call(callable, arguments);
}

Value Evaluator::call_with_many(const Expression& expression) {
    std::vector<Value> positional;
    std::vector<Value> names;  // whose texts the keywords refer to
    std::vector<Arguments::Keyword> keywords;
    const auto add_keyword = [&](const Value& name, Value value) {
        for (const auto& known : keywords) {
            if (known.first == to_text(name)) {
                throw Error{
                    "TypeError",
                    "got multiple values for keyword argument '" + std::string{known.first} + "'"};
            }
        }
        names.push_back(name);
        keywords.emplace_back(to_text(names.back()), std::move(value));
    };
    for (std::size_t i = 1; i < expression.parts.size(); ++i) {
        const auto& part = expression.parts[i];
        if (part.op == Op::keyword) {
            add_keyword(part.value, evaluate(part.parts[0]));
        } else if (part.op == Op::star) {
            for (auto& item : all_of(evaluate(part.parts[0]))) {
                positional.push_back(std::move(item));
            }
        } else if (part.op == Op::double_star) {
            const auto all = evaluate(part.parts[0]);
            if (all.kind() != Kind::dict) {
                throw Error{"TypeError", "argument after ** must be a mapping"};
            }
            for (const auto& key : keys_of(all)) {
                add_keyword(key, detail::subscript(all, key));
            }
        } else {
            positional.push_back(evaluate(part));
        }
    }
    return call_with(
        expression.parts[0],
        Arguments{positional.data(), positional.size(), keywords.data(), keywords.size()}
    );
}

Value Evaluator::lambda(const Expression& expression) {
    if (self_ == nullptr) {
        self_ = std::make_shared<Evaluator*>(this);
    }
    auto* const holder = new LambdaHolder{expression, self_};
    return Access::object(Kind::callable, &lambda_type, holder, holder);
}

Value Evaluator::call_lambda(const Expression& lambda, const Arguments& arguments) {
    const Nested nested;
    const auto count = lambda.parts.size() - 1;
    arguments.check(count, count);
    // Its variables are the template's, so an outer call of the same lambda needs its own back.
    const auto first = locals_.begin() + static_cast<std::ptrdiff_t>(lambda.slot);
    const auto size = static_cast<std::ptrdiff_t>(Access::integer(lambda.value));
    std::vector<Value> saved{first, first + size};
    for (std::size_t i = 0; i < count; ++i) {
        locals_[lambda.parts[i + 1].slot] = arguments[i];
    }
    try {
        auto result = evaluate(lambda.parts[0]);
        std::move(saved.begin(), saved.end(), first);
        return result;
    } catch (...) {
        std::move(saved.begin(), saved.end(), first);
        throw;
    }
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
        for (auto& item : all_of(evaluate(part.parts[0]))) {
            items.push_back(std::move(item));
        }
    }
    return items;
}

Value Evaluator::dict(const Expression& expression) {
    auto* const holder = new DictHolder;
    auto made = make_dict(holder);
    for (std::size_t i = 0; i + 1 < expression.parts.size(); i += 2) {
        charge(1);
        if (expression.parts[i].op == Op::double_star) {
            const auto more = evaluate(expression.parts[i + 1]);
            if (more.kind() != Kind::dict) {
                throw Error{
                    "TypeError", "'" + std::string{more.type_name()} + "' object is not a mapping"};
            }
            (void)call_method(made, "update", Arguments{&more, 1});
        } else {
            const auto key = evaluate(expression.parts[i]);
            holder->set(key, evaluate(expression.parts[i + 1]));
        }
    }
    return made;
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
    auto* const holder = new DictHolder;
    auto made = make_dict(holder);
    run_clauses(expression, 2, [&] {
        auto key = evaluate(expression.parts[0]);
        holder->set(key, evaluate(expression.parts[1]));
    });
    return made;
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
    auto value = evaluate(field.parts[0]);
    if (!field.value.is_null()) {
        const char conversion = Access::text(field.value)[0];
        value = from_text(
            conversion == 'r'   ? value.repr()
            : conversion == 's' ? value.str()
                                : ascii(value)
        );
    }
    const auto spec = evaluate(field.parts[1]);
    return from_text(format_value(value, to_text(spec)));
}

}  // namespace tornado::templating::detail
