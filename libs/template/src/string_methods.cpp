#include "string_methods.hpp"

#include <algorithm>

namespace tornado::templating::detail {

const std::vector<Method>& string_methods() {
    static const auto methods = [] {
        std::vector<Method> all;
        for (const auto* some :
             {&strings::search_methods(),
              &strings::part_methods(),
              &strings::layout_methods(),
              &strings::letter_methods()}) {
            all.insert(all.end(), some->begin(), some->end());
        }
        std::sort(all.begin(), all.end(), [](const Method& left, const Method& right) {
            return left.name < right.name;
        });
        return all;
    }();
    return methods;
}

}  // namespace tornado::templating::detail
