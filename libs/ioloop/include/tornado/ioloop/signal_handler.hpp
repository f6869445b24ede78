#pragma once

#include <memory>

#include "tornado/util/unique_function.hpp"

namespace tornado::ioloop {

/// Runs a callback on this thread's loop whenever the process gets a signal, for as long as it
/// lives.
///
/// The callback runs in the loop, once for each signal, at most once a turn, and may do anything.
/// What the signal did before comes back at the end. A child that fork() makes does not get the
/// callback: there the signal does what it does by default.
///
/// Ownership: owns the callback, which may destroy it; it may outlive the loop.
/// Thread safety: belongs to its loop's thread; the signal may reach any thread.
/// Errors: std::logic_error when the signal has a SignalHandler already: a process has one for each
/// signal; std::system_error for a signal that cannot be caught; and as SignalCallback. Mirrors
/// asyncio's `loop.add_signal_handler`.
///
///     const SignalHandler on_hangup{SIGHUP, [&] { settings.reload(); }};
class SignalHandler {
public:
    SignalHandler(int signal, util::UniqueFunction<void()> callback);
    SignalHandler(SignalHandler&&) noexcept;
    SignalHandler& operator=(SignalHandler&&) noexcept;
    ~SignalHandler();

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

/// Whether the program was started with the signal ignored, as `nohup` does: it should stay so.
[[nodiscard]] bool is_signal_ignored(int signal) noexcept;

}  // namespace tornado::ioloop
