#include <tornado/options/option_parser.hpp>

#include <unistd.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <tornado/log/logger.hpp>
#include <tornado/log/record.hpp>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace tornado::options;
using Strings = std::vector<std::string>;

struct Fixture {
    Fixture() {
        options.define("port", 80);
        options.define("name", "");
        options.define("debug", false);
        options.define("ratio", 1.0);
        options.define("wait", 1s);
        options.define<Time>("start");
        options.define<int>("ids", {.multiple = true});
        options.define<std::string>("names", {.multiple = true});
    }
    ~Fixture() { std::filesystem::remove(path); }

    void parse(const std::string& text, bool final = true) {
        std::ofstream{path, std::ios::binary} << text;
        options.parse_config_file(path, final);
    }

    /// What is wrong with the text, without the file's name.
    std::string error_of(const std::string& text) {
        try {
            parse(text);
        } catch (const Error& error) {
            const std::string what = error.what();
            BOOST_TEST(what.starts_with(path + ':'));
            return what.substr(path.size() + 1);
        }
        return "none";
    }

    OptionParser options;
    std::string path = (std::filesystem::temp_directory_path() /
                        ("tornado-options-test-" + std::to_string(::getpid())))
                           .string();
};

BOOST_FIXTURE_TEST_SUITE(config_file, Fixture)

BOOST_AUTO_TEST_CASE(literals_set_options) {
    parse(R"(# a comment
port = 443
name='it\'s "x"\x41\n'  # another

debug = True
ratio=-2.5e-1
wait = 90
start = "2024-05-01 13:30"
ids = [1, 2,
       3,  # over several lines
]
names = ("a,b", 'c')
)");
    BOOST_TEST(options.get<int>("port") == 443);
    BOOST_TEST(options.get<std::string>("name") == "it's \"x\"A\n");
    BOOST_TEST(options.get<bool>("debug"));
    BOOST_TEST(options.get<double>("ratio") == -0.25);
    BOOST_TEST((options.get<std::chrono::seconds>("wait") == 90s));
    BOOST_TEST(options.value("start").text() == "2024-05-01 13:30:00");
    BOOST_TEST(
        options.get<std::vector<int>>("ids") == (std::vector<int>{1, 2, 3}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(
        options.get<Strings>("names") == (Strings{"a,b", "c"}), boost::test_tools::per_element()
    );
}

BOOST_AUTO_TEST_CASE(strings_are_read_as_on_the_command_line) {
    parse("port = \"81\"\r\nids = '1:3,7'\r\nwait = '2h'\r\ndebug = 'yes'\r\n");
    BOOST_TEST(options.get<int>("port") == 81);
    BOOST_TEST(
        options.get<std::vector<int>>("ids") == (std::vector<int>{1, 2, 3, 7}),
        boost::test_tools::per_element()
    );
    BOOST_TEST((options.get<std::chrono::hours>("wait") == 2h));
    BOOST_TEST(options.get<bool>("debug"));
}

BOOST_AUTO_TEST_CASE(text_is_utf8_and_stays_so) {
    parse("\xEF\xBB\xBFname = 'gr\u00fc\u00df'");
    BOOST_TEST(options.get<std::string>("name") == "gr\u00fc\u00df");
}

BOOST_AUTO_TEST_CASE(characters_may_be_escaped) {
    parse(R"(name = '\u0041\u00e9\u20ac\U0001F600')");
    BOOST_TEST(options.get<std::string>("name") == "A\u00e9\u20ac\U0001F600");
}

BOOST_AUTO_TEST_CASE(none_takes_the_value_away) {
    parse("port = None");
    BOOST_TEST(!options.get_optional<int>("port").has_value());
}

BOOST_AUTO_TEST_CASE(underscores_and_hyphens_are_the_same) {
    options.define("two_words", 1);
    parse("two-words = 2");
    BOOST_TEST(options.get<int>("two_words") == 2);
}

BOOST_AUTO_TEST_CASE(unknown_names_are_only_warned_of) {
    auto& logger = tornado::log::gen_log();
    std::string logged;
    const auto filter = logger.add_filter([&](const tornado::log::Record& record) {
        logged = record.message;
        return false;
    });
    parse("\nprot = 1\nport = 2\n");
    logger.remove_filter(filter);
    BOOST_TEST(options.get<int>("port") == 2);
    BOOST_TEST(logged == path + ":2: there is no option --prot; did you mean --port?");
}

BOOST_AUTO_TEST_CASE(errors_name_the_line) {
    BOOST_TEST(error_of("\n\nport = 'x'") == "3: port: \"x\" is not an integer");
    BOOST_TEST(error_of("port = 1.5") == "1: port: \"1.5\" is not an integer");
    BOOST_TEST(error_of("port = True") == "1: port: True is not an integer");
    BOOST_TEST(error_of("name = 5") == "1: name: 5 is not a string");
    BOOST_TEST(error_of("debug = 1") == "1: debug: 1 is not a bool");
    BOOST_TEST(error_of("ids = 5") == "1: ids: the value must be a list of integers");
    BOOST_TEST(error_of("port = [5]") == "1: port: the value must be an integer");
    BOOST_TEST(error_of("ids = [1,\n2\n3]") == "3: a list needs a comma or a ] here");
    BOOST_TEST(error_of("ids = [1,") == "1: a value is missing");
    BOOST_TEST(error_of("ids = [None]") == "1: ids: None is not an integer");
    BOOST_TEST(error_of("port 80") == "1: a line must read: name = value");
    BOOST_TEST(error_of("= 80") == "1: a line must read: name = value");
    BOOST_TEST(error_of("port = ") == "1: a value is missing");
    BOOST_TEST(error_of("port = 80 81") == "1: nothing may follow the value of \"port\"");
    BOOST_TEST(
        error_of("name = x") ==
        "1: \"x\" is no value; a value is a number, a string in quotes, True, False, None, or a "
        "list"
    );
    BOOST_TEST(error_of("name = 'x\n'") == "1: a string lacks its closing quote");
    BOOST_TEST(error_of("name = 'x\\") == "1: a string lacks its closing quote");
    BOOST_TEST(
        error_of("name = '\\q'") == "1: a string has an unknown escape; write a backslash as \\\\"
    );
    BOOST_TEST(error_of("name = '\\x4'") == "1: \\x needs 2 hexadecimal digits");
    BOOST_TEST(error_of("name = '\\u12'") == "1: \\u needs 4 hexadecimal digits");
    BOOST_TEST(error_of("name = '\\uD800'") == "1: a string has an escape that is no character");
    BOOST_TEST(
        error_of("name = '\\U00110000'") == "1: a string has an escape that is no character"
    );
    BOOST_TEST(error_of(std::string{"name = '\0", 9}) == "1: a string lacks its closing quote");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_an_error) {
    BOOST_CHECK_EXCEPTION(
        options.parse_config_file("/nowhere/at/all.conf"),
        Error,
        [](const Error& error) {
            return std::string{error.what()} ==
                   "cannot read the configuration file /nowhere/at/all.conf: No such file or "
                   "directory";
        }
    );
}

BOOST_AUTO_TEST_CASE(a_folder_is_no_file) {
    BOOST_CHECK_EXCEPTION(options.parse_config_file("/"), Error, [](const Error& error) {
        return std::string{error.what()} == "cannot read the configuration file /: Is a directory";
    });
}

BOOST_AUTO_TEST_CASE(a_callback_can_read_a_file_that_the_command_line_names) {
    std::ofstream{path} << "port = 5";
    int final_parses = 0;
    options.add_parse_callback([&] { ++final_parses; });
    options.define<std::string>("config", {.callback = [&](const Value& file) {
                                    options.parse_config_file(file.as<std::string>(), false);
                                }});
    options.parse_command_line({"prog", "--config=" + path, "--name=later"});
    BOOST_TEST(options.get<int>("port") == 5);
    BOOST_TEST(options.get<std::string>("name") == "later");
    BOOST_TEST(final_parses == 1);
}

BOOST_AUTO_TEST_CASE(files_that_name_each_other_are_an_error) {
    options.define<std::string>("config", {.callback = [&](const Value& file) {
                                    options.parse_config_file(file.as<std::string>());
                                }});
    const auto names_itself = path + " names itself: it is being read already";
    BOOST_TEST(error_of("\nconfig = '" + path + "'") == "2: config: " + names_itself);
    const auto other = path + "-other";
    std::ofstream{other} << "config = '" << path << "'";
    BOOST_TEST(
        error_of("config = '" + other + "'") ==
        "1: config: " + other + ":1: config: " + names_itself
    );
    std::filesystem::remove(other);
    BOOST_TEST(error_of("port = 5") == "none");
    BOOST_TEST(options.get<int>("port") == 5);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
