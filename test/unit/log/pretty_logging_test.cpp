#include <tornado/log/pretty_logging.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <system_error>
#include <tornado/log/async_handler.hpp>
#include <tornado/log/handler.hpp>
#include <tornado/log/logger.hpp>
#include <tornado/log/stream_handler.hpp>

#include "capture.hpp"

namespace {

using namespace tornado::log;

/// Leaves logging as it found it.
struct Restored {
    ~Restored() {
        for (const auto& handler : handlers()) {
            remove_handler(handler);
        }
        set_level(Level::warning);
    }
};

BOOST_FIXTURE_TEST_SUITE(pretty_logging, Restored)

BOOST_AUTO_TEST_CASE(without_handlers_warnings_go_to_stderr_as_they_are) {
    StderrCapture capture;
    set_level(Level::debug);
    gen_log().info("too little");
    gen_log().warning("a warning\nin two lines");
    BOOST_TEST(capture.text() == "a warning\n    in two lines\n");
}

BOOST_AUTO_TEST_CASE(sends_info_and_above_to_stderr_by_default) {
    StderrCapture capture;
    enable_pretty_logging();
    gen_log().debug("too little");
    gen_log().info("hello");
    const auto text = capture.text();
    BOOST_TEST(text.starts_with("[I "));
    BOOST_TEST(text.ends_with(" tornado.general] hello\n"));
    BOOST_TEST(text.find("too little") == text.npos);
}

BOOST_AUTO_TEST_CASE(writes_a_file_instead_of_stderr) {
    TemporaryFolder folder;
    StderrCapture capture;
    enable_pretty_logging({.log_file_prefix = folder / "app.log"});
    gen_log().error("hello");
    BOOST_TEST(capture.text().empty());
    BOOST_TEST(read_file(folder / "app.log").find("tornado.general] hello\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(writes_a_file_that_rotates_by_time) {
    TemporaryFolder folder;
    const auto path = folder / "app.log";
    write_file(path, "of some days ago\n");
    std::filesystem::last_write_time(
        path, std::filesystem::file_time_type::clock::now() - std::chrono::hours{72}
    );
    enable_pretty_logging({.log_file_prefix = path, .log_rotate_mode = RotateMode::time});
    gen_log().error("hello");
    BOOST_TEST(read_file(path).find("hello") != std::string::npos);
    BOOST_TEST(read_file(path).find("of some days ago") == std::string::npos);
    const std::filesystem::directory_iterator files{folder.path()};
    BOOST_TEST(std::distance(begin(files), end(files)) == 2);
}

BOOST_AUTO_TEST_CASE(writes_both_when_asked_to) {
    TemporaryFolder folder;
    StderrCapture capture;
    enable_pretty_logging({.log_file_prefix = folder / "app.log", .log_to_stderr = true});
    gen_log().error("hello");
    BOOST_TEST(capture.text().find("hello") != std::string::npos);
    BOOST_TEST(read_file(folder / "app.log").find("hello") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(writes_json_when_asked_to) {
    TemporaryFolder folder;
    StderrCapture capture;
    enable_pretty_logging(
        {.log_file_prefix = folder / "app.log",
         .log_format = LogFormat::json,
         .log_to_stderr = true}
    );
    gen_log().error("hello");
    const auto line = read_file(folder / "app.log");
    BOOST_TEST(line.starts_with("{\"time\":\""));
    BOOST_TEST(line.ends_with("}\n"));
    BOOST_TEST(capture.text() == line);
}

BOOST_AUTO_TEST_CASE(writes_in_a_thread_of_its_own_when_asked_to) {
    TemporaryFolder folder;
    enable_pretty_logging({.log_async = true, .log_file_prefix = folder / "app.log"});
    gen_log().error("hello");
    BOOST_TEST(flush());
    BOOST_TEST(read_file(folder / "app.log").find("tornado.general] hello\n") != std::string::npos);
    BOOST_TEST(dynamic_cast<AsyncHandler*>(handlers().at(0).get()) != nullptr);
}

BOOST_AUTO_TEST_CASE(leaves_stderr_alone_when_there_are_other_handlers) {
    Capture other;
    enable_pretty_logging();
    BOOST_TEST(handlers().size() == 1U);
}

BOOST_AUTO_TEST_CASE(none_leaves_logging_as_it_is) {
    enable_pretty_logging({.logging = std::nullopt});
    BOOST_TEST(handlers().empty());
    BOOST_TEST(!gen_log().enabled(Level::info));
}

BOOST_AUTO_TEST_CASE(a_second_call_replaces_the_first) {
    TemporaryFolder folder;
    enable_pretty_logging({.log_file_prefix = folder / "first.log"});
    enable_pretty_logging({.log_file_prefix = folder / "second.log", .logging = Level::error});
    gen_log().error("once");
    BOOST_TEST(handlers().size() == 1U);
    BOOST_TEST(read_file(folder / "first.log").empty());
    BOOST_TEST(!gen_log().enabled(Level::warning));
}

BOOST_AUTO_TEST_CASE(bad_options_throw_and_change_nothing) {
    TemporaryFolder folder;
    BOOST_CHECK_THROW(
        enable_pretty_logging(
            {.log_file_prefix = folder / "a",
             .log_rotate_mode = RotateMode::time,
             .log_rotate_when = "never"}
        ),
        std::invalid_argument
    );
    BOOST_CHECK_THROW(
        enable_pretty_logging({.log_file_prefix = "/nowhere/at/all.log"}), std::system_error
    );
    BOOST_TEST(handlers().empty());
    BOOST_TEST(!gen_log().enabled(Level::info));
}

BOOST_AUTO_TEST_CASE(a_null_handler_is_refused) {
    BOOST_CHECK_THROW(add_handler(nullptr), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
