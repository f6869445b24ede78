#pragma once

#include <memory>

#include "tornado/iostream/socket.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::netutil {

/// Accepts connections on a listening socket, on this thread's loop, until it is destroyed.
///
/// At most 128 a turn, so that a flood of connections does not starve the others. When the process
/// runs out of descriptors it says so once, pauses, and goes on. Mirrors
/// `tornado.netutil.add_accept_handler`.
class Acceptor {
public:
    using Handler = util::UniqueFunction<void(Socket connection, const Address& peer)>;

    /// `listener` stays the caller's and must outlive this.
    Acceptor(int listener, Handler handler);
    Acceptor(Acceptor&&) noexcept;
    Acceptor& operator=(Acceptor&&) noexcept;
    ~Acceptor();

    /// Accepts at once all that waits, before the listener is closed: the kernel would reset it.
    void accept_waiting();

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace tornado::netutil
