#include "tornado/http1connection/content_decoder.hpp"

#include <algorithm>

#include "decoders.hpp"
#include "tornado/http1connection/gzip_decoder.hpp"

namespace tornado::http1connection {

namespace {

bool same_name(std::string_view given, std::string_view lower) noexcept {
    return std::equal(given.begin(), given.end(), lower.begin(), lower.end(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
}

}  // namespace

std::unique_ptr<ContentDecoder>
ContentDecoder::make(std::string_view coding, std::size_t piece_size) {
    piece_size = std::max<std::size_t>(piece_size, 1);
    if (same_name(coding, "gzip") || same_name(coding, "x-gzip")) {
        return std::make_unique<GzipDecoder>(piece_size);
    }
    if (same_name(coding, "deflate")) {
        return make_deflate_decoder(piece_size);
    }
#ifdef TORNADO_HAS_BROTLIDEC
    if (same_name(coding, "br")) {
        return make_brotli_decoder(piece_size);
    }
#endif
#ifdef TORNADO_HAS_ZSTD
    if (same_name(coding, "zstd")) {
        return make_zstd_decoder(piece_size);
    }
#endif
    return nullptr;
}

std::string_view ContentDecoder::codings() noexcept {
    return "gzip, deflate"
#ifdef TORNADO_HAS_BROTLIDEC
           ", br"
#endif
#ifdef TORNADO_HAS_ZSTD
           ", zstd"
#endif
        ;
}

}  // namespace tornado::http1connection
