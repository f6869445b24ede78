#include <tornado/websocket/handshake.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace data = boost::unit_test::data;
namespace websocket = tornado::websocket;
using tornado::httputil::HTTPHeaders;

namespace {

HTTPHeaders good_request() {
    return {
        {"Host", "example.com"},
        {"Upgrade", "websocket"},
        {"Connection", "keep-alive, Upgrade"},
        {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
        {"Sec-WebSocket-Version", "13"}};
}

int status_of(const HTTPHeaders& headers) {
    const auto first = websocket::check_upgrade(headers);
    return first.status != 101 ? first.status : websocket::check_version(headers).status;
}

int status_with(std::string_view name, std::string_view value) {
    auto headers = good_request();
    headers.set(name, value);
    return status_of(headers);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(handshake)

BOOST_AUTO_TEST_CASE(accept_key_is_as_rfc_6455_1_3_shows) {
    BOOST_TEST(websocket::accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

BOOST_AUTO_TEST_CASE(make_key_makes_valid_and_different_keys) {
    const auto key = websocket::make_key();
    BOOST_TEST(websocket::is_valid_key(key));
    BOOST_TEST(key != websocket::make_key());
}

BOOST_AUTO_TEST_CASE(accepts_what_asks_as_rfc_6455_4_2_1_has_it) {
    BOOST_TEST(status_of(good_request()) == 101);
    BOOST_TEST(status_with("Upgrade", "WebSocket") == 101);
    BOOST_TEST(status_with("Connection", "UPGRADE") == 101);
    BOOST_TEST(status_with("Sec-WebSocket-Protocol", "a, b") == 101);
}

BOOST_AUTO_TEST_CASE(refuses_other_upgrades) {
    BOOST_TEST(status_with("Upgrade", "h2c") == 400);
    BOOST_TEST(status_with("Connection", "keep-alive") == 400);
    auto headers = good_request();
    headers.remove("Upgrade");
    BOOST_TEST(status_of(headers) == 400);
}

BOOST_AUTO_TEST_CASE(asks_for_version_13_rfc_6455_4_2_2) {
    for (const auto* const version : {"12", "8", "7", "0", "14", "013", "13, 8", "x"}) {
        BOOST_TEST(status_with("Sec-WebSocket-Version", version) == 426, version);
    }
    auto headers = good_request();
    headers.remove("Sec-WebSocket-Version");
    BOOST_TEST(status_of(headers) == 426);
}

const char* const bad_keys[] = {
    "",
    "x",
    "dGhlIHNhbXBsZSBub25jZQ",
    "dGhlIHNhbXBsZSBub25jZQ=",
    "dGhlIHNhbXBsZSBub25jZS4=",
    "dGhlIHNhbXBsZSBub25jZQ===",
    "dGhlIHNhbXBsZSBub25j!Q==",
    "dGhlIHNhbXBsZSBub25jZQ== x",
    "dGhlIHNhbXBsZSBub25jZSEhIQ=="};

BOOST_DATA_TEST_CASE(refuses_the_key, data::make(bad_keys), key) {
    BOOST_TEST(status_with("Sec-WebSocket-Key", key) == 400);
}

BOOST_AUTO_TEST_CASE(refuses_two_keys_and_none) {
    auto headers = good_request();
    headers.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    BOOST_TEST(status_of(headers) == 400);
    headers.remove("Sec-WebSocket-Key");
    BOOST_TEST(status_of(headers) == 400);
}

BOOST_AUTO_TEST_CASE(refuses_malformed_lists_rfc_6455_9_1) {
    BOOST_TEST(status_with("Sec-WebSocket-Protocol", "a b") == 400);
    BOOST_TEST(status_with("Sec-WebSocket-Extensions", "; x") == 400);
}

BOOST_AUTO_TEST_CASE(takes_empty_lists_for_none) {
    BOOST_TEST(status_with("Sec-WebSocket-Protocol", "") == 101);
    BOOST_TEST(status_with("Sec-WebSocket-Extensions", "") == 101);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(is_same_origin)

BOOST_AUTO_TEST_CASE(compares_host_and_port) {
    BOOST_TEST(websocket::is_same_origin("http://example.com", "example.com"));
    BOOST_TEST(websocket::is_same_origin("https://EXAMPLE.com", "Example.COM"));
    BOOST_TEST(websocket::is_same_origin("http://localhost:8888", "localhost:8888"));
    BOOST_TEST(websocket::is_same_origin("http://example.com/path", "example.com"));
    BOOST_TEST(!websocket::is_same_origin("http://example.com:81", "example.com"));
    BOOST_TEST(!websocket::is_same_origin("http://sub.example.com", "example.com"));
    BOOST_TEST(!websocket::is_same_origin("http://example.com.evil.org", "example.com"));
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_origin) {
    BOOST_TEST(!websocket::is_same_origin("null", "null"));
    BOOST_TEST(!websocket::is_same_origin("", "example.com"));
    BOOST_TEST(!websocket::is_same_origin("example.com", "example.com"));
    BOOST_TEST(!websocket::is_same_origin("http://", ""));
    BOOST_TEST(!websocket::is_same_origin("http://user@example.com", "example.com"));
}

BOOST_AUTO_TEST_SUITE_END()
