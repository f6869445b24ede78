#include "methods.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "sequence.hpp"
#include "tornado/template/error.hpp"
#include "tornado/template/operations.hpp"

namespace tornado::templating::detail {

namespace {

/// Methods in the order of their names, and where those of each first letter begin.
class MethodTable {
public:
    explicit MethodTable(const std::vector<Method>& methods) : methods_{methods} {
        std::size_t next = 0;
        for (std::size_t letter = 0; letter < begins_.size(); ++letter) {
            while (next < methods.size() && number_of(methods[next].name) < letter) {
                ++next;
            }
            begins_[letter] = next;
        }
    }

    [[nodiscard]] const Method* find(std::string_view name) const noexcept {
        const auto letter = name.empty() ? 0 : number_of(name);
        if (letter + 1 >= begins_.size()) {
            return nullptr;
        }
        for (auto at = begins_[letter]; at < begins_[letter + 1]; ++at) {
            if (methods_[at].name == name) {
                return &methods_[at];
            }
        }
        return nullptr;
    }

private:
    static std::size_t number_of(std::string_view name) noexcept {
        return static_cast<std::size_t>(static_cast<unsigned char>(name[0] - 'a'));
    }

    const std::vector<Method>& methods_;
    std::array<std::size_t, 27> begins_{};
};

}  // namespace

const Method* find_method(Kind kind, std::string_view name) noexcept {
    struct Tables {
        MethodTable strings{string_methods()};
        MethodTable lists{list_methods()};
        MethodTable tuples{tuple_methods()};
        MethodTable dicts{dict_methods()};
        MethodTable integers{integer_methods()};
        MethodTable floats{floating_methods()};
    };
    if (kind >= Kind::callable) {
        return nullptr;
    }
    static const Tables tables;
    switch (kind) {
        case Kind::string:
            return tables.strings.find(name);
        case Kind::list:
            return tables.lists.find(name);
        case Kind::tuple:
            return tables.tuples.find(name);
        case Kind::dict:
            return tables.dicts.find(name);
        case Kind::boolean:
        case Kind::integer:
            return tables.integers.find(name);
        case Kind::floating:
            return tables.floats.find(name);
        default:
            return nullptr;
    }
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
