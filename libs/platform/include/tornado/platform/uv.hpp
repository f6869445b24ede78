#pragma once

#include <memory>

#include "tornado/concurrent/future.hpp"

struct uv_loop_s;

namespace tornado::platform {

/// A loop of libuv that runs on this thread's IOLoop: what was written for libuv works next to
/// ours, as if uv_run() went on in the background.
///
/// Everything of libuv's is served: descriptors, timers, idle, prepare and check handles, signals,
/// processes, its thread pool, uv_async_send() from any thread. Our callbacks may use it, and its
/// callbacks may use ours, in any order. While idle handles are active libuv asks for a round in
/// every turn, and the machine is busy, as it is under uv_run(). Handles that are unref'd are
/// served too, except that timers fire only while something else keeps the loop alive.
///
/// Ownership: the uv_loop_t is the caller's, and must be alive as long as this is; its handles stay
/// open when this goes, and when the IOLoop closes: uv_run() goes on with them. It may go first or
/// after the IOLoop, also within a callback of libuv's. One loop has one UVLoop at a time. In
/// callbacks uv_loop_alive() is always true, as the bridge has a handle of its own there.
/// Thread safety: belongs to its IOLoop's thread.
/// Errors: a callback that libuv calls must not throw, as libuv is C: give what it has caught to
/// IOLoop::handle_callback_exception().
/// Mirrors `tornado.platform.twisted.TornadoReactor`.
///
///     platform::UVLoop uv{uv_default_loop()};
///     uv_listen(server, 128, on_connection);    // served from now on
///     ioloop::IOLoop::current().start();
class UVLoop {
public:
    /// On the current IOLoop. Null: uv_default_loop(). Throws std::logic_error when that IOLoop is
    /// closed or serves this loop already, and std::runtime_error for a libuv that is laid out in
    /// another way than the one this was built with.
    explicit UVLoop(uv_loop_s* loop = nullptr);
    UVLoop(const UVLoop&) = delete;
    UVLoop& operator=(const UVLoop&) = delete;
    ~UVLoop();

    [[nodiscard]] uv_loop_s* loop() const noexcept;

    /// Done when uv_run() would return: when uv_stop() was called, or nothing is left that keeps
    /// the loop alive. The result is whether anything is.
    ///
    /// uv_stop() pauses the loop, whether anyone waits here or not: nothing of it is served until
    /// run() is called again. When nothing is left, what is added later is served all the same.
    /// Throws std::logic_error when the IOLoop is closed, which also cancels the future; to cancel
    /// that stops nothing.
    Future<bool> run();

    /// Whether it is served: not after uv_stop(), nor when the IOLoop has closed.
    [[nodiscard]] bool serving() const noexcept;

    /// Looks whether there is anything new. Only needed where neither loop can see it: after calls
    /// to libuv from a handler given to Asio itself, or from outside of an IOLoop on a borrowed
    /// io_context that runs already.
    void wake();

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace tornado::platform
