#include <tornado/util/scope_exit.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

namespace {

using tornado::util::ScopeExit;

BOOST_AUTO_TEST_SUITE(scope_exit)

BOOST_AUTO_TEST_CASE(runs_its_function_at_the_end_of_the_scope) {
    int runs = 0;
    {
        const ScopeExit count{[&] { ++runs; }};
        BOOST_TEST(runs == 0);
    }
    BOOST_TEST(runs == 1);
}

BOOST_AUTO_TEST_CASE(runs_its_function_when_an_exception_leaves_the_scope) {
    int runs = 0;
    const auto fail = [&] {
        const ScopeExit count{[&] { ++runs; }};
        throw std::runtime_error{"out"};
    };
    BOOST_CHECK_THROW(fail(), std::runtime_error);
    BOOST_TEST(runs == 1);
}

BOOST_AUTO_TEST_CASE(runs_nothing_once_it_was_released) {
    int runs = 0;
    {
        ScopeExit count{[&] { ++runs; }};
        count.release();
    }
    BOOST_TEST(runs == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
