#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tornado::routing {

/// What the groups of a pattern matched, in the order of their opening parentheses: views into the
/// path, undecoded, or nullopt for a group that took no part in the match.
///
/// Ownership: owns nothing but its memory, which a path of up to eight groups does not need.
/// Thread safety: one object, one thread.
class PathGroups {
public:
    using Group = std::optional<std::string_view>;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    /// `index` must be less than size().
    [[nodiscard]] const Group& operator[](std::size_t index) const noexcept {
        return begin()[index];
    }
    [[nodiscard]] const Group* begin() const noexcept {
        return size_ <= inline_size ? few_.data() : many_.data();
    }
    [[nodiscard]] const Group* end() const noexcept { return begin() + size_; }

    void clear() noexcept { size_ = 0; }
    void push_back(Group group) {
        if (size_ < inline_size) {
            few_[size_++] = group;
        } else {
            push_back_beyond(group);
        }
    }

private:
    static constexpr std::size_t inline_size = 8;

    void push_back_beyond(Group group);

    std::size_t size_ = 0;
    std::array<Group, inline_size> few_;
    std::vector<Group> many_;  // all of them, once they are more than fit
};

/// A URL pattern: a regular expression in Perl's syntax that must match the whole of a path.
///
/// The path is matched as it was sent, before percent-decoding, so that an encoded "/" never
/// separates. A "^" in front and a "$" behind are allowed and change nothing; unlike in Tornado an
/// alternation at the top is also anchored at both ends. Groups are all positional, or all named:
/// `(?P<name>…)` or `(?<name>…)`. A "." matches any byte.
///
/// Literals, groups of them such as `(robots\.txt)`, and groups of one repeated class such as
/// `([^/]+)`, `(\d+)` and a last `(.*)` are matched in linear time and without an allocation; all
/// else is left to Boost.Regex. A pattern that turns out too complex for a path does not match it,
/// and the log says so.
///
/// Ownership: a reference to immutable state; copies share it.
/// Thread safety: any number of threads.
/// Mirrors the pattern of `tornado.routing.PathMatches`.
///
///     const PathPattern story{R"(/story/([0-9]+))"};
///     PathGroups groups;
///     story.match("/story/17", groups);           // true, and groups[0] is "17"
///     story.reverse(std::vector<std::string>{"17"});  // "/story/17"
class PathPattern {
public:
    /// How it is matched.
    enum class Kind : unsigned char {
        literal,  ///< by comparison
        shape,    ///< literals and repeated classes, by one walk along the path
        regex,    ///< by Boost.Regex
    };

    /// Throws std::invalid_argument when it is no regular expression, or mixes named groups with
    /// positional ones.
    explicit PathPattern(std::string_view pattern);

    /// Whether all of `path` matches; `groups` then holds its groups, and otherwise nothing.
    bool match(std::string_view path, PathGroups& groups) const;

    /// The path that matches with these values in place of the groups.
    ///
    /// Values are percent-encoded, except "/"; what may be repeated or left out comes once. Throws
    /// std::invalid_argument when their number is not that of the groups, or when there is more
    /// than literal text between the groups.
    [[nodiscard]] std::string reverse(std::span<const std::string> values) const;
    /// Whether reverse() can work.
    [[nodiscard]] bool is_reversible() const noexcept;

    /// The pattern as it was given.
    [[nodiscard]] const std::string& text() const noexcept;
    [[nodiscard]] Kind kind() const noexcept;
    [[nodiscard]] std::size_t group_count() const noexcept;
    /// The groups' names, or nothing when they are positional.
    [[nodiscard]] const std::vector<std::string>& group_names() const noexcept;
    /// Whether a path can match without this group: behind it comes `?`, `*` or `{0,…}`, or it is
    /// one of several alternatives. `index` must be less than group_count().
    [[nodiscard]] bool group_is_optional(std::size_t index) const;

private:
    friend class RouteTable;
    struct Compiled;

    std::shared_ptr<const Compiled> compiled_;
};

}  // namespace tornado::routing
