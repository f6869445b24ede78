#pragma once

#include <ares.h>

#include <map>
#include <memory>
#include <string>

#include "tornado/cares/cares_resolver.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/ioloop/alarm.hpp"
#include "tornado/ioloop/poller.hpp"

namespace tornado::caresresolver {

/// One channel of c-ares, whose sockets the loop watches and whose timeouts are a timer of the
/// loop's.
class CaresResolver::Channel final : private ioloop::Alarm {
public:
    explicit Channel(const CaresOptions& options);
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    ~Channel();

    Future<Addresses> ask(std::string host, std::uint16_t port, netutil::Family family);

private:
    class WatchedSocket;
    struct Query;

    static void answered(void* query, int status, int timeouts, ares_addrinfo* found);
    void watch(int descriptor, ioloop::Events events);
    void process(int readable, int writable);
    void set_timer();

    ares_channel channel_ = nullptr;
    std::map<int, std::unique_ptr<WatchedSocket>> sockets_;
};

}  // namespace tornado::caresresolver
