#include "tornado/tcpserver/tcpserver.hpp"

#include <stdexcept>

#include "tornado/ioloop/ioloop.hpp"
#include "tornado/log.hpp"
#include "tornado/process.hpp"

namespace tornado::tcpserver {

struct TCPServer::Listener {
    netutil::Socket socket;
    netutil::Acceptor acceptor;
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

}  // namespace

TCPServer::TCPServer(iostream::StreamOptions options, netutil::SSLContext ssl_options)
    : options_{options},
      ssl_context_{std::move(ssl_options)} {
    if (ssl_context_ && ssl_context_.side() != netutil::SSLSide::server) {
        throw std::invalid_argument{
            "the ssl_options of a server are for the other side: make them with SSLSide::server"};
    }
}

TCPServer::TCPServer(iostream::StreamOptions options, const netutil::SSLOptions& ssl_options)
    : TCPServer{options, netutil::ssl_options_to_context(ssl_options, netutil::SSLSide::server)} {}

TCPServer::~TCPServer() = default;

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
    if (processes != 1 && !process::fork_processes(processes, max_restarts)) {
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

std::uint16_t TCPServer::port() const {
    if (!listeners_.empty()) {
        return netutil::local_address(listeners_.front()->socket.fileno()).port();
    }
    return bound_.empty() ? std::uint16_t{0}
                          : netutil::local_address(bound_.front().fileno()).port();
}

void TCPServer::accept(netutil::Socket connection, const netutil::Address& address) {
    const auto served = [&]() -> Future<void> {
        try {
            return handle_stream(open(std::move(connection)), address);
        } catch (...) {  // it need not be a coroutine
            return Future<void>::failed(std::current_exception());
        }
    }();
    if (served.done()) {
        log_failure(served);
    } else {
        served.add_done_callback(log_failure);
    }
}

iostream::IOStream TCPServer::open(netutil::Socket connection) const {
    auto core = iostream::StreamCore::open(ioloop::IOLoop::current(), std::move(connection));
    if (ssl_context_) {
        core->start_tls(ssl_context_, {});
    }
    return iostream::IOStream{std::move(core), options_};
}

}  // namespace tornado::tcpserver
