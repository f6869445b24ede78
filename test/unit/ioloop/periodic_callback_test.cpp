#include <tornado/ioloop/periodic_callback.hpp>

#include <boost/test/unit_test.hpp>
#include <limits>
#include <optional>
#include <stdexcept>

#include "support.hpp"
#include "tornado/gen.hpp"
#include "tornado/testing/virtual_time.hpp"

namespace {

namespace gen = tornado::gen;
using namespace std::chrono_literals;
using tornado::Future;
using tornado::Promise;
using tornado::ioloop::Duration;
using tornado::ioloop::IOLoop;
using tornado::ioloop::jittered;
using tornado::ioloop::next_beat;
using tornado::ioloop::PeriodicCallback;
using tornado::ioloop::TimePoint;

/// When calls of these lengths, in seconds, would be made if the first wait began at 1000.
template <typename Period>
std::vector<double> simulated(const std::vector<int>& lengths, Period&& period) {
    std::vector<double> calls;
    TimePoint now{1000s};
    auto beat = now;
    for (const int length : lengths) {
        beat = next_beat(beat, now, period());
        calls.push_back(std::chrono::duration<double>(beat.time_since_epoch()).count());
        now = beat + std::chrono::seconds{length};
    }
    return calls;
}
constexpr auto ten_seconds = [] { return Duration{10s}; };
using Times = std::vector<double>;

/// A loop on virtual time.
struct VirtualLoop {
    IOLoop loop;
    tornado::testing::VirtualTime time{loop};
};

BOOST_AUTO_TEST_SUITE(periodic_callback_beat)

BOOST_AUTO_TEST_CASE(comes_once_a_period) {
    BOOST_TEST((simulated({0, 0, 0, 0, 0}, ten_seconds) == Times{1010, 1020, 1030, 1040, 1050}));
}

BOOST_AUTO_TEST_CASE(skips_what_was_missed_and_keeps_its_rhythm) {
    const std::vector lengths{9, 9, 10, 11, 20, 20, 35, 35, 0, 0, 0};
    const Times expected{1010, 1020, 1030, 1050, 1070, 1100, 1130, 1170, 1210, 1220, 1230};
    BOOST_TEST((simulated(lengths, ten_seconds) == expected));
}

BOOST_AUTO_TEST_CASE(goes_on_when_the_clock_was_set_back) {
    BOOST_TEST((simulated({-2, -1, -3, -2, 0}, ten_seconds) == Times{1010, 1020, 1030, 1040, 1050})
    );
    BOOST_TEST((simulated({-100, 0, 0}, ten_seconds) == Times{1010, 1020, 1030}));
}

BOOST_AUTO_TEST_CASE(varies_by_half_of_the_jitter_either_way) {
    std::size_t next = 0;
    const Times randoms{0.5, 1, 0, 0.75};
    const auto period = [&] { return jittered(10s, 0.5, randoms[next++]); };
    BOOST_TEST((simulated({0, 0, 0, 0}, period) == Times{1010, 1022.5, 1030, 1041.25}));
}

BOOST_AUTO_TEST_CASE(of_very_long_and_very_short_periods_is_in_range) {
    const TimePoint now{1000s};
    BOOST_TEST((next_beat(now, now, Duration::max()) == TimePoint::max()));
    BOOST_TEST((jittered(Duration::max(), 1, 1) > Duration::max() / 2));
    BOOST_TEST((jittered(Duration{1}, 1, 0) == Duration{1}));
    BOOST_TEST((next_beat(now - 1h, now, Duration{1}) == now + Duration{1}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(periodic_callback, VirtualLoop)

BOOST_AUTO_TEST_CASE(takes_any_duration_and_refuses_what_makes_no_sense) {
    const auto nothing = [] {};
    BOOST_TEST((PeriodicCallback{nothing, 1min + 23s}.callback_time() == 83'000ms));
    BOOST_CHECK_THROW((PeriodicCallback{nothing, 0ms}), std::invalid_argument);
    BOOST_CHECK_THROW((PeriodicCallback{nothing, -1ms}), std::invalid_argument);
    BOOST_CHECK_THROW((PeriodicCallback{nothing, 1ms, -0.1}), std::invalid_argument);
    BOOST_CHECK_THROW((PeriodicCallback{nothing, 1ms, 1.1}), std::invalid_argument);
    const auto no_number = std::numeric_limits<double>::quiet_NaN();
    BOOST_CHECK_THROW((PeriodicCallback{nothing, 1ms, no_number}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(calls_again_and_again_from_one_period_after_start) {
    std::vector<TimePoint> calls;
    PeriodicCallback periodic{
        [&] {
            calls.push_back(loop.time());
            if (calls.size() == 3) {
                loop.stop();
            }
        },
        1ms};
    BOOST_TEST(!periodic.is_running());
    const auto begin = loop.time();
    periodic.start();
    BOOST_TEST(periodic.is_running());
    loop.start();
    periodic.stop();
    BOOST_TEST(!periodic.is_running());
    BOOST_TEST_REQUIRE(calls.size() == 3U);
    BOOST_CHECK((calls == std::vector<TimePoint>{begin + 1ms, begin + 2ms, begin + 3ms}));
}

BOOST_AUTO_TEST_CASE(a_call_that_takes_longer_than_a_period_keeps_to_the_rhythm) {
    std::vector<TimePoint> calls;
    PeriodicCallback periodic{
        [&] {
            calls.push_back(loop.time());
            if (calls.size() == 1) {
                time.spend(35ms);
            } else {
                loop.stop();
            }
        },
        10ms};
    const auto begin = loop.time();
    periodic.start();
    loop.start();
    BOOST_CHECK((calls == std::vector<TimePoint>{begin + 10ms, begin + 50ms}));
}

BOOST_AUTO_TEST_CASE(coroutines_never_overlap) {
    int begun = 0;
    int ended = 0;
    std::optional<PeriodicCallback> periodic;
    periodic.emplace(
        [&]() -> Future<void> {
            BOOST_TEST(begun == ended);
            ++begun;
            co_await gen::sleep(3ms);
            if (++ended == 3) {
                periodic->stop();
                loop.add_callback([&] { loop.stop(); });
            }
        },
        1ms
    );
    periodic->start();
    loop.start();
    BOOST_TEST(begun == 3);
    BOOST_TEST(ended == 3);
}

BOOST_AUTO_TEST_CASE(callbacks_may_return_anything_and_own_what_they_need) {
    int calls = 0;
    PeriodicCallback plain{[&, owned = std::make_unique<int>(1)] { return calls += *owned; }, 1ms};
    PeriodicCallback coroutine{
        [&, owned = std::make_unique<int>(1)]() -> Future<int> {
            co_await gen::moment();
            if (calls += *owned; calls > 4) {
                loop.stop();
            }
            co_return calls;
        },
        1ms};
    plain.start();
    coroutine.start();
    loop.start();
    BOOST_TEST(calls > 4);
}

BOOST_AUTO_TEST_CASE(errors_are_logged_and_the_calls_go_on) {
    LogCapture log;
    int calls = 0;
    PeriodicCallback plain{
        [&] {
            if (++calls < 3) {
                throw std::out_of_range{"a plain failure"};
            }
            loop.stop();
        },
        1ms};
    plain.start();
    loop.start();
    BOOST_TEST(log.count("Exception in callback") == 2);
    BOOST_TEST(log.count("a plain failure") == 2);
    plain.stop();

    calls = 0;
    PeriodicCallback coroutine{
        [&]() -> Future<void> {
            const bool late = ++calls > 1;
            if (late) {
                co_await gen::moment();
            }
            if (calls < 3) {
                throw std::out_of_range{"a coroutine's failure"};
            }
            loop.stop();
        },
        1ms};
    coroutine.start();
    loop.start();
    BOOST_TEST(log.count("Exception in callback") == 4);
    BOOST_TEST(log.count("a coroutine's failure") == 2);
}

BOOST_AUTO_TEST_CASE(a_stopped_one_calls_no_more_and_may_be_started_again) {
    int calls = 0;
    std::optional<PeriodicCallback> periodic;
    periodic.emplace(
        [&] {
            ++calls;
            periodic->stop();
            periodic->stop();
            loop.call_later(3ms, [&] { loop.stop(); });
        },
        1ms
    );
    periodic->start();
    loop.start();
    BOOST_TEST(calls == 1);
    periodic->start();
    loop.start();
    BOOST_TEST(calls == 2);
    periodic->start();
    periodic->stop();
    loop.call_later(3ms, [&] { loop.stop(); });
    loop.start();
    BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_CASE(started_twice_it_begins_anew_and_does_not_call_twice_as_often) {
    std::vector<TimePoint> calls;
    std::optional<PeriodicCallback> periodic;
    periodic.emplace(
        [&] {
            calls.push_back(loop.time());
            loop.stop();
        },
        2ms
    );
    periodic->start();
    time.spend(1ms);
    const auto begin = loop.time();
    periodic->start();
    loop.start();
    loop.start();
    BOOST_CHECK((calls == std::vector<TimePoint>{begin + 2ms, begin + 4ms}));
}

BOOST_AUTO_TEST_CASE(started_again_while_a_call_is_being_made_it_waits_for_its_end) {
    Promise<void> go_on;
    int begun = 0;
    PeriodicCallback periodic{
        [&]() -> Future<void> {
            ++begun;
            loop.stop();
            co_await go_on.future();
        },
        1ms};
    periodic.start();
    loop.start();
    periodic.stop();
    periodic.start();
    loop.call_later(3ms, [&] { loop.stop(); });
    loop.start();
    BOOST_TEST(begun == 1);
    go_on.set_result();
    loop.start();
    BOOST_TEST(begun == 2);
}

BOOST_AUTO_TEST_CASE(may_be_destroyed_by_its_own_callback) {
    std::optional<PeriodicCallback> periodic;
    const auto token = std::make_shared<int>(0);
    periodic.emplace(
        [this, &periodic, token] {
            periodic.reset();
            ++*token;  // the function is still there
            loop.stop();
        },
        1ms
    );
    periodic->start();
    loop.start();
    BOOST_TEST(*token == 1);
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(destroyed_while_a_coroutine_runs_it_keeps_the_function_until_the_end) {
    Promise<void> go_on;
    std::optional<PeriodicCallback> periodic;
    const auto token = std::make_shared<int>(0);
    periodic.emplace(
        [this, &go_on, token]() -> Future<void> {
            loop.stop();
            co_await go_on.future();
            ++*token;
        },
        1ms
    );
    periodic->start();
    loop.start();
    periodic.reset();
    BOOST_TEST(token.use_count() == 2);
    go_on.set_result();
    loop.run_sync([]() -> Future<void> {
        co_await gen::moment();
        co_await gen::moment();
    });
    BOOST_TEST(*token == 1);
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(may_outlive_its_loop) {
    Promise<void> never;
    PeriodicCallback waiting{[] {}, 1ms};
    std::optional<PeriodicCallback> calling;
    {
        IOLoop own;
        calling.emplace(
            [&]() -> Future<void> {
                own.stop();
                co_await never.future();
            },
            1ms
        );
        calling->start();
        own.start();
        waiting.start();
    }
    waiting.stop();
    calling->stop();
}

BOOST_AUTO_TEST_CASE(jitter_varies_the_period_within_its_bounds) {
    std::vector<TimePoint> calls;
    PeriodicCallback periodic{
        [&] {
            calls.push_back(loop.time());
            if (calls.size() == 10) {
                loop.stop();
            }
        },
        1ms,
        1.0};
    auto earliest = loop.time();
    periodic.start();
    loop.start();
    for (const auto& call : calls) {
        earliest += 500us;
        BOOST_TEST((call >= earliest));
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
