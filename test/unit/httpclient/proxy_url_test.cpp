#include <tornado/httpclient/proxy.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <stdexcept>

namespace data = boost::unit_test::data;
using tornado::httpclient::Credentials;
using tornado::httpclient::parse_proxy;

BOOST_AUTO_TEST_SUITE(proxy_urls)

BOOST_AUTO_TEST_CASE(may_be_short) {
    const auto proxy = parse_proxy("proxy.example.com");
    BOOST_TEST(proxy.host == "proxy.example.com");
    BOOST_TEST(proxy.port == 1080);
    BOOST_TEST(!proxy.credentials.has_value());
    BOOST_TEST(parse_proxy("http://[::1]:3128/").host == "::1");
    BOOST_TEST(parse_proxy("localhost:3128").port == 3128);
}

BOOST_AUTO_TEST_CASE(hold_credentials_percent_encoded) {
    const auto proxy = parse_proxy("http://us%65r:p%3A%40@host:1");
    BOOST_TEST((proxy.credentials == Credentials{"user", "p:@"}));
    BOOST_TEST((parse_proxy("me@host").credentials == Credentials{"me", ""}));
}

const std::string others[] =
    {"", "socks5://host:1", "https://host:1", "http://", "host:99999", "http://ho st"};

BOOST_DATA_TEST_CASE(are_of_http_proxies_only, data::make(others), text) {
    BOOST_CHECK_THROW(static_cast<void>(parse_proxy(text)), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
