#pragma once

#include <cstddef>

namespace tornado::iostream {

/// Limits of a stream's buffers, in bytes.
struct StreamOptions {
    std::size_t max_buffer_size =
        104'857'600;  ///< unread input, at most 2 GiB; beyond it the stream closes itself
    std::size_t max_write_buffer_size = 0;  ///< unsent output; 0: no limit
    std::size_t read_chunk_size = 65'536;   ///< what one read asks for once a read is large
};

}  // namespace tornado::iostream
