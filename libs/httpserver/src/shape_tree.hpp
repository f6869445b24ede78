#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "path_shape.hpp"

namespace tornado::routing {

/// Finds routes by their shapes: a tree in which shapes that begin alike share their way.
class ShapeTree {
public:
    ShapeTree();
    ShapeTree(ShapeTree&&) noexcept;
    ShapeTree& operator=(ShapeTree&&) noexcept;
    ~ShapeTree();

    /// `route` must be greater than all before.
    void add(const PathShape& shape, std::uint32_t route);

    /// The least route in [from, bound) that matches `path`, whose groups then replace `groups`;
    /// `bound`, and `groups` as they were, when there is none.
    [[nodiscard]] std::uint32_t
    find(std::string_view path, PathGroups& groups, std::uint32_t from, std::uint32_t bound) const;

private:
    struct Node;
    class Search;

    std::unique_ptr<Node> root_;
};

}  // namespace tornado::routing
