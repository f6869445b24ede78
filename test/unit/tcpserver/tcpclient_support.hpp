#pragma once

#include <memory>
#include <string>
#include <tornado/tcpclient.hpp>
#include <tornado/tcpserver/tcpclient.hpp>
#include <utility>
#include <vector>

#include "connect_calls.hpp"
#include "support.hpp"

using tornado::Future;
using tornado::Promise;
using tornado::ioloop::TimeoutError;
using tornado::iostream::IOStream;
using tornado::iostream::StreamClosedError;
using tornado::netutil::Address;
using tornado::netutil::bind_sockets;
using tornado::netutil::Family;
using tornado::netutil::local_address;
using tornado::netutil::Resolver;
using tornado::netutil::ResolverErrc;
using tornado::netutil::Socket;
using tornado::tcpclient::ConnectOptions;
using tornado::tcpclient::TCPClient;

/// One that answers whatever it is asked with the same addresses.
struct ListResolver : Resolver {
    explicit ListResolver(Addresses addresses) : list{std::move(addresses)} {}
    Future<Addresses> look_up(std::string, std::uint16_t, Family) override {
        return Future<Addresses>::ready(list);
    }
    void close() override { closed = true; }

    Addresses list;
    bool closed = false;
};

/// One that never answers.
struct SilentResolver : Resolver {
    Future<Addresses> look_up(std::string, std::uint16_t, Family) override {
        return promise.future();
    }
    Promise<Addresses> promise;
};

/// A place to connect to.
class Place {
public:
    enum class Kind { answering, refusing, silent };

    Place(Kind kind, const std::string& host) {
        auto sockets = bind_sockets(0, {.address = host, .backlog = 0});
        listener_ = std::move(sockets.front());
        address_ = local_address(listener_.fileno());
        if (kind == Kind::refusing) {
            listener_.close();
        } else if (kind == Kind::silent) {
            // A queue without room: the kernel does not answer whoever comes next.
            filler_ = IOStream{new_socket(address_.is_ipv6() ? AF_INET6 : AF_INET)};
            filler_.connect(address_).ignore();
        }
    }

    [[nodiscard]] const Address& address() const { return address_; }
    [[nodiscard]] std::string name() const {
        return address_.host() + " " + std::to_string(address_.port());
    }
    /// Takes one connection out of the queue, so that another is answered.
    [[nodiscard]] Socket accept() const {
        return Socket{::accept4(listener_.fileno(), nullptr, nullptr, SOCK_CLOEXEC)};
    }
    /// The connection that makes it silent.
    [[nodiscard]] IOStream& filler() { return filler_; }

private:
    Socket listener_;
    Address address_;
    IOStream filler_;
};

using Kind = Place::Kind;

/// For expressions with co_await, which take no braces.
template <typename... Places>
std::vector<const Place*> to(const Places&... places) {
    return {&places...};
}

struct ClientFixture : LoopFixture {
    Place& place(Kind kind, const std::string& host = "127.0.0.1") {
        auto& made = *places.emplace_back(std::make_unique<Place>(kind, host));
        if (kind == Kind::silent) {
            turns();
        }
        return made;
    }
    Future<IOStream> connect(const std::vector<const Place*>& where) {
        return connect(where, ConnectOptions());
    }
    Future<IOStream>
    connect(const std::vector<const Place*>& where, const ConnectOptions& options) {
        Resolver::Addresses addresses;
        for (const auto* each : where) {
            addresses.push_back(each->address());
        }
        connect_calls().clear();
        return TCPClient{std::make_shared<ListResolver>(addresses)}.connect("host", 80, options);
    }
    /// Waits for the connection, and says where it goes.
    std::string winner(const std::vector<const Place*>& where) {
        const auto stream = run([&] { return connect(where); });
        const auto peer = stream.peer_address();
        return peer.host() + " " + std::to_string(peer.port());
    }
    std::error_code error(const std::vector<const Place*>& where) {
        return run([&]() -> Future<std::error_code> {
            try {
                co_await connect(where);
            } catch (const StreamClosedError& error) {
                co_return error.real_error();
            }
            co_return std::error_code{};
        });
    }

    std::vector<std::unique_ptr<Place>> places;
};
