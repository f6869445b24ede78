#pragma once

#include <memory>

#include "tornado/concurrent/future.hpp"

struct _GMainContext;
struct _GMainLoop;

namespace tornado::platform {

/// A GMainContext of GLib that runs on this thread's IOLoop: what was written for GLib works next
/// to ours, GIO above all, as if g_main_loop_run() went on in the background.
///
/// All sources are served: descriptors, timeouts, idle sources, child watches, those of a program's
/// own kind, and those that other threads attach. Our callbacks may add and remove sources, and
/// GLib's callbacks may use ours, in any order. Priorities order GLib's sources among themselves;
/// one iteration runs in a turn of ours. While idle sources are there, GLib asks for an iteration
/// in every turn. What runs a nested GMainLoop in a callback holds our loop up until that quits.
///
/// Ownership: shares the context, and is its owner in GLib's sense (g_main_context_acquire()): no
/// other thread can run it. Unless it is the global default one it is the thread's default context
/// meanwhile, until another bridge comes; where it is not the last one, GLib keeps it as that until
/// the later ones have gone. Sources stay attached when this goes, and when the IOLoop closes. It
/// may go first or after the IOLoop, also within a callback of GLib's.
/// Thread safety: belongs to its IOLoop's thread.
/// Errors: a callback that GLib calls must not throw, as GLib is C: give what it has caught to
/// IOLoop::handle_callback_exception().
/// Mirrors `tornado.platform.twisted.TornadoReactor`.
///
///     platform::GLibLoop glib;
///     g_socket_client_connect_to_host_async(client, "example.org", 80, nullptr, on_connect, self);
///     ioloop::IOLoop::current().start();
class GLibLoop {
public:
    /// On the current IOLoop. Null: the global default context. Throws std::logic_error when that
    /// IOLoop is closed or another thread owns the context, and std::system_error when the process
    /// has no descriptor left: it takes one.
    explicit GLibLoop(_GMainContext* context = nullptr);
    GLibLoop(const GLibLoop&) = delete;
    GLibLoop& operator=(const GLibLoop&) = delete;
    ~GLibLoop();

    [[nodiscard]] _GMainContext* context() const noexcept;

    /// Done when g_main_loop_quit() was called: what g_main_loop_run() waits for. Sources are
    /// served before and after that.
    ///
    /// Only GLib itself could make a loop be running: one that was not made with
    /// g_main_loop_new(context, TRUE) counts as one that has quit. Throws std::invalid_argument for
    /// a loop of another context, and std::logic_error when the IOLoop is closed, which also
    /// cancels the future; to cancel that quits nothing.
    Future<void> run(_GMainLoop* loop);

    /// Whether it is served: not when the IOLoop has closed.
    [[nodiscard]] bool serving() const noexcept;

    /// Looks whether there is anything new; for where UVLoop::wake() is needed.
    /// g_main_context_wakeup() does the same, from any thread.
    void wake();

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace tornado::platform
