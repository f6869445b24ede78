#include "connector.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "tornado/iostream/resolver.hpp"

namespace tornado::tcpclient {

using iostream::IOStream;
using netutil::Address;
using netutil::Socket;

namespace {

constexpr auto head_start = std::chrono::milliseconds{300};

/// The source address cannot be used: no other address of the host would change that.
struct SourceError : std::system_error {
    using std::system_error::system_error;
};

int family_of(const Address& address) noexcept {
    return address.is_unix() ? AF_UNIX : address.is_ipv6() ? AF_INET6 : AF_INET;
}

void bind_source(const Socket& socket, const Address& source, std::uint16_t port) {
    const int on = 1;
    if (port == 0) {  // the port is chosen when it connects: more connections find one
        ::setsockopt(socket.fileno(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    }
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    v6.sin6_scope_id = source.scope();
    std::copy_n(source.bytes().begin(), 4, reinterpret_cast<std::uint8_t*>(&v4.sin_addr));
    std::copy_n(source.bytes().begin(), 16, reinterpret_cast<std::uint8_t*>(&v6.sin6_addr));
    const auto* const address = source.is_ipv6() ? reinterpret_cast<const sockaddr*>(&v6)
                                                 : reinterpret_cast<const sockaddr*>(&v4);
    const auto size = static_cast<socklen_t>(source.is_ipv6() ? sizeof v6 : sizeof v4);
    if (::bind(socket.fileno(), address, size) != 0) {
        throw SourceError{
            errno,
            std::system_category(),
            "cannot connect from " + source.host() + " port " + std::to_string(port)};
    }
}

}  // namespace

Connector::Connector(const std::vector<Address>& addresses, const ConnectOptions& options)
    : Alarm{[](Alarm& self) { static_cast<Connector&>(self).start_second(); }},
      options_{options} {
    const bool first_family = addresses.front().is_ipv6();
    for (const auto& address : addresses) {
        lanes_[address.is_ipv6() == first_family ? 0 : 1].addresses.push_back(address);
    }
}

Future<IOStream> Connector::start() {
    advance(lanes_[0]);
    if (!promise_.done() && !second_started_ && !lanes_[1].addresses.empty()) {
        set(ioloop::IOLoop::current(), ioloop::time_after(head_start));
    }
    return promise_.future();
}

void Connector::start_second() {
    unset();
    if (!std::exchange(second_started_, true)) {
        advance(lanes_[1]);
    }
}

/// Tries the lane's next address. When there is none, and nobody tries any more, it is over.
void Connector::advance(Lane& lane) {
    while (!promise_.done() && lane.next < lane.addresses.size()) {
        try {
            try_address(lane, lane.addresses[lane.next++]);
            return;
        } catch (const SourceError&) {
            last_error_ = std::current_exception();
            if (!options_.source_ip_.empty()) {
                give_up(last_error_);  // no other address would change that
                return;
            }
        } catch (...) {  // no descriptor left, say
            last_error_ = std::current_exception();
        }
    }
    if (lanes_[0].trying || lanes_[1].trying || promise_.done()) {
        return;
    }
    if (!second_started_) {
        start_second();
    } else {
        give_up(last_error_);
    }
}

void Connector::try_address(Lane& lane, const Address& address) {
    Socket socket{::socket(family_of(address), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!socket) {
        throw std::system_error{errno, std::system_category(), "cannot connect"};
    }
    auto source = options_.source_ip_;
    if (source.empty() && options_.source_port_ != 0) {
        source = Address{address.is_ipv6() ? "::1" : "127.0.0.1", 0};
    }
    if (!source.empty() && !address.is_unix()) {
        bind_source(socket, source, options_.source_port_);
    }
    lane.stream = IOStream{std::move(socket), options_.stream_};
    const auto connecting = lane.stream.connect(address);
    lane.trying = true;
    connecting.add_done_callback([weak = weak_from_this(), &lane](const Future<void>& connected) {
        const auto error = connected.exception();
        if (const auto self = weak.lock()) {
            self->finished(lane, error);
        }
    });
}

void Connector::finished(Lane& lane, const std::exception_ptr& error) {
    lane.trying = false;
    if (promise_.done()) {
        return;
    }
    if (error == nullptr && !lane.stream.closed()) {
        unset();
        auto& other = lanes_[&lane == &lanes_[0] ? 1 : 0];
        other.stream.close();
        promise_.set_result(std::move(lane.stream));
        return;
    }
    last_error_ = error != nullptr
                      ? error
                      : std::make_exception_ptr(iostream::StreamClosedError{lane.stream.error()});
    lane.stream.close();
    advance(lane);
    if (!promise_.done()) {
        start_second();  // at once, after the first failure
    }
}

void Connector::give_up(std::exception_ptr error) {
    unset();
    for (auto& lane : lanes_) {
        lane.stream.close();
    }
    promise_.set_exception(std::move(error));
}

}  // namespace tornado::tcpclient
