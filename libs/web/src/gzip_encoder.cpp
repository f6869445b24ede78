#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>

#include "encoder.hpp"

namespace tornado::web::detail {

namespace {

/// zlib's state, a quarter of a megabyte.
struct Deflate {
    z_stream stream{};
    Deflate() {
        constexpr int level = 6;
        constexpr int as_gzip = 16;
        constexpr int mem_level = 8;
        if (deflateInit2(
                &stream, level, Z_DEFLATED, MAX_WBITS + as_gzip, mem_level, Z_DEFAULT_STRATEGY
            ) != Z_OK) {
            throw std::bad_alloc{};
        }
    }
    Deflate(const Deflate&) = delete;
    Deflate& operator=(const Deflate&) = delete;
    ~Deflate() { deflateEnd(&stream); }
    [[nodiscard]] bool reset() noexcept { return deflateReset(&stream) == Z_OK; }
};

class GzipEncoder final : public Encoder {
public:
    GzipEncoder() : deflate_{EncoderPool<Deflate>::take()} {}
    ~GzipEncoder() override { EncoderPool<Deflate>::give_back(std::move(deflate_)); }

    [[nodiscard]] std::string compress(std::string_view input, bool finishing) override {
        auto& stream = deflate_->stream;
        std::string output;
        std::size_t size = 0;
        output.resize(deflateBound(&stream, static_cast<uLong>(input.size())) + 64);
        do {
            const auto piece = input.substr(0, std::numeric_limits<uInt>::max());
            input.remove_prefix(piece.size());
            stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
            stream.avail_in = static_cast<uInt>(piece.size());
            const int mode = !input.empty() ? Z_NO_FLUSH : finishing ? Z_FINISH : Z_SYNC_FLUSH;
            size = run(output, size, mode);
        } while (!input.empty());
        output.resize(size);
        return output;
    }

private:
    /// Goes on until all input is taken and all that came of it is in `output`, behind `size`.
    std::size_t run(std::string& output, std::size_t size, int mode) {
        auto& stream = deflate_->stream;
        while (true) {
            const auto room =
                std::min<std::size_t>(output.size() - size, std::numeric_limits<uInt>::max());
            stream.next_out = reinterpret_cast<Bytef*>(output.data() + size);
            stream.avail_out = static_cast<uInt>(room);
            const int result = deflate(&stream, mode);
            size += room - stream.avail_out;
            if (result == Z_STREAM_END || (stream.avail_out != 0 && mode != Z_FINISH) ||
                result == Z_BUF_ERROR) {
                return size;
            }
            if (result != Z_OK) {
                throw std::runtime_error{"zlib cannot compress the response"};
            }
            output.resize(output.size() * 2);
        }
    }

    std::unique_ptr<Deflate> deflate_;
};

}  // namespace

std::unique_ptr<Encoder> make_gzip_encoder() {
    return std::make_unique<GzipEncoder>();
}

}  // namespace tornado::web::detail
