#include <tornado/httpserver/http_server.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <tornado/httputil/http_server_request.hpp>
#include <tornado/testing.hpp>

namespace data = boost::unit_test::data;
namespace httpserver = tornado::httpserver;
namespace httputil = tornado::httputil;
namespace testing = tornado::testing;
using tornado::Future;

namespace {

/// Answers with where the server thinks the request comes from.
struct Origin : httputil::HTTPServerConnectionDelegate {
    struct Request : httputil::HTTPMessageDelegate {
        explicit Request(httputil::HTTPConnection& where) : exchange{where} {}
        void finish() override {
            exchange.send_response(
                200, "", {}, std::string{exchange.protocol()} + " " + exchange.remote_ip()
            );
        }
        httputil::HTTPConnection& exchange;
    };
    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection& exchange
    ) override {
        return std::make_unique<Request>(exchange);
    }
};

struct ProxyTest : testing::AsyncHTTPTestCase {
    App get_app() override { return std::make_shared<Origin>(); }
    httpserver::HTTPServerOptions get_httpserver_options() override { return options; }

    std::string origin(const httputil::HTTPHeaders& headers) {
        return fetch("/", {.headers = headers}).body;
    }
    /// The origin that a request with `fields`, "Name: value" lines, has.
    std::string origin_of(std::string_view fields) {
        return origin(httputil::HTTPHeaders::parse(fields).value());
    }

    httpserver::HTTPServerOptions options;
};

struct XHeadersTest : ProxyTest {
    XHeadersTest() {
        options.xheaders = true;
        options.trusted_downstream = {"127.0.0.1", "5.5.5.5", "10.0.0.0/8", "fd00::/8"};
    }
};

struct ForwardedTest : ProxyTest {
    ForwardedTest() {
        options.forwarded = true;
        options.trusted_downstream = {"127.0.0.1", "10.0.0.0/8"};
    }
};

BOOST_AUTO_TEST_SUITE(proxy_headers)

using Row = std::tuple<std::string, std::string>;

const Row xheaders[] = {
    {"", "http 127.0.0.1"},
    {"X-Real-IP: 4.4.4.4", "http 4.4.4.4"},
    {"X-Real-IP: 2620:0:1cfe:face:b00c::3", "http 2620:0:1cfe:face:b00c::3"},
    {"X-Forwarded-For: 4.4.4.4", "http 4.4.4.4"},
    {"X-Forwarded-For: 127.0.0.2, 4.4.4.4", "http 4.4.4.4"},
    {"X-Forwarded-For: 4.4.4.4, 10.1.2.3,\t5.5.5.5", "http 4.4.4.4"},
    {"X-Forwarded-For: 1.1.1.1, 4.4.4.4, 5.5.5.5", "http 4.4.4.4"},
    {"X-Forwarded-For: 4.4.4.4, fd12::1", "http 4.4.4.4"},
    {"X-Forwarded-For: 4.4.4.4\nX-Forwarded-For: 5.5.5.5", "http 4.4.4.4"},
    {"X-Forwarded-For: 10.0.0.1, 5.5.5.5", "http 10.0.0.1"},
    {"X-Forwarded-For: 4.4.4.4:1234", "http 4.4.4.4"},
    {"X-Forwarded-For: [2001:db8::1]:1234", "http 2001:db8::1"},
    {"X-Forwarded-For: 4.4.4.4\nX-Real-Ip: 4.4.4.5", "http 4.4.4.5"},
    {"X-Real-IP: 4.4.4.4<script>", "http 127.0.0.1"},
    {"X-Forwarded-For: 4.4.4.4, unknown", "http 127.0.0.1"},
    {"X-Forwarded-For: ", "http 127.0.0.1"},
    {"X-Real-IP: www.google.com", "http 127.0.0.1"},
    {"X-Forwarded-For: unknown, 10.1.2.3", "http 10.1.2.3"},
    {"X-Scheme: https", "https 127.0.0.1"},
    {"X-Forwarded-Proto: https", "https 127.0.0.1"},
    {"X-Scheme: HTTPS", "https 127.0.0.1"},
    {"X-Forwarded-Proto: https , http", "http 127.0.0.1"},
    {"X-Forwarded-Proto: http,https", "https 127.0.0.1"},
    {"X-Scheme: unknown", "http 127.0.0.1"},
    {"Forwarded: for=4.4.4.4;proto=https", "http 127.0.0.1"},
};

BOOST_DATA_TEST_CASE_F(XHeadersTest, of_a_trusted_peer, data::make(xheaders), fields, expected) {
    BOOST_TEST(origin_of(fields) == expected);
}

const Row forwarded[] = {
    {"", "http 127.0.0.1"},
    {"Forwarded: for=4.4.4.4", "http 4.4.4.4"},
    {"Forwarded: for=4.4.4.4;proto=HTTPS", "https 4.4.4.4"},
    {"Forwarded: For=\"[2001:db8:cafe::17]:4711\"", "http 2001:db8:cafe::17"},
    {"Forwarded: for=4.4.4.4;proto=https;by=203.0.113.43", "https 4.4.4.4"},
    {"Forwarded: for=4.4.4.4;proto=https, for=10.0.0.1;proto=http", "https 4.4.4.4"},
    {"Forwarded: for=1.1.1.1;proto=https, for=4.4.4.4, for=10.0.0.1", "http 4.4.4.4"},
    {"Forwarded: for=4.4.4.4\nForwarded: for=10.0.0.1", "http 4.4.4.4"},
    {"Forwarded: for=\"4.4.4.4:80\"", "http 4.4.4.4"},
    {"Forwarded: for=unknown;proto=https", "http unknown"},
    {"Forwarded: for=4.4.4.4, for=_hidden, for=10.0.0.1;proto=https", "https unknown"},
    {"Forwarded: proto=https", "http unknown"},
    {"Forwarded: for=4.4.4.4, , for=10.0.0.1,", "http 4.4.4.4"},
    {"Forwarded: ", "http 127.0.0.1"},
    {"X-Real-IP: 4.4.4.4", "http 127.0.0.1"},
};

BOOST_DATA_TEST_CASE_F(ForwardedTest, of_forwarded, data::make(forwarded), fields, expected) {
    BOOST_TEST(origin_of(fields) == expected);
}

const Row strangers[] = {
    {"X-Forwarded-For: \"\nX-Forwarded-For: 203.0.113.9", "http 203.0.113.9"},
    {"X-Forwarded-For: \", 203.0.113.9", "http 203.0.113.9"},
    {"X-Forwarded-For: \"\\, 203.0.113.9, 10.0.0.1", "http 203.0.113.9"},
    {"X-Forwarded-For: \"127.0.0.1\", 203.0.113.9", "http 203.0.113.9"},
    {"X-Real-Ip: 10.9.9.9\nX-Real-Ip: 203.0.113.9", "http 203.0.113.9"},
    {"X-Forwarded-Proto: \", https", "https 127.0.0.1"},
    {"X-Forwarded-Proto: \"\nX-Forwarded-Proto: https", "https 127.0.0.1"},
};

BOOST_DATA_TEST_CASE_F(
    XHeadersTest,
    a_strangers_quote_does_not_swallow_what_the_proxy_adds,
    data::make(strangers),
    fields,
    expected
) {
    BOOST_TEST(origin_of(fields) == expected);
}

const Row strangers_forwarded[] = {
    {"Forwarded: for=\"\nForwarded: for=203.0.113.9", "http 203.0.113.9"},
    {"Forwarded: for=\", for=203.0.113.9", "http 203.0.113.9"},
    {"Forwarded: for=\"4.4.4.4, for=5.5.5.5", "http 5.5.5.5"},
    {"Forwarded: for=\"\\, for=203.0.113.9;proto=https, for=10.0.0.1", "https 203.0.113.9"},
    {"Forwarded: for=\", for=\"[2001:db8::1]:4711\"", "http 2001:db8::1"},
    {"Forwarded: \", for=5.5.5.5;host=\"a,\\\"b\"", "http 5.5.5.5"},
    {"Forwarded: for=\", for=10.0.0.1", "http unknown"},
    {"Forwarded: for=203.0.113.9\"", "http unknown"},
    {"Forwarded: \"", "http unknown"},
};

BOOST_DATA_TEST_CASE_F(
    ForwardedTest,
    a_strangers_open_quote_does_not_swallow_what_the_proxy_adds,
    data::make(strangers_forwarded),
    fields,
    expected
) {
    BOOST_TEST(origin_of(fields) == expected);
}

BOOST_FIXTURE_TEST_CASE(are_not_looked_at_unless_asked_for, ProxyTest) {
    BOOST_TEST(origin_of("X-Real-IP: 4.4.4.4\nX-Scheme: https") == "http 127.0.0.1");
}

BOOST_FIXTURE_TEST_CASE(of_a_peer_that_is_not_trusted_are_not_looked_at, ProxyTest) {
    options.xheaders = true;
    options.trusted_downstream = {"10.0.0.0/8", "127.0.0.128/25"};
    BOOST_TEST(origin_of("X-Real-IP: 4.4.4.4\nX-Scheme: https") == "http 127.0.0.1");
}

BOOST_FIXTURE_TEST_CASE(the_loopback_is_trusted_by_default, ProxyTest) {
    options.xheaders = true;
    BOOST_TEST(origin_of("X-Real-IP: 4.4.4.4") == "http 4.4.4.4");
}

BOOST_FIXTURE_TEST_CASE(hold_for_their_request_only, XHeadersTest) {
    auto connection = connect();
    connection.send("GET / HTTP/1.1\r\nHost: a\r\nX-Real-Ip: 4.4.4.4\r\nX-Scheme: https\r\n\r\n");
    BOOST_TEST(connection.read_response().body == "https 4.4.4.4");
    connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(connection.read_response().body == "http 127.0.0.1");
}

const std::string wrong_entries[] = {"", "localhost", "10.0.0.0/33", "::1/129", "10.0.0.0/", "1/x"};

BOOST_DATA_TEST_CASE(trusts_nothing_like, data::make(wrong_entries), entry) {
    Origin app;
    httpserver::HTTPServerOptions options;
    options.xheaders = true;
    options.trusted_downstream = {entry};
    BOOST_CHECK_THROW((httpserver::HTTPServer{app, options}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(of_both_kinds_are_refused) {
    Origin app;
    httpserver::HTTPServerOptions options;
    options.xheaders = options.forwarded = true;
    BOOST_CHECK_THROW((httpserver::HTTPServer{app, options}), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
