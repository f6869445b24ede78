#pragma once

#include <map>
#include <tuple>
#include <utility>

#include "tornado/iostream/resolver.hpp"

namespace tornado::netutil {

/// Resolves some hosts to others, as /etc/hosts would, for this program only: for tests, and to
/// reach a host by another way. All else, and what the others are, another resolver finds out.
///
/// Mirrors `tornado.netutil.OverrideResolver`.
///
///     OverrideResolver resolver{Resolver::make()};
///     resolver.map("example.com", "127.0.1.1");
///     resolver.map("login.example.com", 443, "localhost", 1443);
///     resolver.map("login.example.com", 443, Family::ipv6, "::1", 1443);
class OverrideResolver : public Resolver {
public:
    /// Null means one that Resolver::make() makes.
    explicit OverrideResolver(std::shared_ptr<Resolver> resolver);

    // The most specific entry counts: host, port and family before host and port before host. A
    // later entry for the same replaces the former. Each returns this resolver.

    /// `host` at any port is `to` at that port.
    OverrideResolver& map(std::string host, std::string to);
    /// `host` at `port` is `to` at `to_port`.
    OverrideResolver& map(std::string host, int port, std::string to, int to_port);
    /// The same for those who ask for this family only; Family::any for those who ask for any.
    OverrideResolver& map(std::string host, int port, Family family, std::string to, int to_port);

    /// Closes the other resolver too.
    void close() override;

protected:
    Future<Addresses> look_up(std::string host, std::uint16_t port, Family family) override;

private:
    using Place = std::pair<std::string, int>;

    std::shared_ptr<Resolver> resolver_;
    std::map<std::string, std::string, std::less<>> by_host_;
    std::map<Place, Place> by_port_;
    std::map<std::tuple<std::string, int, Family>, Place> by_family_;
};

}  // namespace tornado::netutil
