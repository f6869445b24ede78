#include "connect.hpp"

#include "tornado/iostream/ssl_iostream.hpp"
#include "tornado/tcpserver/tcpclient.hpp"

namespace tornado::httpclient {

namespace {

/// Knows one host's addresses: they have been looked up already.
class KnownAddresses final : public netutil::Resolver {
public:
    explicit KnownAddresses(Addresses addresses) : addresses_{std::move(addresses)} {}

protected:
    Future<Addresses> look_up(std::string, std::uint16_t, netutil::Family) override {
        return Future<Addresses>::ready(addresses_);
    }

private:
    Addresses addresses_;
};

}  // namespace

Future<iostream::StreamRef> establish(ConnectPlan plan) {
    auto& loop = ioloop::IOLoop::current();
    auto& progress = *plan.progress;
    tcpclient::ConnectOptions options;
    auto family = plan.family;
    if (!plan.source_ip.empty()) {
        options.source_ip(plan.source_ip);
        const bool is_ipv6 = netutil::Address{plan.source_ip, 0}.is_ipv6();
        family = is_ipv6 ? netutil::Family::ipv6 : netutil::Family::ipv4;
    }
    auto addresses = co_await plan.resolver->resolve(plan.host, plan.port, family);
    progress.resolved = loop.time();
    progress.phase = FetchPhase::connecting;
    const auto known = std::make_shared<KnownAddresses>(std::move(addresses));
    tcpclient::TCPClient client{known};
    auto stream = co_await client.connect(plan.host, plan.port, options);
    progress.connected = loop.time();
    if (plan.tls) {
        progress.phase = FetchPhase::tls_handshake;
        auto secured = co_await stream.start_tls(false, *plan.tls, plan.host);
        progress.secured = loop.time();
        co_return secured.release();
    }
    co_return stream.release();
}

}  // namespace tornado::httpclient
