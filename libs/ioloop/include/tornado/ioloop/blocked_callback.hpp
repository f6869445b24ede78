#pragma once

#include <string>

#include "tornado/ioloop/ioloop.hpp"

namespace tornado::ioloop {

/// A callback, handler or resumption that has kept its loop for longer than it may; see
/// IOLoop::set_blocking_log_threshold().
struct BlockedCallback {
    /// For how long so far, at least.
    Duration duration{};
    /// The label of what runs, a request's handler and route, say; its first 255 bytes. May be
    /// empty.
    std::string label;
    /// What the loop's thread is doing, innermost call first: a line `#0 function (file+0x12ab)`
    /// for each call, whose last part `addr2line -e file 0x12ab` understands. Names are missing
    /// where the program was stripped of them.
    std::string stack;
};

}  // namespace tornado::ioloop
