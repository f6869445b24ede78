#include <tornado/httputil/http_server_request.hpp>

#include "../httpserver/exchange.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

namespace {

using namespace tornado::httputil;

/// A request that views the text it was made from.
struct Received {
    explicit Received(std::string text)
        : exchange{std::move(text)},
          request{exchange.head(), exchange.target(), exchange} {}

    MemoryExchange exchange;
    HTTPServerRequest request;
};

std::string request(std::string_view line, std::string_view fields = "Host: example.com\r\n") {
    return std::string{line}.append("\r\n").append(fields).append("\r\n");
}

std::string full_url(std::string_view line) {
    return Received{request(line)}.request.full_url();
}

std::string host_name(std::string_view host) {
    return Received{request("GET / HTTP/1.1", "Host: " + std::string{host} + "\r\n")}
        .request.host_name();
}

BOOST_AUTO_TEST_SUITE(http_server_request)

BOOST_AUTO_TEST_CASE(the_target_is_taken_apart) {
    const Received received{request("PUT /a/%20b?c=d?e HTTP/1.0")};
    BOOST_TEST(received.request.method() == "PUT");
    BOOST_TEST(received.request.uri() == "/a/%20b?c=d?e");
    BOOST_TEST(received.request.path() == "/a/%20b");
    BOOST_TEST(received.request.query() == "c=d?e");
    BOOST_TEST(received.request.version() == "HTTP/1.0");
    BOOST_TEST(Received{request("GET / HTTP/1.1")}.request.version() == "HTTP/1.1");
    BOOST_TEST(received.request.remote_ip() == "192.0.2.1");
    BOOST_TEST(received.request.body() == "");
}

BOOST_AUTO_TEST_CASE(full_url_names_protocol_and_host) {
    BOOST_TEST(full_url("GET /a?b HTTP/1.1") == "http://example.com/a?b");
    BOOST_TEST(full_url("GET http://other.test:80/a?b HTTP/1.1") == "http://other.test:80/a?b");
    BOOST_TEST(full_url("OPTIONS * HTTP/1.1") == "http://example.com");
    BOOST_TEST(full_url("CONNECT other.test:443 HTTP/1.1") == "http://other.test:443");
}

BOOST_AUTO_TEST_CASE(the_host_is_that_of_the_target_or_the_field) {
    BOOST_TEST(Received{request("GET / HTTP/1.1")}.request.host() == "example.com");
    BOOST_TEST(Received{request("GET http://a.test:1/ HTTP/1.1")}.request.host() == "a.test:1");
    BOOST_TEST(Received{request("GET / HTTP/1.0", "")}.request.host() == "127.0.0.1");
}

BOOST_AUTO_TEST_CASE(the_hosts_name_is_lower_case_and_has_no_port) {
    BOOST_TEST(host_name("Example.COM:8888") == "example.com");
    BOOST_TEST(host_name("example.com:") == "example.com");
    BOOST_TEST(host_name("[::1]:80") == "[::1]");
    BOOST_TEST(host_name("[::1]:") == "[::1]");
    BOOST_TEST(host_name("[::1]") == "[::1]");
}

BOOST_AUTO_TEST_CASE(the_querys_arguments_come_before_the_forms) {
    Received received{request(
        "POST /?a=1&b=2 HTTP/1.1", "Host: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    )};
    auto& request = received.request;
    BOOST_TEST((request.arguments() == Arguments{{"a", "1"}, {"b", "2"}}));
    request.body() = "a=3&c=%00%ff";
    request.parse_body();
    BOOST_TEST((request.query_arguments() == Arguments{{"a", "1"}, {"b", "2"}}));
    const Arguments form{{"a", "3"}, {"c", std::string{"\0\xff", 2}}};
    BOOST_TEST((request.body_arguments() == form));
    BOOST_TEST(request.arguments().size() == 4U);
    BOOST_TEST(request.arguments().last("a").value() == "3");
    BOOST_TEST(request.files().empty());
}

BOOST_AUTO_TEST_CASE(a_body_without_a_type_is_left_alone) {
    Received received{request("POST / HTTP/1.1")};
    received.request.body() = "a=3";
    received.request.parse_body();
    BOOST_TEST(received.request.body_arguments().empty());
    BOOST_TEST(received.request.query_arguments().empty());
    BOOST_TEST(received.request.arguments().empty());
}

BOOST_AUTO_TEST_CASE(a_form_that_cannot_be_read_throws) {
    Received received{
        request("POST / HTTP/1.1", "Host: a\r\nContent-Type: multipart/form-data\r\n")};
    received.request.body() = "a=3";
    BOOST_CHECK_THROW(received.request.parse_body(), HTTPInputError);
}

BOOST_AUTO_TEST_CASE(cookies_of_all_fields_are_one_list) {
    const Received received{
        request("GET / HTTP/1.1", "Host: a\r\nCookie: a=1; b=2\r\nCookie: c=3\r\n")};
    const auto& cookies = received.request.cookies();
    BOOST_TEST_REQUIRE(cookies.size() == 3U);
    BOOST_TEST(cookies[2].name == "c");
    BOOST_TEST(cookies[2].value == "3");
    BOOST_TEST(&received.request.cookies() == &cookies);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
