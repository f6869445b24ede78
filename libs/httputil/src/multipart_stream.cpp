#include "tornado/httputil/multipart_stream.hpp"

#include <utility>

namespace tornado::httputil {
namespace {

MultipartParser parser_for(std::string_view content_type, const ParseMultipartConfig& config) {
    auto parser = MultipartParser::for_content_type(content_type, config);
    if (parser.has_error()) {
        throw HTTPInputError{Errc::malformed_multipart};
    }
    return std::move(*parser);
}

}  // namespace

MultipartStream::MultipartStream(
    std::string_view content_type,
    MultipartDelegate& delegate,
    const ParseMultipartConfig& config
)
    : parser_{parser_for(content_type, config)},
      delegate_{delegate} {}

Future<void> MultipartStream::data_received(std::string_view chunk) {
    while (true) {
        const auto step = parser_.next(chunk);
        chunk.remove_prefix(step.consumed);
        switch (step.status) {
            case MultipartParser::Status::part:
                co_await delegate_.part_begun(parser_.head());
                break;
            case MultipartParser::Status::data:
                co_await delegate_.data_received(step.data);
                break;
            case MultipartParser::Status::part_end:
                co_await delegate_.part_ended();
                break;
            case MultipartParser::Status::need_more:
            case MultipartParser::Status::complete:
                co_return;
            case MultipartParser::Status::error:
                throw HTTPInputError{step.error};
        }
    }
}

void MultipartStream::finish() const {
    if (!parser_.is_complete()) {
        throw HTTPInputError{Errc::malformed_multipart};
    }
}

}  // namespace tornado::httputil
