#include <tornado/options/option_parser.hpp>

#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace data = boost::unit_test::data;
using namespace std::chrono_literals;
using namespace tornado::options;
using Strings = std::vector<std::string>;

/// Checks that an Error of `sentence` is thrown.
template <typename F>
void check_error(F function, const std::string& sentence) {
    BOOST_CHECK_EXCEPTION(function(), Error, [&](const Error& error) {
        BOOST_TEST(error.what() == sentence);
        return true;
    });
}

/// A type of one's own.
struct Size {
    int width = 0;
    int height = 0;
};

}  // namespace

template <>
struct tornado::options::Custom<Size> {
    static Size parse(std::string_view text) {
        const auto cross = text.find('x');
        if (cross == text.npos) {
            throw std::invalid_argument{"a size is written 3x4"};
        }
        return {
            std::stoi(std::string{text.substr(0, cross)}),
            std::stoi(std::string{text.substr(cross + 1)})};
    }
    static std::string text(const Size& size) {
        return std::to_string(size.width) + 'x' + std::to_string(size.height);
    }
};

namespace {

struct Fixture {
    OptionParser options;

    Strings parse(Strings args, bool final = true) {
        args.insert(args.begin(), "/usr/bin/prog");
        return options.parse_command_line(std::move(args), final);
    }
};

BOOST_FIXTURE_TEST_SUITE(option_parser, Fixture)

BOOST_AUTO_TEST_CASE(options_have_their_defaults) {
    options.define("port", 8888, "run on the given port");
    options.define("host", "localhost", "the address");
    options.define("ratio", 0.5);
    options.define("debug", false);
    options.define("delay", 30s);
    options.define<int>("unset");
    BOOST_TEST(options.get<int>("port") == 8888);
    BOOST_TEST(options.get<std::string>("host") == "localhost");
    BOOST_TEST(options.get<double>("ratio") == 0.5);
    BOOST_TEST(!options.get<bool>("debug"));
    BOOST_TEST((options.get<std::chrono::seconds>("delay") == 30s));
    BOOST_TEST(!options.get_optional<int>("unset").has_value());
}

BOOST_AUTO_TEST_CASE(the_command_line_sets_them) {
    options.define("port", 80);
    options.define("name", "");
    options.define("debug", false);
    options.define("verbose", false);
    options.define("color", true);
    const auto rest = parse(
        {"--port=443", "-name=a=b", "---debug", "--verbose=true", "--color=no", "file", "--port=1"}
    );
    BOOST_TEST(options.get<int>("port") == 443);
    BOOST_TEST(options.get<std::string>("name") == "a=b");
    BOOST_TEST(options.get<bool>("debug"));
    BOOST_TEST(options.get<bool>("verbose"));
    BOOST_TEST(!options.get<bool>("color"));
    BOOST_TEST(rest == (Strings{"file", "--port=1"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(two_hyphens_end_the_options_and_one_is_an_argument) {
    options.define("a", false);
    BOOST_TEST(
        parse({"--a", "--", "--a=2", "x"}) == (Strings{"--a=2", "x"}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(parse({"-", "--a"}) == (Strings{"-", "--a"}), boost::test_tools::per_element());
    BOOST_TEST(options.parse_command_line({}).empty());
}

BOOST_AUTO_TEST_CASE(two_parsers_share_a_command_line) {
    options.define("verbose", false);
    OptionParser of_command;
    of_command.define("foo", "");
    const auto rest = parse({"--verbose", "command", "--foo=bar"});
    BOOST_TEST(rest == (Strings{"command", "--foo=bar"}), boost::test_tools::per_element());
    BOOST_TEST(options.get<bool>("verbose"));
    BOOST_TEST(of_command.parse_command_line(rest).empty());
    BOOST_TEST(of_command.get<std::string>("foo") == "bar");
    BOOST_CHECK_THROW(of_command.parse_command_line({"command", "--verbose"}), Error);
}

BOOST_AUTO_TEST_CASE(hyphens_and_underscores_are_the_same) {
    options.define("log_file-name", "");
    parse({"--log-file_name=x"});
    BOOST_TEST(options.get<std::string>("log-file-name") == "x");
    BOOST_TEST(options.defined("log_file_name"));
    check_error(
        [&] { options.define("log_file_name", ""); },
        "the option --log-file-name is already defined"
    );
}

BOOST_AUTO_TEST_CASE(mistakes_on_the_command_line_are_explained) {
    options.define("port", std::uint16_t{80});
    options.define("debug", false);
    options.define("wait", 1s);
    options.define("start", Time{});
    options.define<double>("ratio", {.metavar = "PART"});
    check_error([&] { parse({"--prot=1"}); }, "there is no option --prot; did you mean --port?");
    check_error([&] { parse({"--xyzzy"}); }, "there is no option --xyzzy");
    check_error([&] { parse({"--port"}); }, "the option --port needs a value: --port=INTEGER");
    check_error([&] { parse({"--ratio"}); }, "the option --ratio needs a value: --ratio=PART");
    check_error([&] { parse({"--port=http"}); }, "--port: \"http\" is not an integer");
    check_error([&] { parse({"--port=80x"}); }, "--port: \"80x\" is not an integer");
    check_error(
        [&] { parse({"--port=70000"}); }, "--port: \"70000\" is not an integer from 0 to 65535"
    );
    check_error(
        [&] { parse({"--port=99999999999999999999"}); },
        "--port: \"99999999999999999999\" is not an integer from 0 to 65535"
    );
    check_error([&] { parse({"--debug=maybe"}); }, "--debug: \"maybe\" is not true or false");
    check_error([&] { parse({"--ratio=half"}); }, "--ratio: \"half\" is not a number");
    check_error(
        [&] { parse({"--wait=soon"}); }, "--wait: \"soon\" is not a duration, such as 90s or 1h30m"
    );
    check_error(
        [&] { parse({"--start=2024-02-30"}); },
        "--start: \"2024-02-30\" is not a date or time, such as 2024-05-01 or 2024-05-01 13:30"
    );
    check_error([&] { parse({"--=1"}); }, "there is no option --");
}

BOOST_AUTO_TEST_CASE(mistakes_of_the_program_are_explained) {
    options.define("port", 8888);
    options.define<int>("unset");
    check_error(
        [&] { static_cast<void>(options.get<std::string>("port")); },
        "the option --port is an integer, not a string"
    );
    check_error(
        [&] { static_cast<void>(options.get<std::vector<int>>("port")); },
        "the option --port is an integer, not a list of integers"
    );
    check_error(
        [&] { static_cast<void>(options.get<int>("prt")); },
        "there is no option --prt; did you mean --port?"
    );
    check_error(
        [&] { static_cast<void>(options.get<int>("unset")); },
        "the option --unset has no value; give it a default, or ask with get_optional"
    );
    check_error(
        [&] { static_cast<void>(options.get<signed char>("port")); },
        "the option --port is 8888, which does not fit the type asked for"
    );
    check_error([&] { options.set("port", "x"); }, "the option --port is an integer, not a string");
    check_error(
        [&] { options.set("port", std::int64_t{1} << 40); },
        "the option --port cannot be 1099511627776"
    );
    check_error([&] { options.define("a=b", 1); }, "\"a=b\" cannot be the name of an option");
}

BOOST_AUTO_TEST_CASE(integers_come_as_any_type_they_fit) {
    options.define("port", 8888);
    BOOST_TEST(options.get<std::uint16_t>("port") == 8888);
    BOOST_TEST(options.get<std::int64_t>("port") == 8888);
    options.define("size", std::size_t{1} << 40);
    parse({"--size=+5"});
    BOOST_TEST(options.get<std::size_t>("size") == 5U);
}

const std::pair<const char*, bool> bools[] = {
    {"true", true},
    {"1", true},
    {"T", true},
    {"yes", true},
    {"y", true},
    {"On", true},
    {"false", false},
    {"0", false},
    {"F", false},
    {"no", false},
    {"N", false},
    {"OFF", false},
};

BOOST_AUTO_TEST_CASE(no_means_no) {
    for (const auto& [text, meaning] : bools) {
        OptionParser parser;
        parser.define("flag", !meaning);
        parser.parse_command_line({"prog", std::string{"--flag="} + text});
        BOOST_TEST(parser.get<bool>("flag") == meaning);
    }
}

const std::pair<const char*, std::chrono::nanoseconds> durations[] = {
    {"90", 90s},
    {"1.5", 1500ms},
    {"1h30m", 90min},
    {"1 h 30 min", 90min},
    {"2 days", 48h},
    {"1w", 168h},
    {"250ms", 250ms},
    {"10us", 10us},
    {"-5sec", -5s},
    {"1H", 1h},
    {"3 hours 2 minutes 1 second", 10921s},
    {"+1e1", 10s},
    {"0", 0s},
};

BOOST_AUTO_TEST_CASE(durations_have_units) {
    options.define("wait", std::chrono::nanoseconds{1s});
    for (const auto& [text, meaning] : durations) {
        parse({std::string{"--wait="} + text});
        BOOST_TEST((options.get<std::chrono::nanoseconds>("wait") == meaning), text);
    }
    for (const auto* text :
         {"", " ", "h", "5 parsecs", "1h x", "nan", "inf", "1e300", "1..2", "1 2", "--1"}) {
        BOOST_CHECK_THROW(parse({std::string{"--wait="} + text}), Error);
    }
}

BOOST_AUTO_TEST_CASE(a_duration_that_the_programs_unit_cannot_hold_is_refused) {
    options.define("wait", 30s);
    options.define("every", 1h);
    options.define("exactly", std::chrono::duration<double>{0.5});
    check_error([&] { parse({"--wait=250ms"}); }, "--wait: \"250ms\" is not a multiple of 1s");
    check_error([&] { parse({"--wait=1.9"}); }, "--wait: \"1.9\" is not a multiple of 1s");
    check_error([&] { parse({"--every=30m"}); }, "--every: \"30m\" is not a multiple of 1h");
    BOOST_CHECK_THROW(options.set("wait", 1500ms), Error);
    BOOST_CHECK_THROW(static_cast<void>(options.get<std::chrono::minutes>("wait")), Error);
    BOOST_TEST((options.get<std::chrono::milliseconds>("wait") == 30s));
    parse({"--wait=2m", "--every=2d", "--exactly=250ms"});
    BOOST_TEST((options.get<std::chrono::seconds>("wait") == 2min));
    BOOST_TEST((options.get<std::chrono::hours>("every") == 48h));
    BOOST_TEST(options.get<std::chrono::duration<double>>("exactly").count() == 0.25);
}

BOOST_AUTO_TEST_CASE(types_may_be_ones_own) {
    options.define("size", Size{3, 4}, "how large it is");
    options.define<Size>("sizes", {.multiple = true});
    options.define("folder", std::filesystem::path{"/srv"});
    options.define("text", "5x6");
    BOOST_TEST(options.get<Size>("size").height == 4);
    BOOST_TEST(options.help().find("(default 3x4)") != std::string::npos);
    parse({"--size=10x20", "--sizes=1x2,3x4", "--folder=/var/lib"});
    BOOST_TEST(options.get<Size>("size").width == 10);
    BOOST_TEST(options.get<std::vector<Size>>("sizes").at(1).height == 4);
    BOOST_TEST(options.get<std::filesystem::path>("folder").filename() == "lib");
    BOOST_TEST(options.get<Size>("text").height == 6);
    options.set("size", Size{7, 8});
    BOOST_TEST(options.get<std::string>("size") == "7x8");
    check_error(
        [&] { parse({"--size=big"}); }, "--size: \"big\" will not do: a size is written 3x4"
    );
    check_error(
        [&] { options.set("size", "big"); },
        "the option --size \"big\" will not do: a size is written 3x4"
    );
    options.set("text", "big");
    check_error(
        [&] { static_cast<void>(options.get<Size>("text")); },
        "\"big\" will not do: a size is written 3x4"
    );
}

const std::pair<const char*, const char*> times[] = {
    {"2013-04-28 05:16:07", "2013-04-28 05:16:07"},
    {"2013-04-28 05:16", "2013-04-28 05:16:00"},
    {"2013-04-28T05:16", "2013-04-28 05:16:00"},
    {"2013-04-28T05:16:07", "2013-04-28 05:16:07"},
    {"20130428 05:16:07", "2013-04-28 05:16:07"},
    {"20130428 05:16", "2013-04-28 05:16:00"},
    {"2013-04-28", "2013-04-28 00:00:00"},
    {"20130428", "2013-04-28 00:00:00"},
    {"Sun Apr 28 05:16:07 2013", "2013-04-28 05:16:07"},
    {"05:16:07", "1900-01-01 05:16:07"},
    {"05:16", "1900-01-01 05:16:00"},
};

BOOST_AUTO_TEST_CASE(times_have_many_forms) {
    options.define<Time>("start");
    for (const auto& [text, meaning] : times) {
        parse({std::string{"--start="} + text});
        BOOST_TEST(options.value("start").text() == meaning);
    }
    for (const auto* text : {"", "now", "2013-13-01", "2013-04-31", "2013-04-28x", "25:00"}) {
        BOOST_CHECK_THROW(parse({std::string{"--start="} + text}), Error);
    }
}

BOOST_AUTO_TEST_CASE(times_that_the_clock_does_not_have_are_refused) {
    options.define<Time>("until");
    for (const std::string text : {"9999-12-31", "3000-01-01", "1500-01-01"}) {
        check_error(
            [&] { parse({"--until=" + text}); },
            "--until: \"" + text + "\" is not a date or time from 1678 to 2262"
        );
    }
    parse({"--until=2262-01-01"});
    BOOST_TEST(options.value("until").text() == "2262-01-01 00:00:00");
    parse({"--until=1678-01-01"});
    BOOST_TEST(options.value("until").text() == "1678-01-01 00:00:00");
}

BOOST_AUTO_TEST_CASE(several_values_are_separated_by_commas) {
    options.define("names", Strings{"a"});
    options.define<double>("weights", {.multiple = true});
    options.define("waits", 1s, {.multiple = true});
    BOOST_TEST((options.get<std::vector<std::chrono::seconds>>("waits") == std::vector{1s}));
    parse({"--names=x,y z,", "--weights=1,2.5", "--waits=1m,2"});
    BOOST_TEST(
        options.get<Strings>("names") == (Strings{"x", "y z"}), boost::test_tools::per_element()
    );
    BOOST_TEST(
        options.get<std::vector<double>>("weights") == (std::vector<double>{1, 2.5}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(
        (options.get<std::vector<std::chrono::seconds>>("waits") ==
         std::vector<std::chrono::seconds>{60s, 2s})
    );
    check_error([&] { parse({"--weights=1,,2"}); }, "--weights: \"\" is not a number");
}

BOOST_AUTO_TEST_CASE(lists_may_be_of_times_and_of_what_is_true_or_false) {
    options.define<Time>("days", {.multiple = true});
    options.define<bool>("flags", {.multiple = true});
    parse({"--days=2013-04-28,2013-04-29 05:16", "--flags=yes,0,true"});
    BOOST_TEST(options.value("days").text() == "2013-04-28 00:00:00,2013-04-29 05:16:00");
    const auto days = options.get<std::vector<Time>>("days");
    BOOST_TEST_REQUIRE(days.size() == 2U);
    BOOST_TEST((days[0] < days[1]));
    BOOST_TEST((options.get<std::vector<bool>>("flags") == std::vector<bool>{true, false, true}));
    check_error(
        [&] { parse({"--days=2013-04-28,now"}); },
        "--days: \"now\" is not a date or time, such as 2024-05-01 or 2024-05-01 13:30"
    );
    BOOST_CHECK_THROW(parse({"--flags=yes,perhaps"}), Error);
}

BOOST_AUTO_TEST_CASE(lists_of_integers_have_ranges) {
    options.define<int>("ports", {.multiple = true});
    parse({"--ports=80,1:3,-1:0,5:5"});
    BOOST_TEST(
        options.get<std::vector<int>>("ports") == (std::vector<int>{80, 1, 2, 3, -1, 0, 5}),
        boost::test_tools::per_element()
    );
    parse({"--ports="});
    BOOST_TEST(options.get<std::vector<int>>("ports").empty());
    for (const auto* text :
         {"3:1", "1:", ":1", "1:2:3", "0:2000000000", "1:99999999999", "0:999998,7,1:1"}) {
        BOOST_CHECK_THROW(parse({std::string{"--ports="} + text}), Error);
    }
}

BOOST_AUTO_TEST_CASE(callbacks_hear_of_every_change) {
    std::string heard;
    options.define("level", 1, {.callback = [&](const Value& value) {
                       heard += value.text() + ';';
                   }});
    BOOST_TEST(heard.empty());
    parse({"--level=2"});
    options.set("level", 3);
    options.set("level", Value{});
    BOOST_TEST(heard == "2;3;;");
    BOOST_TEST(!options.get_optional<int>("level").has_value());
}

BOOST_AUTO_TEST_CASE(what_a_callback_refuses_changes_nothing) {
    options.define("level", "low", {.callback = [](const Value& value) {
                       if (value.text() == "bad") {
                           throw Error{"is bad"};
                       }
                   }});
    parse({"--level=high"});
    BOOST_CHECK_THROW(parse({"--level=bad"}), Error);
    BOOST_TEST(options.get<std::string>("level") == "high");
}

BOOST_AUTO_TEST_CASE(only_a_final_parse_calls_the_parse_callbacks) {
    int calls = 0;
    options.define("a", 1);
    options.add_parse_callback([&] { ++calls; });
    parse({"--a=2"}, false);
    BOOST_TEST(calls == 0);
    parse({"--a=3"});
    BOOST_TEST(calls == 1);
    options.run_parse_callbacks();
    BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_CASE(help_ends_parsing_without_ending_the_process) {
    int calls = 0;
    options.add_parse_callback([&] { ++calls; });
    BOOST_TEST(parse({"--help", "--unknown"}).empty());
    BOOST_TEST(options.get<bool>("help"));
    BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_CASE(options_can_be_listed_by_group) {
    options.define("b", 2, {.group = "More"});
    options.define("a", 1, {.group = "More"});
    options.define("c", "x");
    const auto shown = [](const OptionParser::Items& items) {
        std::string text;
        for (const auto& [name, value] : items) {
            text += name + '=' + value.text() + ' ';
        }
        return text;
    };
    BOOST_TEST(shown(options.items()) == "a=1 b=2 c=x help=false ");
    BOOST_TEST(shown(options.group_items("More")) == "a=1 b=2 ");
    BOOST_TEST(options.groups() == (Strings{"", "More"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_patch_lasts_as_long_as_it_lives) {
    options.define("port", 80);
    {
        const auto patch = options.patch("port", 81);
        BOOST_TEST(options.get<int>("port") == 81);
    }
    BOOST_TEST(options.get<int>("port") == 80);
}

BOOST_AUTO_TEST_CASE(help_is_a_page_for_people) {
    options.define("port", 8888, "run on the given port");
    options.define("quiet", false, "say little");
    options.define("color", true, "show colors");
    options.define(
        "an-option-of-a-rather-long-name",
        90s,
        {.help = "a text that needs more than a single line of the page to be told in full",
         .metavar = "WAIT"}
    );
    options.define<int>("ids", {.group = "More", .multiple = true});
    parse({"--port=1"});
    BOOST_TEST(options.help() == R"(Usage: prog [OPTIONS]

Options:

  --an-option-of-a-rather-long-name=WAIT
                                   a text that needs more than a single line of
                                   the page to be told in full (default 90s)
  --color                          show colors (default true)
  --help                           show this help information
  --port=INTEGER                   run on the given port (default 8888)
  --quiet                          say little

More options:

  --ids=INTEGER,...
)");
}

BOOST_AUTO_TEST_CASE(help_is_printed_to_any_file) {
    options.define("port", 8888, "run on the given port");
    std::FILE* const file = std::tmpfile();
    BOOST_TEST_REQUIRE(file != nullptr);
    options.print_help(file);
    std::rewind(file);
    std::string printed(10'000, ' ');
    printed.resize(std::fread(printed.data(), 1, printed.size(), file));
    std::fclose(file);
    BOOST_TEST(printed == options.help());
}

BOOST_AUTO_TEST_CASE(help_is_narrow_enough_for_a_terminal) {
    define_logging_options(options);
    options.define("long", "", "a-word-of-" + std::string(100, 'x') + " and another");
    std::istringstream lines{options.help()};
    for (std::string line; std::getline(lines, line);) {
        BOOST_TEST(line.size() < 80U, line);
    }
    BOOST_TEST(
        options.help().find("\n" + std::string(35, ' ') + std::string(44, 'x') + "\n") !=
        std::string::npos
    );
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
