#include <tornado/ioloop/loop_count.hpp>

#include <boost/test/unit_test.hpp>
#include <thread>
#include <tornado/ioloop.hpp>

namespace {

using tornado::ioloop::IOLoop;
using tornado::ioloop::loop_count;

BOOST_AUTO_TEST_SUITE(loop_count_suite)

BOOST_AUTO_TEST_CASE(counts_the_loops_of_all_threads) {
    const auto before = loop_count();
    {
        const IOLoop loop;
        std::thread{[&] {
            IOLoop::current();  // gone with the thread
            BOOST_TEST(loop_count() == before + 2);
        }}.join();
        BOOST_TEST(loop_count() == before + 1);
    }
    BOOST_TEST(loop_count() == before);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
