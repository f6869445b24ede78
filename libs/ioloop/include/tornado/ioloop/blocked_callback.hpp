#pragma once

#include <string>

#include "tornado/ioloop/ioloop.hpp"

namespace tornado::ioloop {

/// A callback, handler or resumption that has kept its loop for longer than it may: what
/// IOLoop::set_blocking_log_threshold() logs.
///
/// A thread looks at the loop four times within the threshold, but at most every millisecond, so it
/// tells of what blocks before a quarter more has passed. A loop without one only counts its
/// callbacks. To see the stack it interrupts the loop's thread, once for each that blocks, with the
/// highest real-time signal that had no handler: system calls go on after that, apart from those
/// that always fail with EINTR then (poll, nanosleep: see signal(7)). What was given to Asio's
/// io_context itself is not watched. A process that was stopped, or a machine that slept, is not
/// taken for a callback that blocks.
///
/// Threads do not come along into a forked process, but process::fork_processes() demands that the
/// loop is made afterwards: each worker sets its own threshold.
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
