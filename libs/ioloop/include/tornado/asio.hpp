#pragma once

// The bridge for programs that use Asio themselves: the one public header that includes it.

#include <boost/asio/io_context.hpp>
#include <memory>

#include "tornado/ioloop/ioloop.hpp"

namespace tornado::asio {

/// The io_context that a loop runs on.
[[nodiscard]] boost::asio::io_context& context(ioloop::IOLoop& loop) noexcept;

/// A loop on the caller's io_context, made this thread's current loop.
///
/// The program may run the context itself instead of calling start(); it must do so on one thread.
/// The context must outlive the loop. stop() stops the context.
[[nodiscard]] std::unique_ptr<ioloop::IOLoop> borrow(boost::asio::io_context& context);

}  // namespace tornado::asio
