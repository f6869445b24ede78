// Any bytes as a Range field, for representations of any size: each range lies inside, and there
// are no more than allowed.
#include <tornado/httputil/byte_range.hpp>
#include <tornado/httputil/http_date.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "support.hpp"

namespace {

namespace httputil = tornado::httputil;

void check_ranges(std::string_view field, std::uint64_t size, std::size_t most) {
    const auto ranges = httputil::parse_range(field, size, most);
    if (!ranges) {
        return;
    }
    require(ranges->size() <= most, "there are no more ranges than allowed");
    for (const auto& range : *ranges) {
        require(range.first <= range.last, "a range is not empty");
        require(range.last < size, "a range lies inside");
        const auto text = httputil::content_range(range, size);
        require(text.starts_with("bytes "), "what is sent names its unit");
    }
}

/// A date goes both ways, if it is one.
void check_date(std::string_view text) {
    const auto date = httputil::parse_http_date(text);
    if (date.has_error()) {
        return;
    }
    const auto again = httputil::parse_http_date(httputil::format_timestamp(*date));
    require(again.has_value(), "what is written can be read");
    require(
        httputil::format_timestamp(*again) == httputil::format_timestamp(*date), "and is the same"
    );
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    constexpr auto largest = std::numeric_limits<std::uint64_t>::max();
    for (const std::uint64_t whole :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{100}, largest}) {
        check_ranges(input, whole, 16);
        check_ranges(input, whole, 1);
    }
    check_date(input);
    return 0;
}
