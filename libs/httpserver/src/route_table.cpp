#include "tornado/httpserver/route_table.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "compiled_pattern.hpp"
#include "literal_index.hpp"
#include "shape_tree.hpp"

namespace tornado::routing {

namespace {

constexpr std::uint32_t none = LiteralIndex::none;

}  // namespace

struct RouteTable::Index {
    /// A pattern that has to be tried.
    struct Trial {
        std::uint32_t route;
        const PathPattern::Compiled* pattern;
    };

    std::vector<PathPattern> patterns;
    LiteralIndex literals;
    ShapeTree shapes;
    std::vector<Trial> regexes;  // in the order of their routes
};

RouteTable::RouteTable() : index_{std::make_unique<Index>()} {}
RouteTable::RouteTable(RouteTable&&) noexcept = default;
RouteTable& RouteTable::operator=(RouteTable&&) noexcept = default;
RouteTable::~RouteTable() = default;

std::size_t RouteTable::add(PathPattern pattern) {
    const auto route = static_cast<std::uint32_t>(index_->patterns.size());
    const auto& compiled = *pattern.compiled_;
    index_->patterns.push_back(std::move(pattern));
    switch (compiled.kind) {
        case PathPattern::Kind::literal:
            index_->literals.add(compiled.prefix, route);
            break;
        case PathPattern::Kind::shape:
            index_->shapes.add(compiled.shape, route);
            break;
        case PathPattern::Kind::regex:
            index_->regexes.push_back({route, &compiled});
            break;
    }
    return route;
}

std::size_t RouteTable::find(std::string_view path, PathGroups& groups, std::size_t from) const {
    groups.clear();
    if (from >= index_->patterns.size()) {
        return npos;
    }
    const auto first = static_cast<std::uint32_t>(from);
    auto best = index_->literals.find(path, first);
    if (best != first) {
        best = index_->shapes.find(path, groups, first, best);
    }
    for (const auto& [route, pattern] : index_->regexes) {
        if (route >= best) {
            break;
        }
        if (route < first || path.compare(0, pattern->prefix.size(), pattern->prefix) != 0) {
            continue;
        }
        PathGroups found;
        if (pattern->regex->match(path, found)) {
            groups = std::move(found);
            return route;
        }
    }
    return best == none ? npos : best;
}

std::size_t RouteTable::size() const noexcept {
    return index_->patterns.size();
}

const PathPattern& RouteTable::operator[](std::size_t index) const noexcept {
    return index_->patterns[index];
}

}  // namespace tornado::routing
