// Any bytes as a field with parameters, as a list, and as header lines: nothing is made up, and
// what is encoded is read as it was.
#include <tornado/httputil/header_params.hpp>
#include <tornado/httputil/http_headers.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "support.hpp"

namespace {

namespace httputil = tornado::httputil;

void check_params(std::string_view line) {
    const auto header = httputil::parse_header_params(line);
    const auto semicolons = std::count(line.begin(), line.end(), ';');
    require(
        header.params.size() <= static_cast<std::size_t>(semicolons),
        "a semicolon stands before each"
    );
    for (const auto& [name, value] : header.params) {
        require(name.find('=') == name.npos, "names are split off");
    }
}

void check_list(std::string_view value) {
    std::size_t size = 0;
    for (const auto member : httputil::split_header_list(value)) {
        require(
            member.empty() || (member.data() >= value.data() &&
                               member.data() + member.size() <= value.data() + value.size()),
            "members lie inside"
        );
        require(
            member.empty() || (member.front() != ' ' && member.back() != ' '), "members are trimmed"
        );
        size += member.size();
    }
    require(size <= value.size(), "members are parts");
}

void check_headers(std::string_view text) {
    const auto headers = httputil::HTTPHeaders::parse(text);
    if (headers.has_error()) {
        return;
    }
    std::string wire;
    headers->append_to(wire);
    require(wire.size() == headers->wire_size(), "the size is as announced");
    const auto again = httputil::HTTPHeaders::parse(wire);
    require(again.has_value() && *again == *headers, "what is sent is read as it was");
    auto copy = *headers;
    copy.update(*headers);
    require(copy == *headers, "an update by itself changes nothing");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    check_params(input);
    check_list(input);
    check_headers(input.substr(0, 4096));  // comparing costs the square of the number of names
    return 0;
}
