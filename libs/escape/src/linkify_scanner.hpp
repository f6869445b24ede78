#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace tornado::escape {

/// A web address within escaped text.
struct FoundLink {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string_view protocol;  ///< without its colon; empty for `www.`
    std::size_t prefix = 0;     ///< the bytes of protocol, colon and slashes
};

/// The first web address in `text`, which is escaped, at or after `from`, which is not inside a
/// word.
[[nodiscard]] std::optional<FoundLink> find_link(std::string_view text, std::size_t from);

}  // namespace tornado::escape
