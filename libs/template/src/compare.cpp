#include "tornado/template/operations.hpp"

#include <algorithm>
#include <string>

#include "containers.hpp"
#include "meter.hpp"
#include "sequence.hpp"
#include "tornado/template/error.hpp"

namespace tornado::templating::detail {

namespace {

bool is_number(const Value& value) {
    return value.kind() >= Kind::boolean && value.kind() <= Kind::floating;
}

bool is_whole(const Value& value) {
    return value.kind() == Kind::boolean || value.kind() == Kind::integer;
}

/// Any number, exactly: 64 bits of mantissa hold both kinds.
long double exact(const Value& number) {
    static_assert(std::numeric_limits<long double>::digits >= 63);
    return is_whole(number) ? static_cast<long double>(Access::integer(number))
                            : static_cast<long double>(Access::floating(number));
}

/// What the type of an object on either side says.
bool ask_type(Operation operation, const Value& left, const Value& right, Value& result) {
    for (const auto* side : {&left, &right}) {
        if (side->kind() >= Kind::list && Access::type(*side) != nullptr &&
            Access::type(*side)->operate(operation, left, right, result)) {
            return true;
        }
    }
    return false;
}

bool equal_lists(const Value& left, const Value& right) {
    const auto size = left.size();
    if (size != right.size() || left.type_name() != right.type_name()) {
        return false;
    }
    const Nested nested;
    charge(size);
    for (std::size_t i = 0; i < size; ++i) {
        if (!are_equal(element(left, i), element(right, i))) {
            return false;
        }
    }
    return true;
}

bool equal_dicts(const Value& left, const Value& right) {
    if (left.size() != right.size()) {
        return false;
    }
    const Nested nested;
    charge(left.size());
    for (const auto& key : keys_of(left)) {
        Value ours;
        Value theirs;
        if (!find_in(right, key, theirs) || !find_in(left, key, ours) || !are_equal(ours, theirs)) {
            return false;
        }
    }
    return true;
}

bool less_lists(const Value& left, const Value& right) {
    const Nested nested;
    const auto common = std::min(left.size(), right.size());
    charge(common);
    for (std::size_t i = 0; i < common; ++i) {
        const auto one = element(left, i);
        const auto other = element(right, i);
        if (!are_equal(one, other)) {
            return is_less(one, other);
        }
    }
    return left.size() < right.size();
}

}  // namespace

bool are_equal(const Value& left, const Value& right) {
    if (is_number(left) && is_number(right)) {
        return is_whole(left) && is_whole(right) ? Access::integer(left) == Access::integer(right)
                                                 : exact(left) == exact(right);
    }
    if (left.kind() == right.kind()) {
        switch (left.kind()) {
            case Kind::null:
                return true;
            case Kind::string:
                charge(Access::text(left).size() / 64);
                return Access::text(left) == Access::text(right);
            case Kind::list:
            case Kind::tuple:
                return equal_lists(left, right);
            case Kind::dict:
                return equal_dicts(left, right);
            default:
                break;
        }
    }
    Value result;
    if (ask_type(Operation::equal, left, right, result)) {
        return result.truth();
    }
    return left.kind() == right.kind() && are_identical(left, right);
}

bool are_identical(const Value& left, const Value& right) {
    if (left.kind() != right.kind()) {
        return false;
    }
    switch (left.kind()) {
        case Kind::null:
            return true;
        case Kind::boolean:
        case Kind::integer:
            return Access::integer(left) == Access::integer(right);
        case Kind::floating:
            return exact(left) == exact(right);
        case Kind::string:
            return Access::text(left) == Access::text(right);
        default:
            return Access::object(left) == Access::object(right) &&
                   Access::type(left) == Access::type(right);
    }
}

bool is_less(const Value& left, const Value& right) {
    if (is_whole(left) && is_whole(right)) {
        return Access::integer(left) < Access::integer(right);
    }
    if (is_number(left) && is_number(right)) {
        return exact(left) < exact(right);
    }
    if (left.kind() == Kind::string && right.kind() == Kind::string) {
        charge(Access::text(left).size() / 64);
        return Access::text(left) < Access::text(right);  // UTF-8 sorts as its characters do
    }
    if (left.kind() == right.kind() && is_list_or_tuple(left)) {
        return less_lists(left, right);
    }
    Value result;
    if (ask_type(Operation::less, left, right, result)) {
        return result.truth();
    }
    throw Error{
        "TypeError",
        "'<' not supported between instances of '" + std::string{left.type_name()} + "' and '" +
            std::string{right.type_name()} + "'"};
}

}  // namespace tornado::templating::detail
