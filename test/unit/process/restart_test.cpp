#include <tornado/process/fork.hpp>

#include <boost/test/unit_test.hpp>

#include "support.hpp"

BOOST_AUTO_TEST_SUITE(restart)

BOOST_AUTO_TEST_CASE(of_all_starts_again_what_has_ended_well) {
    namespace process = tornado::process;
    Child child{[](const Child& self) {
        if (const auto id = process::fork_processes(1, 3, nullptr, process::Restart::all)) {
            self.say('w', *id);
            return 0;
        }
        return 7;
    }};
    BOOST_TEST(child.all_words().size() == 4U);  // once, and three restarts
    BOOST_TEST(child.join() == 51);              // std::runtime_error
}

BOOST_AUTO_TEST_SUITE_END()
