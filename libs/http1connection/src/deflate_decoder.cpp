#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <vector>

#include "decoders.hpp"

namespace tornado::http1connection {

namespace {

/// Whether data that begin so are in the zlib format (RFC 1950, 2.2).
bool is_zlib_header(unsigned char first, unsigned char second) noexcept {
    return (first & 0x0fU) == Z_DEFLATED && (first >> 4U) <= 7 && (first * 256U + second) % 31 == 0;
}

class DeflateDecoder final : public ContentDecoder {
public:
    explicit DeflateDecoder(std::size_t piece_size) : piece_(piece_size) {}
    ~DeflateDecoder() override {
        if (open_) {
            ::inflateEnd(&zlib_);
        }
    }

    [[nodiscard]] Step next(std::string_view input) override {
        const auto size = input.size();
        while (!open_ && !input.empty()) {
            start_[start_size_++] = static_cast<unsigned char>(input.front());
            input.remove_prefix(1);
            if (start_size_ == start_.size()) {
                open();
            }
        }
        if (!open_) {
            return {Status::need_more, size, {}};
        }
        zlib_.next_out = piece_.data();
        zlib_.avail_out = static_cast<uInt>(piece_.size());
        while (start_size_ != 0 && zlib_.avail_out != 0 && !failed_) {
            start_size_ = inflate_all(&start_[start_.size() - start_size_], start_size_);
        }
        const auto taken = std::min<std::size_t>(input.size(), std::numeric_limits<uInt>::max());
        const auto* const data = reinterpret_cast<const unsigned char*>(input.data());
        const auto left = start_size_ == 0 ? inflate_all(data, taken) : taken;
        const auto produced = piece_.size() - zlib_.avail_out;
        if (produced != 0) {
            const auto* const out = reinterpret_cast<const char*>(piece_.data());
            return {Status::data, size - (input.size() - taken) - left, {out, produced}};
        }
        return {failed_ ? Status::error : Status::need_more, size, {}};
    }

    [[nodiscard]] bool is_complete() const noexcept override { return ended_ && !failed_; }

private:
    void open() {
        const int window = is_zlib_header(start_[0], start_[1]) ? MAX_WBITS : -MAX_WBITS;
        if (::inflateInit2(&zlib_, window) != Z_OK) {
            throw std::bad_alloc{};
        }
        open_ = true;
    }

    /// How much of the input there was no room for.
    std::size_t inflate_all(const unsigned char* data, std::size_t size) {
        zlib_.next_in = const_cast<unsigned char*>(data);
        zlib_.avail_in = static_cast<uInt>(size);
        while (!failed_ && zlib_.avail_out != 0 && !(ended_ && zlib_.avail_in == 0)) {
            const int result = ended_ ? Z_DATA_ERROR : ::inflate(&zlib_, Z_NO_FLUSH);
            if (result == Z_BUF_ERROR) {
                break;  // it needs more of the input
            }
            ended_ = ended_ || result == Z_STREAM_END;
            failed_ = result != Z_OK && result != Z_STREAM_END;
        }
        return zlib_.avail_in;
    }

    z_stream zlib_{};
    std::vector<unsigned char> piece_;
    std::array<unsigned char, 2> start_{};  ///< the first bytes, which say which format it is
    std::size_t start_size_ = 0;            ///< bytes of it that zlib has not got yet
    bool open_ = false;
    bool ended_ = false;
    bool failed_ = false;
};

}  // namespace

std::unique_ptr<ContentDecoder> make_deflate_decoder(std::size_t piece_size) {
    return std::make_unique<DeflateDecoder>(piece_size);
}

}  // namespace tornado::http1connection
