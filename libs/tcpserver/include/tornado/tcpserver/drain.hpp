#pragma once

#include <chrono>
#include <vector>

#include "tornado/concurrent/future.hpp"
#include "tornado/ioloop/signal_handler.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::tcpserver {

/// How a server stops.
struct DrainOptions {
    /// How long it goes on to serve, while draining() says true, and answers of HTTP say that their
    /// connection closes: for load balancers to notice.
    std::chrono::milliseconds delay{0};
    /// How long, after that, what has begun may take; then it is cut off.
    std::chrono::milliseconds timeout{30'000};
};

/// Stops a program well on SIGTERM and SIGINT, for as long as it lives: on the first signal, drains
/// and then stops this thread's loop; on the second, cuts off what is left and stops the loop at
/// once. A signal that the program was started to ignore stays ignored.
///
/// Mostly made by TCPServer::drain_on_signal().
/// Thread safety: belongs to its loop's thread.
class SignalDrain {
public:
    SignalDrain(util::UniqueFunction<Future<void>()> drain, util::UniqueFunction<void()> cut_off);
    SignalDrain(const SignalDrain&) = delete;
    SignalDrain& operator=(const SignalDrain&) = delete;

private:
    void signalled(const char* name);

    util::UniqueFunction<Future<void>()> drain_;
    util::UniqueFunction<void()> cut_off_;
    bool draining_ = false;
    std::vector<ioloop::SignalHandler> handlers_;
};

}  // namespace tornado::tcpserver
