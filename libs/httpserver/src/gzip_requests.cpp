#include "gzip_requests.hpp"

#include <cstdint>
#include <optional>

#include "delegate_wrapper.hpp"
#include "tornado/http1connection/gzip_decoder.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/httputil/message_framing.hpp"

namespace tornado::httpserver {

using http1connection::GzipDecoder;
using httputil::Errc;
using httputil::HTTPInputError;

namespace {

/// Whether gzip is the only coding. Its old name, x-gzip, means the same (RFC 9110, 8.4.1.3).
bool is_gzip(const httputil::HTTPHeaders& headers) {
    const auto header = httputil::KnownHeader::content_encoding;
    const bool named = httputil::has_list_member(headers, header, "gzip") ||
                       httputil::has_list_member(headers, header, "x-gzip");
    return named && headers.count(header) == 1 &&
           headers.first(header)->find(',') == std::string_view::npos;
}

}  // namespace

class GzipRequests::Request final : public DelegateWrapper {
public:
    Request(
        std::unique_ptr<httputil::HTTPMessageDelegate> inner,
        httputil::HTTPConnection& exchange,
        std::size_t chunk_size
    )
        : DelegateWrapper{std::move(inner)},
          exchange_{exchange},
          chunk_size_{chunk_size} {}

    ~Request() override { decoding_.cancel(); }

    Future<void> headers_received(httputil::RequestHead& head, const httputil::Target& target)
        override {
        if (is_gzip(head.headers)) {
            const std::string coding{*head.headers.first("Content-Encoding")};
            head.headers.add("X-Consumed-Content-Encoding", coding);
            head.headers.remove("Content-Encoding");
            head.headers.remove("Content-Length");
            encoded_ = true;
        }
        return DelegateWrapper::headers_received(head, target);
    }

    Future<void> data_received(std::string_view chunk) override {
        if (!encoded_) {
            return DelegateWrapper::data_received(chunk);
        }
        decoding_ = decode(chunk);
        return decoding_;
    }

    void finish() override {
        if (decoder_ && !decoder_->is_complete()) {
            throw HTTPInputError{Errc::malformed_content};
        }
        DelegateWrapper::finish();
    }

private:
    Future<void> decode(std::string_view chunk) {
        if (!decoder_) {
            decoder_.emplace(chunk_size_);
        }
        while (true) {
            const auto step = decoder_->next(chunk);
            chunk.remove_prefix(step.consumed);
            if (step.status == GzipDecoder::Status::need_more) {
                co_return;
            }
            if (step.status == GzipDecoder::Status::error) {
                throw HTTPInputError{Errc::malformed_content};
            }
            decoded_ += step.data.size();
            if (decoded_ > exchange_.max_body_size()) {
                throw HTTPInputError{Errc::body_too_large};
            }
            co_await DelegateWrapper::data_received(step.data);
            if (exchange_.closed()) {
                co_return;
            }
        }
    }

    httputil::HTTPConnection& exchange_;
    std::size_t chunk_size_;
    std::optional<GzipDecoder> decoder_;
    Future<void> decoding_ = Future<void>::ready();
    std::uint64_t decoded_ = 0;
    bool encoded_ = false;
};

std::unique_ptr<httputil::HTTPMessageDelegate> GzipRequests::start_request(
    httputil::HTTPConnection& exchange
) {
    return std::make_unique<Request>(inner_.start_request(exchange), exchange, chunk_size_);
}

}  // namespace tornado::httpserver
