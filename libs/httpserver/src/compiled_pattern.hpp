#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "path_shape.hpp"
#include "regex.hpp"
#include "tornado/httpserver/path_pattern.hpp"

namespace tornado::routing {

struct PathPattern::Compiled {
    explicit Compiled(std::string_view pattern);

    std::string text;
    Kind kind = Kind::regex;
    std::vector<std::string> names;
    std::vector<bool> optional;       ///< for each group
    std::string prefix;               ///< what each matching path begins with; of a literal, all
    PathShape shape;                  ///< for Kind::shape
    std::optional<Regex> regex;       ///< for Kind::regex
    std::vector<std::string> pieces;  ///< what stands around the groups; empty: not reversible
};

}  // namespace tornado::routing
