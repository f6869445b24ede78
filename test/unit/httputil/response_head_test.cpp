#include <tornado/httputil/response_head.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <string>

namespace {

using namespace tornado::httputil;
namespace data = boost::unit_test::data;

HeadResult parse(std::string& text, ResponseHead& head) {
    return parse_response_head(text.data(), text.size(), head);
}

BOOST_AUTO_TEST_SUITE(response_head)

BOOST_AUTO_TEST_CASE(a_head_is_taken_apart) {
    std::string text = "HTTP/1.0 404 Not Found\r\nServer: x\r\n\r\nbody";
    ResponseHead head;
    const auto result = parse(text, head);
    BOOST_TEST((result.status == HeadStatus::complete));
    BOOST_TEST(result.consumed == text.size() - 4);
    BOOST_TEST(head.version_minor == 0);
    BOOST_TEST(head.code == 404);
    BOOST_TEST(head.reason == "Not Found");
    BOOST_TEST(head.headers.first(KnownHeader::server).value() == "x");
    const std::string copy = text;
    head.rebase(text.data(), copy.data());
    text.assign(text.size(), '?');
    BOOST_TEST(head.reason == "Not Found");
    BOOST_TEST(head.headers.first("Server").value() == "x");
    head.clear();
    BOOST_TEST(head.code == 0);
    BOOST_TEST(head.reason.empty());
}

BOOST_AUTO_TEST_CASE(the_reason_may_be_empty_but_not_the_space_before_it) {
    std::string text = "HTTP/1.1 200 \r\n\r\n";
    ResponseHead head;
    BOOST_TEST((parse(text, head).status == HeadStatus::complete));
    BOOST_TEST(head.code == 200);
    BOOST_TEST(head.reason == "");
    text = "HTTP/1.1 200\r\n\r\n";
    BOOST_TEST((parse(text, head).error == Errc::malformed_start_line));
}

BOOST_AUTO_TEST_CASE(every_shorter_prefix_is_incomplete) {
    const std::string whole = "\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        auto text = whole.substr(0, size);
        ResponseHead head;
        BOOST_TEST((parse(text, head).status == HeadStatus::incomplete), size);
    }
}

const std::string malformed[] = {
    "HTTP/1.1 20 OK\r\n\r\n",
    "HTTP/1.1 2000 OK\r\n\r\n",
    "HTTP/1.1 099 OK\r\n\r\n",
    "HTTP/1.1 +20 OK\r\n\r\n",
    "HTTP/1.1  200 OK\r\n\r\n",
    "HTTP/1.1 200 O\rK\r\n\r\n",
    "HTTP/1.1 200 O\x01K\r\n\r\n",
    "HTTP/1.1\r\n\r\n",
    "http/1.1 200 OK\r\n\r\n",
    "ICY 200 OK\r\n\r\n",
    "GET / HTTP/1.1\r\n\r\n",
};

BOOST_DATA_TEST_CASE(a_malformed_status_line_is_refused, data::make(malformed), line) {
    auto text = line;
    ResponseHead head;
    const auto result = parse(text, head);
    BOOST_TEST((result.status == HeadStatus::error));
    BOOST_TEST((result.error == Errc::malformed_start_line));
}

BOOST_AUTO_TEST_CASE(another_major_version_is_refused) {
    std::string text = "HTTP/2.0 200 OK\r\n\r\n";
    ResponseHead head;
    BOOST_TEST((parse(text, head).error == Errc::unsupported_version));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
