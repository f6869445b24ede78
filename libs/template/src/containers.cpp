#include "containers.hpp"

#include <functional>
#include <string>

#include "attribute.hpp"
#include "meter.hpp"
#include "tornado/template/error.hpp"

namespace tornado::templating::detail {

namespace {

constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
constexpr std::size_t few = 8;

std::size_t hash_of_number(const Value& number) {
    if (number.kind() != Kind::floating) {
        return std::hash<std::int64_t>{}(Access::integer(number));
    }
    const double real = Access::floating(number);
    if (real >= -9.2e18 && real <= 9.2e18) {
        const auto whole = static_cast<std::int64_t>(real);
        if (static_cast<double>(whole) == real) {
            return std::hash<std::int64_t>{}(whole);
        }
    }
    return std::hash<double>{}(real);
}

std::size_t hash_of_tuple(const Value& tuple) {
    const Nested nested;
    std::size_t hash = 0x9E3779B97F4A7C15U;
    const auto size = tuple.size();
    charge(size);
    for (std::size_t i = 0; i < size; ++i) {
        hash = (hash ^ hash_of(tuple.at(i))) * 0x100000001B3U;
    }
    return hash;
}

bool holds(const Value& container, const void* what);

/// Whether the item is that container or holds it; a method holds its object.
bool is_or_holds(const Value& item, const void* what) {
    const auto* const object = object_of_method(item);
    const auto& looked_at = object != nullptr ? *object : item;
    const bool is_container = looked_at.kind() >= Kind::list && looked_at.kind() <= Kind::dict;
    return is_container && Access::type(looked_at) == nullptr &&
           (Access::object(looked_at) == what || holds(looked_at, what));
}

/// Whether a container that the language made holds another, at any depth.
bool holds(const Value& container, const void* what) {
    const Nested nested;
    if (container.kind() == Kind::dict) {
        for (const auto& [key, value] : native_dict(container)->entries()) {
            charge(1);
            if (is_or_holds(value, what)) {
                return true;
            }
        }
        return false;
    }
    for (const auto& item : *native_items(container)) {
        charge(1);
        if (is_or_holds(item, what)) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::size_t hash_of(const Value& value) {
    switch (value.kind()) {
        case Kind::null:
            return 0x5EED;
        case Kind::boolean:
        case Kind::integer:
        case Kind::floating:
            return hash_of_number(value);
        case Kind::string:
            return std::hash<std::string_view>{}(Access::text(value));
        case Kind::tuple:
            return hash_of_tuple(value);
        case Kind::list:
        case Kind::dict:
            break;
        case Kind::callable:
        case Kind::object:
            return 0x0B1EC7;  // equal ones may be two objects
    }
    throw Error{"TypeError", "unhashable type: '" + std::string{value.type_name()} + "'"};
}

std::size_t DictHolder::position(const Value& key, std::size_t hash) const {
    if (table_.empty()) {
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            if (hashes_[i] == hash && entries_[i].first == key) {
                return i;
            }
        }
        return nowhere;
    }
    const auto mask = table_.size() - 1;
    for (auto slot = (hash * 0x9E3779B97F4A7C15U >> 20U) & mask; table_[slot] != 0;
         slot = (slot + 1) & mask) {
        const auto entry = table_[slot] - 1;
        if (hashes_[entry] == hash && entries_[entry].first == key) {
            return entry;
        }
    }
    return nowhere;
}

void DictHolder::index_all() {
    table_.clear();
    if (entries_.size() <= few) {
        return;
    }
    std::size_t size = 32;
    while (size < entries_.size() * 3) {
        size *= 2;
    }
    table_.resize(size);
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        auto slot = (hashes_[i] * 0x9E3779B97F4A7C15U >> 20U) & (size - 1);
        while (table_[slot] != 0) {
            slot = (slot + 1) & (size - 1);
        }
        table_[slot] = static_cast<std::uint32_t>(i + 1);
    }
}

Value* DictHolder::find(const Value& key) {
    const auto at = position(key, hash_of(key));
    return at == nowhere ? nullptr : &entries_[at].second;
}

void DictHolder::set(const Value& key, Value value) {
    const auto hash = hash_of(key);
    if (const auto at = position(key, hash); at != nowhere) {
        entries_[at].second = std::move(value);
        return;
    }
    entries_.emplace_back(key, std::move(value));
    hashes_.push_back(hash);
    if (table_.size() < entries_.size() * 2) {
        index_all();
    } else {
        const auto mask = table_.size() - 1;
        auto slot = (hash * 0x9E3779B97F4A7C15U >> 20U) & mask;
        while (table_[slot] != 0) {
            slot = (slot + 1) & mask;
        }
        table_[slot] = static_cast<std::uint32_t>(entries_.size());
    }
}

bool DictHolder::erase(const Value& key) {
    const auto at = position(key, hash_of(key));
    if (at == nowhere) {
        return false;
    }
    charge(entries_.size() / 16);
    entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(at));
    hashes_.erase(hashes_.begin() + static_cast<std::ptrdiff_t>(at));
    index_all();
    return true;
}

void DictHolder::clear() {
    entries_.clear();
    hashes_.clear();
    table_.clear();
}

Value make_list(std::vector<Value> items, Kind kind) {
    auto* const holder = new ListHolder{std::move(items)};
    return Access::object(kind, nullptr, holder, holder);
}

Value make_dict(DictHolder* holder) {
    return Access::object(Kind::dict, nullptr, holder, holder);
}

std::vector<Value>& list_to_change(const Value& list) {
    auto* const holder = const_cast<ListHolder*>(static_cast<const ListHolder*>(
        Access::type(list) == nullptr ? Access::object(list) : nullptr
    ));
    if (holder == nullptr || holder->is_frozen) {
        throw Error{
            "TypeError", "a list of the program's cannot be changed: make one, as list(x) does"};
    }
    return holder->items;
}

DictHolder& dict_to_change(const Value& dict) {
    auto* const holder = native_dict(dict);
    if (holder == nullptr || holder->is_frozen) {
        throw Error{
            "TypeError", "a dict of the program's cannot be changed: make one, as dict(x) does"};
    }
    return *holder;
}

void check_no_cycle(const Value& container, const Value& item) {
    if (is_or_holds(item, Access::object(container))) {
        throw Error{"ValueError", "a container cannot hold itself"};
    }
}

}  // namespace tornado::templating::detail
