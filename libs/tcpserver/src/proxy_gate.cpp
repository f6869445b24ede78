#include "proxy_gate.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include "tornado/ioloop/deadline.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/ioloop/poller.hpp"
#include "tornado/log.hpp"
#include "tornado/stack_context.hpp"

namespace tornado::tcpserver {

using ioloop::Events;
using netutil::Address;
using netutil::Socket;

namespace {

std::string name_of(const Address& peer) {
    return peer.empty() || peer.is_unix() ? "a UNIX socket" : peer.host();
}

}  // namespace

/// One connection whose header is awaited.
class ProxyGate::Arrival final : private ioloop::Watcher, private ioloop::Deadline {
public:
    using Place = std::list<std::unique_ptr<Arrival>>::iterator;

    Arrival(ProxyGate& gate, Socket connection, const Address& peer, Pass pass)
        : Watcher{[](Watcher& self, Events ready) {
              static_cast<Arrival&>(self).became_ready(ready);
          }},
          Deadline{[](Deadline& self) { static_cast<Arrival&>(self).gave_no_header(); }},
          gate_{gate},
          connection_{std::move(connection)},
          peer_{peer},
          pass_{std::move(pass)} {}
    ~Arrival() { unwatch(); }  // before the descriptor is closed

    void start(Place place) {
        place_ = place;
        ioloop::IOLoop::current().poller().add(*this, connection_.fileno(), Events::read);
        if (gate_.timeout_.count() > 0) {
            wait_at_most(gate_.timeout_);
        }
    }

    void wait_at_most(std::chrono::milliseconds time) {
        using Wheel = ioloop::DeadlineWheel;
        ioloop::IOLoop::current().deadlines().set(
            *this, Wheel::ticks(static_cast<std::uint64_t>(time.count()))
        );
    }

private:
    void became_ready(Events ready) {
        if (ready == Events::none) {
            leave();  // the loop closes
            return;
        }
        std::array<char, 512> bytes;
        const auto count = ::recv(connection_.fileno(), bytes.data(), bytes.size(), MSG_PEEK);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (count <= 0) {
            if (!received_.empty()) {
                log::gen_log().info("No whole PROXY header from ", name_of(peer_));
            }
            leave();
            return;
        }
        take({bytes.data(), static_cast<std::size_t>(count)});
    }

    void take(std::string_view peeked) {
        const auto before = received_.size();
        received_.append(peeked);
        const auto parsed = parse_proxy_header(received_);
        if (parsed.has_error()) {
            log::gen_log().warning(
                "Bad PROXY header from ", name_of(peer_), ": ", parsed.error().message()
            );
            leave();
        } else if (const auto& header = *parsed; header) {
            consume(header->size - before);
            pass(header->source.empty() ? peer_ : header->source);
        } else {
            consume(peeked.size());
        }
    }

    /// Takes bytes that are known to be there.
    void consume(std::size_t size) {
        std::array<char, 512> bytes;
        while (size > 0) {
            const auto count =
                ::recv(connection_.fileno(), bytes.data(), std::min(size, bytes.size()), 0);
            if (count <= 0) {
                return;  // whoever comes next finds the same error
            }
            size -= static_cast<std::size_t>(count);
        }
    }

    void pass(Address client) {  // by value: peer_ goes with this
        unwatch();
        auto connection = std::move(connection_);
        auto go_on = std::move(pass_);
        leave();
        go_on(std::move(connection), client);
    }

    void gave_no_header() {
        log::gen_log().info("No PROXY header from ", name_of(peer_), " in time");
        leave();
    }

    /// Destroys this.
    void leave() { gate_.erase(place_); }

    ProxyGate& gate_;
    Socket connection_;
    Address peer_;
    Pass pass_;
    Place place_;
    std::string received_;
};

ProxyGate::ProxyGate(const ProxyProtocolOptions& options) : timeout_{options.timeout} {
    for (const auto& entry : options.trusted) {
        trusted_.add(entry);
    }
}

ProxyGate::~ProxyGate() = default;

void ProxyGate::erase(std::list<std::unique_ptr<Arrival>>::iterator place) noexcept {
    arrivals_.erase(place);
    if (arrivals_.empty() && drained_) {
        drained_->set_result();
        drained_.reset();
    }
}

Future<void> ProxyGate::drain(std::chrono::milliseconds patience) {
    if (arrivals_.empty()) {
        return Future<void>::ready();
    }
    for (const auto& each : arrivals_) {
        each->wait_at_most(patience);
    }
    return drained_.emplace().future();
}

void ProxyGate::close() noexcept {
    while (!arrivals_.empty()) {
        erase(arrivals_.begin());
    }
}

void ProxyGate::receive(Socket connection, const Address& peer, Pass pass) {
    if (!trusted_.contains(peer)) {
        log::gen_log().info("Turned away ", name_of(peer), ": it is no trusted proxy");
        return;
    }
    const auto place = arrivals_.insert(
        arrivals_.end(),
        std::make_unique<Arrival>(
            *this, std::move(connection), peer, stack_context::wrap(std::move(pass))
        )
    );
    try {
        (*place)->start(place);
    } catch (...) {
        arrivals_.erase(place);
        throw;
    }
}

}  // namespace tornado::tcpserver
