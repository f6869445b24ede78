// Any bytes as a request's head: all instruction sets say the same, in one piece or byte by byte,
// and whatever is found lies within the input.
#include <tornado/httputil/message_framing.hpp>
#include <tornado/httputil/request_head.hpp>
#include <tornado/httputil/simd.hpp>
#include <tornado/httputil/target.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "support.hpp"

namespace {

namespace httputil = tornado::httputil;
using httputil::HeadStatus;

/// What a parser found, as text that outlives the input.
struct Found {
    httputil::HeadResult result;
    std::string text;

    bool operator==(const Found& other) const {
        return result.status == other.result.status && result.error == other.result.error &&
               result.consumed == other.result.consumed && text == other.text;
    }
};

void require_inside(std::string_view part, const char* data, std::size_t size) {
    require(
        part.empty() || (part.data() >= data && part.data() + part.size() <= data + size),
        "views lie inside"
    );
}

/// Parses a copy that ends where its allocation ends, so that a sanitizer sees a byte read too
/// many.
Found parse(std::string_view input, const httputil::HeadLimits& limits) {
    const auto copy = std::make_unique<char[]>(input.size());
    if (!input.empty()) {
        std::memcpy(copy.get(), input.data(), input.size());
    }
    httputil::RequestHead head;
    Found found;
    found.result = httputil::parse_request_head(copy.get(), input.size(), head, limits);
    if (found.result.status != HeadStatus::complete) {
        return found;
    }
    require(found.result.consumed <= input.size(), "no more is consumed than there is");
    require(found.result.consumed <= limits.max_header_size, "the limit holds");
    require_inside(head.method, copy.get(), found.result.consumed);
    require_inside(head.target, copy.get(), found.result.consumed);
    found.text.append(head.method).append(1, ' ').append(head.target).append(1, ' ');
    for (const auto field : head.headers) {
        require_inside(field.name, copy.get(), found.result.consumed);
        require_inside(field.value, copy.get(), found.result.consumed);
        found.text.append(field.name).append(1, ':').append(field.value).append(1, '\n');
    }
    const auto framing = httputil::request_framing(head);
    const auto target = httputil::request_target(head);
    found.text +=
        framing.has_error() ? 'e' : static_cast<char>('0' + static_cast<int>(framing->body));
    if (target) {
        found.text.append(target->authority)
            .append(1, ' ')
            .append(target->path)
            .append(target->query);
    }

    std::string wire;
    head.headers.append_to(wire);
    const auto again = httputil::HTTPHeaders::parse(wire);
    require(
        again.has_value() && again->size() == head.headers.size(), "what is accepted can be sent on"
    );
    return found;
}

/// Feeds the input in pieces, as a connection does that searches for the head's end between two
/// parses.
Found parse_in_pieces(
    std::string_view input,
    const httputil::HeadLimits& limits,
    std::size_t seed
) {
    Found found;
    std::string buffer;
    std::size_t searched = 0;
    for (bool first = true; buffer.size() < input.size(); first = false) {
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        buffer.append(input.substr(buffer.size(), 1 + (seed >> 33) % 17));
        const bool ended = httputil::find_head_end(buffer, searched) != std::string::npos;
        searched = buffer.size();
        if (first || ended || buffer.size() >= limits.max_header_size) {
            found = parse(buffer, limits);
            if (found.result.status != HeadStatus::incomplete) {
                return found;
            }
            require(!ended, "a head that has ended is not incomplete");
        }
    }
    return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(bytes), size};
    httputil::HeadLimits limits;
    limits.max_header_size = 4096;
    limits.max_target_size = 2048;
    limits.max_fields = 64;

    httputil::use_simd(httputil::Simd::scalar);
    const auto expected = parse(input, limits);
    for (const auto simd : {httputil::Simd::sse42, httputil::Simd::avx2}) {
        if (httputil::use_simd(simd)) {
            require(parse(input, limits) == expected, "all instruction sets say the same");
        }
    }
    const auto pieces = parse_in_pieces(input, limits, size);
    if (expected.result.status == HeadStatus::complete) {
        require(pieces == expected, "pieces make no difference");
    } else if (expected.result.status == HeadStatus::incomplete) {
        require(pieces.result.status == HeadStatus::incomplete, "pieces complete nothing");
    } else {
        require(pieces.result.status != HeadStatus::complete, "pieces make nothing right");
    }
    return 0;
}
