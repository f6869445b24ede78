#include <tornado/httputil/start_line.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <tornado/httputil/error.hpp>

namespace {

using namespace tornado::httputil;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(start_line)

BOOST_AUTO_TEST_CASE(a_request_line_is_taken_apart) {
    const RequestStartLine expected{"GET", "/foo", "HTTP/1.1"};
    BOOST_TEST((parse_request_start_line("GET /foo HTTP/1.1").value() == expected));
    BOOST_TEST(parse_request_start_line("M-SEARCH * HTTP/1.0").value().version == "HTTP/1.0");
    const auto target = "/" + std::string(100000, 'a');
    BOOST_TEST(parse_request_start_line("GET " + target + " HTTP/1.1").value().path == target);
}

const std::string bad_requests[] = {
    "",
    "GET",
    "GET /",
    "GET /foo HTTP/1.1\r\n",
    "\r\nGET / HTTP/1.1",
    "GET  / HTTP/1.1",
    "GET / HTTP/1.1 ",
    "GET / http/1.1",
    "GET /\xe9\x7f HTTP/1.1",
    "G,T / HTTP/1.1",
    "GET / HTTP/1.1\nA: b",
};

BOOST_DATA_TEST_CASE(a_bad_request_line_is_refused, data::make(bad_requests), line) {
    BOOST_TEST(
        parse_request_start_line(line).error() == make_error_code(Errc::malformed_start_line)
    );
}

BOOST_AUTO_TEST_CASE(other_major_versions_are_refused) {
    BOOST_TEST(
        parse_request_start_line("GET / HTTP/2.0").error() ==
        make_error_code(Errc::unsupported_version)
    );
    BOOST_TEST(
        parse_response_start_line("HTTP/2.0 200 OK").error() ==
        make_error_code(Errc::unsupported_version)
    );
}

BOOST_AUTO_TEST_CASE(a_status_line_is_taken_apart) {
    const ResponseStartLine expected{"HTTP/1.1", 404, "Not Found"};
    BOOST_TEST((parse_response_start_line("HTTP/1.1 404 Not Found").value() == expected));
    BOOST_TEST(parse_response_start_line("HTTP/1.0 200 ").value().reason == "");
    BOOST_TEST(parse_response_start_line("HTTP/1.0 200").has_error());
    BOOST_TEST(parse_response_start_line("HTTP/1.0 200 OK\r\n").has_error());
    BOOST_TEST(parse_response_start_line("HTTP/1.0 2x0 OK").has_error());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
