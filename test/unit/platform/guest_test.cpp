#include <tornado/platform/guest.hpp>

#include <boost/test/unit_test.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <stdexcept>

#include "../ioloop/support.hpp"
#include "../log_capture.hpp"
#include "support.hpp"

namespace {

using tornado::ioloop::IOLoop;
using tornado::ioloop::TimePoint;
using tornado::platform::Guest;
using namespace std::chrono_literals;

/// The smallest of event loops: a queue, one call of which is a round, and a time to wake up.
struct Queue final : Guest {
    TimePoint next_round() noexcept override { return calls.empty() ? wakes_at : TimePoint::min(); }
    void run_round() override {
        ++rounds;
        if (wakes_at <= now()) {
            wakes_at = TimePoint::max();
            ++woken;
        }
        if (!calls.empty()) {
            const auto call = std::move(calls.front());
            calls.pop_front();
            call();
        }
    }
    void ended() noexcept override { ++ends; }

    using Guest::closed;
    using Guest::pause;
    using Guest::serve;
    std::deque<std::function<void()>> calls;
    TimePoint wakes_at = TimePoint::max();
    int rounds = 0;
    int woken = 0;
    int ends = 0;
};

struct GuestFixture : LoopFixture {
    GuestFixture() { queue->serve(-1); }
    std::shared_ptr<Queue> queue = std::make_shared<Queue>();
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(platform_guest, GuestFixture)

BOOST_AUTO_TEST_CASE(it_runs_one_round_in_each_turn) {
    int calls = 0;
    for (int i = 0; i < 100; ++i) {
        queue->calls.push_back([&] { ++calls; });
    }
    int turns = 0;
    run([&]() -> tornado::Future<void> {
        while (calls < 100) {
            co_await tornado::gen::moment();
            ++turns;
        }
    });
    BOOST_TEST(turns >= 99);
    BOOST_TEST(turns <= 102);
}

BOOST_AUTO_TEST_CASE(one_with_nothing_to_do_costs_nothing) {
    turns();
    const int rounds = queue->rounds;
    turns(1000);
    BOOST_TEST(queue->rounds == rounds);
}

BOOST_AUTO_TEST_CASE(it_is_woken_at_the_time_it_says) {
    TurnCount count{loop};
    const auto start = loop.time();
    loop.add_callback([&] { queue->wakes_at = start + 20ms; });
    loop.call_later(1ms, [&] { count.restart(); });
    run([&]() -> tornado::Future<void> {
        while (queue->woken == 0) {
            co_await tornado::gen::sleep(5ms);
        }
    });
    BOOST_TEST((loop.time() >= start + 20ms));
    BOOST_TEST(count.get() < 40);  // it waited in between
}

BOOST_AUTO_TEST_CASE(it_is_woken_when_its_descriptor_is_readable) {
    Pipe pipe;
    queue->pause();
    queue->serve(pipe.reader());
    turns();
    const int rounds = queue->rounds;
    pipe.put();
    until([&] { return queue->rounds > rounds; });
    pipe.take();
    queue->close();
}

BOOST_AUTO_TEST_CASE(a_pause_lasts_until_it_is_served_again) {
    int calls = 0;
    queue->calls.push_back([&] { ++calls; });
    queue->pause();
    turns();
    BOOST_TEST(calls == 0);
    BOOST_TEST(!queue->serving());
    queue->serve(-1);
    until([&] { return calls == 1; });
}

BOOST_AUTO_TEST_CASE(it_may_be_closed_and_let_go_in_a_round) {
    bool ran = false;
    queue->calls.push_back([&] {
        queue->close();
        queue.reset();
        ran = true;
    });
    until([&] { return ran; });
    turns();
    BOOST_TEST((queue == nullptr));
}

BOOST_AUTO_TEST_CASE(it_ends_once_with_its_bridge_or_with_the_loop) {
    queue->close();
    queue->close();
    BOOST_TEST(queue->ends == 1);
    const auto other = std::make_shared<Queue>();
    other->serve(-1);
    loop.close();
    BOOST_TEST(other->ends == 1);
    BOOST_TEST(other->closed());
    BOOST_TEST(!other->serving());
    BOOST_CHECK_THROW(other->serve(-1), std::logic_error);
    other->close();
    BOOST_TEST(other->ends == 1);
}

BOOST_AUTO_TEST_CASE(an_exception_out_of_a_round_is_logged_and_both_go_on) {
    const LogCapture log;
    bool ran = false;
    queue->calls.push_back([] { throw std::runtime_error{"out of a round"}; });
    queue->calls.push_back([&] { ran = true; });
    until([&] { return ran; });
    BOOST_TEST(log.count("out of a round") == 1);
}

BOOST_AUTO_TEST_SUITE_END()
