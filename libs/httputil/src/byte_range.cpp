#include "tornado/httputil/byte_range.hpp"

#include <algorithm>
#include <limits>

#include "character.hpp"

namespace tornado::httputil {
namespace {

/// The number that `digits` are, or the largest there is; nullopt unless they are digits.
std::optional<std::uint64_t> parse_position(std::string_view digits) noexcept {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    if (digits.empty() || !all_are(digits, digit_char)) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    for (const char c : digits) {
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (value > (most - digit) / 10) {
            return most;
        }
        value = value * 10 + digit;
    }
    return value;
}

/// Adds what `spec`, one of a field's ranges, gets of `size` bytes. False when it is malformed.
bool add_range(std::string_view spec, std::uint64_t size, std::vector<ByteRange>& ranges) {
    const auto dash = spec.find('-');
    if (dash == spec.npos) {
        return false;
    }
    const auto first = parse_position(spec.substr(0, dash));
    const auto last = parse_position(spec.substr(dash + 1));
    if (dash == 0) {  // the last so many bytes
        if (last && *last > 0) {
            if (size == 0) {
                return false;  // it can be satisfied, but no range says "nothing"
            }
            ranges.push_back({size - std::min(*last, size), size - 1});
        }
        return last.has_value();
    }
    if (!first || (!last && dash + 1 != spec.size()) || (last && *last < *first)) {
        return false;
    }
    if (*first < size) {
        ranges.push_back({*first, std::min(last.value_or(size - 1), size - 1)});
    }
    return true;
}

}  // namespace

std::optional<std::vector<ByteRange>>
parse_range(std::string_view field, std::uint64_t size, std::size_t max_ranges) {
    if (!equals_ignore_case(take_until(field, '='), "bytes") || trim(field).empty() ||
        field != trim(field)) {  // no blanks around "=" (RFC 9110, 14.1)
        return std::nullopt;
    }
    std::vector<ByteRange> ranges;
    std::size_t asked = 0;
    while (field.data() != nullptr) {
        const auto spec = trim(take_until(field, ','));
        if (spec.empty()) {
            continue;  // RFC 9110, 5.6.1.2
        }
        if (++asked > max_ranges || !add_range(spec, size, ranges)) {
            return std::nullopt;
        }
    }
    return asked > 0 ? std::optional{std::move(ranges)} : std::nullopt;
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
    std::string text{"bytes "};
    text.append(std::to_string(range.first)).append(1, '-').append(std::to_string(range.last));
    return text.append(1, '/').append(std::to_string(size));
}

std::string unsatisfied_range(std::uint64_t size) {
    return "bytes */" + std::to_string(size);
}

}  // namespace tornado::httputil
