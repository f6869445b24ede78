#pragma once

#include <cstddef>
#include <memory>

#include "tornado/http1connection/content_decoder.hpp"

namespace tornado::http1connection {

/// "deflate": the zlib format (RFC 1950); or bare deflated data (RFC 1951), which some send instead
/// (RFC 9110, 8.4.1.2).
[[nodiscard]] std::unique_ptr<ContentDecoder> make_deflate_decoder(std::size_t piece_size);
/// "br" (RFC 7932). Holds up to 16 MiB, as the body demands.
[[nodiscard]] std::unique_ptr<ContentDecoder> make_brotli_decoder(std::size_t piece_size);
/// "zstd" (RFC 8878), several frames too. Holds up to 8 MiB, as the body demands; one that demands
/// more is refused (RFC 9659).
[[nodiscard]] std::unique_ptr<ContentDecoder> make_zstd_decoder(std::size_t piece_size);

}  // namespace tornado::http1connection
