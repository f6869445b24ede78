#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "containers.hpp"
#include "meter.hpp"
#include "text.hpp"
#include "tornado/template/error.hpp"
#include "tornado/template/operations.hpp"

namespace tornado::templating::detail {

[[nodiscard]] inline bool is_list_or_tuple(const Value& value) noexcept {
    return value.kind() == Kind::list || value.kind() == Kind::tuple;
}

/// Whether it is what Python calls a list, rather than a range.
[[nodiscard]] inline bool is_plain_list(const Value& value) noexcept {
    return value.kind() == Kind::list && value.type_name() == "list";
}

/// The element of a list or tuple, by an index below its size.
[[nodiscard]] inline Value element(const Value& list, std::size_t index) {
    const auto* const items = native_items(list);
    return items != nullptr
               ? (*items)[index]
               : Access::type(list)->at(Access::object(list), index, Access::owner(list));
}

/// All keys of a dict.
[[nodiscard]] std::vector<Value> keys_of(const Value& dict);

/// The value of a dict's key, if it is there.
[[nodiscard]] bool find_in(const Value& dict, const Value& key, Value& found);

/// Calls `each(item)` for what iterating over the value gives, until it returns false: elements,
/// characters, keys. Throws Error (TypeError) for what cannot be iterated over.
template <typename Each>
void for_each(const Value& iterable, Each each) {
    switch (iterable.kind()) {
        case Kind::list:
        case Kind::tuple: {
            const Value keeper = iterable;
            if (const auto* const items = native_items(keeper)) {
                for (std::size_t i = 0; i < items->size(); ++i) {  // which may change meanwhile
                    charge(1);
                    if (!each(Value{(*items)[i]})) {
                        return;
                    }
                }
                return;
            }
            const auto* const type = Access::type(keeper);
            const auto* const list = Access::object(keeper);
            const auto size = type->size(list);
            for (std::size_t i = 0; i < size; ++i) {
                charge(1);
                if (!each(type->at(list, i, Access::owner(keeper)))) {
                    return;
                }
            }
            return;
        }
        case Kind::string: {
            const Value keeper = iterable;
            const auto all = Access::text(keeper);
            for (std::size_t from = 0; from < all.size();) {
                charge(1);
                const auto to = text::next(all, from);
                if (!each(Access::text(all.substr(from, to - from), Access::owner(keeper)))) {
                    return;
                }
                from = to;
            }
            return;
        }
        case Kind::dict: {
            const Value keeper = iterable;
            const auto size = keeper.size();
            const bool may_change = native_dict(keeper) != nullptr;
            for (auto& key : keys_of(keeper)) {
                charge(1);
                if (!each(std::move(key))) {
                    return;
                }
                if (may_change && keeper.size() != size) {
                    throw Error{"RuntimeError", "dictionary changed size during iteration"};
                }
            }
            return;
        }
        default:
            throw Error{
                "TypeError", "'" + std::string{iterable.type_name()} + "' object is not iterable"};
    }
}

/// What iterating over the value gives.
[[nodiscard]] std::vector<Value> all_of(const Value& iterable);

}  // namespace tornado::templating::detail
