#include <tornado/websocket/frame.hpp>

#include <boost/test/unit_test.hpp>

#include "support.hpp"

BOOST_AUTO_TEST_SUITE(append_frame)

BOOST_AUTO_TEST_CASE(writes_the_examples_of_rfc_6455_5_7) {
    BOOST_TEST(plain(Opcode::text, "Hello") == "\x81\x05Hello");
    std::string frame;
    websocket::append_frame(
        frame, {.opcode = Opcode::text, .mask = MaskKey{'\x37', '\xfa', '\x21', '\x3d'}}, "Hello"
    );
    BOOST_TEST(frame == "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
    BOOST_TEST(plain(Opcode::text, "Hel", false) == "\x01\x03Hel");
    BOOST_TEST(plain(Opcode::continuation, "lo") == std::string("\x80\x02lo"));
    BOOST_TEST(plain(Opcode::ping, "Hello") == "\x89\x05Hello");
    BOOST_TEST(
        plain(Opcode::binary, std::string(256, 'x')).substr(0, 4) ==
        std::string("\x82\x7e\x01\x00", 4)
    );
    BOOST_TEST(
        plain(Opcode::binary, std::string(65536, 'x')).substr(0, 10) ==
        std::string("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10)
    );
}

BOOST_AUTO_TEST_CASE(writes_each_length_in_its_shortest_form) {
    BOOST_TEST(plain(Opcode::text, std::string(125, 'x')).size() == 2 + 125U);
    BOOST_TEST(plain(Opcode::text, std::string(126, 'x')).size() == 4 + 126U);
    BOOST_TEST(plain(Opcode::text, std::string(65535, 'x')).size() == 4 + 65535U);
    BOOST_TEST(plain(Opcode::text, std::string(65536, 'x')).size() == 10 + 65536U);
}

BOOST_AUTO_TEST_CASE(marks_a_compressed_message_by_rsv1) {
    BOOST_TEST(plain(Opcode::text, "", true, true) == std::string("\xc1\x00", 2));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(close_payload)

BOOST_AUTO_TEST_CASE(has_the_code_and_then_the_reason) {
    BOOST_TEST(
        websocket::close_payload(1000, "bye") ==
        "\x03\xe8"
        "bye"
    );
    BOOST_TEST(websocket::close_payload(std::nullopt, "bye") == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(is_sendable)

BOOST_AUTO_TEST_CASE(takes_what_is_registered_or_free_for_use_rfc_6455_7_4) {
    for (const int code :
         {1000,
          1001,
          1002,
          1003,
          1007,
          1008,
          1009,
          1010,
          1011,
          1012,
          1013,
          1014,
          3000,
          3999,
          4000,
          4999}) {
        BOOST_TEST(websocket::is_sendable(static_cast<websocket::CloseCode>(code)), code);
    }
    for (const int code :
         {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
        BOOST_TEST(!websocket::is_sendable(static_cast<websocket::CloseCode>(code)), code);
    }
}

BOOST_AUTO_TEST_SUITE_END()
