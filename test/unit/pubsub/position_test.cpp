#include <tornado/pubsub/position.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace pubsub = tornado::pubsub;
using pubsub::Position;

BOOST_AUTO_TEST_SUITE(position)

BOOST_AUTO_TEST_CASE(is_the_same_after_a_journey_as_text) {
    Position position;
    position.set_time(std::chrono::milliseconds{1'732'600'000'000});
    position.advance(0x5f3a9c0112345678, 17);
    position.advance(0xff, 4);
    const auto text = position.to_string();
    BOOST_TEST(text == "1732600000000-5f3a9c0112345678.17-00000000000000ff.4");
    BOOST_TEST((Position::parse(text) == position));
    BOOST_TEST((Position::parse(Position{}.to_string()) == Position{}));
}

BOOST_AUTO_TEST_CASE(keeps_the_last_message_of_each_publisher) {
    Position position;
    position.advance(1, 5);
    position.advance(2, 7);
    position.advance(1, 3);
    position.advance(1, 6);
    BOOST_TEST(position.of(1) == 6u);
    BOOST_TEST(position.of(2) == 7u);
    BOOST_TEST(position.of(3) == 0u);
}

const char* const malformed[] = {
    "",
    "x",
    "-5",
    "+1",
    " 1",
    "1-",
    "1-12.3",
    "1-5f3a9c0112345678",
    "1-5f3a9c0112345678.",
    "1-5f3a9c0112345678.-1",
    "1-5f3a9c011234567g.1",
    "1-5f3a9c0112345678.99999999999999999999",
    "1--5f3a9c0112345678.1",
    "1-5F3A9C0112345678.1",
    "1-5f3a9c0112345678.0",
    "1-5f3a9c0112345678.01",
    "01-5f3a9c0112345678.1",
    "1-5f3a9c0112345678.1-5f3a9c0112345678.2"};
BOOST_DATA_TEST_CASE(refuses, boost::unit_test::data::make(malformed), text) {
    const std::string_view view{text};
    BOOST_TEST(!Position::parse(view));
}

BOOST_AUTO_TEST_CASE(holds_a_limited_number_of_publishers) {
    std::string text = "1";
    for (std::size_t i = 0; i <= Position::max_publishers; ++i) {
        BOOST_TEST(Position::parse(text).has_value());
        text += "-" + pubsub::to_string(i) + ".1";
    }
    BOOST_TEST(!Position::parse(text));
    Position position;
    for (pubsub::PublisherId id = 0; id < 1'000; ++id) {
        position.advance(id, 1);
    }
    BOOST_TEST(position.entries().size() == Position::max_publishers);
    BOOST_TEST(!Position::parse(std::string(1'000'000, '1')));
}

BOOST_AUTO_TEST_CASE(names_the_publishers_that_spoke_last_when_there_are_too_many) {
    Position position;
    for (pubsub::PublisherId id = 0; id < 1'000; ++id) {
        position.advance(7, id + 1);
        position.advance(1'000 + id, 1);
    }
    BOOST_TEST(position.of(7) == 1'000u);
    BOOST_TEST(position.of(1'999) == 1u);
    BOOST_TEST(position.of(1'000) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
