#include <tornado/util/back_off.hpp>

#include <boost/test/unit_test.hpp>
#include <set>

using tornado::util::BackOff;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

bool is_between(milliseconds least, milliseconds value, milliseconds most) {
    return least <= value && value <= most;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(back_off)

BOOST_AUTO_TEST_CASE(pauses_double_up_to_the_most) {
    BackOff back_off{100ms, 500ms};
    BOOST_TEST(is_between(50ms, back_off.next(), 100ms));
    BOOST_TEST(is_between(100ms, back_off.next(), 200ms));
    BOOST_TEST(is_between(200ms, back_off.next(), 400ms));
    for (int i = 0; i < 100; ++i) {
        BOOST_TEST(is_between(250ms, back_off.next(), 500ms));
    }
}

BOOST_AUTO_TEST_CASE(success_makes_them_short_again) {
    BackOff back_off{100ms, 1'000ms};
    for (int i = 0; i < 10; ++i) {
        static_cast<void>(back_off.next());
    }
    back_off.reset();
    BOOST_TEST(is_between(50ms, back_off.next(), 100ms));
}

BOOST_AUTO_TEST_CASE(no_two_wait_the_same_time) {
    std::set<milliseconds> pauses;
    for (int i = 0; i < 100; ++i) {
        BackOff back_off{1h, 1h};
        pauses.insert(back_off.next());
    }
    BOOST_TEST(pauses.size() > 90u);
}

BOOST_AUTO_TEST_CASE(no_pause_is_none) {
    for (const auto first : {0ms, -5ms}) {
        BackOff back_off{first, 100ms};
        BOOST_TEST((back_off.next() > 0ms));
        for (int i = 0; i < 10; ++i) {
            static_cast<void>(back_off.next());
        }
        BOOST_TEST(is_between(50ms, back_off.next(), 100ms));
    }
    BackOff none{0ms, 0ms};
    BOOST_TEST((none.next() > 0ms));
}

BOOST_AUTO_TEST_CASE(the_most_is_never_exceeded) {
    BackOff small{500ms, 100ms};
    BOOST_TEST(is_between(50ms, small.next(), 100ms));
    BackOff endless{milliseconds::max(), milliseconds::max()};
    for (int i = 0; i < 10; ++i) {
        BOOST_TEST(is_between(milliseconds::max() / 2, endless.next(), milliseconds::max()));
    }
}

BOOST_AUTO_TEST_SUITE_END()
