#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "tornado/httpserver/path_pattern.hpp"

namespace tornado::routing {

/// A regular expression in Perl's syntax, in the "C" locale. Keeps Boost.Regex, which is slow to
/// compile, out of all other files.
class Regex {
public:
    /// Throws std::invalid_argument when it is none.
    explicit Regex(std::string_view expression);
    Regex(Regex&&) noexcept;
    Regex& operator=(Regex&&) noexcept;
    ~Regex();

    /// Whether it matches all of `text`; `groups` then holds its groups, and otherwise nothing.
    /// When that cannot be found out with bearable effort it does not match, and the log says so.
    bool match(std::string_view text, PathGroups& groups) const;

    [[nodiscard]] std::size_t group_count() const noexcept;

private:
    struct Impl;

    std::unique_ptr<const Impl> impl_;
};

}  // namespace tornado::routing
