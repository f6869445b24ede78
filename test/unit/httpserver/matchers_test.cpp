#include <tornado/httpserver/matchers.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "exchange.hpp"

namespace {

using namespace tornado::routing;
using Strings = std::vector<std::string>;

/// What a matcher says about a request that has only a head.
std::optional<TargetParams>
match(const Matcher& matcher, std::string_view path, std::string_view host = "example.com") {
    MemoryExchange exchange{request_text(path, host)};
    return matcher.match(tornado::httputil::HTTPServerRequest{
        exchange.head(), exchange.target(), exchange});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(matchers)

BOOST_AUTO_TEST_CASE(any_matches_all_and_has_no_url) {
    BOOST_TEST(match(AnyMatches{}, "/whatever?x").has_value());
    BOOST_TEST(!AnyMatches{}.reverse({}).has_value());
}

BOOST_AUTO_TEST_CASE(host_matches_the_lower_cased_name_without_its_port) {
    const HostMatches www{R"(www\.example\.com)"};
    BOOST_TEST(match(www, "/", "www.example.com").has_value());
    BOOST_TEST(match(www, "/", "WWW.Example.COM:8888").has_value());
    BOOST_TEST(!match(www, "/", "www.example.com.evil.org").has_value());
    BOOST_TEST(!match(www, "/", "my-www.example.com").has_value());
    BOOST_TEST(!match(www, "/", "wwwxexample.com").has_value());
    BOOST_TEST(match(HostMatches{"www.example.com"}, "/", "wwwxexample.com").has_value());
    BOOST_TEST(match(HostMatches{"(a|b)[.]example[.]com"}, "/", "b.example.com").has_value());
    BOOST_TEST(match(HostMatches{".*"}, "/").has_value());
    BOOST_TEST(!www.reverse({}).has_value());
    BOOST_CHECK_THROW(HostMatches{"("}, std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(host_matches_takes_no_groups_out) {
    const auto found = match(HostMatches{R"((\w+)\.example\.com)"}, "/", "www.example.com");
    BOOST_TEST(found.has_value());
    BOOST_TEST(found->path_args.empty());
}

BOOST_AUTO_TEST_CASE(default_host_matches_whatever_host_is_asked_for) {
    BOOST_TEST(match(DefaultHostMatches{"example.com", "example[.]com"}, "/", "a").has_value());
    BOOST_TEST(!match(DefaultHostMatches{"example.com", "a"}, "/", "a").has_value());
    BOOST_TEST(!match(DefaultHostMatches{"example.com", "example"}, "/", "a").has_value());
    BOOST_TEST(!match(DefaultHostMatches{"", "a"}, "/", "a").has_value());
    BOOST_TEST(!DefaultHostMatches("a", "a").reverse({}).has_value());
    BOOST_CHECK_THROW(DefaultHostMatches("a", "("), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(default_host_matches_nothing_that_a_proxy_passes_on) {
    MemoryExchange exchange{"GET / HTTP/1.1\r\nHost: a\r\nX-Real-Ip: 192.0.2.1\r\n\r\n"};
    const tornado::httputil::HTTPServerRequest request{
        exchange.head(), exchange.target(), exchange};
    BOOST_TEST(!DefaultHostMatches("a", "a").match(request).has_value());
}

BOOST_AUTO_TEST_CASE(host_matches_a_name_with_an_empty_port) {
    BOOST_TEST(match(HostMatches{"a"}, "/", "a:").has_value());
    BOOST_TEST(match(HostMatches{"\\[::1\\]"}, "/", "[::1]:").has_value());
}

BOOST_AUTO_TEST_CASE(path_matches_without_the_query) {
    BOOST_TEST(match(PathMatches{"/a"}, "/a?b=c").has_value());
    BOOST_TEST(!match(PathMatches{"/a"}, "/b?/a").has_value());
    BOOST_TEST(match(PathMatches{"/a"}, "http://example.com/a").has_value());
}

BOOST_AUTO_TEST_CASE(path_matches_decodes_positional_groups_to_bytes) {
    const auto found = match(
        PathMatches{"/([^/]+)/(x)?/(.*)"},
        "/a%2Fb+c/"
        "/%E9%zz%c3%a9"
    );
    BOOST_REQUIRE(found.has_value());
    BOOST_TEST(found->path_kwargs.empty());
    BOOST_REQUIRE(found->path_args.size() == 3U);
    BOOST_TEST(found->path_args[0].value() == "a/b+c");
    BOOST_TEST(!found->path_args[1].has_value());
    BOOST_TEST(found->path_args[2].value() == "\xE9%zz\xC3\xA9");
}

BOOST_AUTO_TEST_CASE(path_matches_gives_named_groups_their_names) {
    const auto found = match(PathMatches{"/(?P<year>[0-9]+)(?:/(?P<page>.*))?"}, "/20%312");
    BOOST_TEST(!found.has_value());  // the path is matched before it is decoded
    const auto decoded = match(PathMatches{"/(?P<year>[0-9]+)(?:/(?P<page>[^?]*))?"}, "/2012");
    BOOST_REQUIRE(decoded.has_value());
    BOOST_TEST(decoded->path_args.empty());
    BOOST_REQUIRE(decoded->path_kwargs.size() == 2U);
    BOOST_TEST(decoded->path_kwargs[0].first == "year");
    BOOST_TEST(decoded->path_kwargs[0].second.value() == "2012");
    BOOST_TEST(decoded->path_kwargs[1].first == "page");
    BOOST_TEST(!decoded->path_kwargs[1].second.has_value());
}

BOOST_AUTO_TEST_CASE(path_matches_reverses_its_pattern) {
    const PathMatches story{"/story/([0-9]+)"};
    BOOST_TEST(story.reverse(Strings{"7"}).value() == "/story/7");
    BOOST_CHECK_THROW((void)story.reverse({}), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
