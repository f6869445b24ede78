#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tornado/concurrent/frame_pool.hpp"
#include "tornado/ioloop/timeout.hpp"
#include "tornado/ioloop/wait_line.hpp"
#include "tornado/websocket/connection.hpp"

namespace tornado::websocket {

/// Made when the user starts something, and gone when that is over.
struct Connection::Flow : concurrent::Waiter, concurrent::Pooled {
    Flow(Connection& owner, Started what);

    Connection& connection;
    Started started;
    ioloop::WaitLine idle_waiters;
};

struct Connection::Rare : concurrent::Pooled {
    ioloop::WaitLine writers;
    std::unique_ptr<const std::string> close_reason;  ///< null: empty
    ioloop::Timeout linger_limit;
    std::uint64_t ping_end = 0;       ///< sent_total() when all of the last ping has gone
    std::uint64_t taken_at_look = 0;  ///< taken() when sends_well() last looked
    std::uint64_t dropped = 0;        ///< messages of former queues
    std::uint64_t coalesced = 0;
};

}  // namespace tornado::websocket
