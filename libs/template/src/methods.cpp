#include "methods.hpp"

#include <algorithm>
#include <string>

#include "sequence.hpp"
#include "tornado/template/error.hpp"
#include "tornado/template/operations.hpp"

namespace tornado::templating::detail {

const Method* find_method(Kind kind, std::string_view name) noexcept {
    const std::vector<Method>* methods = nullptr;
    switch (kind) {
        case Kind::string:
            methods = &string_methods();
            break;
        case Kind::list:
            methods = &list_methods();
            break;
        case Kind::tuple:
            methods = &tuple_methods();
            break;
        case Kind::dict:
            methods = &dict_methods();
            break;
        case Kind::boolean:
        case Kind::integer:
            methods = &integer_methods();
            break;
        case Kind::floating:
            methods = &floating_methods();
            break;
        default:
            return nullptr;
    }
    const auto place = std::lower_bound(
        methods->begin(),
        methods->end(),
        name,
        [](const Method& method, std::string_view wanted) { return method.name < wanted; }
    );
    return place != methods->end() && place->name == name ? &*place : nullptr;
}

void sort_items(std::vector<Value>& items, const Value& key, bool reverse) {
    using Keyed = std::pair<Value, Value>;
    std::vector<Keyed> keyed;
    keyed.reserve(items.size());
    for (auto& item : items) {
        auto by = key.is_null() ? item : call(key, Arguments{&item, 1});
        keyed.emplace_back(std::move(by), item);
    }
    std::stable_sort(keyed.begin(), keyed.end(), [reverse](const Keyed& left, const Keyed& right) {
        charge(1);
        return reverse ? is_less(right.first, left.first) : is_less(left.first, right.first);
    });
    for (std::size_t i = 0; i < items.size(); ++i) {
        items[i] = std::move(keyed[i].second);
    }
}

const Value* argument(const Arguments& arguments, std::size_t place, std::string_view name) {
    return place < arguments.size() ? &arguments[place] : arguments.find(name);
}

void check_names(const Arguments& arguments, std::initializer_list<std::string_view> names) {
    for (std::size_t i = 0; i < arguments.keyword_count(); ++i) {
        const auto name = arguments.keyword(i).first;
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            throw Error{"TypeError", "it has no argument '" + std::string{name} + "'"};
        }
    }
}

}  // namespace tornado::templating::detail
