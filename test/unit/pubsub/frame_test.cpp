#include "../../../libs/pubsub/src/frame.hpp"

#include <boost/test/unit_test.hpp>

namespace {

namespace pubsub = tornado::pubsub;
using pubsub::Frame;
using pubsub::FrameKind;

const Frame message{
    .publisher = 0x0123456789abcdef,
    .sequence = 7,
    .topic = "news",
    .payload = "hello"};
const Frame kept{
    .kind = FrameKind::kept,
    .publisher = 1,
    .sequence = 0xffffffffffffffff,
    .age = 0xfffffffe,
    .topic = "t",
    .payload = ""};

/// A frame without its length.
std::string body(const Frame& frame) {
    return pubsub::encode(frame).substr(pubsub::frame_length_size);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(frame)

BOOST_AUTO_TEST_CASE(is_the_same_after_a_journey) {
    for (const auto& sent : {message, kept}) {
        const auto text = body(sent);
        const auto got = pubsub::decode(text);
        BOOST_REQUIRE(got.has_value());
        BOOST_TEST((got->kind == sent.kind));
        BOOST_TEST(got->publisher == sent.publisher);
        BOOST_TEST(got->sequence == sent.sequence);
        BOOST_TEST(got->age == sent.age);
        BOOST_TEST(got->topic == sent.topic);
        BOOST_TEST(got->payload == sent.payload);
    }
    BOOST_TEST(pubsub::decode(body({.kind = FrameKind::hello, .publisher = 5}))->publisher == 5u);
    BOOST_TEST(pubsub::decode(body({.kind = FrameKind::synced})).has_value());
}

BOOST_AUTO_TEST_CASE(refuses_all_that_is_cut_off_within_its_head) {
    const auto text = body(kept);
    for (std::size_t size = 0; size < text.size(); ++size) {
        BOOST_TEST(!pubsub::decode(text.substr(0, size)).has_value());
    }
}

BOOST_AUTO_TEST_CASE(refuses_what_makes_no_sense) {
    auto text = body(message);
    text[0] = 2;  // another version
    BOOST_TEST(!pubsub::decode(text));
    for (const char kind : {'\0', '\5', '\xff'}) {
        text = body(message);
        text[1] = kind;
        BOOST_TEST(!pubsub::decode(text));
    }
    BOOST_TEST(!pubsub::decode(body({.publisher = 1, .sequence = 0, .topic = "t"})));
    BOOST_TEST(!pubsub::decode(body({.publisher = 1, .sequence = 1})));
    BOOST_TEST(!pubsub::decode(body({.kind = FrameKind::hello, .sequence = 1})));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(frame_reader)

BOOST_AUTO_TEST_CASE(reads_the_same_however_it_is_cut) {
    const auto stream = pubsub::encode(message) + pubsub::encode(kept) + pubsub::encode(message);
    for (std::size_t size = 1; size <= stream.size(); ++size) {
        pubsub::FrameReader reader{100};
        std::string seen;
        for (std::size_t at = 0; at < stream.size(); at += size) {
            reader.feed(std::string_view{stream}.substr(at, size));
            for (auto next = reader.next(); next; next = reader.next()) {
                seen += next->topic;
            }
        }
        BOOST_TEST(seen == "newstnews");
        BOOST_TEST(reader.good());
    }
}

BOOST_AUTO_TEST_CASE(skips_what_is_too_large_for_it_however_it_is_cut) {
    const std::string large(1'000, 'x');
    auto too_large = message;
    too_large.payload = large;
    const auto text = pubsub::encode(too_large) + pubsub::encode(message);
    for (std::size_t cut = 0; cut < text.size(); ++cut) {
        pubsub::FrameReader reader{100};
        reader.feed(text.substr(0, cut));
        auto frame = reader.next();
        if (!frame) {
            reader.feed(text.substr(cut));
            frame = reader.next();
        }
        BOOST_REQUIRE(frame);
        BOOST_TEST(frame->payload == message.payload);
        BOOST_TEST(reader.skipped() == 1u);
        BOOST_TEST(reader.good());
    }
}

BOOST_AUTO_TEST_CASE(refuses_what_no_broker_sends_before_it_is_there) {
    pubsub::FrameReader reader{100};
    reader.feed(std::string("\x7f\0\0\0", 4));
    BOOST_TEST(!reader.next());
    BOOST_TEST(!reader.good());
    reader.feed(pubsub::encode(message));
    BOOST_TEST(!reader.next());  // for good
}

BOOST_AUTO_TEST_SUITE_END()
