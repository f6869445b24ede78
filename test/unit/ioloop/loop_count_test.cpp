#include <tornado/ioloop/loop_count.hpp>

#include <boost/test/unit_test.hpp>
#include <thread>
#include <tornado/ioloop.hpp>

namespace {

using tornado::ioloop::IOLoop;
using tornado::ioloop::loop_count;
using tornado::ioloop::pool_thread_count;
using tornado::ioloop::ThreadPoolExecutor;

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

struct AtThreadsEnd {
    ~AtThreadsEnd() {
        IOLoop::current().add_callback([] {});
    }
};

BOOST_AUTO_TEST_CASE(a_loop_that_is_made_while_a_thread_ends_goes_with_it) {
    const auto before = loop_count();
    std::thread{[] {
        static thread_local AtThreadsEnd last;
        static_cast<void>(&last);
        IOLoop::current();  // which goes before `last`
    }}.join();
    BOOST_TEST(loop_count() == before);
}

BOOST_AUTO_TEST_CASE(counts_the_threads_of_pools_that_have_been_used) {
    const auto before = pool_thread_count();
    IOLoop loop;
    ThreadPoolExecutor pool{2};
    BOOST_TEST(pool_thread_count() == before);
    loop.run_sync([&] { return loop.run_in_executor(pool, [] {}); });
    BOOST_TEST(pool_thread_count() == before + 1);
    pool.shutdown();
    BOOST_TEST(pool_thread_count() == before);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
