#include <tornado/ioloop/deadline.hpp>

#include <boost/test/unit_test.hpp>
#include <optional>
#include <stdexcept>

#include "support.hpp"
#include "tornado/ioloop.hpp"
#include "tornado/testing/virtual_time.hpp"

namespace {

using tornado::ioloop::Deadline;
using tornado::ioloop::DeadlineWheel;
using tornado::ioloop::IOLoop;

/// A deadline that counts, and then does what the test says.
struct Alarm : Deadline {
    Alarm() : Deadline{[](Deadline& deadline) { static_cast<Alarm&>(deadline).rang(); }} {}
    void rang() {
        ++count;
        BOOST_TEST(!is_set());
        if (then) {
            then();
        }
    }
    int count = 0;
    tornado::util::UniqueFunction<void()> then;
};

struct Fixture {
    int starts = 0;
    DeadlineWheel wheel{[](void* self) { ++static_cast<Fixture*>(self)->starts; }, this};
};

BOOST_FIXTURE_TEST_SUITE(deadline, Fixture)

BOOST_AUTO_TEST_CASE(fires_once_when_its_ticks_have_passed_and_never_before) {
    Alarm alarm;
    wheel.set(alarm, 3);
    BOOST_TEST(alarm.is_set());
    BOOST_TEST(starts == 1);
    for (DeadlineWheel::Tick now = 1; now <= 3; ++now) {  // the first may be over at once
        BOOST_TEST(wheel.advance_to(now));
        BOOST_TEST(alarm.count == 0);
    }
    BOOST_TEST(!wheel.advance_to(4));
    BOOST_TEST(alarm.count == 1);
    wheel.advance_to(2000);
    BOOST_TEST(alarm.count == 1);
}

BOOST_AUTO_TEST_CASE(can_be_moved_both_ways_and_unset) {
    Alarm sooner;
    Alarm later;
    Alarm never;
    wheel.set(sooner, 100);
    wheel.set(later, 2);
    wheel.set(never, 2);
    wheel.set(sooner, 1);
    wheel.set(later, 50);
    never.unset();
    never.unset();
    wheel.advance_to(10);
    BOOST_TEST(sooner.count == 1);
    BOOST_TEST(later.count == 0);
    wheel.advance_to(60);
    BOOST_TEST(later.count == 1);
    BOOST_TEST(never.count == 0);
    BOOST_TEST(starts == 1);
}

BOOST_AUTO_TEST_CASE(one_further_away_than_the_wheels_round_waits_for_its_own_round) {
    Alarm alarm;
    Alarm other;
    wheel.set(alarm, 512 * 3 + 5);
    wheel.set(other, 5);
    for (DeadlineWheel::Tick now = 1; now <= 512 * 3 + 5; ++now) {
        BOOST_TEST_REQUIRE(wheel.advance_to(now));
    }
    BOOST_TEST(other.count == 1);
    BOOST_TEST(alarm.count == 0);
    BOOST_TEST(!wheel.advance_to(512 * 3 + 6));
    BOOST_TEST(alarm.count == 1);
}

BOOST_AUTO_TEST_CASE(after_a_long_sleep_all_that_is_due_fires) {
    std::vector<Alarm> alarms(600);
    for (std::size_t i = 0; i < alarms.size(); ++i) {
        wheel.set(alarms[i], static_cast<DeadlineWheel::Tick>(i + 1));
    }
    Alarm far;
    wheel.set(far, 100'000);
    BOOST_TEST(wheel.advance_to(50'000));
    for (const auto& alarm : alarms) {
        BOOST_TEST(alarm.count == 1);
    }
    BOOST_TEST(far.count == 0);
}

BOOST_AUTO_TEST_CASE(the_count_of_ticks_may_wrap) {
    Alarm alarm;
    wheel.resume(0xffff'fffe);
    wheel.set(alarm, 3);
    wheel.advance_to(0xffff'ffff);
    wheel.advance_to(0);
    wheel.advance_to(1);
    BOOST_TEST(alarm.count == 0);
    wheel.advance_to(2);
    BOOST_TEST(alarm.count == 1);
}

BOOST_AUTO_TEST_CASE(one_that_fires_may_set_move_and_unset_any) {
    Alarm first;
    Alarm unset;
    Alarm moved;
    Alarm again;
    first.then = [&] {
        unset.unset();
        wheel.set(moved, 10);
        wheel.set(again, 512);  // the very slot that is being looked at, a round later
    };
    wheel.set(first, 1);
    wheel.set(unset, 1);
    wheel.set(moved, 1);
    wheel.advance_to(2);
    BOOST_TEST(first.count == 1);
    BOOST_TEST(unset.count + moved.count + again.count == 0);
    wheel.advance_to(13);
    BOOST_TEST(moved.count == 1);
    wheel.advance_to(515);
    BOOST_TEST(again.count == 1);
}

BOOST_AUTO_TEST_CASE(one_that_fires_may_set_itself_again) {
    Alarm alarm;
    alarm.then = [&] { wheel.set(alarm, 1); };
    wheel.set(alarm, 1);
    for (DeadlineWheel::Tick now = 1; now <= 10; ++now) {
        wheel.advance_to(now);
    }
    BOOST_TEST(alarm.count == 5);
    BOOST_TEST(starts == 1);
}

BOOST_AUTO_TEST_CASE(one_that_fires_may_be_destroyed_and_destroy_others) {
    auto first = std::make_unique<Alarm>();
    auto second = std::make_unique<Alarm>();
    Alarm third;
    first->then = [&] {
        second.reset();
        auto* self = first.release();
        auto closure = std::move(self->then);  // it runs just now: it goes when this is over
        delete self;
    };
    wheel.set(*first, 1);
    wheel.set(*second, 1);
    wheel.set(third, 1);
    wheel.advance_to(2);
    BOOST_TEST((first == nullptr));
    BOOST_TEST(third.count == 1);
}

BOOST_AUTO_TEST_CASE(when_one_throws_the_others_fire_at_the_next_tick) {
    Alarm bad;
    Alarm good;
    bad.then = [] { throw std::runtime_error{"bad"}; };
    wheel.set(bad, 1);
    wheel.set(good, 1);
    BOOST_CHECK_THROW(wheel.advance_to(2), std::runtime_error);
    BOOST_TEST(good.count == 0);
    BOOST_TEST(!wheel.advance_to(3));
    BOOST_TEST(good.count == 1);
}

BOOST_AUTO_TEST_CASE(the_wheel_may_go_before_its_deadlines) {
    Alarm alarm;
    {
        DeadlineWheel shorter{[](void*) {}, nullptr};
        shorter.set(alarm, 1);
    }
    BOOST_TEST(!alarm.is_set());
}

BOOST_AUTO_TEST_CASE(a_limit_is_rounded_up_to_ticks) {
    BOOST_TEST(DeadlineWheel::ticks(0) == 0U);
    BOOST_TEST(DeadlineWheel::ticks(1) == 1U);
    BOOST_TEST(DeadlineWheel::ticks(100) == 1U);
    BOOST_TEST(DeadlineWheel::ticks(101) == 2U);
    BOOST_TEST(DeadlineWheel::ticks(~std::uint64_t{0} - 100) == 0x3fffffffU);
}

BOOST_AUTO_TEST_CASE(a_loop_turns_its_wheel_also_after_one_has_thrown) {
    LogCapture log;
    IOLoop loop;
    const tornado::testing::VirtualTime time{loop};
    Alarm bad;
    Alarm good;
    bad.then = [] { throw std::runtime_error{"from a deadline"}; };
    good.then = [&] { loop.stop(); };
    loop.deadlines().set(bad, 1);
    loop.deadlines().set(good, 1);
    const auto begin = loop.time();
    loop.start();
    // Two ticks, as the first may be partly over, and one more for what came after the throw.
    BOOST_CHECK(loop.time() - begin == 3 * std::chrono::milliseconds{DeadlineWheel::tick_length});
    BOOST_TEST(log.count("from a deadline") == 1);
    BOOST_TEST(good.count == 1);
}

BOOST_AUTO_TEST_CASE(one_that_is_set_while_the_wheel_lags_behind_does_not_fire_early) {
    DeadlineWheel::Tick present = 0;
    DeadlineWheel late{
        [](void*) {}, &present, [](void* now) { return *static_cast<DeadlineWheel::Tick*>(now); }};
    Alarm standing;
    Alarm alarm;
    late.set(standing, 1000);
    present = 20;  // the owner was busy
    late.set(alarm, 10);
    for (; present <= 30; ++present) {
        late.advance_to(present);
        BOOST_TEST(alarm.count == 0);
    }
    late.advance_to(31);
    BOOST_TEST(alarm.count == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
