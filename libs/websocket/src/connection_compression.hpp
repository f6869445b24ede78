#pragma once

#include <cstddef>

#include "tornado/websocket/connection.hpp"
#include "tornado/websocket/deflate.hpp"

namespace tornado::websocket {

/// What a connection needs only to compress.
struct Connection::Compression {
    Deflater deflater;
    std::size_t min_size;  ///< messages of fewer bytes are sent as they are
    Timer memory_timer;    ///< for what has not been used for a while
    bool memory_used = false;
};

}  // namespace tornado::websocket
