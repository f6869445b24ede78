#include <tornado/ioloop/alarm.hpp>

#include <boost/test/unit_test.hpp>
#include <optional>

#include "support.hpp"

namespace {

using namespace std::chrono_literals;
using tornado::ioloop::Alarm;
using tornado::ioloop::IOLoop;
using tornado::ioloop::time_after;
using tornado::ioloop::TimePoint;

struct Counter : Alarm {
    Counter() : Alarm{[](Alarm& alarm) { ++static_cast<Counter&>(alarm).rings; }} {}
    int rings = 0;
};

/// Runs the loop until all that is due by now has run.
void run_what_is_due(IOLoop& loop) {
    loop.call_later(0ms, [&] { loop.stop(); });
    loop.start();
}

BOOST_AUTO_TEST_SUITE(alarm_suite)

BOOST_AUTO_TEST_CASE(rings_once_when_its_time_has_come) {
    IOLoop loop;
    Counter alarm;
    BOOST_TEST(!alarm.is_set());
    alarm.set(loop, loop.time());
    BOOST_TEST(alarm.is_set());
    BOOST_TEST(alarm.rings == 0);
    run_what_is_due(loop);
    run_what_is_due(loop);
    BOOST_TEST(alarm.rings == 1);
    BOOST_TEST(!alarm.is_set());
}

BOOST_AUTO_TEST_CASE(can_be_moved_and_unset) {
    IOLoop loop;
    Counter alarm;
    alarm.set(loop, loop.time());
    alarm.set(loop, loop.time() + 1h);
    run_what_is_due(loop);
    BOOST_TEST(alarm.rings == 0);
    alarm.set(loop, loop.time());
    alarm.unset();
    BOOST_TEST(!alarm.is_set());
    run_what_is_due(loop);
    BOOST_TEST(alarm.rings == 0);
}

BOOST_AUTO_TEST_CASE(may_set_itself_again_or_destroy_itself_when_it_rings) {
    struct Thrice : Alarm {
        explicit Thrice(IOLoop& of)
            : Alarm{[](Alarm& alarm) { static_cast<Thrice&>(alarm).ring(); }},
              loop{of} {}
        void ring() {
            if (++rings < 3) {
                set(loop, loop.time());
            } else {
                loop.stop();
                holder->reset();
            }
        }
        IOLoop& loop;
        int rings = 0;
        std::unique_ptr<Thrice>* holder = nullptr;
    };
    IOLoop loop;
    auto alarm = std::make_unique<Thrice>(loop);
    alarm->holder = &alarm;
    alarm->set(loop, loop.time());
    loop.start();
    BOOST_TEST(alarm == nullptr);
}

BOOST_AUTO_TEST_CASE(goes_with_its_owner) {
    IOLoop loop;
    {
        Counter alarm;
        alarm.set(loop, loop.time());
    }
    run_what_is_due(loop);
}

BOOST_AUTO_TEST_CASE(is_forgotten_when_the_loop_goes_first) {
    Counter alarm;
    {
        IOLoop loop;
        alarm.set(loop, loop.time());
    }
    BOOST_TEST(!alarm.is_set());
    alarm.unset();
    IOLoop closed;
    closed.close();
    alarm.set(closed, closed.time());
    BOOST_TEST(!alarm.is_set());
}

BOOST_AUTO_TEST_CASE(never_is_not_set_at_all) {
    IOLoop loop;
    Counter alarm;
    alarm.set(loop, loop.time());
    alarm.set(loop, TimePoint::max());
    BOOST_TEST(!alarm.is_set());
}

BOOST_AUTO_TEST_CASE(time_after_a_very_long_delay_is_never) {
    IOLoop loop;
    using tornado::ioloop::Duration;
    BOOST_TEST((time_after(Duration::max()) == TimePoint::max()));
    BOOST_TEST((time_after(1h) > loop.time()));
    BOOST_TEST((time_after(-1h) < loop.time()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
