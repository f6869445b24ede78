#include <tornado/tcpserver/proxy_protocol.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace data = boost::unit_test::data;

namespace {

using tornado::netutil::Address;
using tornado::tcpserver::make_error_code;
using tornado::tcpserver::parse_proxy_header;
using tornado::tcpserver::ProxyErrc;
using tornado::tcpserver::ProxyHeader;

ProxyHeader header_of(std::string_view bytes) {
    const auto parsed = parse_proxy_header(bytes);
    BOOST_REQUIRE(parsed.has_value());
    BOOST_REQUIRE((*parsed).has_value());
    return **parsed;
}

bool is_error(std::string_view bytes, ProxyErrc error) {
    return parse_proxy_header(bytes).error() == make_error_code(error);
}

bool is_incomplete(std::string_view bytes) {
    const auto parsed = parse_proxy_header(bytes);
    return parsed.has_value() && !*parsed;
}

BOOST_AUTO_TEST_SUITE(proxy_version_1)

BOOST_AUTO_TEST_CASE(tells_ipv4_addresses_and_ports) {
    const std::string line = "PROXY TCP4 192.0.2.1 198.51.100.22 35646 80\r\n";
    const auto header = header_of(line + "GET / HTTP/1.1\r\n");
    BOOST_TEST(header.size == line.size());
    BOOST_TEST((header.source == Address{"192.0.2.1", 35646}));
    BOOST_TEST((header.destination == Address{"198.51.100.22", 80}));
}

BOOST_AUTO_TEST_CASE(tells_ipv6_addresses) {
    const auto header = header_of("PROXY TCP6 2001:db8::1 ::1 65535 0\r\n");
    BOOST_TEST((header.source == Address{"2001:db8::1", 65535}));
    BOOST_TEST((header.destination == Address{"::1", 0}));
}

BOOST_AUTO_TEST_CASE(may_know_nothing) {
    BOOST_TEST(header_of("PROXY UNKNOWN\r\n").source.empty());
    const auto header = header_of("PROXY UNKNOWN whatever follows here\r\nrest");
    BOOST_TEST(header.source.empty());
    BOOST_TEST(header.size == 37U);
}

BOOST_AUTO_TEST_CASE(is_incomplete_up_to_its_last_byte) {
    const std::string line = "PROXY TCP4 192.0.2.1 198.51.100.22 35646 80\r\n";
    for (std::size_t size = 0; size < line.size(); ++size) {
        BOOST_TEST(is_incomplete(line.substr(0, size)));
    }
}

BOOST_AUTO_TEST_CASE(has_at_most_107_bytes) {
    const std::string longest = "PROXY UNKNOWN " + std::string(91, 'f') + "\r\n";
    BOOST_REQUIRE(longest.size() == 107U);
    BOOST_TEST(header_of(longest).size == 107U);
    const std::string longer = "PROXY UNKNOWN " + std::string(92, 'f') + "\r\n";
    BOOST_TEST(is_error(longer, ProxyErrc::too_long));
    BOOST_TEST(is_incomplete(longer.substr(0, 106)));
    BOOST_TEST(is_error(longer.substr(0, 107), ProxyErrc::too_long));
}

const std::string malformed_lines[] = {
    "PROXY \r\n",
    "PROXY TCP4\r\n",
    "PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n",
    "PROXY tcp4 192.0.2.1 192.0.2.2 1 2\r\n",
    "PROXY UNKNOWNS\r\n",
    "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n",
    "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n",
    "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n",
    "PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n",
    "PROXY TCP4 192.0.2.1 192.0.2.2  1\r\n",
    "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
    "PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n",
    "PROXY TCP4 192.0.2.1 192.0.2.2 1 -2\r\n",
    "PROXY TCP4 192.0.2.1 192.0.2.2 1 +2\r\n",
    "PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n",
    "PROXY TCP4 192.0.2.1 192.0.2.2 1 2x\r\n",
    "PROXY TCP4 192.0.2.1 192.0.2.2 1\t2\r\n",
    "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\r\n",
    "PROXY TCP4 192.0.2.01 192.0.2.2 1 2\r\n",
    "PROXY TCP4 192.0.2 192.0.2.2 1 2\r\n",
    "PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n",
    "PROXY TCP4 example.com 192.0.2.2 1 2\r\n",
    "PROXY TCP4 ::1 ::2 1 2\r\n",
    "PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n",
    "PROXY TCP6 fe80::1%lo ::2 1 2\r\n",
    "PROXY TCP6 ::1 [::2] 1 2\r\n",
    std::string("PROXY TCP4 192.0.2.1\0 192.0.2.2 1 2\r\n", 38),
};

BOOST_DATA_TEST_CASE(refuses, data::make(malformed_lines), line) {
    BOOST_TEST(is_error(line, ProxyErrc::malformed));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(proxy_version_2)

const std::string signature{"\r\n\r\n\0\r\nQUIT\n", 12};

std::string number(std::size_t value) {
    return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xffU)};
}

std::string message(int version_and_command, int family, const std::string& block) {
    return signature + static_cast<char>(version_and_command) + static_cast<char>(family) +
           number(block.size()) + block;
}

std::string addition(int type, const std::string& value) {
    return static_cast<char>(type) + number(value.size()) + value;
}

const std::string ipv4_block{"\xc0\x00\x02\x01\xc6\x33\x64\x16\x8b\x3e\x00\x50", 12};

std::string ipv6_block() {
    std::string block(36, '\0');
    block[0] = '\x20';
    block[1] = '\x01';
    block[15] = '\x01';
    block[31] = '\x02';
    block[33] = '\x07';
    block[35] = '\x09';
    return block;
}

BOOST_AUTO_TEST_CASE(tells_ipv4_addresses_and_ports) {
    const auto bytes = message(0x21, 0x11, ipv4_block);
    const auto header = header_of(bytes + "rest");
    BOOST_TEST(header.size == bytes.size());
    BOOST_TEST((header.source == Address{"192.0.2.1", 35646}));
    BOOST_TEST((header.destination == Address{"198.51.100.22", 80}));
}

BOOST_AUTO_TEST_CASE(tells_ipv6_addresses) {
    const auto header = header_of(message(0x21, 0x21, ipv6_block()));
    BOOST_TEST((header.source == Address{"2001::1", 7}));
    BOOST_TEST((header.destination == Address{"::2", 9}));
}

BOOST_AUTO_TEST_CASE(may_be_of_the_sender_itself_or_of_something_unknown) {
    for (const auto& bytes :
         {message(0x20, 0x00, ""),
          message(0x20, 0x11, ipv4_block),
          message(0x20, 0xff, "whatever"),
          message(0x21, 0x00, ""),
          message(0x21, 0x00, "whatever")}) {
        const auto header = header_of(bytes);
        BOOST_TEST(header.source.empty());
        BOOST_TEST(header.size == bytes.size());
    }
}

BOOST_AUTO_TEST_CASE(of_unix_streams_the_addresses_do_not_count) {
    const auto header = header_of(message(0x21, 0x31, std::string(216, 'x')));
    BOOST_TEST(header.source.empty());
    BOOST_TEST(is_error(message(0x21, 0x31, std::string(215, 'x')), ProxyErrc::malformed));
}

BOOST_AUTO_TEST_CASE(is_incomplete_up_to_its_last_byte) {
    const auto bytes = message(0x21, 0x11, ipv4_block + addition(0x04, "abc"));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        BOOST_TEST(is_incomplete(bytes.substr(0, size)));
    }
    BOOST_TEST(header_of(bytes).size == bytes.size());
}

BOOST_AUTO_TEST_CASE(additions_are_passed_over) {
    const auto bytes = message(
        0x21, 0x11, ipv4_block + addition(0x01, "h2") + addition(0x04, "") + addition(0xea, "x")
    );
    BOOST_TEST((header_of(bytes).source == Address{"192.0.2.1", 35646}));
}

BOOST_AUTO_TEST_CASE(additions_that_do_not_fit_are_refused) {
    for (const auto& additions :
         {std::string{"\x04"},
          std::string{"\x04\x00", 2},
          std::string{"\x04\x00\x01", 3},
          std::string{
              "\x04\x00\x05"
              "abcd",
              7},
          addition(0x04, "abc") + "\x01"}) {
        BOOST_TEST(is_error(message(0x21, 0x11, ipv4_block + additions), ProxyErrc::malformed));
    }
}

BOOST_AUTO_TEST_CASE(a_checksum_must_be_right) {
    // Computed by another implementation, of this header with zeros in its place.
    auto bytes = message(0x21, 0x11, ipv4_block + addition(0x03, std::string(4, '\0')));
    BOOST_TEST(is_error(bytes, ProxyErrc::wrong_checksum));
    const std::string right{"\x30\xb5\x74\xa6", 4};
    bytes.replace(bytes.size() - 4, 4, right);
    BOOST_TEST((header_of(bytes).source == Address{"192.0.2.1", 35646}));
    bytes[16] = '\x0a';
    BOOST_TEST(is_error(bytes, ProxyErrc::wrong_checksum));
    BOOST_TEST(
        is_error(message(0x21, 0x11, ipv4_block + addition(0x03, "abc")), ProxyErrc::malformed)
    );
}

BOOST_AUTO_TEST_CASE(has_at_most_2048_bytes) {
    const std::string most(2048 - 16 - 12 - 3, 'x');
    BOOST_TEST(header_of(message(0x21, 0x11, ipv4_block + addition(4, most))).size == 2048U);
    const auto longer = message(0x21, 0x11, ipv4_block + addition(4, most + "x"));
    BOOST_TEST(is_error(longer.substr(0, 16), ProxyErrc::too_long));
}

BOOST_AUTO_TEST_CASE(too_little_for_its_addresses_is_refused) {
    BOOST_TEST(is_error(message(0x21, 0x11, ipv4_block.substr(1)), ProxyErrc::malformed));
    BOOST_TEST(is_error(message(0x21, 0x21, ipv6_block().substr(1)), ProxyErrc::malformed));
    BOOST_TEST(is_error(message(0x21, 0x11, ""), ProxyErrc::malformed));
}

BOOST_AUTO_TEST_CASE(other_versions_commands_and_transports_are_refused) {
    for (const int version_and_command : {0x11, 0x31, 0x22, 0x2f, 0x00}) {
        BOOST_TEST(is_error(message(version_and_command, 0x11, ipv4_block), ProxyErrc::malformed));
    }
    for (const int family : {0x12, 0x22, 0x32, 0x10, 0x01, 0x41}) {
        BOOST_TEST(
            is_error(message(0x21, family, std::string(216, 'x')), ProxyErrc::unknown_transport)
        );
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(proxy_neither)

const std::string others[] = {
    "GET / HTTP/1.1\r\n",
    "proxy TCP4",
    "PROXX",
    "P ",
    "\r\n\r\nX",
    "\n",
    std::string("\r\n\r\n\0\r\nQUIT\r", 12),
    "\x16\x03\x01",
};

BOOST_DATA_TEST_CASE(what_begins_with_something_else_has_no_header, data::make(others), bytes) {
    BOOST_TEST(is_error(bytes, ProxyErrc::no_header));
}

BOOST_AUTO_TEST_CASE(nothing_is_incomplete) {
    BOOST_TEST(is_incomplete(""));
    BOOST_TEST(is_incomplete("P"));
    BOOST_TEST(is_incomplete("\r\n"));
}

BOOST_AUTO_TEST_CASE(each_error_has_its_sentence) {
    for (const auto error :
         {ProxyErrc::no_header,
          ProxyErrc::malformed,
          ProxyErrc::too_long,
          ProxyErrc::wrong_checksum,
          ProxyErrc::unknown_transport}) {
        BOOST_TEST(make_error_code(error).message() != "unknown error");
    }
    BOOST_TEST(tornado::tcpserver::proxy_category().message(99) == "unknown error");
    BOOST_TEST(
        std::string{tornado::tcpserver::proxy_category().name()} == "tornado.proxy_protocol"
    );
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
