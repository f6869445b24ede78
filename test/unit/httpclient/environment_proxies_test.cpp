#include "../../../libs/httpclient/src/environment_proxies.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <map>

namespace data = boost::unit_test::data;
using tornado::httpclient::Credentials;
using tornado::httpclient::EnvironmentProxies;
using tornado::httpclient::parse_url;

namespace {

using Environment = std::map<std::string, std::string>;

EnvironmentProxies read(const Environment& environment) {
    return EnvironmentProxies{[&](const char* name) -> const char* {
        const auto found = environment.find(name);
        return found != environment.end() ? found->second.c_str() : nullptr;
    }};
}

/// The proxy for a URL, as "host:port".
std::string proxy_for(const std::string& url, const Environment& environment) {
    const auto proxies = read(environment);
    const auto* const proxy = proxies.find(parse_url(url));
    return proxy != nullptr ? proxy->host + ":" + std::to_string(proxy->port) : "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(environment_proxies)

BOOST_AUTO_TEST_CASE(there_are_none_in_an_empty_environment) {
    BOOST_TEST(proxy_for("http://a.com/", {}) == "none");
    BOOST_TEST(proxy_for("https://a.com/", {}) == "none");
    BOOST_TEST(proxy_for("http://a.com/", {{"http_proxy", ""}}) == "none");
}

BOOST_AUTO_TEST_CASE(each_scheme_has_its_own) {
    const Environment both{{"http_proxy", "http://one:1"}, {"https_proxy", "two:2"}};
    BOOST_TEST(proxy_for("http://a.com/", both) == "one:1");
    BOOST_TEST(proxy_for("https://a.com/", both) == "two:2");
    const Environment all{{"all_proxy", "http://[::1]:3/"}, {"HTTPS_PROXY", "big:4"}};
    BOOST_TEST(proxy_for("http://a.com/", all) == "::1:3");
    BOOST_TEST(proxy_for("https://a.com/", all) == "big:4");
    BOOST_TEST(proxy_for("http://a.com/", {{"ALL_PROXY", "c"}}) == "c:1080");
}

BOOST_AUTO_TEST_CASE(http_proxy_in_capitals_is_a_header_fields_and_not_read) {
    BOOST_TEST(proxy_for("http://a.com/", {{"HTTP_PROXY", "evil:1"}}) == "none");
}

BOOST_AUTO_TEST_CASE(credentials_stand_in_the_url) {
    const auto proxies = read({{"http_proxy", "http://us%65r:p%3A%40@host:1"}});
    const auto* const proxy = proxies.find(parse_url("http://a.com/"));
    BOOST_TEST_REQUIRE((proxy != nullptr));
    BOOST_TEST((proxy->credentials == Credentials{"user", "p:@"}));
}

const std::string no_proxies[] =
    {"socks5://host:1", "https://host:1", "http://", "host:99999", "http://ho st"};

BOOST_DATA_TEST_CASE(what_is_no_http_proxy_is_refused, data::make(no_proxies), value) {
    const Environment environment{{"http_proxy", value}, {"no_proxy", "spared.com"}};
    BOOST_CHECK_THROW(proxy_for("http://a.com/", environment), std::invalid_argument);
    BOOST_TEST(proxy_for("http://spared.com/", environment) == "none");
    BOOST_TEST(proxy_for("https://a.com/", environment) == "none");
}

struct Spared {
    std::string list;
    std::string host;
    bool spared;
};

std::ostream& operator<<(std::ostream& out, const Spared& one) {
    return out << one.host << " in " << one.list;
}

const Spared spared[] = {
    {"*", "a.com", true},
    {"a.com", "a.com", true},
    {"A.com", "a.COM", true},
    {"a.com", "www.a.com", true},
    {".a.com", "www.a.com", true},
    {".a.com", "a.com", true},
    {"a.com", "xa.com", false},
    {"a.com", "a.com.b", false},
    {"b.com, a.com", "a.com", true},
    {"b.com a.com", "a.com", true},
    {"b.com,,", "a.com", false},
    {"127.0.0.1", "127.0.0.1", true},
    {"127.0.0.1", "127.0.0.2", false},
    {"0.0.1", "127.0.0.1", false},
    {"10.0.0.0/8", "10.1.2.3", true},
    {"10.0.0.0/8", "11.1.2.3", false},
    {"10.1.2.0/23", "10.1.3.255", true},
    {"10.1.2.0/23", "10.1.4.0", false},
    {"10.1.2.0/33", "10.1.2.0", false},
    {"10.1.2.0/x", "10.1.2.0", false},
    {"0.0.0.0/0", "10.1.2.3", true},
    {"0.0.0.0/0", "[::1]", false},
    {"[::1]", "[::1]", true},
    {"fe80::/10", "[fe80::1]", true},
    {"fe80::/10", "[::1]", false},
    {"*.com", "a.com", false},
};

BOOST_DATA_TEST_CASE(no_proxy_names_who_is_spared, data::make(spared), one) {
    const Environment environment{{"http_proxy", "p:1"}, {"NO_PROXY", one.list}};
    const auto found = proxy_for("http://" + one.host + ":8080/", environment);
    BOOST_TEST(found == (one.spared ? "none" : "p:1"));
}

BOOST_AUTO_TEST_CASE(no_proxy_in_small_letters_comes_first) {
    const Environment environment{
        {"http_proxy", "p:1"}, {"NO_PROXY", "a.com"}, {"no_proxy", "b.com"}};
    BOOST_TEST(proxy_for("http://a.com/", environment) == "p:1");
    BOOST_TEST(proxy_for("http://b.com/", environment) == "none");
}

BOOST_AUTO_TEST_SUITE_END()
