#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <stdexcept>
#include <vector>

#include "accept_encoding.hpp"
#include "tornado/util/per_thread.hpp"
#include "tornado/web/output_transform.hpp"

namespace tornado::web {

using httputil::HTTPHeaders;
using httputil::KnownHeader;

namespace {

constexpr std::size_t min_length = 1024;
constexpr int level = 6;

bool is_compressible(std::string_view content_type) noexcept {
    constexpr std::array<std::string_view, 9> types{
        "application/javascript",
        "application/x-javascript",
        "application/xml",
        "application/atom+xml",
        "application/json",
        "application/xhtml+xml",
        "image/svg+xml",
        "application/manifest+json",
        "application/wasm"};
    auto type = content_type.substr(0, content_type.find(';'));
    type = type.substr(0, type.find_last_not_of(" \t") + 1);
    return type.starts_with("text/") || std::find(types.begin(), types.end(), type) != types.end();
}

/// Whether `list` has a member called `name`, which is in lower case.
bool has_member(std::string_view list, std::string_view name) {
    std::string lower{list};
    for (char& c : lower) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    }
    std::string_view rest{lower};
    while (!rest.empty()) {
        const auto comma = rest.find(',');
        auto member = rest.substr(0, comma);
        rest.remove_prefix(comma == rest.npos ? rest.size() : comma + 1);
        const auto first = member.find_first_not_of(" \t");
        member = first == member.npos
                     ? std::string_view{}
                     : member.substr(first, member.find_last_not_of(" \t") + 1 - first);
        if (member == name) {
            return true;
        }
    }
    return false;
}

void add_vary(HTTPHeaders& headers) {
    const auto vary = headers.get(KnownHeader::vary);
    if (!vary) {
        headers.add_unchecked(KnownHeader::vary, "Accept-Encoding");
    } else if (!has_member(*vary, "accept-encoding") && !has_member(*vary, "*")) {
        headers.set("Vary", *vary + ", Accept-Encoding");
    }
}

void weaken_etag(HTTPHeaders& headers) {
    const auto etag = headers.get(KnownHeader::etag);
    if (etag && !etag->starts_with("W/")) {
        headers.set("Etag", "W/" + *etag);
    }
}

/// zlib's state, a quarter of a megabyte that takes longer to make than a page to compress.
struct Deflate {
    z_stream stream{};
    Deflate() {
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
};

struct DeflatePool {
    static constexpr std::size_t most = 4;
    std::vector<std::unique_ptr<Deflate>> free = {};
};

std::unique_ptr<Deflate> take_deflate() {
    auto* const pool = util::PerThread<DeflatePool>::get();
    if (pool == nullptr || pool->free.empty()) {
        return std::make_unique<Deflate>();
    }
    auto deflate = std::move(pool->free.back());
    pool->free.pop_back();
    return deflate;
}

void give_back(std::unique_ptr<Deflate> deflate) noexcept {
    auto* const pool = util::PerThread<DeflatePool>::get();
    if (pool != nullptr && pool->free.size() < DeflatePool::most &&
        deflateReset(&deflate->stream) == Z_OK) {
        pool->free.reserve(DeflatePool::most);
        pool->free.push_back(std::move(deflate));
    }
}

}  // namespace

/// The gzip stream of one response.
class GZipContentEncoding::Stream {
public:
    Stream() : deflate_{take_deflate()} {}
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    ~Stream() { give_back(std::move(deflate_)); }

    [[nodiscard]] std::string compress(std::string_view input, bool finishing) {
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

GZipContentEncoding::GZipContentEncoding(const httputil::HTTPServerRequest& request)
    : accepted_{
          coding_quality(request.headers().get(KnownHeader::accept_encoding).value_or(""), "gzip") >
          0} {}

GZipContentEncoding::~GZipContentEncoding() = default;

void GZipContentEncoding::transform_first_chunk(
    int& status,
    HTTPHeaders& headers,
    std::string& chunk,
    bool finishing
) {
    add_vary(headers);
    constexpr int partial_content = 206;
    const bool compress =
        accepted_ && is_compressible(headers.first(KnownHeader::content_type).value_or("")) &&
        (!finishing || chunk.size() >= min_length) &&
        !headers.contains(KnownHeader::content_encoding) && status != partial_content &&
        !has_member(headers.get(KnownHeader::cache_control).value_or(""), "no-transform");
    if (!compress) {
        return;
    }
    headers.add_unchecked(KnownHeader::content_encoding, "gzip");
    weaken_etag(headers);
    stream_ = std::make_unique<Stream>();
    const bool has_length = headers.contains(KnownHeader::content_length);
    if (!chunk.empty() || finishing) {
        transform_chunk(chunk, finishing);
    }
    if (has_length && finishing) {
        headers.set("Content-Length", std::to_string(chunk.size()));
    } else {
        headers.remove(KnownHeader::content_length);
    }
}

void GZipContentEncoding::transform_chunk(std::string& chunk, bool finishing) {
    if (stream_ == nullptr) {
        return;
    }
    chunk = stream_->compress(chunk, finishing);
    if (finishing) {
        stream_.reset();
    }
}

}  // namespace tornado::web
