#include <tornado/websocket/websocket_handler.hpp>

#include <boost/test/unit_test.hpp>
#include <tornado/httpclient.hpp>

#include "socket_support.hpp"

namespace {

/// A handler that pings, in virtual time, to which "go" has been said.
struct PingTest : SocketTest {
    template <typename H>
    RawSocket go(std::chrono::milliseconds ping_interval) {
        settings.websocket_ping_interval = ping_interval;
        serve<H>(std::ref(events));
        time.emplace(io_loop());
        auto socket = open();
        socket.send(masked(Opcode::text, "go"));
        return socket;
    }

    Events events;
    std::optional<testing::VirtualTime> time;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(websocket_beyond_its_request)

BOOST_FIXTURE_TEST_CASE(fetches_when_the_request_s_time_limit_is_long_over, SocketTest) {
    struct Page : web::RequestHandler {
        void get() { write("page"); }
    };
    struct Handler : WebSocketHandler {
        explicit Handler(const std::string& address) : url{address} {}
        Future<void> on_message(std::string) {
            tornado::httpclient::AsyncHTTPClient client;
            const auto response = co_await client.fetch(url);
            co_await write_message(response.body);
        }
        const std::string& url;
    };
    std::string page;
    settings.handler_timeout = 1s;
    routes.push_back(web::url<Page>("/page"));
    serve<Handler>(std::ref(page));
    page = get_url("/page");
    testing::VirtualTime time{io_loop()};
    auto socket = open();
    run([] { return gen::sleep(5s); });
    socket.send(masked(Opcode::text, "go"));
    BOOST_TEST(socket.next() == "text:page");
}

BOOST_FIXTURE_TEST_CASE(notices_a_reset_while_a_message_is_worked_on, PingTest) {
    struct Waiting : Noting {
        using Noting::Noting;
        Future<void> on_message(std::string) { co_await gen::sleep(3600s); }
    };
    auto socket = go<Waiting>(1000ms);
    run([] { return gen::sleep(100ms); });
    socket.reset();
    run([] { return gen::sleep(5s); });
    BOOST_TEST(events.back() == "closed:none:");
}

BOOST_FIXTURE_TEST_CASE(
    notices_that_nobody_takes_its_pings_while_a_message_is_worked_on,
    PingTest
) {
    struct Waiting : Noting {
        using Noting::Noting;
        Future<void> on_message(std::string) {
            write_message(std::string(20'000'000, 'x'), true);  // more than there is room for
            co_await gen::sleep(3600s);
        }
    };
    auto socket = go<Waiting>(1000ms);
    run([] { return gen::sleep(10s); });
    BOOST_TEST(events.back() == "closed:none:");
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/// Sends more than a socket holds, of which the client reads some from time to time.
struct Heavy : Noting {
    using Noting::Noting;
    void on_message(std::string) { write_message(std::string(20'000'000, 'x'), true); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(pings_of_a_busy_connection)

BOOST_FIXTURE_TEST_CASE(do_not_time_out_while_they_are_still_on_their_way, PingTest) {
    auto socket = go<Heavy>(2000ms);
    while (socket.unread().size() < 19'000'000) {
        run([] { return gen::sleep(1s); });
        socket.take(500'000);
    }
    BOOST_TEST((time->elapsed() > 30s));
    BOOST_TEST(socket.next().size() == 20'000'007U);
    BOOST_TEST(socket.next() == "ping:");
    BOOST_TEST(joined(events) == "finish open");
}

BOOST_FIXTURE_TEST_CASE(time_out_when_nothing_goes, PingTest) {
    auto socket = go<Heavy>(2000ms);
    run([] { return gen::sleep(30s); });
    BOOST_TEST(events.back() == "closed:none:");
}

BOOST_FIXTURE_TEST_CASE(do_not_heap_up_for_who_does_not_read, SocketTest) {
    struct Pinging : Heavy {
        using Heavy::Heavy;
        void on_message(std::string message) {
            Heavy::on_message(std::move(message));
            const auto before = allocated_bytes();
            for (int i = 0; i < 100'000; ++i) {
                ping(std::string(100, 'p'));
            }
            events.push_back(std::to_string(allocated_bytes() - std::min(before, allocated_bytes()))
            );
        }
    };
    Events events;
    serve<Pinging>(std::ref(events));
    auto socket = open();
    socket.send(masked(Opcode::text, "go"));
    wait_until([&] { return events.size() == 3; });
    BOOST_TEST(std::stoul(events.back()) < 100'000U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(draining)

BOOST_FIXTURE_TEST_CASE(lets_a_message_that_is_worked_on_be_answered, SocketTest) {
    struct Slow : WebSocketHandler {
        Future<void> on_message(std::string) {
            co_await gen::sleep(2s);
            co_await write_message("answer");
        }
    };
    serve<Slow>();
    testing::VirtualTime time{io_loop()};
    auto socket = open();
    socket.send(masked(Opcode::text, "go"));
    run([] { return gen::sleep(100ms); });
    auto drained = http_server().drain();
    BOOST_TEST(socket.next() == "text:answer");
    BOOST_TEST(socket.next() == "close1001:");
    socket.send(client_close(1001));
    BOOST_TEST(socket.next() == "end");
    run(drained);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(send_queue_counters)

BOOST_FIXTURE_TEST_CASE(are_there_in_on_close, SocketTest) {
    struct Handler : WebSocketHandler {
        explicit Handler(Events& seen) : events{seen} {}
        websocket::SendQueueOptions send_queue_options() override {
            return {.max_size = 1'000'000, .policy = websocket::SendQueuePolicy::drop_new};
        }
        void on_message(std::string_view) {
            for (int i = 0; i < 300; ++i) {
                write_message(std::string(100'000, 'x'), true);
            }
            events.push_back(std::to_string(send_queue().dropped));
            events.push_back(std::to_string(send_queue().waiting));
        }
        void on_close() { events.push_back(std::to_string(send_queue().dropped)); }
        Events& events;
    };
    Events events;
    serve<Handler>(std::ref(events));
    auto socket = open();
    socket.send(masked(Opcode::text, "go"));
    wait_until([&] { return events.size() == 2; });
    socket.reset();
    wait_until([&] { return events.size() == 3; });
    BOOST_TEST(std::stoul(events[0]) > 0U);
    BOOST_TEST(std::stoul(events[2]) == std::stoul(events[0]) + std::stoul(events[1]));
}

BOOST_AUTO_TEST_SUITE_END()
