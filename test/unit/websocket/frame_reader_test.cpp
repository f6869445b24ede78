#include <tornado/websocket/frame_reader.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "support.hpp"

namespace data = boost::unit_test::data;
using websocket::CloseCode;
using websocket::FrameReader;
using Kind = FrameReader::Kind;

namespace {

std::string name_of(Kind kind) {
    switch (kind) {
        case Kind::text:
            return "text";
        case Kind::binary:
            return "binary";
        case Kind::ping:
            return "ping";
        case Kind::pong:
            return "pong";
        case Kind::close:
            return "close";
        case Kind::failure:
            return "failure";
        default:
            return "nothing";
    }
}

/// Reads `bytes` in pieces of `piece` bytes, and tells what comes: "text:Hello".
struct Reading {
    explicit Reading(bool masked = true, std::size_t max_size = 1'000'000)
        : reader{masked, max_size} {}

    Reading& add(std::string_view bytes, std::size_t piece = 0) {
        piece = piece == 0 ? bytes.size() : piece;
        while (!bytes.empty() && why.empty()) {
            buffer.append(bytes.substr(0, piece));
            bytes.remove_prefix(std::min(piece, bytes.size()));
            read();
        }
        return *this;
    }
    void read() {
        while (true) {
            const auto event = reader.next(buffer);
            if (event.kind != Kind::need_more) {
                const bool shows_code = event.kind == Kind::close || event.kind == Kind::failure;
                said += (said.empty() ? "" : " ") + name_of(event.kind);
                said += shows_code ? std::to_string(event.code) : ":" + std::string{event.data};
                if (event.kind == Kind::close) {
                    reason = event.data;
                }
                if (event.kind == Kind::failure) {
                    why = event.data;
                }
            }
            buffer.erase(0, event.consumed);
            if (event.kind == Kind::need_more || event.kind == Kind::failure) {
                return;
            }
        }
    }

    FrameReader reader;
    std::string buffer;
    std::string said;
    std::string reason;
    std::string why;
};

std::string reading(std::string_view bytes, bool masked = true) {
    return Reading{masked}.add(bytes).said;
}

std::string close_frame(CloseCode code, std::string_view reason = "") {
    return masked(Opcode::close, websocket::close_payload(code, reason));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(frame_reader)

BOOST_AUTO_TEST_CASE(reads_messages_and_control_frames_however_they_are_cut) {
    const std::string big(70'000, 'b');
    const auto bytes = masked(Opcode::text, "Hello") + masked(Opcode::text, "Hel", false) +
                       masked(Opcode::ping, "p") + masked(Opcode::continuation, "") +
                       masked(Opcode::binary, "") + masked(Opcode::binary, std::string(300, 'x')) +
                       masked(Opcode::binary, big) + masked(Opcode::pong, "q") +
                       close_frame(1000, "end");
    const auto wanted = "text:Hello ping:p text:Hel binary: binary:" + std::string(300, 'x') +
                        " binary:" + big + " pong:q close1000";
    for (const std::size_t piece : {0, 1, 2, 3, 5, 7, 100, 4096}) {
        Reading one;
        BOOST_TEST((one.add(bytes, piece).said == wanted), piece);
        BOOST_TEST(one.reason == "end");
    }
}

BOOST_AUTO_TEST_CASE(gathers_fragments_rfc_6455_5_4) {
    BOOST_TEST(
        reading(
            masked(Opcode::text, "a", false) + masked(Opcode::continuation, "b", false) +
            masked(Opcode::continuation, "c")
        ) == "text:abc"
    );
    BOOST_TEST(
        reading(
            masked(Opcode::binary, "", false) + masked(Opcode::continuation, "", false) +
            masked(Opcode::continuation, "")
        ) == "binary:"
    );
}

BOOST_AUTO_TEST_CASE(gathers_what_is_longer_than_it_awaits_in_place) {
    const std::string big(300'000, 'x');
    Reading one;
    BOOST_TEST((one.add(masked(Opcode::binary, big), 4096).said == "binary:" + big));
}

BOOST_AUTO_TEST_CASE(reads_unmasked_frames_of_servers_rfc_6455_5_1) {
    BOOST_TEST(reading(plain(Opcode::text, "Hello"), false) == "text:Hello");
}

BOOST_AUTO_TEST_CASE(tells_how_much_more_it_wants) {
    FrameReader reader{true, 1000};
    auto bytes = masked(Opcode::text, std::string(100, 'x'));
    bytes.resize(50);
    const auto event = reader.next(bytes);
    BOOST_TEST(event.consumed == 0U);
    BOOST_TEST(event.wanted == 6 + 100 - 50U);
}

struct Bad {
    const char* claim;
    std::string bytes;
    int code = 1002;
};
std::ostream& operator<<(std::ostream& out, const Bad& bad) {
    return out << bad.claim;
}

const Bad bad_frames[] = {
    {"unmasked, rfc 6455 5.1", plain(Opcode::text, "Hello")},
    {"RSV1 without an extension, rfc 6455 5.2", masked(Opcode::text, "x", true, true)},
    {"RSV2", std::string("\xa1\x80\0\0\0\0", 6)},
    {"RSV3", std::string("\x91\x80\0\0\0\0", 6)},
    {"opcode 3", std::string("\x83\x80\0\0\0\0", 6)},
    {"opcode 7", std::string("\x87\x80\0\0\0\0", 6)},
    {"opcode 11", std::string("\x8b\x80\0\0\0\0", 6)},
    {"opcode 15", std::string("\x8f\x80\0\0\0\0", 6)},
    {"a length of 16 bits that fits in 7, rfc 6455 5.2", std::string("\x82\xfe\0\x7d", 4)},
    {"a length of 64 bits that fits in 16", std::string("\x82\xff\0\0\0\0\0\0\xff\xff", 10)},
    {"a length of 64 bits with the highest set", std::string("\x82\xff\x80\0\0\0\0\0\0\0", 10)},
    {"a fragmented ping, rfc 6455 5.4", masked(Opcode::ping, "x", false)},
    {"a ping of 126 bytes, rfc 6455 5.5", masked(Opcode::ping, std::string(126, 'x'))},
    {"a close of 126 bytes", masked(Opcode::close, std::string(126, 'x'))},
    {"a continuation of nothing, rfc 6455 5.4", masked(Opcode::continuation, "x")},
    {"a message within a message", masked(Opcode::text, "a", false) + masked(Opcode::text, "b")},
    {"a fragment that continues nothing", masked(Opcode::continuation, "b", false)},
    {"half a close code, rfc 6455 5.5.1", masked(Opcode::close, "x")},
    {"close code 0, rfc 6455 7.4.2", close_frame(0)},
    {"close code 999", close_frame(999)},
    {"close code 1004", close_frame(1004)},
    {"close code 1005", close_frame(1005)},
    {"close code 1006", close_frame(1006)},
    {"close code 1015", close_frame(1015)},
    {"close code 2999", close_frame(2999)},
    {"close code 5000", close_frame(5000)},
    {"a close reason that is not UTF-8", close_frame(1000, "\xff"), 1007},
    {"a close reason cut short", close_frame(1000, "\xc3"), 1007},
    {"text that is not UTF-8, rfc 6455 8.1", masked(Opcode::text, "\xff"), 1007},
    {"text that ends within a character", masked(Opcode::text, "\xc3"), 1007},
    {"text with a surrogate", masked(Opcode::text, "\xed\xa0\x80"), 1007},
    {"fragments that end within a character",
     masked(Opcode::text, "\xe2\x82", false) + masked(Opcode::continuation, ""),
     1007},
};

BOOST_DATA_TEST_CASE(refuses, data::make(bad_frames), bad) {
    for (const std::size_t piece : {0, 1, 3}) {
        Reading one;
        one.add(bad.bytes, piece);
        BOOST_TEST(one.said == "failure" + std::to_string(bad.code));
        BOOST_TEST(!one.why.empty());
    }
}

BOOST_AUTO_TEST_CASE(refuses_masked_frames_of_servers_rfc_6455_5_1) {
    BOOST_TEST(reading(masked(Opcode::text, "Hello"), false) == "failure1002");
}

BOOST_AUTO_TEST_CASE(takes_characters_that_fragments_cut) {
    BOOST_TEST(
        reading(masked(Opcode::text, "\xe2\x82", false) + masked(Opcode::continuation, "\xac")) ==
        "text:\xe2\x82\xac"
    );
}

BOOST_AUTO_TEST_CASE(refuses_text_before_its_frame_is_whole) {
    auto bytes = masked(Opcode::text, "abc\xff" + std::string(100, 'x'));
    bytes.resize(6 + 4);
    BOOST_TEST(reading(bytes) == "failure1007");
    BOOST_TEST(
        reading(
            masked(Opcode::text, "\xed", false) + masked(Opcode::continuation, "\xa0", false)
        ) == "failure1007"
    );
}

BOOST_AUTO_TEST_CASE(refuses_messages_beyond_the_limit_by_their_announcement) {
    BOOST_TEST(
        (Reading{true, 10}.add(masked(Opcode::binary, "0123456789")).said == "binary:0123456789")
    );
    BOOST_TEST(
        (Reading{true, 10}.add(masked(Opcode::binary, "0123456789a").substr(0, 6)).said ==
         "failure1009")
    );
    BOOST_TEST(
        (Reading{true, 10}
             .add(masked(Opcode::binary, "01234", false) + masked(Opcode::continuation, "567890"))
             .said == "failure1009")
    );
    BOOST_TEST(
        (Reading{true, 10}
             .add(std::string("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", 14))
             .said == "failure1009")
    );
}

BOOST_AUTO_TEST_CASE(goes_on_failing_once_it_has) {
    BOOST_TEST(
        reading(masked(Opcode::ping, "x", false) + masked(Opcode::text, "a")) == "failure1002"
    );
    Reading one;
    one.add(masked(Opcode::ping, "x", false));
    one.read();
    BOOST_TEST(one.said == "failure1002 failure1002");
}

BOOST_AUTO_TEST_CASE(ignores_what_comes_behind_a_close_rfc_6455_5_5_1) {
    Reading one;
    one.add(close_frame(1000) + masked(Opcode::text, "a") + "nonsense");
    BOOST_TEST(one.said == "close1000");
    BOOST_TEST(one.buffer.empty());
}

BOOST_AUTO_TEST_CASE(takes_a_close_without_a_code) {
    BOOST_TEST(reading(masked(Opcode::close, "")) == "close0");
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

std::string deflated(std::string_view text, bool takeover = false) {
    websocket::Deflater deflater{{.context_takeover = takeover}};
    std::string out;
    deflater.compress(text, out);
    return out;
}

Reading compressed_reading(std::size_t max_size = 1'000'000) {
    Reading one{true, max_size};
    one.reader.set_inflater(std::make_unique<websocket::Inflater>(false, 15));
    return one;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(frame_reader_with_deflate)

BOOST_AUTO_TEST_CASE(reads_the_example_of_rfc_7692_7_2_3_1) {
    auto one = compressed_reading();
    one.add(masked(Opcode::text, std::string("\xf2\x48\xcd\xc9\xc9\x07\x00", 7), true, true));
    BOOST_TEST(one.said == "text:Hello");
}

BOOST_AUTO_TEST_CASE(reads_fragments_and_control_frames_between_them_rfc_7692_6_1) {
    const auto payload = deflated("Hello, compressed world");
    for (const std::size_t piece : {0, 1, 2, 5}) {
        auto one = compressed_reading();
        one.add(
            masked(Opcode::text, payload.substr(0, 5), false, true) + masked(Opcode::ping, "p") +
                masked(Opcode::continuation, payload.substr(5, 4), false) +
                masked(Opcode::pong, "q") + masked(Opcode::continuation, payload.substr(9)) +
                masked(Opcode::text, "plain"),
            piece
        );
        BOOST_TEST(one.said == "ping:p pong:q text:Hello, compressed world text:plain");
    }
}

BOOST_AUTO_TEST_CASE(refuses_rsv1_on_continuations_and_control_frames_rfc_7692_6_1) {
    auto one = compressed_reading();
    one.add(masked(Opcode::text, "a", false) + masked(Opcode::continuation, "b", true, true));
    BOOST_TEST(one.said == "failure1002");
    auto other = compressed_reading();
    other.add(masked(Opcode::ping, "a", true, true));
    BOOST_TEST(other.said == "failure1002");
}

BOOST_AUTO_TEST_CASE(refuses_what_cannot_be_decompressed) {
    auto one = compressed_reading();
    one.add(masked(Opcode::binary, "\x07\xff\xff nonsense", true, true));
    BOOST_TEST(one.said == "failure1007");
    auto payload = deflated("a text that is cut short somewhere in its middle");
    payload.resize(payload.size() / 2);
    auto other = compressed_reading();
    other.add(masked(Opcode::binary, payload, true, true));
    BOOST_TEST(other.said == "failure1007");
}

BOOST_AUTO_TEST_CASE(refuses_a_bomb_at_its_limit) {
    const auto payload = deflated(std::string(5'000'000, 'a'));
    BOOST_TEST(payload.size() < 10'000U);
    auto one = compressed_reading(1'000'000);
    one.add(masked(Opcode::binary, payload, true, true));
    BOOST_TEST(one.said == "failure1009");
    BOOST_TEST(one.reader.message().size() <= 1'000'000U);
}

BOOST_AUTO_TEST_CASE(refuses_decompressed_text_that_is_not_utf_8) {
    auto one = compressed_reading();
    one.add(masked(Opcode::text, deflated("abc\xff"), true, true));
    BOOST_TEST(one.said == "failure1007");
}

BOOST_AUTO_TEST_CASE(reads_an_empty_message_rfc_7692_7_2_3_6) {
    auto one = compressed_reading();
    one.add(masked(Opcode::text, std::string(1, '\0'), true, true));
    one.add(masked(Opcode::text, "", true, true));
    BOOST_TEST(one.said == "text: text:");
}

BOOST_AUTO_TEST_CASE(measures_messages_once_they_are_decompressed) {
    constexpr std::size_t limit = 1000;
    std::string random;
    for (unsigned i = 0, state = 1; i < limit; ++i) {
        state = state * 1'103'515'245U + 12'345U;
        random.push_back(static_cast<char>(state >> 16U));
    }
    for (const auto& exact : {random, std::string(limit, 'a')}) {
        const auto whole = deflated(exact);
        auto one = compressed_reading(limit);
        one.add(masked(Opcode::binary, whole, true, true));
        BOOST_TEST((one.said == "binary:" + exact));
        std::string bytes = masked(Opcode::binary, "", false, true);
        for (const char byte : whole) {
            bytes += masked(Opcode::continuation, {&byte, 1}, false);
        }
        bytes += masked(Opcode::continuation, "");
        auto pieces = compressed_reading(limit);
        pieces.add(bytes);
        BOOST_TEST((pieces.said == "binary:" + exact));
        auto over = compressed_reading(limit);
        over.add(masked(Opcode::binary, deflated(exact + "x"), true, true));
        BOOST_TEST(over.said == "failure1009");
    }
}

BOOST_AUTO_TEST_CASE(refuses_a_compressed_frame_far_beyond_the_limit_by_its_head) {
    auto one = compressed_reading(1000);
    one.add(masked(Opcode::binary, std::string(5000, 'x'), true, true).substr(0, 8));
    BOOST_TEST(one.said == "failure1009");
}

BOOST_AUTO_TEST_SUITE_END()
