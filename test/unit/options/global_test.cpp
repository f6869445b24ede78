#include <tornado/options/global.hpp>

#include <boost/test/unit_test.hpp>
#include <string>

#include "program.hpp"

namespace {

namespace options = tornado::options;

BOOST_AUTO_TEST_SUITE(global_options)

BOOST_AUTO_TEST_CASE(a_final_parse_sets_logging_up) {
    const auto [output, status] = run({"--port=80", "rest"});
    BOOST_TEST(status == 0);
    BOOST_TEST(output.starts_with("[I "));
    BOOST_TEST(output.ends_with("tornado.general] port 80 and 1 more\n"));
}

BOOST_AUTO_TEST_CASE(logging_none_leaves_logging_alone) {
    const auto [output, status] = run({"--logging=none"});
    BOOST_TEST(status == 0);
    BOOST_TEST(output.empty());
}

BOOST_AUTO_TEST_CASE(logging_none_may_be_written_in_either_case_and_be_set_by_the_program) {
    BOOST_TEST(run({"--logging=None"}).output.empty());
    options::set("logging", "none");
    BOOST_TEST(run({}).output.empty());
    options::set("logging", options::Value{});
    BOOST_TEST(run({}).output.empty());
    BOOST_TEST(run({"--logging=info"}).output.starts_with("[I "));
    options::set("logging", "info");
}

BOOST_AUTO_TEST_CASE(lines_may_be_json_and_come_from_a_thread) {
    const auto [output, status] = run({"--log-format=JSON", "--log-async"});
    BOOST_TEST(status == 0);
    BOOST_TEST(output.starts_with("{\"time\":\""));
    BOOST_TEST(run({"--log-format=xml"}).status == 2);
}

BOOST_AUTO_TEST_CASE(the_least_level_is_the_users) {
    BOOST_TEST(run({"--logging=warning"}).output.empty());
}

BOOST_AUTO_TEST_CASE(help_is_printed_and_ends_the_process_well) {
    const auto [output, status] = run({"--help"});
    BOOST_TEST(status == 0);
    BOOST_TEST(output.starts_with("Usage: prog [OPTIONS]\n"));
    BOOST_TEST(
        output.find("--port=INTEGER                   run on the given port (default 8888)\n") !=
        output.npos
    );
    BOOST_TEST(output.find("\nLogging options:\n") != output.npos);
    BOOST_TEST(output.find("--log-file-max-size=BYTES") != output.npos);
}

BOOST_AUTO_TEST_CASE(a_mistake_is_said_in_one_line_and_ends_the_process_with_two) {
    const auto [output, status] = run({"--prot=1"});
    BOOST_TEST(status == 2);
    BOOST_TEST(
        output ==
        "prog: there is no option --prot; did you mean --port? (--help lists all options)\n"
    );
}

BOOST_AUTO_TEST_CASE(mistakes_in_logging_options_are_said_too) {
    BOOST_TEST(
        run({"--logging=loud"}).output ==
        "prog: --logging: \"loud\" is none of debug, info, warning, error, critical, none (--help "
        "lists all options)\n"
    );
    BOOST_TEST(run({"--log-rotate-mode=age"}).status == 2);
    BOOST_TEST(run({"--log-file-prefix=/nowhere/at/all.log"}).status == 2);
    BOOST_TEST(
        run({"--log-file-prefix=/dev/null", "--log-rotate-mode=time", "--log-rotate-when=never"})
            .status == 2
    );
}

BOOST_AUTO_TEST_CASE(what_is_no_option_can_be_refused) {
    tornado::options::refuse_rest({});
    BOOST_CHECK_EXCEPTION(
        tornado::options::refuse_rest({"8888", "x"}),
        tornado::options::Error,
        [](const auto& error) {
            return std::string_view{error.what()} == "what is \"8888\"? (--help lists all options)";
        }
    );
}

BOOST_AUTO_TEST_CASE(the_other_form_throws) {
    BOOST_CHECK_THROW(options::parse_command_line({"prog", "--no-such-option"}), options::Error);
}

BOOST_AUTO_TEST_CASE(the_functions_work_on_the_programs_options) {
    options::define("test-number", 1);
    options::define<std::string>("test-text", {.help = "text"});
    options::set("test_number", 2);
    BOOST_TEST(options::get<int>("test-number") == 2);
    BOOST_TEST(options::options().get<int>("test-number") == 2);
    BOOST_TEST(!options::get_optional<std::string>("test-text").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
