#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/httpserver/path_pattern.hpp"

namespace tornado::web {

class RequestHandler;

/// What the groups of a route's pattern captured, percent-decoded ("+" stays "+").
///
/// A verb usually names its arguments with types of their own; one that takes a `const
/// PathArguments&` gets them all, however many.
///
/// Ownership: views the request, or text of its own where something had to be decoded. Lives as
/// long as the handler. Mirrors `RequestHandler.path_args` and `path_kwargs`.
class PathArguments {
public:
    using Value = std::optional<std::string_view>;

    PathArguments() = default;
    PathArguments(const PathArguments&) = delete;
    PathArguments& operator=(const PathArguments&) = delete;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// The value of a group; nullopt when an optional group captured nothing, and when there is no
    /// such group.
    [[nodiscard]] Value operator[](std::size_t index) const noexcept;
    [[nodiscard]] Value operator[](std::string_view name) const noexcept;

    /// The index of the group of that name.
    [[nodiscard]] std::optional<std::size_t> index_of(std::string_view name) const noexcept;
    /// The value as it stands in the path, percent-encoded.
    [[nodiscard]] Value undecoded(std::size_t index) const noexcept;

    /// For the application: decodes what was captured, by `decoder` when there is one. Throws
    /// HTTPError{400} for what is not UTF-8, or what the decoder throws. Views `pattern` and
    /// `groups`.
    void assign(
        const routing::PathPattern& pattern,
        const routing::PathGroups& groups,
        const RequestHandler* decoder = nullptr
    );

private:
    [[nodiscard]] std::string decode(std::size_t index, const RequestHandler* decoder) const;

    static constexpr std::size_t inline_size = 4;
    Value first_[inline_size];
    std::vector<Value> rest_;
    std::vector<std::string> decoded_;
    std::size_t size_ = 0;
    const routing::PathPattern* pattern_ = nullptr;
    const routing::PathGroups* groups_ = nullptr;
};

}  // namespace tornado::web
