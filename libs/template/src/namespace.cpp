#include "tornado/template/namespace.hpp"

#include <algorithm>

namespace tornado::templating {

Namespace::Namespace(std::initializer_list<Item> items) {
    items_.reserve(items.size());
    for (const auto& item : items) {
        if (const auto* const there = find(item.first)) {
            *const_cast<Value*>(there) = item.second;
        } else {
            items_.push_back(item);
        }
    }
}

void Namespace::set(std::string_view name, Value value) {
    if (const auto* const there = find(name)) {
        *const_cast<Value*>(there) = std::move(value);
    } else {
        items_.emplace_back(name, std::move(value));
    }
}

void Namespace::update(const Namespace& other) {
    for (const auto& [name, value] : other) {
        set(name, value);
    }
}

const Value* Namespace::find(std::string_view name) const noexcept {
    for (const auto& item : items_) {
        if (item.first == name) {
            return &item.second;
        }
    }
    return nullptr;
}

}  // namespace tornado::templating
