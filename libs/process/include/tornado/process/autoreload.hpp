#pragma once

#include <concepts>
#include <string_view>

#include "tornado/ioloop/ioloop.hpp"
#include "tornado/util/unique_function.hpp"

/// Starts a program afresh, in its own place, when its executable or one of its files has changed.
///
/// For development. What is in progress is lost, and between the old program and the new one
/// connections are refused. The standalone program `tornado-autoreload` does the same from outside,
/// for any program. Mirrors `tornado.autoreload`.
///
///     if (options::get<bool>("debug")) {
///         autoreload::start();
///         autoreload::watch("templates");
///     }
namespace tornado::autoreload {

using ReloadHook = util::UniqueFunction<void()>;

/// Begins to watch this program's executable and what watch() names, on this thread's loop.
///
/// A change counts once all has been quiet for a moment and the executable is complete; until then
/// the old program serves on. Then the reload hooks run, and the process executes the same file
/// again, under its own id, with the arguments that it was started with and the environment and
/// working directory that it has now. The signal mask is that of this call. Descriptors that were
/// inheritable at this call stay open; all others are closed, among them everything that Tornado
/// has opened, its listening sockets too. When that fails it is logged, and the program goes on.
///
/// The kernel tells of changes (inotify). Where it cannot, on network file systems or beyond its
/// limits, the files are looked at every `check_time`.
///
/// A second call for the same loop does nothing, nor does one from another thread while the first
/// one's loop lives. In workers of fork_processes() it does nothing. Under `tornado-autoreload`,
/// which watches the executable itself, only what watch() names is watched.
/// Errors: std::invalid_argument when `check_time` is not positive; std::system_error when there is
/// no /proc. Mirrors `tornado.autoreload.start`.
void start(ioloop::Duration check_time = std::chrono::milliseconds{500});

/// Adds a file to those that are watched, or all files below a directory, present and future.
///
/// A change is any that comes after this call. A file may be absent: it has changed once it is
/// there. One that vanishes is waited for. Of a directory, names such as editors use for
/// themselves are left out: those that begin with `.`, end with `~`, or stand between two `#`.
/// Thread safety: from any thread. Errors: std::invalid_argument for an empty path. Mirrors
/// `tornado.autoreload.watch`.
void watch(std::string_view path);

/// Adds a function to call before each restart, on the loop's thread, in the order they came.
///
/// What it throws is logged, and the restart goes on. When that fails, the hooks run again at the
/// next. To close descriptors no hook is needed: see start().
/// Thread safety: from any thread. Errors: std::invalid_argument for an empty function. Mirrors
/// `tornado.autoreload.add_reload_hook`.
void add_reload_hook(ReloadHook hook);

/// Waits, at the end of a program, until a file that is watched changes; then restarts.
///
/// It runs a loop of its own, and returns only when that is stopped, or at once in workers of
/// fork_processes(). Mirrors `tornado.autoreload.wait`.
void wait();

/// Watches these paths too.
template <std::convertible_to<std::string_view>... Paths>
void wait(const Paths&... paths) {
    (watch(paths), ...);
    wait();
}

}  // namespace tornado::autoreload
