#include "response_reader.hpp"

#include <utility>

#include "tornado/httputil/chunked.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/httputil/response_head.hpp"

namespace tornado::testing {

using httputil::ChunkedDecoder;
using httputil::HTTPInputError;
using httputil::MessageFraming;

namespace {

constexpr std::size_t read_size = 65'536;

bool is_interim(int code) {
    return code >= 100 && code < 200 && code != 101;
}

}  // namespace

Future<void> ResponseReader::read_more() {
    const auto piece = co_await stream_.read_bytes(read_size, true);
    unread_ += piece;
}

Future<HTTPResponse> ResponseReader::read(std::string method) {
    httputil::ResponseHead head;
    std::string head_bytes;
    do {
        auto end = httputil::find_head_end(unread_);
        while (end == std::string::npos) {
            co_await read_more();
            end = httputil::find_head_end(unread_);
        }
        head_bytes = unread_.substr(0, end);
        unread_.erase(0, end);
        head.clear();
        const auto parsed =
            httputil::parse_response_head(head_bytes.data(), head_bytes.size(), head);
        if (parsed.status != httputil::HeadStatus::complete) {
            throw HTTPInputError{"the server sent no response: " + head_bytes};
        }
    } while (is_interim(head.code));

    const auto framing = httputil::response_framing(head, method);
    if (framing.has_error()) {
        throw HTTPInputError{framing.error().message()};
    }
    HTTPResponse response;
    response.code = head.code;
    response.reason = head.reason;
    response.headers = head.headers;
    response.body = co_await read_body(*framing);
    co_return response;
}

Future<std::string> ResponseReader::read_body(MessageFraming framing) {
    switch (framing.body) {
        case MessageFraming::Body::content_length: {
            const auto size = static_cast<std::size_t>(framing.content_length);
            while (unread_.size() < size) {
                co_await read_more();
            }
            auto body = unread_.substr(0, size);
            unread_.erase(0, size);
            co_return body;
        }
        case MessageFraming::Body::chunked:
            co_return co_await read_chunked_body();
        case MessageFraming::Body::until_close:
            co_return co_await read_until_close();
        case MessageFraming::Body::none:
            break;
    }
    co_return std::string{};
}

Future<std::string> ResponseReader::read_chunked_body() {
    ChunkedDecoder decoder;
    std::string body;
    while (true) {
        const auto step = decoder.next(unread_);
        body += step.data;
        unread_.erase(0, step.consumed);
        if (step.status == ChunkedDecoder::Status::complete) {
            co_return body;
        }
        if (step.status == ChunkedDecoder::Status::error) {
            throw HTTPInputError{step.error};
        }
        if (step.status == ChunkedDecoder::Status::need_more) {
            co_await read_more();
        }
    }
}

Future<std::string> ResponseReader::read_bytes(std::size_t least) {
    while (unread_.size() < least) {
        co_await read_more();
    }
    co_return std::exchange(unread_, {});
}

Future<std::string> ResponseReader::read_until_close() {
    const auto rest = co_await stream_.read_until_close();
    co_return std::exchange(unread_, {}) + rest;
}

}  // namespace tornado::testing
