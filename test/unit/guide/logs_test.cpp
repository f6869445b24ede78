// doc/guide/logs.md: what its snippets take for granted, the snippets, and their results.

#include <tornado/log.hpp>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../temporary_folder.hpp"

namespace logs_guide {

namespace log = tornado::log;

#include "logs.snippets.hpp"

/// Leaves logging as it found it.
struct Restored {
    ~Restored() {
        for (const auto& handler : log::handlers()) {
            log::remove_handler(handler);
        }
        log::set_level(log::Level::warning);
    }
};

BOOST_FIXTURE_TEST_SUITE(logs_guide, Restored)

BOOST_AUTO_TEST_CASE(lines_are_objects_with_a_member_of_ones_own) {
    const TemporaryFolder folder;
    install(folder / "log");
    log::app_log().info("hello");
    BOOST_TEST(log::flush());
    const auto line = read_file(folder / "log");
    BOOST_TEST(line.starts_with("{\"time\":\""));
    BOOST_TEST(line.ends_with(",\"region\":\"eu-north\"}\n"));
}

BOOST_AUTO_TEST_CASE(a_handler_of_ones_own_gets_all_records) {
    const auto counter = std::make_shared<own::Counter>();
    log::add_handler(counter);
    log::app_log().error("an error");
    log::app_log().warning("a warning");
    BOOST_TEST(counter->errors == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace logs_guide
