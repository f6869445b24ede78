#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tornado::httputil {

/// Bytes of a representation, from `first` up to and including `last`, counted from 0.
struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;

    [[nodiscard]] std::uint64_t size() const noexcept { return last - first + 1; }
    bool operator==(const ByteRange&) const = default;
};

/// The ranges that a Range field asks of a representation of `size` bytes, in its order, each cut
/// to what there is (RFC 9110, 14.1.2).
///
/// nullopt: the field is to be ignored, as it is malformed, of another unit than bytes, asks for
/// more than `max_ranges`, or for the last bytes of nothing, which are all there are. None at all:
/// no range can be satisfied, which is to be answered with 416. Mirrors Tornado's
/// `_parse_request_range`, which takes one range only.
[[nodiscard]] std::optional<std::vector<ByteRange>>
parse_range(std::string_view field, std::uint64_t size, std::size_t max_ranges = 16);

/// The value of Content-Range: "bytes 0-499/1234".
[[nodiscard]] std::string content_range(const ByteRange& range, std::uint64_t size);

/// The value of Content-Range in a response of status 416.
[[nodiscard]] std::string unsatisfied_range(std::uint64_t size);

}  // namespace tornado::httputil
