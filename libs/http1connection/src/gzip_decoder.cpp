#include "tornado/http1connection/gzip_decoder.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>
#include <vector>

namespace tornado::http1connection {

namespace {

/// zlib's way to say: only the gzip format, with any size of window.
constexpr int gzip_only = 16 + MAX_WBITS;

}  // namespace

struct GzipDecoder::Stream {
    explicit Stream(std::size_t piece_size) : piece(piece_size) {
        if (::inflateInit2(&zlib, gzip_only) != Z_OK) {
            throw std::bad_alloc{};
        }
    }
    ~Stream() { ::inflateEnd(&zlib); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    z_stream zlib{};
    std::vector<unsigned char> piece;
    bool in_member = false;
    bool any_member = false;
    bool failed = false;
};

GzipDecoder::GzipDecoder(std::size_t piece_size)
    : stream_{std::make_unique<Stream>(std::max<std::size_t>(piece_size, 1))} {}

GzipDecoder::~GzipDecoder() = default;

GzipDecoder::Step GzipDecoder::next(std::string_view input) {
    auto& stream = *stream_;
    auto& zlib = stream.zlib;
    input = input.substr(0, std::numeric_limits<uInt>::max());
    zlib.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(input.data()));
    zlib.avail_in = static_cast<uInt>(input.size());
    zlib.next_out = stream.piece.data();
    zlib.avail_out = static_cast<uInt>(stream.piece.size());
    while (!stream.failed && zlib.avail_out != 0 && (zlib.avail_in != 0 || stream.in_member)) {
        stream.in_member = true;
        const int result = ::inflate(&zlib, Z_NO_FLUSH);
        if (result == Z_STREAM_END) {
            stream.in_member = false;
            stream.any_member = true;
            ::inflateReset(&zlib);
        } else if (result == Z_BUF_ERROR) {
            break;  // it needs more of the input
        } else if (result != Z_OK) {
            stream.failed = true;
        }
    }
    const auto produced = stream.piece.size() - zlib.avail_out;
    if (produced != 0) {
        const auto* const data = reinterpret_cast<const char*>(stream.piece.data());
        return {Status::data, input.size() - zlib.avail_in, {data, produced}};
    }
    return {stream.failed ? Status::error : Status::need_more, input.size(), {}};
}

bool GzipDecoder::is_complete() const noexcept {
    return stream_->any_member && !stream_->in_member && !stream_->failed;
}

}  // namespace tornado::http1connection
