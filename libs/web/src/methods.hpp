#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "tornado/web/verbs.hpp"

namespace tornado::web::detail {

/// The names of the methods that a handler may serve, in the order of Method.
inline constexpr std::array<std::string_view, method_count>
    method_names{"GET", "HEAD", "POST", "DELETE", "PATCH", "PUT", "OPTIONS"};

/// The method of that name, told by case; nullopt when it is none of the seven.
[[nodiscard]] constexpr std::optional<Method> find_method(std::string_view name) noexcept {
    std::optional<Method> found;
    // Unrolled, because a comparison with a name that the compiler knows is one of a few bytes.
    [&]<std::size_t... i>(std::index_sequence<i...>) {
        static_cast<void>(
            ((name == method_names[i] && (found = static_cast<Method>(i), true)) || ...)
        );
    }
    (std::make_index_sequence<method_count>{});
    return found;
}
static_assert(
    find_method("DELETE") == Method::delete_ && find_method("OPTIONS") == Method::options
);

}  // namespace tornado::web::detail
