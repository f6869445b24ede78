#pragma once

#include <memory>

#include "tornado/ioloop/ioloop.hpp"

namespace boost::asio {
class io_context;
}

/// The bridge between tornado's loops and Asio: all of it is in `<tornado/asio.hpp>`.
namespace tornado::asio {

/// The io_context that a loop runs on.
[[nodiscard]] boost::asio::io_context& context(ioloop::IOLoop& loop) noexcept;

/// A loop on the caller's io_context, made this thread's current loop.
///
/// The program may run the context itself instead of calling start(); it must do so on one thread,
/// the one that calls this. Callbacks, timers, descriptors and whatever the loop waits for count as
/// work, so run() returns when nothing of the loop's is left either. stop() stops the context.
/// Whatever the loop runs has it for the current one.
///
/// Ownership: the context must outlive the loop. What runs on the loop must not destroy it; its
/// close(), start() and run_sync() then throw std::logic_error. Closing it lets coroutines unwind,
/// for which the context runs for a moment, the program's own handlers among what it runs.
[[nodiscard]] std::unique_ptr<ioloop::IOLoop> borrow(boost::asio::io_context& context);

}  // namespace tornado::asio
