#include "../../../libs/pubsub/src/forgotten_topics.hpp"

#include <boost/test/unit_test.hpp>

using tornado::pubsub::ForgottenTopics;

BOOST_AUTO_TEST_SUITE(forgotten_topics)

BOOST_AUTO_TEST_CASE(each_goes_on_from_its_own_number) {
    ForgottenTopics topics{10};
    topics.add("orders", 5'000);
    topics.add("alerts", 1);
    topics.add("never published in", 0);
    BOOST_TEST(topics.take("alerts") == 1u);
    BOOST_TEST(topics.take("orders") == 5'000u);
    BOOST_TEST(topics.take("never published in") == 0u);
    BOOST_TEST(topics.take("unheard of") == 0u);
    topics.add("alerts", 2);
    BOOST_TEST(topics.take("alerts") == 2u);
}

BOOST_AUTO_TEST_CASE(beyond_their_limit_no_number_comes_twice) {
    ForgottenTopics topics{2};
    topics.add("a", 7);
    topics.add("b", 3);
    topics.add("c", 4);
    BOOST_TEST(topics.take("b") == 3u);
    BOOST_TEST(topics.take("c") == 4u);
    BOOST_TEST(topics.take("a") == 7u);
    BOOST_TEST(topics.take("new") == 7u);  // it may be one of them
}

BOOST_AUTO_TEST_SUITE_END()
