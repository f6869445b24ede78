#pragma once

#include <zlib.h>

#include <string>
#include <string_view>

/// The text as zlib compresses it; `window` is what it has to tell its formats apart.
inline std::string compress_with_zlib(std::string_view text, int window) {
    z_stream stream{};
    ::deflateInit2(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
    std::string out(::deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<unsigned char*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    ::deflate(&stream, Z_FINISH);
    out.resize(out.size() - stream.avail_out);
    ::deflateEnd(&stream);
    return out;
}

/// The text in the gzip format, as one member.
inline std::string gzip(std::string_view text) {
    return compress_with_zlib(text, 16 + MAX_WBITS);
}
