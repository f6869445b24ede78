#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "tornado/template/operations.hpp"

namespace tornado::templating::detail {

/// The elements of a list or tuple that the language made, or Value::list().
class ListHolder final : public Holder {
public:
    explicit ListHolder(std::vector<Value> list)
        : items(std::move(list)) {}  // braces would nest it
    std::vector<Value> items;
    bool is_frozen = false;  // made in C++
};

/// The members of such a dict, in the order in which their keys came.
class DictHolder final : public Holder {
public:
    using Entry = std::pair<Value, Value>;

    [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }
    /// The value of a key; null when it is not there. Throws Error (TypeError) for a list or dict.
    [[nodiscard]] Value* find(const Value& key);
    void set(const Value& key, Value value);
    /// Takes a member out; false when it is not there.
    bool erase(const Value& key);
    void clear();
    bool is_frozen = false;

private:
    [[nodiscard]] std::size_t position(const Value& key, std::size_t hash) const;
    void index_all();

    std::vector<Entry> entries_;
    std::vector<std::size_t> hashes_;
    std::vector<std::uint32_t>
        table_;  // numbers of entries, from 1, by hash; empty while they are few
};

/// The hash of a value: equal for equal ones. Throws Error (TypeError) for a list or dict.
[[nodiscard]] std::size_t hash_of(const Value& value);

[[nodiscard]] Value make_dict(DictHolder* holder);

/// The elements of a list or tuple that the language made; null for one of C++'s.
[[nodiscard]] inline const std::vector<Value>* native_items(const Value& value) noexcept {
    return Access::type(value) == nullptr
               ? &static_cast<const ListHolder*>(Access::object(value))->items
               : nullptr;
}
[[nodiscard]] inline DictHolder* native_dict(const Value& value) noexcept {
    return Access::type(value) == nullptr
               ? const_cast<DictHolder*>(static_cast<const DictHolder*>(Access::object(value)))
               : nullptr;
}

/// The list to change. Throws Error (TypeError) when it is not the template's own.
[[nodiscard]] std::vector<Value>& list_to_change(const Value& list);
[[nodiscard]] DictHolder& dict_to_change(const Value& dict);

/// Throws Error (ValueError) if `container`, once it holds `item`, would hold itself.
void check_no_cycle(const Value& container, const Value& item);

}  // namespace tornado::templating::detail
