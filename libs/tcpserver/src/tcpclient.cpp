#include "tornado/tcpserver/tcpclient.hpp"

#include <stdexcept>

#include "connector.hpp"
#include "tornado/gen.hpp"
#include "tornado/iostream/ssl_iostream.hpp"

namespace tornado::tcpclient {

using iostream::IOStream;
using netutil::Address;
using netutil::Family;

ConnectOptions& ConnectOptions::source_ip(std::string address) {
    source_ip_ = Address{address, 0};
    if (source_ip_.empty()) {
        throw std::invalid_argument{
            "source_ip() takes a numeric address of this machine, which \"" + address +
            "\" is not"};
    }
    return *this;
}

ConnectOptions& ConnectOptions::source_port(int port) {
    constexpr int last_port = 65535;
    if (port < 1 || port > last_port) {
        throw std::invalid_argument{
            "source port " + std::to_string(port) + " is not between 1 and 65535"};
    }
    source_port_ = static_cast<std::uint16_t>(port);
    return *this;
}

ConnectOptions& ConnectOptions::ssl_options(netutil::SSLContext context) {
    ssl_context_ = context ? std::move(context) : netutil::default_client_context();
    if (ssl_context_->side() != netutil::SSLSide::client) {
        throw std::invalid_argument{
            "the ssl_options of a client are for the other side: make them with SSLSide::client"};
    }
    return *this;
}

ConnectOptions& ConnectOptions::ssl_options(const netutil::SSLOptions& options) {
    return ssl_options(netutil::ssl_options_to_context(options, netutil::SSLSide::client));
}

namespace {

/// The family to look for: that of the source address, if there is one.
Family family_to_try(Family wanted, const Address& source) {
    if (source.empty()) {
        return wanted;
    }
    const auto own = source.is_ipv6() ? Family::ipv6 : Family::ipv4;
    if (wanted != Family::any && wanted != own) {
        throw std::invalid_argument{
            "source_ip() is " + source.host() + ", which is not of the family() asked for"};
    }
    return own;
}

}  // namespace

/// `resolver` is kept until it has answered.
Future<IOStream> TCPClient::establish(
    std::shared_ptr<netutil::Resolver> resolver,
    Future<std::vector<Address>> resolving,
    ConnectOptions options
) {
    const auto addresses = co_await std::move(resolving);
    resolver.reset();
    if (addresses.empty()) {
        throw netutil::resolver_error(netutil::ResolverErrc::no_address, "");
    }
    const auto connector = std::make_shared<Connector>(addresses, options);
    auto stream = co_await connector->start();
    if (!options.ssl_context_) {
        co_return std::move(stream);
    }
    co_return co_await stream.start_tls(false, *options.ssl_context_, options.server_hostname_);
}

TCPClient::TCPClient() : resolver_{netutil::Resolver::make()}, owns_resolver_{true} {}

TCPClient::TCPClient(std::shared_ptr<netutil::Resolver> resolver)
    : resolver_{std::move(resolver)},
      owns_resolver_{false} {
    if (resolver_ == nullptr) {
        resolver_ = netutil::Resolver::make();
        owns_resolver_ = true;
    }
}

Future<IOStream> TCPClient::connect(std::string host, int port) {
    return connect(std::move(host), port, ConnectOptions{});
}

Future<IOStream> TCPClient::connect(std::string host, int port, ConnectOptions options) {
    const auto family = family_to_try(options.family_, options.source_ip_);
    if (options.server_hostname_.empty()) {
        options.server_hostname_ = host;
    }
    auto resolving = resolver_->resolve(std::move(host), port, family);
    const auto timeout = options.timeout_;
    auto connected = establish(resolver_, std::move(resolving), std::move(options));
    return timeout ? gen::cancel_after(*timeout, std::move(connected)) : connected;
}

void TCPClient::close() {
    if (owns_resolver_) {
        resolver_->close();
    }
}

}  // namespace tornado::tcpclient
