#include "../../../libs/pubsub/src/redis_url.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <stdexcept>

namespace pubsub = tornado::pubsub;
using pubsub::parse_redis_url;

BOOST_AUTO_TEST_SUITE(redis_url)

BOOST_AUTO_TEST_CASE(has_defaults_for_all_but_the_host) {
    const auto url = parse_redis_url("redis://localhost");
    BOOST_TEST(url.host == "localhost");
    BOOST_TEST(url.port == 6379);
    BOOST_TEST(!url.tls);
    BOOST_TEST(url.user.empty());
    BOOST_TEST(url.password.empty());
    BOOST_TEST(url.database == 0u);
    BOOST_TEST(parse_redis_url("redis://localhost/").database == 0u);
}

BOOST_AUTO_TEST_CASE(has_all_its_parts) {
    const auto url = parse_redis_url("rediss://us%3Aer:p%40ss@[::1]:7000/3");
    BOOST_TEST(url.tls);
    BOOST_TEST(url.user == "us:er");
    BOOST_TEST(url.password == "p@ss");
    BOOST_TEST(url.host == "::1");
    BOOST_TEST(url.port == 7000);
    BOOST_TEST(url.database == 3u);
    BOOST_TEST(url.to_string() == "rediss://[::1]:7000");  // and no password
    BOOST_TEST(parse_redis_url("redis://:secret@h").password == "secret");
}

const char* const refused[] = {
    "",
    "localhost",
    "http://localhost",
    "redis://",
    "redis://:6379",
    "redis://h:0",
    "redis://h:65536",
    "redis://h:x",
    "redis://h:",
    "redis://h/x",
    "redis://h/1/2",
    "redis://h?db=1",
    "redis://[::1",
    "redis://[::1]x",
    "redis://[[::1]]",
    "redis://[a[b]",
    "redis://user@h",
    "redis://user:@h",
    "redis://:p%4@h",
    "redis://:p%zz@h"};
BOOST_DATA_TEST_CASE(refuses, boost::unit_test::data::make(refused), text) {
    BOOST_CHECK_THROW(static_cast<void>(parse_redis_url(text)), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(does_not_tell_the_password_to_who_reads_the_error) {
    try {
        static_cast<void>(parse_redis_url("redis://user:secret@h:x"));
        BOOST_ERROR("accepted");
    } catch (const std::invalid_argument& error) {
        BOOST_TEST(std::string{error.what()}.find("secret") == std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
