#include <tornado/util/per_thread.hpp>

#include <boost/test/unit_test.hpp>
#include <thread>

namespace {

using tornado::util::PerThread;

struct Pool {
    int uses = 0;
};

BOOST_AUTO_TEST_SUITE(per_thread)

BOOST_AUTO_TEST_CASE(a_thread_has_one_pool_of_its_own) {
    auto* const mine = PerThread<Pool>::get();
    ++mine->uses;
    BOOST_TEST(PerThread<Pool>::get() == mine);
    std::thread{[mine] {
        BOOST_TEST(PerThread<Pool>::get() != mine);
        BOOST_TEST(PerThread<Pool>::get()->uses == 0);
    }}.join();
    BOOST_TEST(PerThread<Pool>::get()->uses == 1);
}

/// A pool that asks for itself at its end, as objects do that outlive it.
struct Mortal {
    static inline bool seen_at_the_end = true;
    ~Mortal() { seen_at_the_end = PerThread<Mortal>::get() != nullptr; }
};

BOOST_AUTO_TEST_CASE(a_pool_that_has_gone_is_null) {
    std::thread{[] { BOOST_TEST(PerThread<Mortal>::get() != nullptr); }}.join();
    BOOST_TEST(!Mortal::seen_at_the_end);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
