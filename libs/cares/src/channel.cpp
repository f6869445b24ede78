#include "channel.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <stdexcept>
#include <system_error>

#include "tornado/ioloop/ioloop.hpp"

namespace tornado::caresresolver {

using ioloop::Events;
using netutil::Address;
using netutil::Family;
using netutil::ResolverErrc;

namespace {

/// What c-ares makes once for the whole process; never undone, for other users of it.
void initialise_library() {
    static const int status = ::ares_library_init(ARES_LIB_INIT_ALL);
    if (status != ARES_SUCCESS) {
        throw std::system_error{
            std::make_error_code(std::errc::not_supported), ::ares_strerror(status)};
    }
}

bool is_cancellation(int status) {
    return status == ARES_ECANCELLED || status == ARES_EDESTRUCTION;
}

std::error_code code_of(int status) {
    switch (status) {
        case ARES_ENOTFOUND:
        case ARES_ENONAME:
        case ARES_EBADNAME:
            return ResolverErrc::name_not_known;
        case ARES_ENODATA:
        case ARES_EBADFAMILY:
            return ResolverErrc::no_address;
        case ARES_ETIMEOUT:
        case ARES_ECONNREFUSED:
        case ARES_ESERVFAIL:
            return ResolverErrc::temporary_failure;
        case ARES_ENOMEM:
            return make_error_code(std::errc::not_enough_memory);
        default:
            return ResolverErrc::failure;
    }
}

std::string joined(const std::vector<std::string>& servers) {
    std::string list;
    for (const auto& server : servers) {
        list += (list.empty() ? "" : ",") + server;
    }
    return list;
}

}  // namespace

/// A socket of c-ares, which opens and closes it.
class CaresResolver::Channel::WatchedSocket final : public ioloop::Watcher {
public:
    WatchedSocket(Channel& channel, int descriptor)
        : Watcher{[](Watcher& self, Events ready) {
              static_cast<WatchedSocket&>(self).became_ready(ready);
          }},
          channel_{channel},
          descriptor_{descriptor} {}

    void wait_for(Events events) {
        auto& poller = ioloop::IOLoop::current().poller();
        if (is_watching()) {
            poller.change(*this, events);
        } else {
            poller.add(*this, descriptor_, events);
        }
    }

private:
    void became_ready(Events ready) {
        if (ready == Events::none) {
            return;  // the loop closes
        }
        // An error is ready for whatever is waited for. This may end with the call.
        const bool error = (ready & Events::error) != Events::none;
        const bool readable = error || (ready & Events::read) != Events::none;
        const bool writable = error || (ready & Events::write) != Events::none;
        channel_.process(
            readable ? descriptor_ : ARES_SOCKET_BAD, writable ? descriptor_ : ARES_SOCKET_BAD
        );
    }

    Channel& channel_;
    int descriptor_;
};

/// One call of ask().
struct CaresResolver::Channel::Query {
    Promise<Addresses> promise;
    std::string host;
};

CaresResolver::Channel::Channel(const CaresOptions& options)
    : Alarm{[](Alarm& self) {
          static_cast<Channel&>(self).process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
      }} {
    initialise_library();
    ares_options wanted{};
    wanted.timeout = static_cast<int>(options.timeout.count());
    wanted.tries = options.tries;
    wanted.sock_state_cb = [](void* self, ares_socket_t descriptor, int readable, int writable) {
        static_cast<Channel*>(self)->watch(
            descriptor,
            (readable != 0 ? Events::read : Events::none) |
                (writable != 0 ? Events::write : Events::none)
        );
    };
    wanted.sock_state_cb_data = this;
    const int given = ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES;
    if (const int status = ::ares_init_options(&channel_, &wanted, given); status != ARES_SUCCESS) {
        throw std::system_error{
            std::make_error_code(std::errc::not_supported), ::ares_strerror(status)};
    }
    const auto servers = joined(options.servers);
    if (!servers.empty() &&
        ::ares_set_servers_ports_csv(channel_, servers.c_str()) != ARES_SUCCESS) {
        ::ares_destroy(channel_);
        throw std::invalid_argument{
            "\"" + servers +
            "\" are no name servers: give numeric addresses, with or without a port"};
    }
}

CaresResolver::Channel::~Channel() {
    ::ares_destroy(channel_);
}

Future<netutil::Resolver::Addresses>
CaresResolver::Channel::ask(std::string host, std::uint16_t port, Family family) {
    ares_addrinfo_hints hints{};
    hints.ai_flags = ARES_AI_NUMERICSERV;
    hints.ai_family = address_family(family);
    hints.ai_socktype = SOCK_STREAM;
    auto query = std::make_unique<Query>();
    query->host = std::move(host);
    auto future = query->promise.future();
    const auto name = query->host;  // the answer may come, and take the query along, at once
    const auto service = std::to_string(port);
    ::ares_getaddrinfo(
        channel_, name.c_str(), service.c_str(), &hints, &Channel::answered, query.release()
    );
    set_timer();
    return future;
}

void CaresResolver::Channel::answered(void* query, int status, int, ares_addrinfo* found) {
    const std::unique_ptr<Query> asked{static_cast<Query*>(query)};
    const std::unique_ptr<ares_addrinfo, decltype(&::ares_freeaddrinfo)> owner{
        found, ::ares_freeaddrinfo};
    if (is_cancellation(status)) {
        asked->promise.set_cancelled();
        return;
    }
    Addresses addresses;
    for (const auto* node = found != nullptr ? found->nodes : nullptr; node != nullptr;
         node = node->ai_next) {
        const Address address{node->ai_addr};
        if (!address.empty() &&
            std::find(addresses.begin(), addresses.end(), address) == addresses.end()) {
            addresses.push_back(address);
        }
    }
    if (status == ARES_SUCCESS && !addresses.empty()) {
        asked->promise.set_result(std::move(addresses));
    } else {
        const auto reason =
            status == ARES_SUCCESS ? make_error_code(ResolverErrc::no_address) : code_of(status);
        asked->promise.set_exception(netutil::resolver_error(reason, asked->host));
    }
}

void CaresResolver::Channel::watch(int descriptor, Events events) {
    if (events == Events::none) {
        sockets_.erase(descriptor);
        return;
    }
    try {
        auto& socket = sockets_[descriptor];
        if (socket == nullptr) {
            socket = std::make_unique<WatchedSocket>(*this, descriptor);
        }
        socket->wait_for(events);
    } catch (const std::exception&) {  // c-ares cannot pass it on; what it asks will time out
        sockets_.erase(descriptor);
    }
}

void CaresResolver::Channel::process(int readable, int writable) {
    ::ares_process_fd(channel_, readable, writable);
    set_timer();
}

void CaresResolver::Channel::set_timer() {
    timeval left{};
    if (::ares_timeout(channel_, nullptr, &left) == nullptr) {
        unset();
        return;
    }
    const auto delay = std::chrono::seconds{left.tv_sec} + std::chrono::microseconds{left.tv_usec};
    set(ioloop::IOLoop::current(), ioloop::time_after(delay));
}

}  // namespace tornado::caresresolver
