// Any bytes as a multipart body: the parts are the same in one piece or byte by byte, the limits
// hold, and each part is begun and ended in turn.
#include <tornado/httputil/multipart.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

#include "support.hpp"

namespace {

namespace httputil = tornado::httputil;
using httputil::MultipartParser;
using Status = MultipartParser::Status;

constexpr httputil::ParseMultipartConfig limits{true, 200, 5};

/// What is found in `input`, fed in pieces of `piece` bytes.
std::string found_in(std::string_view input, std::size_t piece) {
    const std::string type = "multipart/form-data; boundary=b";
    auto parser = *MultipartParser::for_content_type(type, limits);
    std::string found;
    std::size_t parts = 0;
    bool open = false;
    while (!input.empty()) {
        auto chunk = input.substr(0, piece);
        input.remove_prefix(chunk.size());
        Status status{};
        do {
            const auto step = parser.next(chunk);
            status = step.status;
            require(step.consumed <= chunk.size(), "no more is consumed than there is");
            require(step.data.empty() == (status != Status::data), "data comes as data");
            chunk.remove_prefix(step.consumed);
            found.append(step.data);
            if (status == Status::part) {
                require(!open && ++parts <= limits.max_parts, "parts come in turn, within limits");
                require(!parser.head().name.empty(), "a part has a name");
                open = true;
                found.append("[").append(parser.head().name).append("]");
            } else if (status == Status::part_end) {
                require(open, "only a part that has begun ends");
                open = false;
                found.append("[end]");
            } else if (status == Status::error || status == Status::complete) {
                return found + (status == Status::error ? "[error]" : "[complete]");
            }
        } while (status != Status::need_more);
        require(chunk.empty(), "all is consumed");
    }
    return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const auto whole = found_in(input, size + 1);
    require(found_in(input, 1) == whole, "the same byte by byte");
    require(found_in(input, 7) == whole, "the same in pieces of seven");
    return 0;
}
