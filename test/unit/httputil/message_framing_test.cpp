#include <tornado/httputil/message_framing.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <tornado/httputil/response_head.hpp>

namespace {

using namespace tornado::httputil;
using tornado::Result;
using Body = MessageFraming::Body;
namespace data = boost::unit_test::data;

Result<MessageFraming> framing(
    const std::string& fields,
    const std::string& version = "1.1",
    const std::string& method = "POST"
) {
    auto text = method + " / HTTP/" + version + "\r\n" + fields + "\r\n";
    RequestHead head;
    BOOST_TEST_REQUIRE(
        (parse_request_head(text.data(), text.size(), head).status == HeadStatus::complete)
    );
    return request_framing(head);
}

Result<MessageFraming>
answer(const std::string& status, const std::string& fields, const std::string& method = "GET") {
    auto text = "HTTP/1.1 " + status + " \r\n" + fields + "\r\n";
    ResponseHead head;
    BOOST_TEST_REQUIRE(
        (parse_response_head(text.data(), text.size(), head).status == HeadStatus::complete)
    );
    return response_framing(head, method);
}

BOOST_AUTO_TEST_SUITE(message_framing)

BOOST_AUTO_TEST_CASE(without_fields_there_is_no_body) {
    const auto found = framing("").value();
    BOOST_TEST((found.body == Body::none));
    BOOST_TEST(found.keep_alive);
    BOOST_TEST(!found.expect_continue);
    BOOST_TEST(!found.expectation_failed);
    BOOST_TEST(!found.upgrade);
}

struct Length {
    std::string fields;
    std::uint64_t length;
};
std::ostream& operator<<(std::ostream& out, const Length& length) {
    return out << length.fields;
}

const Length lengths[] = {
    {"Content-Length: 0\r\n", 0},
    {"content-length: 42\r\n", 42},
    {"Content-Length: 0042\r\n", 42},
    {"Content-Length: 5\r\nContent-Length: 5\r\n", 5},
    {"Content-Length: 5, 5\r\n", 5},
    {"Content-Length: 5,5\r\nContent-Length:5\r\n", 5},
    {"Content-Length: 9223372036854775807\r\n", 9223372036854775807U},
};

BOOST_DATA_TEST_CASE(content_length_is_read, data::make(lengths), good) {
    const auto found = framing(good.fields).value();
    BOOST_TEST((found.body == Body::content_length));
    BOOST_TEST(found.content_length == good.length);
}

const std::string bad_lengths[] = {
    "",
    "+2",
    "-2",
    "0_2",
    "0x2",
    "2 2",
    "2;",
    "1.0",
    "five",
    "5,",
    ",5",
    "5,6",
    "5, +5",
    "9223372036854775808",
    "18446744073709551617",
    "99999999999999999999999",
    "2\tx",
    "\xb2",
};

BOOST_DATA_TEST_CASE(a_bad_content_length_is_refused, data::make(bad_lengths), length) {
    BOOST_TEST(
        framing("Content-Length: " + length + "\r\n").error() ==
        make_error_code(Errc::bad_content_length)
    );
}

BOOST_AUTO_TEST_CASE(differing_content_lengths_are_refused) {
    BOOST_TEST(
        framing("Content-Length: 5\r\nContent-Length: 6\r\n").error() ==
        make_error_code(Errc::bad_content_length)
    );
    BOOST_TEST(
        framing("Content-Length: 5\r\nContent-Length: \r\n").error() ==
        make_error_code(Errc::bad_content_length)
    );
}

BOOST_AUTO_TEST_CASE(chunked_is_found_in_any_case) {
    BOOST_TEST((framing("Transfer-Encoding: chunked\r\n").value().body == Body::chunked));
    BOOST_TEST((framing("transfer-encoding: CHUNKED\r\n").value().body == Body::chunked));
}

const std::string bad_codings[] = {
    "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked, chunked\r\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked, gzip\r\n",
    "Transfer-Encoding: identity\r\n",
    "Transfer-Encoding: identity, chunked\r\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    "Transfer-Encoding: \r\n",
    "Transfer-Encoding: chunked,\r\n",
    "Transfer-Encoding: chunked;q=1\r\n",
    "Transfer-Encoding: \"chunked\"\r\n",
    "Transfer-Encoding: chun ked\r\n",
    "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n",
};

BOOST_DATA_TEST_CASE(a_bad_transfer_encoding_is_refused, data::make(bad_codings), fields) {
    BOOST_TEST(framing(fields).error() == make_error_code(Errc::bad_transfer_encoding));
}

BOOST_AUTO_TEST_CASE(transfer_encoding_is_refused_in_http_1_0) {
    BOOST_TEST(
        framing("Transfer-Encoding: chunked\r\n", "1.0").error() ==
        make_error_code(Errc::bad_transfer_encoding)
    );
}

BOOST_AUTO_TEST_CASE(another_coding_is_not_supported) {
    for (const std::string coding : {"gzip, chunked", "deflate\r\nTransfer-Encoding: chunked"}) {
        BOOST_TEST(
            framing("Transfer-Encoding: " + coding + "\r\n").error() ==
            make_error_code(Errc::unsupported_transfer_coding)
        );
    }
}

BOOST_AUTO_TEST_CASE(codings_that_do_not_end_in_chunked_delimit_nothing) {
    for (const std::string coding : {"gzip", "xchunked", "chunked, gzip", "deflate, gzip"}) {
        BOOST_TEST(
            framing("Transfer-Encoding: " + coding + "\r\n").error() ==
            make_error_code(Errc::bad_transfer_encoding)
        );
    }
}

BOOST_AUTO_TEST_CASE(connection_is_a_list) {
    BOOST_TEST(!framing("Connection: close\r\n").value().keep_alive);
    BOOST_TEST(!framing("Connection: Close, x\r\n").value().keep_alive);
    BOOST_TEST(!framing("Connection: x\r\nConnection: , CLOSE\r\n").value().keep_alive);
    BOOST_TEST(framing("Connection: closed\r\n").value().keep_alive);
    BOOST_TEST(framing("Connection: keep-alive\r\n").value().keep_alive);
    BOOST_TEST(!framing("Connection: keep-alive, close\r\n").value().keep_alive);
}

BOOST_AUTO_TEST_CASE(http_1_0_lives_on_only_when_asked_and_delimited) {
    BOOST_TEST(!framing("", "1.0", "GET").value().keep_alive);
    BOOST_TEST(framing("Connection: keep-alive, Upgrade\r\n", "1.0", "GET").value().keep_alive);
    BOOST_TEST(framing("Connection: Keep-Alive\r\n", "1.0", "HEAD").value().keep_alive);
    BOOST_TEST(!framing("Connection: keep-alive\r\n", "1.0", "POST").value().keep_alive);
    BOOST_TEST(framing("Connection: keep-alive\r\nContent-Length: 0\r\n", "1.0").value().keep_alive
    );
    BOOST_TEST(!framing("Connection: keep-alive, close\r\n", "1.0", "GET").value().keep_alive);
}

BOOST_AUTO_TEST_CASE(expectations) {
    BOOST_TEST(framing("Expect: 100-continue\r\n").value().expect_continue);
    BOOST_TEST(framing("Expect: 100-Continue\r\n").value().expect_continue);
    BOOST_TEST(!framing("Expect: 100-continue\r\n").value().expectation_failed);
    BOOST_TEST(framing("Expect: wonders\r\n").value().expectation_failed);
    BOOST_TEST(framing("Expect: 100-continue, wonders\r\n").value().expectation_failed);
    BOOST_TEST(!framing("Expect: 100-continue\r\n", "1.0").value().expect_continue);
    BOOST_TEST(!framing("Expect: wonders\r\n", "1.0").value().expectation_failed);
}

BOOST_AUTO_TEST_CASE(upgrade_needs_both_fields_and_http_1_1) {
    BOOST_TEST(framing("Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n").value().upgrade
    );
    BOOST_TEST(!framing("Upgrade: websocket\r\n").value().upgrade);
    BOOST_TEST(!framing("Connection: upgrade\r\n").value().upgrade);
    BOOST_TEST(!framing("Connection: upgrade\r\nUpgrade: websocket\r\n", "1.0").value().upgrade);
}

BOOST_AUTO_TEST_CASE(responses_without_a_delimiter_end_with_the_connection) {
    const auto found = answer("200", "").value();
    BOOST_TEST((found.body == Body::until_close));
    BOOST_TEST(!found.keep_alive);
    BOOST_TEST((answer("200", "Content-Length: 3\r\n").value().body == Body::content_length));
    BOOST_TEST((answer("200", "Transfer-Encoding: chunked\r\n").value().body == Body::chunked));
    BOOST_TEST(answer("200", "Content-Length: x\r\n").has_error());
}

BOOST_AUTO_TEST_CASE(some_responses_never_have_a_body) {
    const std::string length = "Content-Length: 3\r\n";
    BOOST_TEST((answer("304", length).value().body == Body::none));
    BOOST_TEST((answer("204", "").value().body == Body::none));
    BOOST_TEST((answer("100", "").value().body == Body::none));
    BOOST_TEST((answer("200", length, "HEAD").value().body == Body::none));
    BOOST_TEST((answer("200", "", "CONNECT").value().body == Body::none));
    BOOST_TEST((answer("407", length, "CONNECT").value().body == Body::content_length));
    BOOST_TEST(answer("304", length).value().keep_alive);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
