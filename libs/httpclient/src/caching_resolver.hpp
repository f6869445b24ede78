#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <system_error>

#include "tornado/ioloop/timeout.hpp"
#include "tornado/iostream/resolver.hpp"

namespace tornado::httpclient {

/// Remembers for a while what another resolver has found out: addresses for as long as it is told,
/// and that there is no such host for a tenth of that, at most 5 s. Other failures it does not
/// remember.
///
/// Ownership: shares the other one. Thread safety: one loop, one thread.
class CachingResolver final : public netutil::Resolver {
public:
    CachingResolver(std::shared_ptr<netutil::Resolver> resolver, ioloop::Duration time);

    /// Closes the other one too.
    void close() override;

protected:
    Future<Addresses> look_up(std::string host, std::uint16_t port, netutil::Family family)
        override;

private:
    struct Known {
        std::string host;
        std::uint16_t port = 0;
        netutil::Family family = netutil::Family::any;
        Addresses addresses;  ///< empty: there is no such host
        std::error_code error;
        ioloop::TimePoint until;
    };
    /// What is known is shared with look-ups, which may end after the resolver.
    struct Memory {
        void remember(Known known);
        [[nodiscard]] std::list<Known>::iterator
        find(const std::string& host, std::uint16_t port, netutil::Family family);
        std::list<Known> all;  ///< the first is the newest
    };
    static Future<Addresses> ask(
        std::shared_ptr<netutil::Resolver> resolver,
        std::shared_ptr<Memory> memory,
        Known known,
        ioloop::Duration time
    );

    static constexpr std::size_t most = 256;

    std::shared_ptr<netutil::Resolver> resolver_;
    ioloop::Duration time_;
    std::shared_ptr<Memory> memory_;
};

}  // namespace tornado::httpclient
