#include <tornado/tcpserver/tcpserver.hpp>

#include <fcntl.h>
#include <sys/wait.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <set>
#include <stdexcept>
#include <string>
#include <tornado/process.hpp>
#include <utility>

#include "../iostream/support.hpp"

namespace {

using tornado::Future;
using tornado::ioloop::IOLoop;
using tornado::iostream::IOStream;
using tornado::iostream::StreamOptions;
using tornado::netutil::Address;
using tornado::netutil::Socket;
using tornado::tcpserver::TCPServer;

struct EchoServer : TCPServer {
    using TCPServer::TCPServer;

    Future<void> handle_stream(IOStream stream, Address address) override {
        ++connections;
        last_peer = address;
        while (true) {
            co_await stream.write(co_await stream.read_until("\n"));
        }
    }

    int connections = 0;
    Address last_peer;
};

struct ServerFixture : LoopFixture {
    std::string ask(std::uint16_t port, const std::string& line) {
        return run([&]() -> Future<std::string> {
            IOStream stream{connect_to(port)};
            co_await stream.write(line);
            co_return co_await stream.read_until("\n");
        });
    }
};

BOOST_FIXTURE_TEST_SUITE(tcpserver, ServerFixture)

BOOST_AUTO_TEST_CASE(listen_serves_at_once) {
    EchoServer server;
    server.listen(0, {.address = "127.0.0.1"});
    BOOST_TEST(server.port() != 0);
    BOOST_TEST(ask(server.port(), "hello\n") == "hello\n");
    BOOST_TEST(server.last_peer.host() == "127.0.0.1");
}

BOOST_AUTO_TEST_CASE(listen_may_be_called_again) {
    EchoServer server;
    server.listen(0, {.address = "127.0.0.1"});
    auto second = listener_on_loopback();
    const auto port = port_of(second);
    second.close();
    server.listen(port, {.address = "127.0.0.1"});
    BOOST_TEST(ask(server.port(), "one\n") == "one\n");
    BOOST_TEST(ask(port, "two\n") == "two\n");
    BOOST_TEST(server.connections == 2);
}

BOOST_AUTO_TEST_CASE(sockets_made_elsewhere_can_be_served) {
    EchoServer server;
    auto sockets = tornado::netutil::bind_sockets(0, {.address = "localhost"});
    const auto port = port_of(sockets.front());
    server.add_sockets(std::move(sockets));
    BOOST_TEST(server.port() == port);
    BOOST_TEST(ask(port, "hello\n") == "hello\n");
}

BOOST_AUTO_TEST_CASE(bind_serves_only_after_start) {
    EchoServer server;
    server.bind(0, {.address = "127.0.0.1"});
    const auto port = server.port();
    BOOST_TEST(port != 0);
    const auto early = connect_to(port);
    turns();
    BOOST_TEST(server.connections == 0);
    BOOST_TEST(server.start());
    BOOST_TEST(server.port() == port);
    until([&] { return server.connections == 1; });
}

BOOST_AUTO_TEST_CASE(starting_twice_throws) {
    EchoServer server;
    server.bind(0, {.address = "127.0.0.1"});
    BOOST_TEST(server.start());
    BOOST_CHECK_THROW(static_cast<void>(server.start()), std::logic_error);
}

BOOST_AUTO_TEST_CASE(forking_under_a_loop_throws) {
    EchoServer server;
    server.bind(0, {.address = "127.0.0.1"});
    BOOST_CHECK_THROW(static_cast<void>(server.start(2)), std::logic_error);
}

BOOST_AUTO_TEST_CASE(a_server_without_sockets_has_no_port) {
    const EchoServer server;
    BOOST_TEST(server.port() == 0);
}

BOOST_AUTO_TEST_CASE(stop_closes_the_listeners_and_leaves_the_connections) {
    EchoServer server;
    server.listen(0, {.address = "127.0.0.1"});
    const auto port = server.port();
    run([&]() -> Future<void> {
        IOStream stream{connect_to(port)};
        co_await stream.write("before\n");
        BOOST_TEST(co_await stream.read_until("\n") == "before\n");
        server.stop();
        server.stop();
        BOOST_CHECK_THROW(static_cast<void>(connect_to(port)), std::system_error);
        co_await stream.write("after\n");
        BOOST_TEST(co_await stream.read_until("\n") == "after\n");
    });
    BOOST_TEST(server.port() == 0);
}

BOOST_AUTO_TEST_CASE(stop_closes_what_was_bound_too) {
    EchoServer server;
    server.bind(0, {.address = "127.0.0.1"});
    const auto port = server.port();
    server.stop();
    BOOST_CHECK_THROW(static_cast<void>(connect_to(port)), std::system_error);
}

BOOST_AUTO_TEST_CASE(a_stopped_server_can_listen_again) {
    EchoServer server;
    server.listen(0, {.address = "127.0.0.1"});
    server.stop();
    server.listen(0, {.address = "127.0.0.1"});
    BOOST_TEST(ask(server.port(), "again\n") == "again\n");
}

BOOST_AUTO_TEST_CASE(two_servers_share_a_loop) {
    EchoServer one;
    EchoServer other;
    one.listen(0, {.address = "127.0.0.1"});
    other.listen(0, {.address = "127.0.0.1"});
    BOOST_TEST(one.port() != other.port());
    BOOST_TEST(ask(one.port(), "to one\n") == "to one\n");
    BOOST_TEST(ask(other.port(), "to the other\n") == "to the other\n");
    BOOST_TEST(one.connections == 1);
    BOOST_TEST(other.connections == 1);
}

BOOST_AUTO_TEST_CASE(a_destroyed_server_accepts_nothing_more) {
    std::uint16_t port = 0;
    {
        EchoServer server;
        server.listen(0, {.address = "127.0.0.1"});
        port = server.port();
    }
    BOOST_CHECK_THROW(static_cast<void>(connect_to(port)), std::system_error);
    turns();
}

BOOST_AUTO_TEST_CASE(unix_sockets_are_served) {
    EchoServer server;
    const std::string name{"\0tornado-tcpserver-test", 23};
    auto listener = tornado::netutil::bind_unix_socket(name + std::to_string(::getpid()));
    const auto address = tornado::netutil::local_address(listener.fileno());
    server.add_socket(std::move(listener));
    BOOST_TEST(server.port() == 0);
    const auto answer = run([&]() -> Future<std::string> {
        IOStream stream{new_socket(AF_UNIX)};
        co_await stream.connect(address);
        stream.set_nodelay(true);  // no such thing there: ignored
        co_await stream.write("hello\n");
        co_return co_await stream.read_until("\n");
    });
    BOOST_TEST(answer == "hello\n");
    BOOST_TEST(server.last_peer.empty());
}

struct FailingServer : TCPServer {
    Future<void> handle_stream(IOStream stream, Address) override {
        const auto line = co_await stream.read_until("\n");
        if (line == "bad\n") {
            throw std::runtime_error{"a bad line"};
        }
        co_await stream.write(line);
    }
};

BOOST_AUTO_TEST_CASE(an_error_of_handle_stream_is_logged_and_accepting_goes_on) {
    const LogCapture log;
    FailingServer server;
    server.listen(0, {.address = "127.0.0.1"});
    run([&]() -> Future<void> {
        IOStream stream{connect_to(server.port())};
        co_await stream.write("bad\n");
        // Its stream went with the coroutine.
        BOOST_TEST(co_await stream.read_until_close() == "");
    });
    BOOST_TEST(ask(server.port(), "good\n") == "good\n");
    BOOST_TEST(log.count("Error in connection callback") == 1);
    BOOST_TEST(log.count("a bad line") == 1);
}

BOOST_AUTO_TEST_CASE(a_peer_that_leaves_is_not_logged) {
    const LogCapture log;
    EchoServer server;
    server.listen(0, {.address = "127.0.0.1"});
    BOOST_TEST(ask(server.port(), "hello\n") == "hello\n");
    turns();
    BOOST_TEST(log.size() == 0U);
}

struct ThrowingServer : TCPServer {
    Future<void> handle_stream(IOStream, Address) override {
        ++connections;
        if (connections == 1) {
            throw std::runtime_error{"not even a coroutine"};
        }
        return Future<void>::ready();
    }
    int connections = 0;
};

BOOST_AUTO_TEST_CASE(a_handle_stream_that_throws_at_once_is_logged_like_any_other) {
    const LogCapture log;
    ThrowingServer server;
    server.listen(0, {.address = "127.0.0.1"});
    const auto first = connect_to(server.port());
    const auto second = connect_to(server.port());
    until([&] { return server.connections == 2; });
    turns();
    BOOST_TEST(log.count("Error in connection callback") == 1);
    BOOST_TEST(log.count("not even a coroutine") == 1);
    char byte = 0;
    BOOST_TEST(::read(first.fileno(), &byte, 1) == 0);
}

struct StoppingServer : TCPServer {
    Future<void> handle_stream(IOStream stream, Address) override {
        ++connections;
        stop();
        co_await stream.write("bye\n");
    }
    int connections = 0;
};

BOOST_AUTO_TEST_CASE(handle_stream_may_stop_its_server) {
    StoppingServer server;
    server.listen(0, {.address = "127.0.0.1"});
    const auto port = server.port();
    const auto waiting = connect_to(port);
    const auto another = connect_to(port);
    until([&] { return server.connections == 1; });
    turns();
    BOOST_TEST(server.connections == 1);
}

BOOST_AUTO_TEST_CASE(the_options_of_the_server_are_those_of_its_streams) {
    const LogCapture log;
    EchoServer server{StreamOptions{.max_buffer_size = 5000}};
    server.listen(0, {.address = "127.0.0.1"});
    run([&]() -> Future<void> {
        IOStream stream{connect_to(server.port())};
        stream.write(std::string(1'000'000, 'x')).ignore();
        co_await stream.read_until_close();
    });
    BOOST_TEST(log.count("maximum read buffer size of 5000") == 1);
}

BOOST_AUTO_TEST_SUITE_END()

/// Says its worker's task id to whom it meets.
struct IdServer : TCPServer {
    Future<void> handle_stream(IOStream stream, Address) override {
        co_await stream.write(std::to_string(tornado::process::task_id().value_or(9)));
    }
};

/// A process in which `serve` runs: it makes a server, says its port, and serves. Nothing of
/// Boost.Test runs in there, nor in its workers.
class ServerProcess {
public:
    template <typename F>
    explicit ServerProcess(F serve) {
        int ports[2];
        BOOST_REQUIRE(::pipe2(ports, O_CLOEXEC) == 0);
        pid_ = ::fork();
        BOOST_REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            tornado::log::set_level(tornado::log::Level::critical);
            int status = 99;
            try {
                status = serve([&ports](std::uint16_t port) {
                    static_cast<void>(::write(ports[1], &port, sizeof port));
                });
            } catch (const std::exception&) {
                status = 50;
            }
            ::_exit(status);
        }
        ::close(ports[1]);
        BOOST_REQUIRE(::read(ports[0], &port_, sizeof port_) == sizeof port_);
        ::close(ports[0]);
    }
    ~ServerProcess() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
    }
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    /// Connects until each of `count` workers has answered once.
    void meet_all(std::size_t count) const {
        std::set<std::string> met;
        for (int i = 0; i < 10'000 && met.size() < count; ++i) {
            const auto socket = connect_to(port_);
            std::string id(1, '?');
            BOOST_REQUIRE(::read(socket.fileno(), id.data(), 1) == 1);
            met.insert(id);
        }
        for (std::size_t id = 0; id < count; ++id) {
            BOOST_TEST(met.contains(std::to_string(id)));
        }
    }
    /// Tells the parent to end; its exit status.
    int end() {
        ::kill(pid_, SIGTERM);
        int status = 0;
        ::waitpid(std::exchange(pid_, -1), &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    pid_t pid_ = -1;
    std::uint16_t port_ = 0;
};

BOOST_AUTO_TEST_SUITE(tcpserver_processes)

BOOST_AUTO_TEST_CASE(bind_and_start_serve_in_several_processes) {
    ServerProcess process{[](auto say_port) {
        IdServer server;
        server.bind(0, {.address = "127.0.0.1"});
        say_port(server.port());
        if (!server.start(3)) {
            return 7;
        }
        IOLoop::current().start();
        return 0;
    }};
    process.meet_all(3);
    BOOST_TEST(process.end() == 7);
}

BOOST_AUTO_TEST_CASE(sockets_bound_before_the_fork_are_served_in_several_processes) {
    ServerProcess process{[](auto say_port) {
        auto sockets = tornado::netutil::bind_sockets(0, {.address = "127.0.0.1"});
        say_port(port_of(sockets.front()));
        if (!tornado::process::fork_processes(2)) {
            return 7;
        }
        IdServer server;
        server.add_sockets(std::move(sockets));
        IOLoop::current().start();
        return 0;
    }};
    process.meet_all(2);
    BOOST_TEST(process.end() == 7);
}

BOOST_AUTO_TEST_CASE(each_process_may_listen_on_its_own_with_reuse_port) {
    ServerProcess process{[](auto say_port) {
        // Holds the port without listening, until the workers do.
        const auto holder = new_socket();
        const int on = 1;
        ::setsockopt(holder.fileno(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
        ::setsockopt(holder.fileno(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        const auto address = loopback(0);
        static_cast<void>(
            ::bind(holder.fileno(), reinterpret_cast<const sockaddr*>(&address), sizeof address)
        );
        const auto port = port_of(holder);
        int ready[2];
        static_cast<void>(::pipe2(ready, O_CLOEXEC));
        const auto helper = ::fork();
        if (helper == 0) {  // says the port once both workers listen
            char byte = 0;
            static_cast<void>(::read(ready[0], &byte, 1));
            static_cast<void>(::read(ready[0], &byte, 1));
            say_port(port);
            ::_exit(0);
        }
        if (!tornado::process::fork_processes(2)) {
            return 7;
        }
        IdServer server;
        server.listen(port, {.address = "127.0.0.1", .reuse_port = true});
        static_cast<void>(::write(ready[1], "x", 1));
        IOLoop::current().start();
        return 0;
    }};
    process.meet_all(2);
    BOOST_TEST(process.end() == 7);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
