#pragma once

#include <array>
#include <cstddef>
#include <exception>
#include <memory>
#include <vector>

#include "tornado/concurrent/promise.hpp"
#include "tornado/ioloop/alarm.hpp"
#include "tornado/tcpserver/connect_options.hpp"

namespace tornado::tcpclient {

/// One race for a connection among the addresses of one host.
///
/// Ownership: its destruction closes what it has opened. Thread safety: one loop, one thread.
/// Mirrors `tornado.tcpclient._Connector`.
class Connector : public std::enable_shared_from_this<Connector>, private ioloop::Alarm {
public:
    /// `addresses` are in the order of preference; there is at least one.
    Connector(const std::vector<netutil::Address>& addresses, const ConnectOptions& options);

    /// Begins; to be called once. The future is done when there is a winner, or no hope left.
    Future<iostream::IOStream> start();

private:
    /// The addresses of one family, which are tried one after the other.
    struct Lane {
        std::vector<netutil::Address> addresses;
        std::size_t next = 0;
        iostream::IOStream stream;
        bool trying = false;
    };

    void advance(Lane& lane);
    void try_address(Lane& lane, const netutil::Address& address);
    void finished(Lane& lane, const std::exception_ptr& error);
    void start_second();
    void give_up(std::exception_ptr error);

    const ConnectOptions& options_;
    std::array<Lane, 2> lanes_;
    bool second_started_ = false;
    std::exception_ptr last_error_;
    Promise<iostream::IOStream> promise_;
};

}  // namespace tornado::tcpclient
