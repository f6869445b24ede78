#include "shape_tree.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace tornado::routing {

/// A place along the paths. Texts part byte by byte: below a node no two begin with the same one.
struct ShapeTree::Node {
    struct Edge {
        Step step;
        std::unique_ptr<Node> node;
    };

    /// A group of text: where in the path it stands.
    struct TextGroup {
        std::size_t index;   // among all groups of the route
        std::size_t steps;   // other than texts, that come before it
        std::size_t offset;  // behind the last of those
        std::size_t size;
    };
    struct End {
        std::uint32_t route;
        std::vector<TextGroup> text_groups;  // ascending
    };

    explicit Node(std::uint32_t route) : least{route}, greatest{route} {}

    /// The node where `route` goes on behind `rest` of a text, made if need be.
    Node& follow(std::string_view rest, std::uint32_t route);
    /// The same behind a step other than a text.
    Node& follow(const Step& step, std::uint32_t route);
    /// Cuts the text that leads here: a new node at `size` of it takes over what is below.
    void split(std::size_t size);

    std::string text;                          // leads here from the node above
    std::uint32_t least;                       // of the routes here and below
    std::uint32_t greatest;                    // likewise
    std::vector<End> ends;                     // of the routes that end here; ascending
    std::string first_bytes;                   // of the texts that lead on
    std::vector<std::unique_ptr<Node>> texts;  // in the order of first_bytes
    std::vector<Edge> edges;                   // the other steps that lead on
};

void ShapeTree::Node::split(std::size_t size) {
    auto below = std::make_unique<Node>(least);
    below->text = text.substr(size);
    below->greatest = greatest;
    below->ends = std::exchange(ends, {});
    below->first_bytes = std::exchange(first_bytes, {});
    below->texts = std::exchange(texts, {});
    below->edges = std::exchange(edges, {});
    text.resize(size);
    first_bytes.push_back(below->text.front());
    texts.push_back(std::move(below));
}

ShapeTree::Node& ShapeTree::Node::follow(std::string_view rest, std::uint32_t route) {
    greatest = route;
    if (rest.empty()) {
        return *this;
    }
    const auto i = first_bytes.find(rest.front());
    if (i == first_bytes.npos) {
        first_bytes.push_back(rest.front());
        texts.push_back(std::make_unique<Node>(route));
        texts.back()->text = rest;
        return *texts.back();
    }
    auto& next = *texts[i];
    const auto common = std::mismatch(rest.begin(), rest.end(), next.text.begin(), next.text.end());
    const auto size = static_cast<std::size_t>(common.first - rest.begin());
    if (size < next.text.size()) {
        next.split(size);
    }
    return next.follow(rest.substr(size), route);
}

ShapeTree::Node& ShapeTree::Node::follow(const Step& step, std::uint32_t route) {
    auto edge = std::find_if(edges.begin(), edges.end(), [&](const Edge& other) {
        return other.step == step;
    });
    if (edge == edges.end()) {
        edge = edges.insert(edge, {step, std::make_unique<Node>(route)});
    }
    edge->node->greatest = route;
    return *edge->node;
}

/// One look-up.
class ShapeTree::Search {
public:
    Search(std::string_view path, PathGroups& groups, std::uint32_t from, std::uint32_t bound)
        : path_{path},
          groups_{groups},
          from_{from},
          best_{bound} {}

    /// What lies behind us.
    struct Way {
        std::size_t at = 0;      // bytes of the path
        std::size_t groups = 0;  // that sets have taken
        std::size_t steps = 0;   // other than texts
    };

    /// Looks for better routes at and below `start`.
    void visit(const Node& start, Way way) {
        const auto* node = &start;
        while (node != nullptr) {
            for (const auto& edge : node->edges) {
                take(edge, way);
            }
            if (way.at == path_.size()) {
                reach(*node, way);
                return;
            }
            node = follow(*node, way.at);
        }
    }

    [[nodiscard]] std::uint32_t best() const noexcept { return best_; }

private:
    [[nodiscard]] bool is_worth_it(const Node& node) const noexcept {
        return node.least < best_ && node.greatest >= from_;
    }

    void take(const Node::Edge& edge, Way way) {
        std::string_view taken;
        if (!is_worth_it(*edge.node) || !edge.step.advance(path_, way.at, taken)) {
            return;
        }
        if (edge.step.captures) {
            taken_[way.groups++] = taken;
        }
        if (way.steps < step_ends_.size()) {
            step_ends_[way.steps] = way.at;
        }
        ++way.steps;
        visit(*edge.node, way);
    }

    /// The node below by the text that the path goes on with, or null.
    [[nodiscard]] const Node* follow(const Node& node, std::size_t& at) const noexcept {
        for (std::size_t i = 0; i < node.first_bytes.size(); ++i) {
            if (node.first_bytes[i] == path_[at]) {
                const auto& next = *node.texts[i];
                const auto rest = std::string_view{next.text}.substr(1);  // often nothing
                if (!is_worth_it(next) ||
                    (!rest.empty() && path_.substr(at + 1, rest.size()) != rest)) {
                    return nullptr;
                }
                at += 1 + rest.size();
                return &next;
            }
        }
        return nullptr;
    }

    void reach(const Node& node, const Way& way) {
        const auto is_before = [](const Node::End& each, std::uint32_t from) {
            return each.route < from;
        };
        const auto end = std::lower_bound(node.ends.begin(), node.ends.end(), from_, is_before);
        if (end == node.ends.end() || end->route >= best_) {
            return;
        }
        best_ = end->route;
        groups_.clear();
        auto text = end->text_groups.begin();
        for (std::size_t i = 0; i < way.groups || text != end->text_groups.end();) {
            if (text != end->text_groups.end() && text->index == groups_.size()) {
                groups_.push_back(text_of(*text++));
            } else {
                groups_.push_back(taken_[i++]);
            }
        }
    }

    [[nodiscard]] std::string_view text_of(const Node::TextGroup& group) const {
        const auto begin = group.steps == 0 ? 0 : step_ends_[group.steps - 1];
        return path_.substr(begin + group.offset, group.size);
    }

    const std::string_view path_;
    PathGroups& groups_;
    const std::uint32_t from_;
    std::uint32_t best_;
    std::array<std::string_view, most_shape_groups> taken_;
    std::array<std::size_t, most_shape_groups> step_ends_;  // of the first steps
};

ShapeTree::ShapeTree() = default;
ShapeTree::ShapeTree(ShapeTree&&) noexcept = default;
ShapeTree& ShapeTree::operator=(ShapeTree&&) noexcept = default;
ShapeTree::~ShapeTree() = default;

void ShapeTree::add(const PathShape& shape, std::uint32_t route) {
    if (root_ == nullptr) {
        root_ = std::make_unique<Node>(route);
    }
    root_->greatest = route;
    auto* node = root_.get();
    Node::End end{route, {}};
    Node::TextGroup next{};
    for (const auto& step : shape) {
        next.size = step.text.size();
        if (step.kind != Step::Kind::text) {
            node = &node->follow(step, route);
            ++next.steps;
            next.offset = 0;
        } else {
            node = &node->follow(step.text, route);
            if (step.captures) {
                end.text_groups.push_back(next);
            }
            next.offset += next.size;
        }
        next.index += step.captures ? 1 : 0;
    }
    node->ends.push_back(std::move(end));
}

std::uint32_t ShapeTree::find(
    std::string_view path,
    PathGroups& groups,
    std::uint32_t from,
    std::uint32_t bound
) const {
    if (root_ == nullptr || root_->least >= bound || root_->greatest < from) {
        return bound;
    }
    Search search{path, groups, from, bound};
    search.visit(*root_, {});
    return search.best();
}

}  // namespace tornado::routing
