#include <tornado/httputil/arguments.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "../cpu_seconds.hpp"

namespace {

using namespace tornado::httputil;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(arguments)

BOOST_AUTO_TEST_CASE(a_query_is_decoded_in_order) {
    const auto parsed = parse_arguments("b=1&a=%41+%c3%a9%ff&b=&c&&=d&e=f=g;h");
    const Arguments expected{
        {"b", "1"}, {"a", "A \xc3\xa9\xff"}, {"b", ""}, {"c", ""}, {"", "d"}, {"e", "f=g;h"}};
    BOOST_TEST((parsed == expected));
    BOOST_TEST(parse_arguments("").empty());
    BOOST_TEST((parse_arguments("a=%4&b=%zz") == Arguments{{"a", "%4"}, {"b", "%zz"}}));
}

BOOST_AUTO_TEST_CASE(look_ups) {
    Arguments found{{"a", "1"}, {"b", "2"}, {"a", "3"}};
    BOOST_TEST(found.last("a").value() == "3");
    BOOST_TEST(!found.last("A").has_value());
    BOOST_TEST(found.contains("b"));
    const std::vector<std::string_view> expected{"1", "3"};
    BOOST_TEST(found.get_list("a") == expected, boost::test_tools::per_element());
    BOOST_TEST(found.get_list("c").empty());
    found.append({{"a", "4"}});
    found.append(found);
    BOOST_TEST(found.size() == 8U);
    BOOST_TEST(found.get_list("a").size() == 6U);
    found.clear();
    BOOST_TEST(found.empty());
}

BOOST_AUTO_TEST_CASE(thousands_of_names_cost_linear_time) {
    const auto seconds = [](int count) {
        std::string query;
        for (int i = 0; i < count; ++i) {
            query += "k" + std::to_string(i);
            query += "=v&";
        }
        return least_cpu_seconds([&] {
            BOOST_TEST_REQUIRE(parse_arguments(query).size() == static_cast<std::size_t>(count));
        });
    };
    BOOST_TEST(seconds(32000) < seconds(2000) * 16 * 6 + 0.01);
}

BOOST_AUTO_TEST_CASE(qs_to_qsl_yields_pairs) {
    const Arguments found{{"a", "1"}, {"b", "2"}, {"a", "3"}};
    const ArgumentList expected{{"a", "1"}, {"b", "2"}, {"a", "3"}};
    BOOST_TEST((qs_to_qsl(found) == expected));
}

BOOST_AUTO_TEST_CASE(url_concat_adds_to_what_is_there) {
    const ArgumentList two{{"y", "y"}, {"z", "z"}};
    BOOST_TEST(url_concat("https://localhost/path", two) == "https://localhost/path?y=y&z=z");
    BOOST_TEST(url_concat("https://localhost/path?", two) == "https://localhost/path?y=y&z=z");
    BOOST_TEST(url_concat("https://localhost/path?x", two) == "https://localhost/path?x=&y=y&z=z");
    BOOST_TEST(
        url_concat("https://localhost/path?r=1&t=2", two) ==
        "https://localhost/path?r=1&t=2&y=y&z=z"
    );
    BOOST_TEST(
        url_concat("https://localhost/path?r=1&t=2", {}) == "https://localhost/path?r=1&t=2"
    );
    BOOST_TEST(
        url_concat("https://localhost/path?a=1&b=&a=2", {}) == "https://localhost/path?a=1&b=&a=2"
    );
    BOOST_TEST(
        url_concat("https://localhost/path#tab", two) == "https://localhost/path?y=y&z=z#tab"
    );
    BOOST_TEST(
        url_concat("https://localhost/path?r=1#tab?x", two) ==
        "https://localhost/path?r=1&y=y&z=z#tab?x"
    );
    BOOST_TEST(url_concat("/p", {{"a", "/foo bar&"}}) == "/p?a=%2Ffoo+bar%26");
    BOOST_TEST(url_concat("/path?x&", two) == "/path?x=&y=y&z=z");
    BOOST_TEST(url_concat("/path", {{"y", "y1"}, {"y", "y2"}}) == "/path?y=y1&y=y2");
    BOOST_TEST(url_concat("/path?r=1&r=2", {{"y", "y"}}) == "/path?r=1&r=2&y=y");
}

struct Split {
    std::string netloc;
    std::string host;
    std::optional<int> port;
};
std::ostream& operator<<(std::ostream& out, const Split& split) {
    return out << split.netloc;
}

const Split splits[] = {
    {"example.com", "example.com", {}},
    {"example.com:80", "example.com", 80},
    {"[::1]:80", "[::1]", 80},
    {"[::1]", "[::1]", {}},
    {"::1", "::1", {}},
    {"2001:db8::1", "2001:db8::1", {}},
    {"example.com:", "example.com:", {}},
    {"example.com:x", "example.com:x", {}},
    {":80", ":80", {}},
    {"", "", {}},
    {"a:65536", "a:65536", {}},
    {"a:-1", "a:-1", {}},
    {"a:99999999999", "a:99999999999", {}},
    {"1.2.3.4:8", "1.2.3.4", 8},
    {"a:000080", "a", 80},
};

BOOST_DATA_TEST_CASE(split_host_and_port_splits, data::make(splits), split) {
    BOOST_TEST((split_host_and_port(split.netloc) == HostAndPort{split.host, split.port}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
