#include <tornado/httpserver/http_server.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <optional>
#include <string>
#include <tornado/gen.hpp>
#include <tornado/iostream.hpp>
#include <tornado/log.hpp>
#include <tornado/testing.hpp>
#include <vector>

#include "waiting_app.hpp"

namespace iostream = tornado::iostream;
namespace logging = tornado::log;
using namespace std::chrono_literals;

namespace {

struct DrainTest : WaitingTest {
    /// Whether the server's port still takes connections.
    bool accepts() {
        try {
            auto connection = connect();
            return true;
        } catch (const iostream::StreamClosedError&) {
            return false;
        }
    }
    /// A request whose answer comes at once; returns the answer's Connection field.
    std::string ask(testing::RawConnection& connection) {
        connection.send(request);
        await_request();
        answer();
        const auto response = connection.read_response();
        BOOST_TEST(response.body == "done");
        return std::string{response.headers.get("Connection").value_or("")};
    }
};

BOOST_AUTO_TEST_SUITE(drain)

BOOST_FIXTURE_TEST_CASE(closes_idle_connections_and_listeners, DrainTest) {
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    auto used = connect();
    ask(used);
    time.advance(1s);

    const auto drained = http_server().drain();
    BOOST_TEST(http_server().draining());
    BOOST_TEST(used.read_until_close() == "");
    used.close();
    time.settle();
    BOOST_TEST(drained.done());
    BOOST_TEST(http_server().connection_count() == 0U);
    BOOST_TEST(!accepts());
}

BOOST_FIXTURE_TEST_CASE(a_request_in_flight_is_answered_and_told_of_the_close, DrainTest) {
    auto connection = connect();
    connection.send(request);
    await_request();
    const auto drained = http_server().drain();
    run([] { return gen::sleep(0ms); });
    BOOST_TEST(!drained.done());
    answer();
    const auto response = connection.read_response();
    BOOST_TEST(response.body == "done");
    BOOST_TEST(response.headers.get("Connection").value_or("") == "close");
    BOOST_TEST(connection.read_until_close() == "");
    connection.close();
    run([&] { return drained; });
    BOOST_TEST(app->lost == 0);
}

BOOST_FIXTURE_TEST_CASE(a_request_whose_head_has_begun_is_answered, DrainTest) {
    auto connection = connect();
    connection.send(request);
    await_request();
    answer();
    BOOST_TEST(connection.read_response().body == "done");
    connection.send(request.substr(0, 10));
    run([&]() -> Future<void> {  // until the server has the beginning
        for (int turn = 0; turn < 100; ++turn) {
            co_await gen::sleep(0ms);
        }
    });
    const auto drained = http_server().drain();
    connection.send(request.substr(10));
    await_request();
    answer();
    BOOST_TEST(connection.read_response().headers.get("Connection").value_or("") == "close");
    connection.close();
    run([&] { return drained; });
}

/// A client whose bytes wait in the kernel: the loop does not run meanwhile.
struct KernelClient {
    explicit KernelClient(int port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        BOOST_REQUIRE(
            ::connect(
                socket.fileno(), reinterpret_cast<const sockaddr*>(&address), sizeof address
            ) == 0
        );
    }
    void send(std::string_view bytes) const {
        BOOST_TEST(::send(socket.fileno(), bytes.data(), bytes.size(), 0) > 0);
    }
    Future<std::string> read_to_end() const {
        std::string text;
        std::array<char, 1000> room;
        while (true) {
            const auto count = ::recv(socket.fileno(), room.data(), room.size(), MSG_DONTWAIT);
            if (count > 0) {
                text.append(room.data(), static_cast<std::size_t>(count));
            } else if (count < 0 && errno == EAGAIN) {
                co_await gen::sleep(0ms);
            } else {
                BOOST_TEST(count == 0);  // an orderly end, not a reset
                co_return text;
            }
        }
    }
    tornado::netutil::Socket socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
};

BOOST_FIXTURE_TEST_CASE(a_request_that_the_loop_has_not_seen_yet_is_answered, DrainTest) {
    std::optional<KernelClient> client;
    client.emplace(get_http_port());
    run([&]() -> Future<void> {
        while (http_server().connection_count() == 0) {
            co_await gen::moment();
        }
    });
    client->send(request);
    const auto drained = http_server().drain();
    await_request();
    answer();
    BOOST_TEST(run([&] { return client->read_to_end(); }).ends_with("\r\n\r\ndone"));
    client.reset();
    run([&] { return drained; });
}

BOOST_FIXTURE_TEST_CASE(whoever_waits_to_be_accepted_is_answered, DrainTest) {
    std::vector<KernelClient> clients;
    for (int i = 0; i < 3; ++i) {
        clients.emplace_back(get_http_port());
        clients.back().send(request);
    }
    app->arrived = [this] { answer(); };
    const auto drained = http_server().drain();
    BOOST_TEST(!accepts());
    for (const auto& client : clients) {
        BOOST_TEST(run([&] { return client.read_to_end(); }).ends_with("\r\n\r\ndone"));
    }
    clients.clear();
    run([&] { return drained; });
}

BOOST_FIXTURE_TEST_CASE(a_first_request_on_its_way_is_answered, DrainTest) {
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    std::vector<KernelClient> clients;
    clients.emplace_back(get_http_port());
    time.settle();
    clients.emplace_back(get_http_port());  // this one is yet to be accepted
    const auto drained = http_server().drain();
    time.advance(1s);
    for (const auto& client : clients) {
        client.send(request);
        await_request();
        answer();
        const auto response = run([&] { return client.read_to_end(); });
        BOOST_TEST(response.find("\r\nConnection: close\r\n") != response.npos);
        BOOST_TEST(response.ends_with("\r\n\r\ndone"));
    }
    clients.clear();
    time.settle();
    BOOST_TEST(drained.done());
}

BOOST_FIXTURE_TEST_CASE(whoever_goes_on_saying_nothing_is_closed_in_an_orderly_way, DrainTest) {
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    const KernelClient client{get_http_port()};
    const auto drained = http_server().drain();
    time.advance(1s);
    BOOST_TEST(!drained.done());
    time.advance(2s);
    BOOST_TEST(drained.done());
    BOOST_TEST(run([&] { return client.read_to_end(); }) == "");
}

BOOST_FIXTURE_TEST_CASE(an_idle_client_that_stays_holds_it_up_for_a_moment_only, DrainTest) {
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    auto connection = connect();
    ask(connection);
    const auto drained = http_server().drain();
    time.advance(3s);
    BOOST_TEST(drained.done());
}

BOOST_FIXTURE_TEST_CASE(the_next_request_of_a_busy_client_is_answered, DrainTest) {
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    auto connection = connect();
    BOOST_TEST(ask(connection) == "");
    time.advance(900ms);
    const auto drained = http_server().drain();
    time.advance(900ms);
    BOOST_TEST(ask(connection) == "close");
    BOOST_TEST(connection.read_until_close() == "");
    connection.close();
    time.settle();
    BOOST_TEST(drained.done());
}

BOOST_FIXTURE_TEST_CASE(a_request_behind_a_response_that_did_not_say_close_is_answered, DrainTest) {
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    auto connection = connect();
    auto other = connect();
    std::vector<httputil::ExchangeRef> begun;
    for (auto* const each : {&connection, &other}) {
        each->send(request);
        await_request();
        app->exchange->write_headers(200, "", {{"Content-Length", "4"}}, "do");
        begun.push_back(take());
    }
    const auto drained = http_server().drain();
    time.settle();
    for (auto& each : begun) {
        each->write("ne");
        each->finish();
    }
    BOOST_TEST(connection.read_response().body == "done");
    BOOST_TEST(other.read_response().body == "done");
    BOOST_TEST(ask(connection) == "close");
    BOOST_TEST(connection.read_until_close() == "");
    connection.close();
    time.advance(3s);
    BOOST_TEST(other.read_until_close() == "");
    BOOST_TEST(drained.done());
}

BOOST_FIXTURE_TEST_CASE(goes_on_for_the_delay_and_says_that_it_ends, DrainTest) {
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    auto idle = connect();
    BOOST_TEST(ask(idle) == "");
    auto busy = connect();
    BOOST_TEST(ask(busy) == "");
    const auto drained = http_server().drain(10s);
    BOOST_TEST(http_server().draining());
    time.advance(9s);
    BOOST_TEST(!drained.done());
    auto fresh = connect();
    for (auto* const each : {&busy, &fresh}) {
        BOOST_TEST(ask(*each) == "close");
        BOOST_TEST(each->read_until_close() == "");
        each->close();
    }
    time.settle();
    BOOST_TEST(http_server().connection_count() == 1U);
    time.advance(3s);
    BOOST_TEST(idle.read_until_close() == "");
    BOOST_TEST(drained.done());
    BOOST_TEST(!accepts());
}

BOOST_FIXTURE_TEST_CASE(cuts_off_what_is_left_at_the_deadline, DrainTest) {
    const testing::ExpectLog expected{logging::gen_log(), "1 connections are cut off"};
    auto connection = connect();
    connection.send(request);
    await_request();
    run([&] { return http_server().drain(0ms, 1ms); });
    BOOST_TEST(app->lost == 1);
    BOOST_TEST(http_server().connection_count() == 0U);
    BOOST_TEST(connection.read_until_close() == "");
}

BOOST_FIXTURE_TEST_CASE(called_again_it_is_the_same, DrainTest) {
    auto connection = connect();
    connection.send(request);
    await_request();
    const auto first = http_server().drain();
    const auto second = http_server().drain(0ms, 0ms);
    answer();
    connection.close();
    run([&] { return second; });
    BOOST_TEST(first.done());
}

BOOST_FIXTURE_TEST_CASE(a_signal_drains_and_stops_the_loop, DrainTest) {
    http_server().drain_on_signal();
    auto connection = connect();
    connection.send(request);
    await_request();
    ::raise(SIGTERM);
    io_loop().call_later(1ms, [&] { answer(); });
    io_loop().start();  // until the drain is over; the client closes when it has its response
    BOOST_TEST(http_server().connection_count() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_second_signal_means_now, DrainTest) {
    const testing::ExpectLog expected{logging::gen_log(), "SIGINT again"};
    http_server().drain_on_signal();
    auto connection = connect();
    connection.send(request);
    await_request();
    ::raise(SIGINT);
    io_loop().call_later(1ms, [] { ::raise(SIGINT); });
    io_loop().start();
    BOOST_TEST(app->lost == 1);
    BOOST_TEST(http_server().connection_count() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
