#include "tornado/tcpserver/tcpserver.hpp"

#include <list>
#include <stdexcept>
#include <utility>

#include "proxy_gate.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/gen.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/ioloop/time_limit.hpp"
#include "tornado/iostream/acceptor.hpp"
#include "tornado/iostream/iostream.hpp"
#include "tornado/log.hpp"
#include "tornado/process.hpp"
#include "tornado/stack_context.hpp"

namespace tornado::tcpserver {

struct TCPServer::Listener {
    netutil::Socket socket;
    netutil::Acceptor acceptor;
};

/// The calls of handle_stream() that are not over.
struct TCPServer::Running {
    std::list<Future<void>> calls;
    std::optional<Promise<void>> ended;  ///< for whoever waits until there is none

    void forget(std::list<Future<void>>::iterator call) {
        calls.erase(call);
        if (calls.empty() && ended) {
            std::exchange(ended, std::nullopt)->set_result();
        }
    }
};

namespace {

/// Says what a connection's service has failed with; nothing when it was cancelled.
void log_failure(const Future<void>& served) {
    const auto error = served.exception();
    if (error == nullptr) {
        return;
    }
    try {
        std::rethrow_exception(error);
    } catch (const iostream::StreamClosedError&) {
        // The peer left: the usual end of a connection.
    } catch (...) {
        log::app_log().error(
            "Error in connection callback: ", log::format_exception(std::current_exception())
        );
    }
}

/// For what goes on when the server has gone: ends it as cancelled.
void stop_unless_alive(const std::weak_ptr<const void>& server) {
    if (server.expired()) {
        throw CancelledError{};
    }
}

/// So long a connection that has come before the drain may take for its PROXY header.
constexpr std::chrono::milliseconds header_patience_at_drain{1'000};

}  // namespace

TCPServer::TCPServer(iostream::StreamOptions options, netutil::SSLContext ssl_options)
    : options_{options},
      ssl_context_{std::move(ssl_options)},
      running_{std::make_shared<Running>()} {
    if (ssl_context_ && ssl_context_.side() != netutil::SSLSide::server) {
        throw std::invalid_argument{
            "the ssl_options of a server are for the other side: make them with SSLSide::server"};
    }
}

TCPServer::TCPServer(iostream::StreamOptions options, const netutil::SSLOptions& ssl_options)
    : TCPServer{options, netutil::ssl_options_to_context(ssl_options, netutil::SSLSide::server)} {}

TCPServer::~TCPServer() {
    if (drained_) {
        drained_->cancel();
    }
}

void TCPServer::listen(int port, BindOptions options) {
    add_sockets(netutil::bind_sockets(port, std::move(options)));
}

void TCPServer::add_sockets(std::vector<netutil::Socket> sockets) {
    for (auto& socket : sockets) {
        add_socket(std::move(socket));
    }
}

void TCPServer::add_socket(netutil::Socket socket) {
    const int descriptor = socket.fileno();
    netutil::Acceptor acceptor{
        descriptor, [this](netutil::Socket connection, const netutil::Address& address) {
            accept(std::move(connection), address);
        }};
    listeners_.push_back(std::make_unique<Listener>(Listener{std::move(socket), std::move(acceptor)}
    ));
}

void TCPServer::bind(int port, BindOptions options) {
    auto sockets = netutil::bind_sockets(port, std::move(options));
    for (auto& socket : sockets) {
        bound_.push_back(std::move(socket));
    }
}

bool TCPServer::start(int processes, int max_restarts) {
    if (std::exchange(started_, true)) {
        throw std::logic_error{
            "the server was started already: start() is called once, after bind()"};
    }
    // While the parent has the sockets open, connections would go on coming in when no worker takes
    // any more.
    if (processes != 1 &&
        !process::fork_processes(processes, max_restarts, [this] { bound_.clear(); })) {
        bound_.clear();
        return false;
    }
    add_sockets(std::exchange(bound_, {}));
    return true;
}

void TCPServer::stop() {
    listeners_.clear();
    bound_.clear();
}

netutil::Address TCPServer::address() const {
    if (!listeners_.empty()) {
        return netutil::local_address(listeners_.front()->socket.fileno());
    }
    return bound_.empty() ? netutil::Address{} : netutil::local_address(bound_.front().fileno());
}

void TCPServer::set_proxy_protocol(const ProxyProtocolOptions& options) {
    proxy_gate_ = options.trusted.empty() ? nullptr : std::make_unique<ProxyGate>(options);
}

void TCPServer::accept(netutil::Socket connection, const netutil::Address& address) {
    const bool is_tcp = !address.empty() && !address.is_unix();
    if (proxy_gate_ == nullptr) {
        serve(std::move(connection), address, is_tcp);
        return;
    }
    proxy_gate_->receive(
        std::move(connection),
        address,
        [this, is_tcp](netutil::Socket passed, const netutil::Address& client) {
            serve(std::move(passed), client, is_tcp);
        }
    );
}

iostream::IOStream TCPServer::open(netutil::Socket connection, bool is_tcp) const {
    auto core =
        iostream::StreamCore::open(ioloop::IOLoop::current(), std::move(connection), is_tcp);
    if (ssl_context_) {
        core->start_tls(ssl_context_, {});
    }
    return iostream::IOStream{std::move(core), options_};
}

void TCPServer::serve(netutil::Socket connection, const netutil::Address& address, bool is_tcp) {
    const auto served = [&]() -> Future<void> {
        try {
            return handle_stream(open(std::move(connection), is_tcp), address);
        } catch (...) {  // it need not be a coroutine
            return Future<void>::failed(std::current_exception());
        }
    }();
    if (served.done()) {
        log_failure(served);
        return;
    }
    const std::weak_ptr<Running> running = running_;
    const auto call = running_->calls.insert(running_->calls.end(), served);
    served.add_done_callback([running, call](const Future<void>& ended) {
        log_failure(ended);
        if (const auto others = running.lock()) {
            others->forget(call);
        }
    });
}

// Stopping

Future<void> TCPServer::drain(std::chrono::milliseconds delay, std::chrono::milliseconds timeout) {
    if (!std::exchange(draining_, true)) {
        drain_begins();
        drained_ = run_drain(delay, timeout);
    }
    return *drained_;
}

Future<void>
TCPServer::run_drain(std::chrono::milliseconds delay, std::chrono::milliseconds timeout) {
    // The server's destruction cancels this, but not a step that the loop is about to take.
    const std::weak_ptr<const void> server_lives = running_;
    if (delay.count() > 0) {
        co_await gen::sleep(delay);
        stop_unless_alive(server_lives);
    }
    // Whoever has connected already is not turned away.
    for (std::size_t i = 0; i < listeners_.size(); ++i) {
        listeners_[i]->acceptor.accept_waiting();
        stop_unless_alive(server_lives);
    }
    stop();
    auto ended = stack_context::run_with_stack_context(
        stack_context::StackContext{
            ioloop::must_end_by, ioloop::IOLoop::current().time_after(timeout)},
        [this] {
            return proxy_gate_ != nullptr ? gate_and_connections_ended() : connections_ended();
        }
    );
    bool late = false;
    try {
        // When the server goes before its connections, nobody waits for them any more.
        co_await gen::
            with_timeout(timeout, std::move(ended), gen::quiet_exceptions<concurrent::BrokenPromise>);
    } catch (const ioloop::TimeoutError&) {
        late = true;
    }
    stop_unless_alive(server_lives);
    if (late) {
        if (proxy_gate_ != nullptr) {
            proxy_gate_->close();
        }
        cut_off_connections();
        co_await gen::moment();  // in which they unwind
    }
}

/// Those that are still to come through the gate are served as well.
Future<void> TCPServer::gate_and_connections_ended() {
    const std::weak_ptr<const void> server_lives = running_;
    const auto ended = connections_ended();
    co_await proxy_gate_->drain(header_patience_at_drain);
    stop_unless_alive(server_lives);
    co_await ended;
    stop_unless_alive(server_lives);
    co_await connections_ended();
}

Future<void> TCPServer::connections_ended() {
    if (running_->calls.empty()) {
        return Future<void>::ready();
    }
    if (!running_->ended) {
        running_->ended.emplace();
    }
    return running_->ended->future();
}

void TCPServer::cut_off_connections() {
    if (running_->calls.empty()) {
        return;
    }
    log::gen_log().warning("Stopping: ", running_->calls.size(), " connections are cut off");
    const auto running = running_;  // whoever is cancelled may destroy the server
    for (const auto& call : running->calls) {
        call.cancel();  // each is told of in the loop, later: the list stays as it is
    }
}

void TCPServer::drain_on_signal(const DrainOptions& options) {
    signal_drain_ = std::make_unique<SignalDrain>(
        [this, options] { return drain(options.delay, options.timeout); },
        [this] { cut_off_connections(); }
    );
}

}  // namespace tornado::tcpserver
