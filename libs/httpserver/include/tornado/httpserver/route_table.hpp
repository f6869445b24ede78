#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "tornado/httpserver/path_pattern.hpp"

namespace tornado::routing {

/// An index over URL patterns: finds the first that matches a path, without trying them all.
///
/// The answer is that of a scan in the order of addition. Literals are found by hash, patterns of
/// PathPattern::Kind::shape by a tree of their common beginnings; only regular expressions that
/// come before the best of those are tried one by one.
///
/// Ownership: owns its patterns. Thread safety: look-ups from any number of threads once all
/// patterns are in.
///
///     RouteTable table;
///     table.add(PathPattern{"/about"});
///     table.add(PathPattern{"/([a-z]+)"});
///     PathGroups groups;
///     table.find("/about", groups);     // 0
///     table.find("/about", groups, 1);  // 1, and groups[0] is "about"
class RouteTable {
public:
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);

    RouteTable();
    RouteTable(RouteTable&&) noexcept;
    RouteTable& operator=(RouteTable&&) noexcept;
    ~RouteTable();

    /// Adds a pattern behind all others and returns its index: the first is 0.
    std::size_t add(PathPattern pattern);

    /// The least index, not below `from`, whose pattern matches `path`, with what its groups
    /// matched; npos, and no groups, when there is none.
    [[nodiscard]] std::size_t find(std::string_view path, PathGroups& groups, std::size_t from = 0)
        const;

    [[nodiscard]] std::size_t size() const noexcept;
    /// `index` must be less than size().
    [[nodiscard]] const PathPattern& operator[](std::size_t index) const noexcept;

private:
    struct Index;

    std::unique_ptr<Index> index_;
};

}  // namespace tornado::routing
