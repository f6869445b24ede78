#include <tornado/tcpserver/drain.hpp>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tornado/tcpserver.hpp>

#include "support.hpp"

namespace {

using namespace std::chrono_literals;
using tornado::Future;
using tornado::iostream::IOStream;
using tornado::netutil::Address;
using tornado::tcpserver::SignalDrain;
using tornado::tcpserver::TCPServer;

struct EchoServer : TCPServer {
    EchoServer() { listen(0, {.address = "127.0.0.1"}); }
    Future<void> handle_stream(IOStream stream, Address) override {
        ++begun;
        try {
            while (!draining()) {
                co_await stream.write(co_await stream.read_until("\n"));
            }
            ++ended;
        } catch (const tornado::CancelledError&) {
            ++cut_off;
            throw;
        }
    }
    int begun = 0;
    int ended = 0;
    int cut_off = 0;
};

struct DrainFixture : LoopFixture {
    Future<IOStream> connected() {
        IOStream stream{connect_to(server.port())};
        co_await stream.write("hello\n");
        co_await stream.read_until("\n");
        co_return std::move(stream);
    }

    EchoServer server;
    LogCapture log;
};

BOOST_FIXTURE_TEST_SUITE(tcpserver_drain, DrainFixture)

BOOST_AUTO_TEST_CASE(a_server_without_connections_drains_at_once) {
    const auto port = server.port();
    BOOST_TEST(!server.draining());
    run([&] { return server.drain(); });
    BOOST_TEST(server.draining());
    BOOST_CHECK_THROW(static_cast<void>(connect_to(port)), std::system_error);
}

BOOST_AUTO_TEST_CASE(what_has_begun_comes_to_its_end) {
    const auto port = server.port();
    run([&]() -> Future<void> {
        auto stream = co_await connected();
        const auto drained = server.drain();
        co_await tornado::gen::moment();
        BOOST_TEST(!drained.done());
        BOOST_CHECK_THROW(static_cast<void>(connect_to(port)), std::system_error);
        co_await stream.write("last words\n");
        BOOST_TEST(co_await stream.read_until("\n") == "last words\n");
        co_await drained;
    });
    BOOST_TEST(server.ended == 1);
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_CASE(what_does_not_end_in_time_is_cut_off) {
    run([&]() -> Future<void> {
        auto one = co_await connected();
        auto other = co_await connected();
        co_await server.drain(0ms, 1ms);
        BOOST_TEST(server.cut_off == 2);
        BOOST_TEST(co_await one.read_until_close() == "");
        BOOST_TEST(co_await other.read_until_close() == "");
    });
    BOOST_TEST(log.count("2 connections are cut off") == 1);
}

BOOST_AUTO_TEST_CASE(for_a_while_it_goes_on_as_before) {
    run([&]() -> Future<void> {
        const auto drained = server.drain(1ms, 10'000ms);
        IOStream late{connect_to(server.port())};
        co_await late.write("hello\n");
        late.close();
        co_await drained;
    });
    BOOST_TEST(server.port() == 0);
}

BOOST_AUTO_TEST_CASE(a_second_call_is_the_same) {
    run([&]() -> Future<void> {
        auto stream = co_await connected();
        const auto first = server.drain();
        const auto second = server.drain(0ms, 0ms);
        stream.close();
        co_await second;
        BOOST_TEST(first.done());
    });
}

BOOST_AUTO_TEST_CASE(connections_that_wait_for_a_proxy_header_are_closed) {
    server.set_proxy_protocol({.trusted = {"127.0.0.1"}});
    const auto socket = connect_to(server.port());
    turns();
    run([&] { return server.drain(); });
    char byte = 0;
    BOOST_TEST(::recv(socket.fileno(), &byte, 1, MSG_DONTWAIT) == 0);
}

BOOST_AUTO_TEST_CASE(the_server_may_go_while_it_drains) {
    auto another = std::make_unique<EchoServer>();
    run([&]() -> Future<void> {
        IOStream stream{connect_to(another->port())};
        co_await stream.write("hello\n");
        co_await stream.read_until("\n");
        const auto drained = another->drain();
        stream.close();
        for (int i = 0; i < 10; ++i) {
            co_await tornado::gen::moment();
        }
        another.reset();
    });
    turns();
}

/// Both are due in one turn of the loop.
void at_the_same_time(std::function<void()> first, std::function<void()> second) {
    auto& loop = tornado::ioloop::IOLoop::current();
    first();
    loop.call_later(2ms, std::move(second));
    std::this_thread::sleep_for(10ms);
}

BOOST_AUTO_TEST_CASE(the_server_may_go_as_the_delay_of_its_drain_ends) {
    auto another = std::make_unique<EchoServer>();
    std::optional<Future<void>> drained;
    run([&]() -> Future<void> {
        at_the_same_time([&] { drained = another->drain(1ms); }, [&] { another.reset(); });
        while (another != nullptr) {
            co_await tornado::gen::moment();
        }
    });
    turns();
    BOOST_TEST(drained->cancelled());
}

BOOST_AUTO_TEST_CASE(the_server_may_go_as_the_time_for_its_drain_ends) {
    auto another = std::make_unique<EchoServer>();
    run([&]() -> Future<void> {
        IOStream stream{connect_to(another->port())};
        co_await stream.write("hello\n");
        co_await stream.read_until("\n");
        at_the_same_time([&] { another->drain(0ms, 1ms).ignore(); }, [&] { another.reset(); });
        while (another != nullptr) {
            co_await tornado::gen::moment();
        }
    });
    turns();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(signal_drain, DrainFixture)

BOOST_AUTO_TEST_CASE(a_signal_drains_the_server_and_stops_the_loop) {
    server.drain_on_signal();
    loop.add_callback([&]() -> Future<void> {
        auto stream = co_await connected();
        ::raise(SIGTERM);
        while (!server.draining()) {
            co_await tornado::gen::moment();
        }
        co_await stream.write("last words\n");
        BOOST_TEST(co_await stream.read_until("\n") == "last words\n");
    });
    loop.start();
    BOOST_TEST(server.ended == 1);
}

BOOST_AUTO_TEST_CASE(a_second_signal_stops_it_at_once) {
    server.drain_on_signal();
    loop.add_callback([&]() -> Future<void> {
        auto stream = co_await connected();
        ::raise(SIGINT);
        while (!server.draining()) {
            co_await tornado::gen::moment();
        }
        ::raise(SIGTERM);
        co_await stream.read_until_close();
    });
    loop.start();
    BOOST_TEST(server.ended == 0);
    BOOST_TEST(log.count("SIGTERM again: stopping at once") == 1);
}

BOOST_AUTO_TEST_CASE(afterwards_the_signal_does_what_it_did_before) {
    struct sigaction before {};
    struct sigaction after {};
    ::sigaction(SIGTERM, nullptr, &before);
    {
        const SignalDrain drain{[] { return Future<void>::ready(); }, [] {}};
    }
    ::sigaction(SIGTERM, nullptr, &after);
    BOOST_TEST((before.sa_handler == after.sa_handler));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
