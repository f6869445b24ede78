#include <tornado/pubsub/replay_buffer.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

namespace {

namespace pubsub = tornado::pubsub;
using namespace std::chrono_literals;
using pubsub::Message;
using pubsub::ReplayBuffer;
using tornado::ioloop::TimePoint;

Message message(
    pubsub::PublisherId publisher,
    std::uint64_t sequence,
    std::string text = "x",
    std::chrono::milliseconds when = 0ms
) {
    static const auto topic = std::make_shared<const std::string>("topic");
    return {topic, std::move(text), publisher, sequence, TimePoint{} + when};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(replay_buffer)

BOOST_AUTO_TEST_CASE(keeps_messages_at_indices_that_do_not_change) {
    ReplayBuffer buffer{{.max_messages = 2}};
    BOOST_TEST(buffer.begin() == buffer.end());
    for (std::uint64_t i = 1; i <= 3; ++i) {
        BOOST_TEST(buffer.add(message(1, i, std::to_string(i))));
    }
    BOOST_TEST(buffer.begin() == 1u);
    BOOST_TEST(buffer.end() == 3u);
    BOOST_TEST(buffer.at(1).payload() == "2");
    BOOST_CHECK_THROW(static_cast<void>(buffer.at(0)), std::out_of_range);
    BOOST_CHECK_THROW(static_cast<void>(buffer.at(3)), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(drops_the_oldest_beyond_its_bytes) {
    const auto each = message(1, 1, std::string(100, 'x')).cost();
    ReplayBuffer buffer{{.max_bytes = 3 * each}};
    for (std::uint64_t i = 1; i <= 5; ++i) {
        buffer.add(message(1, i, std::string(100, 'x')));
    }
    BOOST_TEST(buffer.end() - buffer.begin() == 3u);
    BOOST_TEST(buffer.bytes() == 3 * each);
    buffer.add(message(1, 6, std::string(10'000, 'x')));
    BOOST_TEST(buffer.begin() == buffer.end());
    BOOST_TEST(buffer.bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(drops_what_is_too_old) {
    ReplayBuffer buffer{{.max_age = 1s}};
    buffer.add(message(1, 1, "a", 0ms));
    buffer.add(message(1, 2, "b", 900ms));
    buffer.add(message(1, 3, "c", 1'001ms));
    BOOST_TEST(buffer.begin() == 1u);
    buffer.expire(TimePoint{} + 5s);
    BOOST_TEST(buffer.begin() == 3u);
    ReplayBuffer eternal{{.max_age = 0ms}};
    eternal.add(message(1, 1));
    eternal.expire(TimePoint{} + std::chrono::hours{1'000});
    BOOST_TEST(eternal.end() - eternal.begin() == 1u);
}

BOOST_AUTO_TEST_CASE(takes_each_message_once) {
    ReplayBuffer buffer;
    BOOST_TEST(buffer.add(message(1, 1)));
    BOOST_TEST(buffer.add(message(2, 1)));
    BOOST_TEST(!buffer.add(message(1, 1)));
    BOOST_TEST(buffer.add(message(1, 2)));
    BOOST_TEST(!buffer.add(message(1, 1)));
    BOOST_TEST(buffer.end() == 3u);
}

BOOST_AUTO_TEST_CASE(notes_what_is_missing_before_a_message) {
    ReplayBuffer buffer;
    buffer.add(message(1, 5));
    buffer.add(message(1, 6));
    buffer.add(message(1, 9));
    BOOST_TEST(buffer.at(0).missed() == 0u);  // nobody knows whether we should have heard of those
    BOOST_TEST(buffer.at(1).missed() == 0u);
    BOOST_TEST(buffer.at(2).missed() == 2u);
}

BOOST_AUTO_TEST_CASE(covers_a_position_as_long_as_all_behind_it_is_kept) {
    ReplayBuffer buffer{{.max_messages = 2}};
    const auto empty = buffer.position();
    buffer.add(message(1, 1));
    const auto first = buffer.position();
    BOOST_TEST(buffer.covers(empty));
    BOOST_TEST(buffer.covers(first));
    buffer.add(message(1, 2));
    buffer.add(message(2, 1));
    BOOST_TEST(!buffer.covers(empty));  // 1 of publisher 1 has gone
    BOOST_TEST(buffer.covers(first));
    buffer.add(message(2, 2));
    BOOST_TEST(!buffer.covers(first));
    BOOST_TEST(buffer.covers(buffer.position()));
}

BOOST_AUTO_TEST_CASE(tells_the_position_before_a_message) {
    ReplayBuffer buffer;
    buffer.add(message(1, 1));
    buffer.add(message(2, 4));
    buffer.add(message(1, 2));
    BOOST_TEST(buffer.position(0).entries().size() == 1u);
    BOOST_TEST(buffer.position(0).of(2) == 3u);
    BOOST_TEST(buffer.position(1).of(1) == 1u);
    BOOST_TEST(buffer.position(2).of(2) == 4u);
    BOOST_TEST(buffer.position(2).of(1) == 1u);
    BOOST_TEST(buffer.position(3).of(1) == 2u);
    BOOST_TEST((buffer.position(3).entries() == buffer.position().entries()));
}

BOOST_AUTO_TEST_CASE(does_not_cover_what_it_never_had) {
    ReplayBuffer buffer;
    buffer.add(message(1, 3));
    pubsub::Position position;
    BOOST_TEST(!buffer.covers(position));  // 1 and 2 were before our time
    position.advance(1, 2);
    BOOST_TEST(buffer.covers(position));
    position.advance(7, 1);  // whoever that was
    BOOST_TEST(!buffer.covers(position));
    buffer.add(message(1, 5));
    position = {};
    position.advance(1, 3);
    BOOST_TEST(!buffer.covers(position));  // 4 never came
}

BOOST_AUTO_TEST_CASE(still_knows_the_numbers_of_what_has_gone) {
    ReplayBuffer buffer{{.max_age = 1s}};
    buffer.add(message(1, 1));
    const auto position = buffer.position();
    buffer.expire(TimePoint{} + 1h);
    BOOST_TEST(buffer.covers(position));
    BOOST_TEST(!buffer.add(message(1, 1)));
}

BOOST_AUTO_TEST_CASE(nothing_comes_twice_of_whom_something_is_kept) {
    ReplayBuffer buffer{{.max_messages = 500}};
    for (pubsub::PublisherId id = 1; id <= 400; ++id) {
        BOOST_TEST(buffer.add(message(id, 1)));
    }
    for (pubsub::PublisherId id = 1; id <= 400; ++id) {
        BOOST_TEST(!buffer.add(message(id, 1)));
    }
    BOOST_TEST(buffer.end() == 400u);
    buffer.add(message(1, 3));
    BOOST_TEST(buffer.at(400).missed() == 1u);
}

BOOST_AUTO_TEST_CASE(of_those_of_whom_nothing_is_kept_the_ones_that_spoke_last_are_known) {
    ReplayBuffer buffer{{.max_messages = 1}};
    buffer.add(message(1, 1));
    buffer.add(message(2, 1));
    buffer.add(message(1, 2));
    for (pubsub::PublisherId id = 100; id < 356; ++id) {
        buffer.add(message(id, 1));
    }
    BOOST_TEST(buffer.last_of(1) == 2u);
    BOOST_TEST(buffer.last_of(2) == 0u);
    buffer.add(message(1, 3));
    BOOST_TEST(buffer.last_of(100) == 1u);
    buffer.add(message(3, 1));
    BOOST_TEST(buffer.last_of(100) == 0u);
    BOOST_TEST(buffer.last_of(1) == 3u);
}

BOOST_AUTO_TEST_CASE(knows_of_what_others_no_longer_keep) {
    ReplayBuffer buffer;
    buffer.add(message(1, 5));
    buffer.add_lost(2, 3);
    buffer.add_lost(3, 1);
    buffer.add_lost(1, 4);  // a message behind that is here
    pubsub::Position position;
    position.advance(1, 4);
    position.advance(2, 3);
    BOOST_TEST(!buffer.covers(position));
    position.advance(3, 1);
    BOOST_TEST(buffer.covers(position));
    buffer.add_lost(1, 6);  // the next one is not
    BOOST_TEST(!buffer.covers(position));
    BOOST_TEST(!buffer.add(message(2, 3)));
    BOOST_TEST(buffer.add(message(2, 4)));
    const auto silent = buffer.silent_publishers();
    BOOST_REQUIRE(silent.size() == 1U);
    BOOST_TEST(silent[0].publisher == 3U);
    BOOST_TEST(silent[0].sequence == 1U);
}

BOOST_AUTO_TEST_CASE(does_not_cover_a_position_that_had_no_room_for_a_publisher) {
    ReplayBuffer buffer;
    for (pubsub::PublisherId id = 1; id <= 300; ++id) {
        buffer.add(message(id, 1));
    }
    const auto position = buffer.position();
    BOOST_TEST(position.of(300) == 1u);
    BOOST_TEST(position.of(1) == 0u);
    BOOST_TEST(!buffer.covers(position));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(message_forms)

BOOST_AUTO_TEST_CASE(are_made_once_for_all_copies) {
    struct Length {
        explicit Length(const std::string& text) : value{text.size()} {}
        std::size_t value;
    };
    const auto first = message(1, 1, "four");
    const auto copy = first;
    const auto& length = first.as<Length>();
    BOOST_TEST(length.value == 4u);
    BOOST_TEST(&copy.as<Length>() == &length);
    int made = 0;
    const auto make = [&made](const Message& its) {
        ++made;
        return its.payload() + "!";
    };
    BOOST_TEST(first.as<std::string>(make) == "four!");
    BOOST_TEST(copy.as<std::string>(make) == "four!");
    BOOST_TEST(made == 1);
}

BOOST_AUTO_TEST_SUITE_END()
