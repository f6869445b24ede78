#include <tornado/log/logger.hpp>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <tornado/log/handler.hpp>
#include <vector>

#include "capture.hpp"

namespace {

namespace log = tornado::log;
using log::Level;

BOOST_AUTO_TEST_SUITE(logger)

BOOST_AUTO_TEST_CASE(the_three_loggers_have_tornados_names) {
    BOOST_TEST(log::access_log().name() == "tornado.access");
    BOOST_TEST(log::app_log().name() == "tornado.application");
    BOOST_TEST(log::gen_log().name() == "tornado.general");
}

BOOST_AUTO_TEST_CASE(a_name_means_one_logger) {
    BOOST_TEST(&log::get_logger("tornado.general") == &log::gen_log());
    BOOST_TEST(&log::get_logger("test.one") == &log::get_logger(std::string{"test.one"}));
    BOOST_TEST(&log::get_logger("test.one") != &log::get_logger("test.two"));
}

BOOST_AUTO_TEST_CASE(logs_warnings_and_above_by_default) {
    auto& logger = log::get_logger("test.default_level");
    BOOST_TEST(!logger.enabled(Level::info));
    BOOST_TEST(logger.enabled(Level::warning));
}

BOOST_AUTO_TEST_CASE(joins_parts_of_every_kind) {
    Capture capture;
    const std::string text = "text";
    const char* nothing = nullptr;
    log::gen_log().warning(
        text,
        ' ',
        std::string_view{"view"},
        ' ',
        -1,
        ' ',
        18446744073709551615ULL,
        ' ',
        true,
        ' ',
        1.5,
        ' ',
        0.25F,
        ' ',
        nothing
    );
    BOOST_TEST(capture.message(0) == "text view -1 18446744073709551615 true 1.5 0.25 (null)");
}

BOOST_AUTO_TEST_CASE(prints_numbers_as_people_write_them) {
    Capture capture;
    log::gen_log().warning(100000.0, ' ', -0.0001, ' ', 1e300, ' ', 0.0, ' ', 0.1);
    BOOST_TEST(capture.message(0) == "100000 -0.0001 1e+300 0 0.1");
}

BOOST_AUTO_TEST_CASE(a_record_says_where_it_comes_from) {
    Capture capture;
    log::app_log().error("plain");
    const int line = __LINE__ + 1;
    log::app_log().log(Level::critical, log::here(), "with its origin");
    BOOST_TEST(capture.record(0).logger == "tornado.application");
    BOOST_CHECK(capture.record(0).level == Level::error);
    BOOST_TEST(capture.record(0).file == nullptr);
    BOOST_CHECK(capture.record(1).level == Level::critical);
    BOOST_TEST(std::string_view{capture.record(1).file}.ends_with("logger_test.cpp"));
    BOOST_TEST(capture.record(1).line == line);
}

struct Unprintable {
    operator std::string_view() const { throw std::logic_error{"was asked for its text"}; }
};

BOOST_AUTO_TEST_CASE(parts_of_a_disabled_level_are_not_looked_at) {
    Capture capture;
    BOOST_CHECK_NO_THROW(log::gen_log().debug(Unprintable{}));
    BOOST_TEST(capture.size() == 0U);
}

BOOST_AUTO_TEST_CASE(own_levels_outlive_changes_of_the_process_level) {
    auto& own = log::get_logger("test.own_level");
    auto& follower = log::get_logger("test.follower");
    own.set_level(Level::error);
    log::set_level(Level::debug);
    BOOST_TEST(!own.enabled(Level::warning));
    BOOST_TEST(follower.enabled(Level::debug));
    BOOST_TEST(log::get_logger("test.made_later").enabled(Level::debug));
    own.clear_level();
    BOOST_TEST(own.enabled(Level::debug));
    log::set_level(Level::warning);
    BOOST_TEST(!own.enabled(Level::info));
}

BOOST_AUTO_TEST_CASE(a_logger_can_be_silenced) {
    Capture capture;
    auto& logger = log::get_logger("test.silent");
    logger.set_level(std::nullopt);
    logger.critical("unheard");
    BOOST_TEST(!logger.level().has_value());
    BOOST_TEST(capture.size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_filter_sees_records_and_may_swallow_them) {
    Capture capture;
    auto& logger = log::get_logger("test.filter");
    std::string seen;
    const auto id = logger.add_filter([&](const log::Record& record) {
        seen += record.message;
        return record.message != "swallow";
    });
    logger.warning("swallow");
    logger.warning("pass");
    BOOST_TEST(logger.remove_filter(id));
    BOOST_TEST(!logger.remove_filter(id));
    logger.warning("swallow");
    BOOST_TEST(seen == "swallowpass");
    BOOST_TEST(capture.size() == 2U);
    BOOST_TEST(capture.message(1) == "swallow");
}

BOOST_AUTO_TEST_CASE(a_filter_may_remove_itself_and_log) {
    Capture capture;
    auto& logger = log::get_logger("test.filter_itself");
    log::FilterId id{};
    id = logger.add_filter([&](const log::Record&) {
        logger.remove_filter(id);
        logger.warning("from the filter");
        return true;
    });
    logger.warning("first");
    BOOST_TEST(capture.message(0) == "from the filter");
    BOOST_TEST(capture.message(1) == "first");
}

BOOST_AUTO_TEST_CASE(filters_are_not_asked_about_what_they_say_themselves) {
    Capture capture;
    auto& one = log::get_logger("test.filter_one");
    auto& other = log::get_logger("test.filter_other");
    const auto of_one = one.add_filter([&](const log::Record&) {
        other.warning("from one");
        return true;
    });
    const auto of_other = other.add_filter([&](const log::Record&) {
        one.warning("from other");
        return true;
    });
    one.warning("hello");
    BOOST_TEST_REQUIRE(capture.size() == 3U);
    BOOST_TEST(capture.message(0) == "from other");
    BOOST_TEST(capture.message(1) == "from one");
    BOOST_TEST(capture.message(2) == "hello");
    one.remove_filter(of_one);
    other.remove_filter(of_other);
}

BOOST_AUTO_TEST_CASE(a_filter_or_handler_that_throws_loses_no_record) {
    struct Broken : log::Handler {
        void emit(const log::Record&) override { throw std::runtime_error{"expected by the test"}; }
    };
    const auto broken = std::make_shared<Broken>();
    log::add_handler(broken);
    Capture capture;
    auto& logger = log::get_logger("test.broken");
    const auto id = logger.add_filter([](const log::Record&) -> bool {
        throw std::runtime_error{"expected by the test"};
    });
    BOOST_CHECK_NO_THROW(logger.error("kept"));
    logger.remove_filter(id);
    log::remove_handler(broken);
    BOOST_TEST(capture.message(0) == "kept");
}

BOOST_AUTO_TEST_CASE(threads_log_at_once_and_nothing_is_lost) {
    constexpr int threads = 4;
    constexpr int records = 500;
    Capture capture;
    std::vector<std::thread> workers;
    for (int t = 0; t < threads; ++t) {
        workers.emplace_back([] {
            for (int i = 0; i < records; ++i) {
                log::gen_log().warning("number ", i);
            }
        });
    }
    for (auto& worker : workers) {
        worker.join();
    }
    BOOST_TEST(capture.size() == static_cast<std::size_t>(threads * records));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
