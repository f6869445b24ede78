#pragma once

#include "tornado/concurrent/future.hpp"
#include "tornado/ioloop/ioloop.hpp"

namespace tornado::database {

/// Waits in the current loop until a descriptor of a client library is ready for one of these
/// events, and gives those that have come. It is watched only meanwhile, as such libraries close
/// one descriptor and open the next without a word.
/// Cancellation: at once.
[[nodiscard]] Future<ioloop::Events> until_ready(int fd, ioloop::Events events);

}  // namespace tornado::database
