// doc/guide/options.md: what its snippets take for granted, the snippets, and their results.

#include <tornado/options.hpp>

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "../temporary_folder.hpp"

namespace options = tornado::options;

#include "options.snippets.hpp"

BOOST_AUTO_TEST_SUITE(options_guide)

BOOST_AUTO_TEST_CASE(a_type_of_ones_own_is_read_and_refused) {
    using of_ones_own::Size;
    options::OptionParser parser;
    parser.define("size", Size{1, 2});
    parser.parse_command_line({"prog", "--size=3x4"});
    BOOST_TEST(parser.get<Size>("size").height == 4);
    BOOST_CHECK_EXCEPTION(
        parser.parse_command_line({"prog", "--size=big"}),
        options::Error,
        [](const auto& error) {
            return std::string_view{error.what()}.ends_with("a size is written 3x4");
        }
    );
}

BOOST_AUTO_TEST_CASE(lists_and_files_are_read) {
    const TemporaryFolder folder;
    options::OptionParser parser;
    define_lists(parser);
    define_config(parser);
    const auto file = folder / "conf";
    write_file(file, "hosts = ['a', 'b']\nports = [1]\n");
    parser.parse_command_line({"prog", "--config=" + file, "--ports=80,8001:8004"});
    BOOST_TEST(parser.get<std::vector<std::string>>("hosts").size() == 2U);
    BOOST_TEST(parser.get<std::vector<int>>("ports").size() == 5U);
}

BOOST_AUTO_TEST_CASE(callbacks_refuse_and_are_told) {
    options::OptionParser parser;
    int level = 0;
    define_level(parser, level);
    parser.parse_command_line({"prog", "--level=3"});
    BOOST_TEST(level == 3);
    BOOST_CHECK_THROW(parser.parse_command_line({"prog", "--level=10"}), options::Error);
    BOOST_TEST(parser.get<int>("level") == 3);
    BOOST_TEST(parser.group_items("Compression").size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_patch_ends) {
    options::OptionParser parser;
    parser.define("port", 80);
    BOOST_TEST(port_while_patched(parser) == 8001);
    BOOST_TEST(parser.get<int>("port") == 80);
}

BOOST_AUTO_TEST_SUITE_END()
