#pragma once

#include <memory>

#include "tornado/concurrent/future.hpp"
#include "tornado/concurrent/scheduler.hpp"
#include "tornado/websocket/websocket_handler.hpp"

namespace tornado::websocket {

/// The handlers of a loop's WebSockets that stay by themselves, without a frame of a coroutine
/// each: hears for all of them when their loop closes.
///
/// Ownership: its own coroutine's, which ends with the loop. Thread safety: one loop, one thread.
class OpenSockets {
public:
    /// Puts a handler into the list of the present loop, which it leaves by itself.
    static void add(WebSocketHandler& handler);

    OpenSockets(const OpenSockets&) = delete;
    OpenSockets& operator=(const OpenSockets&) = delete;
    ~OpenSockets();

private:
    explicit OpenSockets(const concurrent::Scheduler& loop) noexcept;
    static OpenSockets& of(const concurrent::Scheduler& loop);
    static Future<void> watch(std::unique_ptr<OpenSockets> sockets);

    const concurrent::Scheduler& loop_;
    WebSocketHandler* handlers_ = nullptr;
    OpenSockets* next_;  ///< of the thread's other loops

    static constinit thread_local OpenSockets* first_;
};

}  // namespace tornado::websocket
