#include <tornado/testing/virtual_time.hpp>

#include <sys/socket.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>
#include <tornado/gen.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/iostream.hpp>
#include <tornado/locks.hpp>
#include <tornado/testing.hpp>
#include <tornado/web.hpp>
#include <vector>

namespace {

namespace gen = tornado::gen;
namespace ioloop = tornado::ioloop;
namespace testing = tornado::testing;
namespace web = tornado::web;
using namespace std::chrono_literals;
using testing::VirtualTime;
using tornado::Future;
using tornado::ioloop::Duration;

const auto manual = VirtualTime::Mode::manual;

/// A test whose loop is on virtual time.
struct Timeless : testing::AsyncTestCase {
    VirtualTime time{io_loop()};
};
/// The same, but it passes by hand.
struct ByHand : testing::AsyncTestCase {
    VirtualTime time{io_loop(), manual};
};

struct Sockets {
    Sockets() {
        std::array<int, 2> ends{};
        BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
        near = tornado::iostream::IOStream{tornado::netutil::Socket{ends[0]}};
        far = tornado::iostream::IOStream{tornado::netutil::Socket{ends[1]}};
    }
    tornado::iostream::IOStream near;
    tornado::iostream::IOStream far;
};

BOOST_AUTO_TEST_SUITE(virtual_time)

// What waits on it

BOOST_FIXTURE_TEST_CASE(an_hours_sleep_takes_an_hour_of_it_and_no_time, Timeless) {
    const auto began = std::chrono::steady_clock::now();
    const auto loop_began = io_loop().time();
    run([] { return gen::sleep(1h); });
    BOOST_CHECK(time.elapsed() == 1h);
    BOOST_CHECK(io_loop().time() - loop_began == 1h);
    BOOST_CHECK(std::chrono::steady_clock::now() - began < 1h);
}

BOOST_FIXTURE_TEST_CASE(timeouts_run_each_at_its_own_instant, Timeless) {
    std::vector<Duration> instants;
    for (const auto delay : {3h, 1h, 2h}) {
        io_loop().call_later(delay, [&] { instants.push_back(time.elapsed()); });
    }
    run([] { return gen::sleep(4h); });
    BOOST_CHECK((instants == std::vector<Duration>{1h, 2h, 3h}));
}

BOOST_FIXTURE_TEST_CASE(a_periodic_callback_keeps_its_rhythm_exactly, Timeless) {
    std::vector<Duration> instants;
    ioloop::PeriodicCallback beat{[&] { instants.push_back(time.elapsed()); }, 10min};
    beat.start();
    run([] { return gen::sleep(35min); });
    BOOST_CHECK((instants == std::vector<Duration>{10min, 20min, 30min}));
}

BOOST_FIXTURE_TEST_CASE(with_timeout_and_cancel_after_count_on_it, Timeless) {
    BOOST_CHECK_THROW(run([] { return gen::with_timeout(1h, gen::sleep(2h)); }), gen::TimeoutError);
    BOOST_CHECK(time.elapsed() == 1h);
    run([] { return gen::with_timeout(2h, gen::sleep(1h)); });
    BOOST_CHECK(time.elapsed() == 2h);
    BOOST_CHECK_THROW(run([] { return gen::cancel_after(1h, gen::sleep(2h)); }), gen::TimeoutError);
    BOOST_CHECK(time.elapsed() == 3h);
}

BOOST_FIXTURE_TEST_CASE(locks_count_on_it, Timeless) {
    tornado::locks::Event event;
    BOOST_CHECK_THROW(run([&] { return event.wait(1h); }), tornado::locks::TimeoutError);
    BOOST_CHECK(time.elapsed() == 1h);
}

BOOST_FIXTURE_TEST_CASE(run_sync_counts_on_it, Timeless) {
    BOOST_CHECK_THROW(io_loop().run_sync([] { return gen::sleep(2h); }, 1h), ioloop::TimeoutError);
    BOOST_CHECK(time.elapsed() == 1h);
}

/// A coarse limit that notes when it fires.
struct Limit : ioloop::Deadline {
    explicit Limit(VirtualTime& on)
        : Deadline{[](Deadline& self) {
              auto& limit = static_cast<Limit&>(self);
              limit.fired = limit.time.elapsed();
          }},
          time{on} {}
    VirtualTime& time;
    Duration fired{};
};

BOOST_FIXTURE_TEST_CASE(coarse_deadlines_fire_at_the_same_instant_in_every_run, ByHand) {
    // Not in the middle of a tick, wherever the loop's clock stands.
    for (int i = 0; i < 5; ++i) {
        testing::AsyncTestCase test;
        VirtualTime own{test.io_loop(), manual};
        Limit limit{own};
        auto& wheel = test.io_loop().deadlines();
        wheel.set(limit, wheel.ticks(1000));
        own.advance(1h);
        BOOST_CHECK(limit.fired == 1100ms);
    }
}

BOOST_FIXTURE_TEST_CASE(an_hours_deadline_is_met_in_no_time, ByHand) {
    Limit limit{time};
    auto& wheel = io_loop().deadlines();
    constexpr auto hour = std::chrono::milliseconds{1h};
    wheel.set(limit, wheel.ticks(hour.count()));
    time.advance(2h);
    BOOST_CHECK(limit.fired == hour + 100ms);
}

// What holds it

BOOST_FIXTURE_TEST_CASE(all_that_is_ready_comes_before_time_passes, Timeless) {
    Duration late{};
    io_loop().call_later(1ms, [&] { late = time.elapsed(); });
    run([this]() -> Future<void> {
        for (int turn = 0; turn < 1000; ++turn) {
            co_await gen::moment();
        }
        BOOST_CHECK(time.elapsed() == 0s);
    });
    BOOST_CHECK(late == 0s);
}

BOOST_FIXTURE_TEST_CASE(what_is_in_a_socket_arrives_before_time_passes, Timeless) {
    Sockets pair;
    run([&]() -> Future<void> {
        auto answer = [](tornado::iostream::IOStream& stream) -> Future<void> {
            for (int i = 0; i < 100; ++i) {
                const auto line = co_await stream.read_until("\n");
                co_await stream.write(line);
            }
        };
        const auto echo = answer(pair.far);
        for (int i = 0; i < 100; ++i) {
            pair.near.write("ping\n");
            const auto line = co_await gen::with_timeout(1ms, pair.near.read_until("\n"));
            BOOST_TEST(line == "ping\n");
        }
        co_await echo;
    });
    BOOST_CHECK(time.elapsed() == 0s);
}

BOOST_FIXTURE_TEST_CASE(a_call_in_an_executor_holds_it, Timeless) {
    const auto slow = [] { std::this_thread::sleep_for(20ms); };
    run([&] { return gen::with_timeout(1ms, io_loop().run_in_executor(slow)); });
    BOOST_CHECK(time.elapsed() == 0s);
}

BOOST_FIXTURE_TEST_CASE(a_hold_keeps_it_for_what_the_loop_cannot_know_of, Timeless) {
    tornado::locks::Event event;
    std::optional<VirtualTime::Hold> hold{time.hold()};
    std::thread other{[&] {
        std::this_thread::sleep_for(20ms);
        io_loop().add_callback([&] {
            hold.reset();
            event.set();
        });
    }};
    run([&] { return event.wait(1ms); });
    other.join();
    BOOST_CHECK(time.elapsed() == 0s);
    run([] { return gen::sleep(1h); });
    BOOST_CHECK(time.elapsed() == 1h);
}

BOOST_FIXTURE_TEST_CASE(a_callback_of_another_thread_wakes_a_loop_without_timeouts, Timeless) {
    tornado::locks::Event event;
    std::thread other{[&] { io_loop().add_callback([&] { event.set(); }); }};
    run([&] { return event.wait(); });
    other.join();
    BOOST_CHECK(time.elapsed() == 0s);
}

// By hand

BOOST_FIXTURE_TEST_CASE(advance_runs_what_is_due_and_no_more, ByHand) {
    std::vector<Duration> instants;
    for (const auto delay : {1s, 2s, 3s}) {
        io_loop().call_later(delay, [&] { instants.push_back(time.elapsed()); });
    }
    time.advance(2s - 1ns);
    BOOST_CHECK((instants == std::vector<Duration>{1s}));
    time.advance(1ns);
    BOOST_CHECK((instants == std::vector<Duration>{1s, 2s}));
    BOOST_CHECK(time.elapsed() == 2s);
}

BOOST_FIXTURE_TEST_CASE(what_a_timeout_starts_is_due_within_the_same_advance, ByHand) {
    const auto work = []() -> Future<int> {
        co_await gen::sleep(1s);
        co_await gen::sleep(1s);
        co_return 5;
    };
    const auto begun = work();
    time.advance(1500ms);
    BOOST_TEST(!begun.done());
    time.advance(500ms);
    BOOST_TEST(begun.result() == 5);
}

BOOST_FIXTURE_TEST_CASE(by_hand_no_time_passes_by_itself, ByHand) {
    bool due = false;
    io_loop().call_later(1ns, [&] { due = true; });
    BOOST_CHECK_THROW(run([] { return gen::sleep(1h); }, 20ms), ioloop::TimeoutError);
    BOOST_TEST(!due);
    time.settle();
    BOOST_TEST(!due);
    BOOST_CHECK(time.elapsed() == 0s);
}

BOOST_FIXTURE_TEST_CASE(advance_to_next_goes_from_timeout_to_timeout, ByHand) {
    std::vector<Duration> instants;
    for (const auto delay : {1s, 2s, 2s}) {
        io_loop().call_later(delay, [&] { instants.push_back(time.elapsed()); });
    }
    BOOST_TEST(time.advance_to_next());
    BOOST_CHECK((instants == std::vector<Duration>{1s}));
    BOOST_TEST(time.advance_to_next());
    BOOST_CHECK((instants == std::vector<Duration>{1s, 2s, 2s}));
    BOOST_TEST(!time.advance_to_next());
    BOOST_CHECK(time.elapsed() == 2s);
}

BOOST_FIXTURE_TEST_CASE(automatic_time_can_be_advanced_too, Timeless) {
    bool due = false;
    io_loop().call_later(1h, [&] { due = true; });
    time.advance(1h - 1ns);
    BOOST_TEST(!due);
    time.advance(1ns);
    BOOST_TEST(due);
}

BOOST_FIXTURE_TEST_CASE(advance_waits_for_executors, ByHand) {
    const auto call = io_loop().run_in_executor([] {
        std::this_thread::sleep_for(20ms);
        return 5;
    });
    time.settle();
    BOOST_TEST(call.result() == 5);
}

BOOST_FIXTURE_TEST_CASE(misuse_is_said, ByHand) {
    BOOST_CHECK_THROW(time.advance(-1ns), std::invalid_argument);
    BOOST_CHECK_THROW(time.advance(Duration::max()), std::invalid_argument);
    BOOST_CHECK_THROW(VirtualTime{io_loop()}, std::logic_error);
    BOOST_CHECK_THROW(run([this] { time.advance(1s); }), std::logic_error);
    testing::AsyncTestCase other;
    BOOST_CHECK_THROW(
        other.run([&] { const VirtualTime late{other.io_loop()}; }), std::logic_error
    );
}

// Its begin and end

BOOST_FIXTURE_TEST_CASE(timeouts_from_before_are_on_it_too, testing::AsyncTestCase) {
    bool due = false;
    io_loop().call_later(1h, [&] { due = true; });
    VirtualTime time{io_loop(), manual};
    time.advance(59min);
    BOOST_TEST(!due);
    time.advance(1min);
    BOOST_TEST(due);
}

BOOST_FIXTURE_TEST_CASE(the_loops_clock_never_goes_back, testing::AsyncTestCase) {
    const auto before = io_loop().time();
    std::optional<VirtualTime> time{std::in_place, io_loop(), manual};
    const auto first = io_loop().time();
    BOOST_CHECK(first >= before);
    time->advance(1h);
    time.reset();
    BOOST_CHECK(io_loop().time() >= first + 1h);
    run([] { return gen::sleep(1ms); });
    BOOST_CHECK(io_loop().time() >= first + 1h + 1ms);
    time.emplace(io_loop(), manual);
    BOOST_CHECK(io_loop().time() >= first + 1h + 1ms);
}

BOOST_FIXTURE_TEST_CASE(afterwards_timeouts_come_in_real_time, testing::AsyncTestCase) {
    std::optional<VirtualTime> time{std::in_place, io_loop(), manual};
    int due = 0;
    io_loop().call_later(1h, [&] { ++due; });
    io_loop().call_later(1h + 5ms, [&] { ++due; });
    time->advance(1h);
    BOOST_TEST(due == 1);
    time.reset();
    run([] { return gen::sleep(5ms); });
    BOOST_TEST(due == 2);
}

BOOST_FIXTURE_TEST_CASE(it_may_end_while_the_loop_runs, testing::AsyncTestCase) {
    std::optional<VirtualTime> time{std::in_place, io_loop()};
    run([&]() -> Future<void> {
        co_await gen::sleep(1h);
        time.reset();
        co_await gen::sleep(1ms);
    });
    BOOST_TEST(!time.has_value());
}

BOOST_AUTO_TEST_SUITE_END()

// The limits of AsyncTestCase

BOOST_AUTO_TEST_SUITE(virtual_time_of_test_cases)

BOOST_FIXTURE_TEST_CASE(the_timeout_of_run_is_real, Timeless) {
    run([] { return gen::sleep(24h); }, 5s);
    BOOST_CHECK(time.elapsed() == 24h);
}

BOOST_FIXTURE_TEST_CASE(a_test_that_waits_for_what_never_comes_ends, Timeless) {
    bool cancelled = false;
    const auto wait = [&]() -> Future<void> {
        try {
            tornado::locks::Event never;
            co_await never.wait();
        } catch (const tornado::CancelledError&) {
            cancelled = true;
            throw;
        }
    };
    BOOST_CHECK_THROW(run(wait, 5ms), ioloop::TimeoutError);
    BOOST_TEST(cancelled);
}

BOOST_FIXTURE_TEST_CASE(a_test_that_is_never_idle_ends, Timeless) {
    const auto spin = []() -> Future<void> {
        while (true) {
            co_await gen::moment();
        }
    };
    BOOST_CHECK_THROW(run(spin, 5ms), ioloop::TimeoutError);
    BOOST_CHECK(time.elapsed() == 0s);
}

/// A server of requests that take long.
struct SlowServer : testing::AsyncHTTPTestCase {
    struct Slow : web::RequestHandler {
        Future<void> get() {
            co_await gen::sleep(30min);
            write("slow");
        }
    };
    App get_app() override {
        return std::make_shared<web::Application>(std::vector{web::url<Slow>("/")});
    }
    tornado::httpserver::HTTPServerOptions get_httpserver_options() override {
        tornado::httpserver::HTTPServerOptions options;
        options.idle_connection_timeout = 1h;
        return options;
    }
    VirtualTime time{io_loop()};
};

BOOST_FIXTURE_TEST_CASE(a_slow_handler_is_fetched_from_in_no_time, SlowServer) {
    const testing::ExpectLog log{"tornado.access", "1800000", {.required = false}};
    BOOST_TEST(fetch("/").body == "slow");
    BOOST_CHECK(time.elapsed() == 30min);
}

BOOST_FIXTURE_TEST_CASE(an_idle_connection_lives_for_its_hour, SlowServer) {
    const testing::ExpectLog log{"tornado.access", "404", {.required = false}};
    auto connection = connect();
    connection.send("GET /none HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(connection.read_response().code == 404);
    BOOST_TEST(connection.read_until_close() == "");
    BOOST_CHECK(time.elapsed() >= 1h);
    BOOST_CHECK(time.elapsed() < 1h + 2s);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
