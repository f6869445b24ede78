#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tornado/iostream/resolver.hpp"

namespace tornado::caresresolver {

/// Whom a CaresResolver asks, and how long it waits.
struct CaresOptions {
    /// Addresses of name servers, each with or without a port: "192.0.2.53", "192.0.2.53:5353",
    /// "[2001:db8::53]:5353". None: those of this machine (/etc/resolv.conf).
    std::vector<std::string> servers = {};
    std::chrono::milliseconds timeout{
        5'000};     ///< for the first answer; each further try waits longer
    int tries = 4;  ///< of each server
};

/// Resolves by the c-ares library, which asks name servers from within the loop, without threads.
///
/// It knows /etc/hosts and DNS, and nothing else that this machine may be configured for. What it
/// is asked after its loop's end, it resolves on the loop that is current then.
///
/// Ownership: may go while it resolves, which cancels that. Thread safety: one loop, one thread. A
/// forked process makes its own.
/// Mirrors `tornado.platform.caresresolver.CaresResolver`.
class CaresResolver : public netutil::Resolver {
public:
    /// Throws std::system_error when c-ares cannot be used, and std::invalid_argument for servers
    /// that are none.
    explicit CaresResolver(const CaresOptions& options = {});
    ~CaresResolver() override;

    /// Cancels what it resolves. What is resolved later throws std::logic_error.
    void close() override;

protected:
    Future<Addresses> look_up(std::string host, std::uint16_t port, netutil::Family family)
        override;

private:
    class Channel;
    std::unique_ptr<Channel> channel_;
};

}  // namespace tornado::caresresolver
