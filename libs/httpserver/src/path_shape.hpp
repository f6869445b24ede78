#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pattern_pieces.hpp"
#include "tornado/httpserver/path_pattern.hpp"

namespace tornado::routing {

/// One step along a path. Its end is certain before the next step is tried, so there is never a
/// need to go back.
struct Step {
    enum class Kind : std::uint8_t {
        text,         ///< this text
        run,          ///< bytes of the set, as many as there are
        segment_end,  ///< bytes of the set, then the text, up to the next "/" or the end
        path_end,     ///< bytes of the set, then the text, up to the end
    };

    bool operator==(const Step&) const = default;

    /// Whether the path goes on with this step at `at`. Then `at` is moved behind it and `taken`
    /// is what the set took, or the text that is a group.
    bool advance(std::string_view path, std::size_t& at, std::string_view& taken) const noexcept;

    Kind kind = Kind::text;
    /// What the set amounts to, for speed.
    enum class Scan : std::uint8_t { bytes, segment, all };

    bool captures = false;  ///< what the set takes, or the text, is a group
    Scan scan = Scan::bytes;
    std::string text;
    ByteSet set;
    std::uint32_t min = 0;  ///< how many bytes of the set
    std::uint32_t max = 0;
};

/// The steps of a path that matches a pattern.
using PathShape = std::vector<Step>;

/// The most groups that a shape may have, and the most sets beside a group of text.
constexpr std::size_t most_shape_groups = 8;

/// The pattern's shape, if it has one; one with no group and no set is a single text.
[[nodiscard]] std::optional<PathShape> make_shape(const std::vector<Piece>& pieces);

/// Whether all of `path` matches; `groups` then holds its groups, and otherwise nothing.
bool match_shape(const PathShape& shape, std::string_view path, PathGroups& groups);

}  // namespace tornado::routing
