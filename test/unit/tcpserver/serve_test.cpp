#include <tornado/tcpserver/serve.hpp>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

#include "support.hpp"

namespace {

using namespace std::chrono_literals;
using tornado::Future;
using tornado::ioloop::IOLoop;
using tornado::iostream::IOStream;
using tornado::netutil::Address;
using tornado::netutil::Socket;
using tornado::tcpserver::serve;
using tornado::tcpserver::ServeOptions;
using tornado::tcpserver::TCPServer;

/// What servers do on their threads, for the test to see.
struct Record {
    std::atomic<int> made = 0;
    std::atomic<int> gone = 0;
};

/// Says its number, then sends lines back; stops its loop when it is told to.
struct NumberedServer : TCPServer {
    explicit NumberedServer(Record& made_for) : record{made_for}, number{record.made++} {}
    ~NumberedServer() override { ++record.gone; }
    Future<void> handle_stream(IOStream stream, Address) override {
        co_await stream.write(std::to_string(number) + "\n");
        while (!draining()) {
            auto line = co_await stream.read_until("\n");
            if (line == "stop\n") {
                IOLoop::current().stop();
            }
            co_await stream.write(line);
        }
    }
    Record& record;
    const int number;
};

/// A client that blocks, in a thread of its own. Boost.Test stays with the test's thread.
class Client {
public:
    explicit Client(std::uint16_t port) : socket_{connect_to(port)} {}

    void send(std::string_view line) const {
        if (::send(socket_.fileno(), line.data(), line.size(), MSG_NOSIGNAL) < 0) {
            throw std::runtime_error{"cannot send"};
        }
    }
    /// The next line, or what came before the end.
    std::string read() const {
        std::string line;
        char byte = 0;
        while (!line.ends_with('\n') && ::recv(socket_.fileno(), &byte, 1, 0) == 1) {
            line += byte;
        }
        return line;
    }

private:
    Socket socket_;
};

/// Until nobody listens on the port. It does not read: a connection that comes while its listener
/// closes may stay open with nobody at the other end.
void wait_until_refused(std::uint16_t port) {
    try {
        while (true) {
            const Client refused{port};
            std::this_thread::yield();
        }
    } catch (const std::system_error&) {
    }
}

struct ServeFixture {
    /// Serves, while `clients` runs in a thread of its own.
    void serve_for(int threads, const std::function<void(std::uint16_t)>& clients) {
        std::thread thread;
        const tornado::util::ScopeExit end{[&] {
            if (thread.joinable()) {
                thread.join();
            }
        }};
        ServeOptions options;
        options.address = "127.0.0.1";
        options.drain.timeout = drain_timeout;
        options.on_listening = [&](std::uint16_t port) {
            thread = std::thread{[&clients, port] { clients(port); }};
        };
        serve(threads, 0, make, options);
    }
    static void send_signal(int signal) { ::kill(::getpid(), signal); }

    IOLoop loop;
    Record record;
    std::chrono::milliseconds drain_timeout{60'000};
    tornado::tcpserver::ServerFactory make = [this] {
        return std::make_unique<NumberedServer>(record);
    };
};

BOOST_FIXTURE_TEST_SUITE(serve_in_threads, ServeFixture)

BOOST_AUTO_TEST_CASE(each_thread_has_a_server_and_a_share_of_the_connections) {
    std::set<std::string> met;
    serve_for(3, [&](std::uint16_t port) {
        for (int i = 0; i < 10'000 && met.size() < 3; ++i) {
            met.insert(Client{port}.read());
        }
        send_signal(SIGTERM);
    });
    const std::set<std::string> all{"0\n", "1\n", "2\n"};
    BOOST_TEST(met == all, boost::test_tools::per_element());
    BOOST_TEST(record.gone == 3);
}

BOOST_AUTO_TEST_CASE(a_signal_drains_all) {
    std::string answer;
    std::string after;
    serve_for(2, [&](std::uint16_t port) {
        const Client client{port};
        client.read();
        client.send("half ");
        send_signal(SIGTERM);
        wait_until_refused(port);
        client.send("a line\n");
        answer = client.read();
        after = client.read();
    });
    BOOST_TEST(answer == "half a line\n");
    BOOST_TEST(after == "");
    BOOST_TEST(record.gone == 2);
}

BOOST_AUTO_TEST_CASE(what_does_not_end_in_time_is_cut_off) {
    drain_timeout = 1ms;
    std::string answer;
    serve_for(2, [&](std::uint16_t port) {
        const Client client{port};
        client.read();
        send_signal(SIGINT);
        answer = client.read();
    });
    BOOST_TEST(answer == "");
    BOOST_TEST(record.gone == 2);
}

BOOST_AUTO_TEST_CASE(a_second_signal_ends_all_at_once) {
    std::string answer;
    serve_for(2, [&](std::uint16_t port) {
        const Client client{port};
        client.read();
        send_signal(SIGTERM);
        wait_until_refused(port);
        send_signal(SIGTERM);
        answer = client.read();
    });
    BOOST_TEST(answer == "");
    BOOST_TEST(record.gone == 2);
    // The loop can be used again.
    loop.run_sync([]() -> Future<void> { co_await tornado::gen::moment(); });
}

BOOST_AUTO_TEST_CASE(when_one_loop_stops_so_do_the_others) {
    serve_for(3, [&](std::uint16_t port) {
        const Client client{port};
        client.read();
        client.send("stop\n");
        client.read();
    });
    BOOST_TEST(record.gone == 3);
}

BOOST_AUTO_TEST_CASE(what_a_factory_throws_comes_out_and_the_others_end) {
    std::atomic<int> calls = 0;
    make = [this, &calls]() -> std::unique_ptr<TCPServer> {
        if (++calls == 2) {
            throw std::runtime_error{"no server today"};
        }
        return std::make_unique<NumberedServer>(record);
    };
    try {
        serve_for(3, [](std::uint16_t) {});
        BOOST_ERROR("one has failed");
    } catch (const std::runtime_error& error) {
        BOOST_TEST(std::string{error.what()} == "no server today");
    }
    BOOST_TEST(record.gone == 2);
}

BOOST_AUTO_TEST_CASE(a_factory_must_make_something) {
    make = [] { return nullptr; };
    BOOST_CHECK_THROW(serve_for(1, [](std::uint16_t) {}), std::logic_error);
}

BOOST_AUTO_TEST_CASE(without_a_port_to_listen_on_no_thread_starts) {
    const auto taken = listener_on_loopback();
    ServeOptions options;
    options.address = "127.0.0.1";
    BOOST_CHECK_THROW(serve(2, port_of(taken), make, options), std::system_error);
    BOOST_TEST(record.made == 0);
}

BOOST_AUTO_TEST_CASE(servers_may_listen_by_themselves) {
    const auto port = port_of(
        tornado::netutil::bind_sockets(0, {.address = "127.0.0.1", .reuse_port = true}).front()
    );
    std::atomic<int> listening = 0;
    std::string answer;
    std::thread thread{[&] {
        while (listening < 2) {
            std::this_thread::yield();
        }
        answer = Client{port}.read();
        send_signal(SIGTERM);
    }};
    serve(
        2,
        [&] {
            auto server = std::make_unique<NumberedServer>(record);
            server->listen(port, {.address = "127.0.0.1", .reuse_port = true});
            ++listening;
            return server;
        },
        {.timeout = 1ms}
    );
    thread.join();
    BOOST_TEST((answer == "0\n" || answer == "1\n"));
}

BOOST_AUTO_TEST_CASE(one_for_each_processor_unless_told_otherwise) {
    serve_for(0, [&](std::uint16_t port) {
        Client{port}.read();
        send_signal(SIGTERM);
    });
    BOOST_TEST(record.made >= 1);
    BOOST_TEST(record.made == record.gone);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
