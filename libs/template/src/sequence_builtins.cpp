#include <algorithm>
#include <string>
#include <utility>

#include "attribute.hpp"
#include "builtin.hpp"
#include "methods.hpp"
#include "sequence.hpp"
#include "tornado/template/error.hpp"
#include "tornado/template/operations.hpp"

namespace tornado::templating::detail {

namespace {

Value len(const Arguments& arguments) {
    return Access::integer(static_cast<std::int64_t>(arguments[0].size()));
}

Value range(const Arguments& arguments) {
    const auto number = [&](std::size_t i) { return arguments[i].as<std::int64_t>(); };
    return arguments.size() == 1
               ? make_range(0, number(0), 1)
               : make_range(number(0), number(1), arguments.size() > 2 ? number(2) : 1);
}

Value make_a(const Arguments& arguments, Kind kind) {
    return make_list(arguments.size() > 0 ? all_of(arguments[0]) : std::vector<Value>{}, kind);
}
Value list(const Arguments& arguments) {
    return make_a(arguments, Kind::list);
}
Value tuple(const Arguments& arguments) {
    return make_a(arguments, Kind::tuple);
}

Value dict(const Arguments& arguments) {
    auto made = make_dict(new DictHolder);
    (void)call_method(made, "update", arguments);
    return made;
}

/// A list in which no element comes twice: there is no type for sets.
Value set(const Arguments& arguments) {
    auto* const seen = new DictHolder;
    const auto keeper = make_dict(seen);
    if (arguments.size() > 0) {
        for_each(arguments[0], [&](const Value& item) {
            seen->set(item, {});
            return true;
        });
    }
    return make_list(keys_of(keeper));
}

Value sorted(const Arguments& arguments) {
    check_names(arguments, {"key", "reverse"});
    const auto* const key = arguments.find("key");
    const auto* const reverse = arguments.find("reverse");
    auto items = all_of(arguments[0]);
    sort_items(items, key != nullptr ? *key : Value{}, reverse != nullptr && reverse->truth());
    return make_list(std::move(items));
}

Value reversed(const Arguments& arguments) {
    auto items = all_of(arguments[0]);
    std::reverse(items.begin(), items.end());
    return make_list(std::move(items));
}

Value pair(Value first, Value second) {
    std::vector<Value> both;
    both.reserve(2);
    both.push_back(std::move(first));
    both.push_back(std::move(second));
    return make_list(std::move(both), Kind::tuple);
}

Value enumerate(const Arguments& arguments) {
    check_names(arguments, {"start"});
    const auto* const start = argument(arguments, 1, "start");
    auto number = start != nullptr ? *start : Access::integer(0);
    std::vector<Value> items;
    for_each(arguments[0], [&](Value item) {
        items.push_back(pair(number, std::move(item)));
        number = add(number, Access::integer(1));
        return true;
    });
    return make_list(std::move(items));
}

Value zip(const Arguments& arguments) {
    std::vector<std::vector<Value>> columns;
    std::size_t shortest = arguments.size() == 0 ? 0 : any_number;
    for (const auto& column : arguments) {
        columns.push_back(all_of(column));
        shortest = std::min(shortest, columns.back().size());
    }
    std::vector<Value> rows;
    for (std::size_t i = 0; i < shortest; ++i) {
        std::vector<Value> row;
        row.reserve(columns.size());
        for (auto& column : columns) {
            row.push_back(std::move(column[i]));
        }
        charge(row.size());
        rows.push_back(make_list(std::move(row), Kind::tuple));
    }
    return make_list(std::move(rows));
}

Value map(const Arguments& arguments) {
    std::vector<Value> made;
    if (arguments.size() == 2) {
        for_each(arguments[1], [&](const Value& item) {
            made.push_back(call(arguments[0], Arguments{&item, 1}));
            return true;
        });
        return make_list(std::move(made));
    }
    for (const auto& row : all_of(zip(Arguments{arguments.begin() + 1, arguments.size() - 1}))) {
        const auto all = all_of(row);
        made.push_back(call(arguments[0], Arguments{all.data(), all.size()}));
    }
    return make_list(std::move(made));
}

Value filter(const Arguments& arguments) {
    std::vector<Value> kept;
    for_each(arguments[1], [&](const Value& item) {
        const bool keep =
            arguments[0].is_null() ? item.truth() : call(arguments[0], Arguments{&item, 1}).truth();
        if (keep) {
            kept.push_back(item);
        }
        return true;
    });
    return make_list(std::move(kept));
}

Value any(const Arguments& arguments) {
    bool found = false;
    for_each(arguments[0], [&](const Value& item) {
        found = item.truth();
        return !found;
    });
    return Access::boolean(found);
}

Value all(const Arguments& arguments) {
    bool every = true;
    for_each(arguments[0], [&](const Value& item) {
        every = item.truth();
        return every;
    });
    return Access::boolean(every);
}

Value sum(const Arguments& arguments) {
    check_names(arguments, {"start"});
    const auto* const start = argument(arguments, 1, "start");
    auto total = start != nullptr ? *start : Access::integer(0);
    if (total.kind() == Kind::string) {
        throw Error{"TypeError", "sum() can't sum strings [use ''.join(seq) instead]"};
    }
    for_each(arguments[0], [&](const Value& item) {
        total = add(total, item);
        return true;
    });
    return total;
}

Value best(const Arguments& arguments, bool least) {
    check_names(arguments, {"key", "default"});
    const auto* const key = arguments.find("key");
    const auto* const otherwise = arguments.find("default");
    const auto items = arguments.size() > 1 ? std::vector<Value>{arguments.begin(), arguments.end()}
                                            : all_of(arguments[0]);
    if (items.empty()) {
        if (otherwise != nullptr) {
            return *otherwise;
        }
        throw Error{"ValueError", "min() or max() arg is an empty sequence"};
    }
    const auto by = [&](const Value& item) {
        return key == nullptr || key->is_null() ? item : call(*key, Arguments{&item, 1});
    };
    std::size_t found = 0;
    auto found_by = by(items[0]);
    for (std::size_t i = 1; i < items.size(); ++i) {
        auto other = by(items[i]);
        if (least ? is_less(other, found_by) : is_less(found_by, other)) {
            found = i;
            found_by = std::move(other);
        }
    }
    return items[found];
}
Value min(const Arguments& arguments) {
    return best(arguments, true);
}
Value max(const Arguments& arguments) {
    return best(arguments, false);
}

}  // namespace

const std::vector<Builtin>& sequence_builtins() {
    static const std::vector<Builtin> builtins = {
        {"len", 1, 1, len},
        {"range",
         1,
         3,
         range,
         false,
         [](const Value& value) { return value.type_name() == "range"; }},
        {"list", 0, 1, list, false, [](const Value& value) { return is_plain_list(value); }},
        {"tuple",
         0,
         1,
         tuple,
         false,
         [](const Value& value) { return value.kind() == Kind::tuple; }},
        {"dict", 0, 1, dict, true, [](const Value& value) { return value.kind() == Kind::dict; }},
        {"set", 0, 1, set},
        {"sorted", 1, 1, sorted, true},
        {"reversed", 1, 1, reversed},
        {"enumerate", 1, 2, enumerate, true},
        {"zip", 0, any_number, zip},
        {"map", 2, any_number, map},
        {"filter", 2, 2, filter},
        {"any", 1, 1, any},
        {"all", 1, 1, all},
        {"sum", 1, 2, sum, true},
        {"min", 1, any_number, min, true},
        {"max", 1, any_number, max, true},
    };
    return builtins;
}

}  // namespace tornado::templating::detail
