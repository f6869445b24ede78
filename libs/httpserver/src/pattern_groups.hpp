#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tornado::routing {

/// The groups of a pattern, found by reading it once.
struct PatternGroups {
    struct Group {
        std::string name;  ///< empty when it is positional
        bool optional = false;
    };

    std::vector<Group> groups;  ///< in the order of their opening parentheses
    bool alternatives = false;  ///< there is a "|" outside all parentheses
    std::string expression;     ///< the pattern in Boost.Regex's words
};

/// Throws std::invalid_argument when named groups and positional ones are mixed, or a name is bad.
/// What is no regular expression for other reasons yields anything.
[[nodiscard]] PatternGroups scan_groups(std::string_view pattern);

/// The position behind the class whose "[" is at `at`.
[[nodiscard]] std::size_t skip_class(std::string_view pattern, std::size_t at) noexcept;

}  // namespace tornado::routing
