#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "meter.hpp"
#include "methods.hpp"
#include "sequence.hpp"
#include "tornado/template/error.hpp"
#include "tornado/template/operations.hpp"

namespace tornado::templating::detail {

namespace {

// ---- Lists and tuples ----

void put(const Value& self, std::size_t place, const Value& item) {
    auto& items = list_to_change(self);
    check_no_cycle(self, item);
    charge_for_size(items.size() + 1);
    items.insert(items.begin() + static_cast<std::ptrdiff_t>(place), item);
}

Value append(const Value& self, const Arguments& arguments) {
    auto& items = list_to_change(self);
    check_no_cycle(self, arguments[0]);
    charge(1);
    items.push_back(arguments[0]);
    return {};
}

Value extend(const Value& self, const Arguments& arguments) {
    auto more = all_of(arguments[0]);
    charge_for_size(self.size() + more.size());
    auto& items = list_to_change(self);
    for (auto& item : more) {
        check_no_cycle(self, item);
        items.push_back(std::move(item));
    }
    return {};
}

std::size_t brought_within(std::int64_t place, std::size_t length) {
    const auto size = static_cast<std::int64_t>(length);
    return static_cast<std::size_t>(
        std::clamp<std::int64_t>(place < 0 ? place + size : place, 0, size)
    );
}

Value insert(const Value& self, const Arguments& arguments) {
    put(self, brought_within(arguments[0].as<std::int64_t>(), self.size()), arguments[1]);
    return {};
}

Value pop(const Value& self, const Arguments& arguments) {
    auto& items = list_to_change(self);
    if (items.empty()) {
        throw Error{"IndexError", "pop from empty list"};
    }
    auto place = arguments.size() > 0 ? arguments[0].as<std::int64_t>() : -1;
    place += place < 0 ? static_cast<std::int64_t>(items.size()) : 0;
    if (place < 0 || place >= static_cast<std::int64_t>(items.size())) {
        throw Error{"IndexError", "pop index out of range"};
    }
    const auto at = items.begin() + static_cast<std::ptrdiff_t>(place);
    auto item = std::move(*at);
    items.erase(at);
    return item;
}

/// Where an equal item stands; size() when there is none.
std::size_t place_of(const Value& self, const Value& wanted, std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < std::min(to, self.size()); ++i) {
        charge(1);
        if (are_equal(element(self, i), wanted)) {
            return i;
        }
    }
    return self.size();
}

Value index(const Value& self, const Arguments& arguments) {
    const auto size = self.size();
    const auto bound = [&](std::size_t which, std::size_t otherwise) {
        return which < arguments.size() ? brought_within(arguments[which].as<std::int64_t>(), size)
                                        : otherwise;
    };
    const auto place = place_of(self, arguments[0], bound(1, 0), bound(2, size));
    if (place == size) {
        throw Error{
            "ValueError", arguments[0].repr() + " is not in " + std::string{self.type_name()}};
    }
    return Access::integer(static_cast<std::int64_t>(place));
}

Value count(const Value& self, const Arguments& arguments) {
    std::int64_t times = 0;
    for_each(self, [&](const Value& item) {
        times += are_equal(item, arguments[0]) ? 1 : 0;
        return true;
    });
    return Access::integer(times);
}

Value remove(const Value& self, const Arguments& arguments) {
    auto& items = list_to_change(self);
    const auto place = place_of(self, arguments[0], 0, items.size());
    if (place >= items.size()) {
        throw Error{"ValueError", "list.remove(x): x not in list"};
    }
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(place));
    return {};
}

Value clear_list(const Value& self, const Arguments&) {
    list_to_change(self).clear();
    return {};
}

Value reverse(const Value& self, const Arguments&) {
    auto& items = list_to_change(self);
    charge_for_size(items.size());
    std::reverse(items.begin(), items.end());
    return {};
}

Value sort(const Value& self, const Arguments& arguments) {
    check_names(arguments, {"key", "reverse"});
    const auto* const key = arguments.find("key");
    const auto* const backwards = arguments.find("reverse");
    auto sorted = list_to_change(self);
    sort_items(sorted, key != nullptr ? *key : Value{}, backwards != nullptr && backwards->truth());
    list_to_change(self) = std::move(sorted);
    return {};
}

Value copy_list(const Value& self, const Arguments&) {
    return make_list(all_of(self), self.kind());
}

// ---- Dicts ----

Value get(const Value& self, const Arguments& arguments) {
    Value found;
    if (find_in(self, arguments[0], found)) {
        return found;
    }
    return arguments.size() > 1 ? arguments[1] : Value{};
}

Value keys(const Value& self, const Arguments&) {
    charge_for_size(self.size());
    return make_list(keys_of(self));
}

template <typename Make>
Value members(const Value& self, Make make) {
    std::vector<Value> made;
    for (auto& key : keys_of(self)) {
        charge(1);
        Value member;
        if (find_in(self, key, member)) {
            made.push_back(make(std::move(key), std::move(member)));
        }
    }
    return make_list(std::move(made));
}
Value values(const Value& self, const Arguments&) {
    return members(self, [](Value, Value member) { return member; });
}
Value items(const Value& self, const Arguments&) {
    return members(self, [](Value key, Value member) {
        std::vector<Value> pair;
        pair.reserve(2);
        pair.push_back(std::move(key));
        pair.push_back(std::move(member));
        return make_list(std::move(pair), Kind::tuple);
    });
}

Value pop_member(const Value& self, const Arguments& arguments) {
    auto& dict = dict_to_change(self);
    if (const auto* const member = dict.find(arguments[0])) {
        auto taken = *member;
        dict.erase(arguments[0]);
        return taken;
    }
    if (arguments.size() > 1) {
        return arguments[1];
    }
    throw Error{"KeyError", arguments[0].repr()};
}

Value setdefault(const Value& self, const Arguments& arguments) {
    auto& dict = dict_to_change(self);
    if (const auto* const member = dict.find(arguments[0])) {
        return *member;
    }
    const auto value = arguments.size() > 1 ? arguments[1] : Value{};
    check_no_cycle(self, value);
    charge(1);
    dict.set(arguments[0], value);
    return value;
}

Value update(const Value& self, const Arguments& arguments) {
    auto& dict = dict_to_change(self);
    const auto set = [&](const Value& key, const Value& value) {
        check_no_cycle(self, value);
        charge(1);
        dict.set(key, value);
    };
    if (arguments.size() > 0 && arguments[0].kind() == Kind::dict) {
        for (const auto& key : keys_of(arguments[0])) {
            set(key, subscript(arguments[0], key));
        }
    } else if (arguments.size() > 0) {
        for (const auto& pair : all_of(arguments[0])) {
            const auto both = all_of(pair);
            if (both.size() != 2) {
                throw Error{"ValueError", "dictionary update sequence element is no pair"};
            }
            set(both[0], both[1]);
        }
    }
    for (std::size_t i = 0; i < arguments.keyword_count(); ++i) {
        set(from_text(std::string{arguments.keyword(i).first}), arguments.keyword(i).second);
    }
    return {};
}

Value clear_dict(const Value& self, const Arguments&) {
    dict_to_change(self).clear();
    return {};
}

Value copy_dict(const Value& self, const Arguments&) {
    auto* const holder = new DictHolder;
    auto copy = make_dict(holder);
    for (const auto& key : keys_of(self)) {
        charge(1);
        holder->set(key, subscript(self, key));
    }
    return copy;
}

// ---- Numbers ----

Value is_integer(const Value& self, const Arguments&) {
    const double number = to_floating(self);
    return Access::boolean(std::isfinite(number) && number == std::trunc(number));
}

Value bit_length(const Value& self, const Arguments&) {
    const auto number = Access::integer(self);
    auto size =
        number < 0 ? 0U - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
    std::int64_t bits = 0;
    for (; size != 0; size >>= 1U) {
        ++bits;
    }
    return Access::integer(bits);
}

}  // namespace

const std::vector<Method>& list_methods() {
    static const std::vector<Method> methods = {
        {"append", 1, 1, append},
        {"clear", 0, 0, clear_list},
        {"copy", 0, 0, copy_list},
        {"count", 1, 1, count},
        {"extend", 1, 1, extend},
        {"index", 1, 3, index},
        {"insert", 2, 2, insert},
        {"pop", 0, 1, pop},
        {"remove", 1, 1, remove},
        {"reverse", 0, 0, reverse},
        {"sort", 0, 0, sort, true},
    };
    return methods;
}

const std::vector<Method>& tuple_methods() {
    static const std::vector<Method> methods = {{"count", 1, 1, count}, {"index", 1, 3, index}};
    return methods;
}

const std::vector<Method>& dict_methods() {
    static const std::vector<Method> methods = {
        {"clear", 0, 0, clear_dict},
        {"copy", 0, 0, copy_dict},
        {"get", 1, 2, get},
        {"items", 0, 0, items},
        {"keys", 0, 0, keys},
        {"pop", 1, 2, pop_member},
        {"setdefault", 1, 2, setdefault},
        {"update", 0, 1, update, true},
        {"values", 0, 0, values},
    };
    return methods;
}

const std::vector<Method>& integer_methods() {
    static const std::vector<Method> methods = {{"bit_length", 0, 0, bit_length}};
    return methods;
}

const std::vector<Method>& floating_methods() {
    static const std::vector<Method> methods = {{"is_integer", 0, 0, is_integer}};
    return methods;
}

}  // namespace tornado::templating::detail
