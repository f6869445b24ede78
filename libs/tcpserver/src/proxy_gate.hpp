#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <optional>

#include "tornado/concurrent/promise.hpp"
#include "tornado/iostream/socket.hpp"
#include "tornado/tcpserver/proxy_protocol.hpp"
#include "tornado/tcpserver/trusted_peers.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::tcpserver {

/// Where connections wait until their PROXY header has come.
///
/// It takes the header out of the socket and not a byte more, so that whatever follows, TLS or not,
/// finds the connection as if it had just begun.
///
/// Ownership: owns what waits; its destruction closes it. Thread safety: one loop, one thread.
class ProxyGate {
public:
    using Pass = util::UniqueFunction<void(netutil::Socket, const netutil::Address& client)>;

    /// Throws std::invalid_argument for a peer that is none.
    explicit ProxyGate(const ProxyProtocolOptions& options);
    ProxyGate(const ProxyGate&) = delete;
    ProxyGate& operator=(const ProxyGate&) = delete;
    ~ProxyGate();

    /// Calls `pass` when the header has come, with the address that it tells, or `peer` when it
    /// tells none. Closes the connection, and says so in the log, when there is something wrong.
    void receive(netutil::Socket connection, const netutil::Address& peer, Pass pass);
    /// From now on those that wait have so long at most. Done when none waits any more; fails with
    /// BrokenPromise when the gate goes before that.
    Future<void> drain(std::chrono::milliseconds patience);
    /// Closes what waits.
    void close() noexcept;

private:
    class Arrival;

    void erase(std::list<std::unique_ptr<Arrival>>::iterator place) noexcept;

    TrustedPeers trusted_;
    std::chrono::milliseconds timeout_;
    std::list<std::unique_ptr<Arrival>> arrivals_;
    std::optional<Promise<void>> drained_;
};

}  // namespace tornado::tcpserver
