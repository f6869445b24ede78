#include <tornado/httpclient/redirect.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>
#include <stdexcept>
#include <string>
#include <tornado/httpclient/url.hpp>

namespace data = boost::unit_test::data;
namespace httpclient = tornado::httpclient;
using httpclient::HTTPRequest;

namespace {

/// A URL, a Location field that answers a request for it, and where that leads.
struct Step {
    std::string from;
    std::string location;
    std::string to;
    bool same_origin;
};
std::ostream& operator<<(std::ostream& out, const Step& each) {
    return out << each.from << " -> " << each.location;
}

const Step steps[] = {
    {"http://a.com/x", "/y", "http://a.com/y", true},
    {"http://a.com/", "http://a.com:80/", "http://a.com:80/", true},
    {"http://a.com:80/", "http://a.com/", "http://a.com/", true},
    {"http://a.com/", "HTTP://A.COM/", "HTTP://A.COM/", true},
    {"https://a.com/", "https://a.com:443/", "https://a.com:443/", true},
    {"https://a.com/", "//a.com/y", "https://a.com/y", true},
    {"http://[::1]/", "http://[::1]:80/", "http://[::1]:80/", true},
    {"http://a.com/", "http://me:x@a.com/", "http://me:x@a.com/", true},
    // Another scheme alone.
    {"https://a.com:444/", "http://a.com:444/", "http://a.com:444/", false},
    {"http://a.com:444/", "https://a.com:444/", "https://a.com:444/", false},
    {"https://a.com/", "http://a.com:443/", "http://a.com:443/", false},
    {"https://a.com/", "http://a.com/", "http://a.com/", false},
    {"http://a.com/", "https://a.com/", "https://a.com/", false},
    // Another host alone.
    {"http://a.com/", "http://b.com/", "http://b.com/", false},
    {"https://a.com:444/", "https://b.com:444/", "https://b.com:444/", false},
    {"http://a.com/", "http://www.a.com/", "http://www.a.com/", false},
    {"http://www.a.com/", "http://a.com/", "http://a.com/", false},
    {"http://a.com/", "http://a.com.b.com/", "http://a.com.b.com/", false},
    {"http://a.com/", "//b.com", "http://b.com", false},
    {"http://a.com/", "http://a.com@b.com/", "http://b.com/", false},
    {"http://a.com/", "http://me:x@b.com/", "http://b.com/", false},
    {"http://127.0.0.1/", "http://localhost/", "http://localhost/", false},
    // Another port alone.
    {"http://a.com/", "http://a.com:81/", "http://a.com:81/", false},
    {"https://a.com/", "https://a.com:80/", "https://a.com:80/", false},
    {"https://a.com:444/", "https://a.com/", "https://a.com/", false},
};

HTTPRequest request_with_credentials(const std::string& url) {
    HTTPRequest request{url};
    return request.header("Authorization", "secret")
        .header("Cookie", "a=b")
        .header("Proxy-Authorization", "of the proxy")
        .header("Host", "old.example")
        .header("X-Y", "z");
}

bool has(const HTTPRequest& request, const std::string& name) {
    return request.headers().contains(name);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(redirect_rules)

BOOST_DATA_TEST_CASE(credentials_stay_with_their_origin, data::make(steps), each) {
    auto request = request_with_credentials(each.from);
    bool credentials = true;
    httpclient::follow_redirect(request, 302, each.location, credentials);
    BOOST_TEST(request.url() == each.to);
    BOOST_TEST(credentials == each.same_origin);
    for (const auto* const name : {"Authorization", "Cookie", "Proxy-Authorization"}) {
        BOOST_TEST(has(request, name) == each.same_origin, name);
    }
    BOOST_TEST(!has(request, "Host"));
    BOOST_TEST(request.headers().get("X-Y").value() == "z");
}

BOOST_DATA_TEST_CASE(an_origin_is_scheme_host_and_port, data::make(steps), each) {
    const auto from = httpclient::parse_url(each.from);
    const auto to = httpclient::parse_url(each.to);
    BOOST_TEST(from.same_origin(to) == each.same_origin);
    BOOST_TEST(to.same_origin(from) == each.same_origin);
}

BOOST_AUTO_TEST_CASE(credentials_do_not_come_back) {
    HTTPRequest request{"http://me:x@a.com/"};
    bool credentials = true;
    httpclient::follow_redirect(request, 302, "http://b.com/", credentials);
    httpclient::follow_redirect(request, 302, "http://me:x@a.com/", credentials);
    BOOST_TEST(request.url() == "http://a.com/");
    BOOST_TEST(!credentials);
}

BOOST_AUTO_TEST_CASE(a_proxy_that_stays_keeps_its_own) {
    auto request = request_with_credentials("http://a.com/");
    bool credentials = true;
    httpclient::follow_redirect(request, 302, "https://b.com/", credentials, true);
    BOOST_TEST(request.headers().get("Proxy-Authorization").value() == "of the proxy");
    BOOST_TEST(!has(request, "Authorization"));
    BOOST_TEST(!has(request, "Cookie"));
    BOOST_TEST(!credentials);
}

BOOST_AUTO_TEST_CASE(to_nowhere_are_refused) {
    for (const auto* const location : {"ftp://a.com/", "javascript:alert(1)", "http://", "//"}) {
        HTTPRequest request{"http://a.com/"};
        bool credentials = true;
        BOOST_TEST(!httpclient::leads_somewhere(request, location));
        BOOST_CHECK_THROW(
            httpclient::follow_redirect(request, 302, location, credentials), std::invalid_argument
        );
    }
}

BOOST_AUTO_TEST_SUITE_END()
