#pragma once

#include <memory>
#include <utility>

#include "tornado/ioloop/ioloop.hpp"

namespace tornado::ioloop {

/// A callback for which the handlers of POSIX signals may ask: it is prepared where memory and
/// locks are allowed, so that asking takes neither.
///
/// It runs on the loop's thread, once for each time it was asked for, at most once a turn, in the
/// context in which this was made. What it throws is treated as any callback's exception, and it is
/// kept until the future that it returns is done. When the loop closes it is destroyed, and
/// requests have no effect from then on.
///
///     ioloop::SignalCallback* reload = nullptr;
///     extern "C" void on_hangup(int) { ioloop::IOLoop::add_callback_from_signal(*reload); }
///
///     ioloop::SignalCallback callback{loop, [&] { certificates.load(); }};
///     reload = &callback;
///     std::signal(SIGHUP, &on_hangup);
///
/// Ownership: the program's. It must outlive the signal's handler, which is taken away (SIG_DFL,
/// SIG_IGN) before this goes; it may outlive the loop.
/// Thread safety: made and destroyed on the loop's thread; asked for on any thread, in a signal's
/// handler or not.
class SignalCallback {
public:
    /// Throws std::logic_error when the loop is closed, and std::system_error when the process has
    /// no descriptor left: it takes one.
    template <typename F>
    SignalCallback(IOLoop& loop, F callback)
        : SignalCallback{loop, repeatable(std::move(callback))} {}
    SignalCallback(const SignalCallback&) = delete;
    SignalCallback& operator=(const SignalCallback&) = delete;
    ~SignalCallback();

    /// The same as IOLoop::add_callback_from_signal(): async-signal-safe, leaves errno alone, works
    /// also before the loop is started.
    void trigger() noexcept;

private:
    class Bell;

    SignalCallback(IOLoop& loop, FdHandler callback);
    template <typename F>
    static FdHandler repeatable(F callback) {
        return keep_while_pending([callback = std::move(callback)](int, Events) mutable {
            return callback();
        });
    }

    std::shared_ptr<Bell> bell_;
    int fd_;
};

}  // namespace tornado::ioloop
