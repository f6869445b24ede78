// How the ends of many connections are spread when their server drains.
#include <tornado/websocket/connection.hpp>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <thread>
#include <tornado/ioloop/time_limit.hpp>
#include <tornado/iostream/memory_pair.hpp>
#include <tornado/stack_context.hpp>
#include <vector>

#include "socket_support.hpp"

namespace {

namespace ioloop = tornado::ioloop;
namespace iostream = tornado::iostream;
namespace stack_context = tornado::stack_context;

/// A server's end of a connection whose client notes when its Close comes.
class Told final : websocket::ConnectionUser {
public:
    explicit Told(std::vector<ioloop::TimePoint>& times)
        : pair_{iostream::memory_pair()},
          heard_{hear(pair_.second, times)} {
        connection_ = websocket::Connection::make(*this, {});
        connection_->attach(pair_.first.release());
        connection_->start();
    }
    ~Told() { connection_->abandon(); }
    Told(const Told&) = delete;
    Told& operator=(const Told&) = delete;

    void drain() { connection_->drain(); }

private:
    websocket::Started message_received(websocket::Incoming&) override { return {}; }
    websocket::Started ping_received(std::string_view) override { return {}; }
    websocket::Started pong_received(std::string_view) override { return {}; }
    void connection_ended() noexcept override {}
    void callback_failed(std::exception_ptr) noexcept override {}

    static Future<void> hear(iostream::IOStream& stream, std::vector<ioloop::TimePoint>& times) {
        const auto frame = co_await stream.read_bytes(4);
        if (frame == "\x88\x02\x03\xE9") {  // a Close with 1001
            times.push_back(ioloop::IOLoop::current().time());
        }
        stream.close();
    }

    iostream::MemoryPair pair_;
    Future<void> heard_;
    websocket::ConnectionRef connection_;
};

void tell(const std::vector<std::unique_ptr<Told>>& all, ioloop::TimePoint end) {
    const stack_context::StackContext limit{ioloop::must_end_by, end};
    for (const auto& one : all) {
        one->drain();
    }
}

/// When each of `count` connections is told that their server goes, which it has so long for.
std::vector<ioloop::Duration> drain(std::size_t count, ioloop::Duration timeout = 30s) {
    std::vector<ioloop::TimePoint> times;
    ioloop::TimePoint began;
    std::thread{[&] {  // all connections of a thread are told in turn: others may have drained
        ioloop::IOLoop loop;
        testing::VirtualTime time{loop};
        std::vector<std::unique_ptr<Told>> all;
        loop.run_sync([&]() -> Future<void> {
            for (std::size_t i = 0; i < count; ++i) {
                all.push_back(std::make_unique<Told>(times));
            }
            began = loop.time();
            tell(all, began + timeout);
            co_await gen::sleep(10s);
        });
    }}
        .join();
    BOOST_TEST(times.size() == count);
    std::vector<ioloop::Duration> delays;
    for (const auto& time : times) {
        delays.push_back(time - began);
    }
    return delays;
}

/// How many are told at most within some time.
std::ptrdiff_t most_within(const std::vector<ioloop::Duration>& delays, ioloop::Duration window) {
    std::ptrdiff_t most = 0;
    for (auto first = delays.begin(); first != delays.end(); ++first) {
        const auto last = std::upper_bound(first, delays.end(), *first + window);
        most = std::max(most, last - first);
    }
    return most;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(draining_connections)

BOOST_AUTO_TEST_CASE(a_few_are_told_within_milliseconds) {
    const auto delays = drain(10);
    BOOST_TEST((delays.back() <= 15ms));
}

BOOST_AUTO_TEST_CASE(a_thousand_are_told_within_a_second_and_not_all_at_once) {
    const auto delays = drain(1'000);
    BOOST_TEST((delays.back() > 800ms));
    BOOST_TEST((delays.back() <= 1s));
    BOOST_TEST(most_within(delays, 10ms) <= 15);
    BOOST_TEST(most_within(delays, 100ms) <= 125);
}

BOOST_AUTO_TEST_CASE(are_told_in_half_of_the_time_that_their_server_has) {
    const auto delays = drain(1'000, 4s);
    BOOST_TEST((delays.back() > 150ms));
    BOOST_TEST((delays.back() <= 200ms));
    BOOST_TEST(most_within(delays, 10ms) <= 80);
}

BOOST_AUTO_TEST_CASE(ten_thousand_are_told_within_ten_seconds) {
    const auto delays = drain(10'000);
    BOOST_TEST((delays.back() > 4s));
    BOOST_TEST((delays.back() < 10s));
    BOOST_TEST(most_within(delays, 100ms) <= 400);
}

BOOST_FIXTURE_TEST_CASE(are_all_told_however_little_time_their_server_has, SocketTest) {
    serve<Echo>();
    testing::VirtualTime time{io_loop()};
    std::vector<RawSocket> sockets;
    for (int i = 0; i < 100; ++i) {
        sockets.push_back(open());
    }
    const auto drained = http_server().drain(0ms, 50ms);
    for (auto& socket : sockets) {
        BOOST_TEST(socket.next() == "close1001:");
        socket.send(client_close(1001));
        BOOST_TEST(socket.next() == "end");
    }
    run(drained);
}

BOOST_FIXTURE_TEST_CASE(are_cut_off_at_the_deadline_when_they_do_not_answer, SocketTest) {
    Events events;
    const testing::ExpectLog expected{tornado::log::gen_log(), "2 connections are cut off"};
    serve<Noting>(std::ref(events));
    testing::VirtualTime time{io_loop()};
    auto answering = open();
    auto silent = open();
    auto deaf = open();
    const auto drained = http_server().drain(0ms, 3s);
    BOOST_TEST(answering.next() == "close1001:");
    answering.send(client_close(1001));
    BOOST_TEST(answering.next() == "end");
    run(drained);
    BOOST_TEST((time.elapsed() >= 3s && time.elapsed() < 4s));
    BOOST_TEST(http_server().connection_count() == 0U);
    BOOST_TEST(silent.next() == "close1001:");
    BOOST_TEST(silent.next() == "end");
    BOOST_TEST(std::count(events.begin(), events.end(), "closed:none:") == 2);
}

BOOST_AUTO_TEST_SUITE_END()
