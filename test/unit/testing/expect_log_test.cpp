#include <tornado/testing/expect_log.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <tornado/log.hpp>
#include <vector>

namespace logging = tornado::log;
using tornado::testing::ExpectLog;

namespace {

/// Keeps what gets through to the handlers.
class Reached {
public:
    Reached() { logging::add_handler(keeper_); }
    Reached(const Reached&) = delete;
    Reached& operator=(const Reached&) = delete;
    ~Reached() { logging::remove_handler(keeper_); }
    [[nodiscard]] const std::vector<std::string>& messages() const { return keeper_->messages; }

private:
    struct Keeper : logging::Handler {
        void emit(const logging::Record& record) override { messages.push_back(record.message); }
        std::vector<std::string> messages;
    };
    std::shared_ptr<Keeper> keeper_ = std::make_shared<Keeper>();
};

}  // namespace

BOOST_AUTO_TEST_SUITE(expect_log)

BOOST_AUTO_TEST_CASE(swallows_what_matches_and_nothing_else) {
    const Reached reached;
    {
        const ExpectLog expected{logging::gen_log(), "b[ao]d request"};
        logging::gen_log().warning("a bad request");
        logging::gen_log().error("bod request");
        logging::gen_log().warning("good request");
        logging::app_log().warning("bad request");
        BOOST_TEST(expected.count() == 2u);
    }
    logging::gen_log().warning("bad request");
    BOOST_TEST(reached.messages().size() == 3u);
    BOOST_TEST(reached.messages().at(0) == "good request");
}

BOOST_AUTO_TEST_CASE(fails_when_nothing_matches) {
    const auto expect = [] { const ExpectLog expected{logging::gen_log(), "never"}; };
    BOOST_CHECK_EXCEPTION(expect(), std::logic_error, [](const std::logic_error& error) {
        return std::string{error.what()} == "no record of tornado.general matched \"never\"";
    });
}

BOOST_AUTO_TEST_CASE(check_fails_before_the_end) {
    const ExpectLog expected{logging::gen_log(), "later"};
    BOOST_CHECK_THROW(expected.check(), std::logic_error);
    logging::gen_log().warning("later");
    expected.check();
}

BOOST_AUTO_TEST_CASE(does_not_hide_the_exception_that_ended_its_scope) {
    const auto expect = [] {
        const ExpectLog expected{logging::gen_log(), "never"};
        throw std::out_of_range{"the cause"};
    };
    BOOST_CHECK_THROW(expect(), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(may_be_content_without_a_match) {
    const ExpectLog expected{logging::gen_log(), "never", {.required = false}};
}

BOOST_AUTO_TEST_CASE(counts_only_its_level) {
    const Reached reached;
    const ExpectLog expected{logging::gen_log(), "x", {.level = logging::Level::error}};
    logging::gen_log().warning("x");
    BOOST_TEST(expected.count() == 0u);
    BOOST_TEST(reached.messages().size() == 1u);
    logging::gen_log().error("x");
    BOOST_TEST(expected.count() == 1u);
}

BOOST_AUTO_TEST_CASE(lowers_the_level_for_its_time) {
    auto& logger = logging::get_logger("expect_log_test.follows");
    BOOST_TEST(!logger.enabled(logging::Level::info));
    {
        const ExpectLog expected{"expect_log_test.follows", "x", {.level = logging::Level::info}};
        logger.info("x");
    }
    BOOST_TEST(!logger.enabled(logging::Level::info));
    logging::set_level(logging::Level::debug);
    BOOST_TEST(logger.enabled(logging::Level::debug));  // it still has none of its own
    logging::set_level(logging::Level::warning);

    logger.set_level(std::nullopt);
    {
        const ExpectLog expected{logger, "x", {.level = logging::Level::info}};
        logger.info("x");
    }
    BOOST_CHECK(logger.level() == std::nullopt);
    logger.clear_level();
}

BOOST_AUTO_TEST_CASE(hears_other_threads) {
    const ExpectLog expected{logging::gen_log(), "from elsewhere"};
    std::thread{[] { logging::gen_log().warning("from elsewhere"); }}.join();
    BOOST_TEST(expected.count() == 1u);
}

BOOST_AUTO_TEST_CASE(refuses_a_malformed_expression) {
    const auto expect = [] { const ExpectLog expected{logging::gen_log(), "("}; };
    BOOST_CHECK_THROW(expect(), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
