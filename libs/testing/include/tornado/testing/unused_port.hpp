#pragma once

#include <string>
#include <utility>

#include "tornado/iostream/socket.hpp"

/// Help for tests of asynchronous code. Mirrors `tornado.testing`.
namespace tornado::testing {

/// A listening, non-blocking socket on a port that the kernel picked, and that port.
///
/// Throws std::system_error when `address` cannot be bound. Mirrors
/// `tornado.testing.bind_unused_port`.
[[nodiscard]] std::pair<netutil::Socket, int>
bind_unused_port(bool reuse_port = false, std::string address = "127.0.0.1");

}  // namespace tornado::testing
