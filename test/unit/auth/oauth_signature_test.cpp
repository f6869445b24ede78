#include <tornado/auth/oauth_mixin.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

namespace auth = tornado::auth;

BOOST_AUTO_TEST_SUITE(oauth_signature)

using auth::ConsumerToken;
using auth::Parameters;

// The requests of RFC 5849, 1.2

const ConsumerToken photos{"dpf43f3p2l4k3l03", "kd94hf93k423kf44"};

BOOST_AUTO_TEST_CASE(a_request_for_a_token_is_signed_as_the_rfc_has_it) {
    const Parameters parameters{
        {"oauth_consumer_key", photos.key},
        {"oauth_signature_method", "HMAC-SHA1"},
        {"oauth_timestamp", "137131200"},
        {"oauth_nonce", "wIjqoS"},
        {"oauth_callback", "http://printer.example.com/ready"}};
    BOOST_TEST(
        auth::oauth_signature(
            "POST", "https://photos.example.net/initiate", parameters, photos, {}
        ) == "74KNZJeDHnMBp0EMJ9ZHt/XKycU="
    );
    // Method, scheme and host are of any case, and a usual port is none.
    BOOST_TEST(
        auth::oauth_signature(
            "post", "HTTPS://Photos.Example.net:443/initiate", parameters, photos, {}
        ) == "74KNZJeDHnMBp0EMJ9ZHt/XKycU="
    );
    BOOST_TEST(
        auth::oauth_signature(
            "POST", "https://photos.example.net:444/initiate", parameters, photos, {}
        ) != "74KNZJeDHnMBp0EMJ9ZHt/XKycU="
    );
}

BOOST_AUTO_TEST_CASE(an_exchange_of_tokens_is_signed_as_the_rfc_has_it) {
    const ConsumerToken temporary{"hh5s93j4hdidpola", "hdhd0244k9j7ao03"};
    const Parameters parameters{
        {"oauth_consumer_key", photos.key},
        {"oauth_token", temporary.key},
        {"oauth_signature_method", "HMAC-SHA1"},
        {"oauth_timestamp", "137131201"},
        {"oauth_nonce", "walatlh"},
        {"oauth_verifier", "hfdp7dh39dks9884"}};
    BOOST_TEST(
        auth::oauth_signature(
            "POST", "https://photos.example.net/token", parameters, photos, temporary
        ) == "gKgrFCywp7rO0OXSjdot/IHF7IU="
    );
}

BOOST_AUTO_TEST_CASE(a_request_with_a_query_is_signed_as_the_rfc_has_it) {
    const ConsumerToken token{"nnch734d00sl2jdk", "pfkkdhi9sl3r4s00"};
    Parameters parameters{
        {"oauth_consumer_key", photos.key},
        {"oauth_token", token.key},
        {"oauth_signature_method", "HMAC-SHA1"},
        {"oauth_timestamp", "137131202"},
        {"oauth_nonce", "chapoH"}};
    const std::string expected = "MdpQcU8iPSUjWoN/UDMsK2sui9I=";
    BOOST_TEST(
        auth::oauth_signature(
            "GET",
            "http://photos.example.net/photos?file=vacation.jpg&size=original",
            parameters,
            photos,
            token
        ) == expected
    );
    parameters.insert(parameters.begin(), {{"size", "original"}, {"file", "vacation.jpg"}});
    BOOST_TEST(
        auth::oauth_signature(
            "GET", "http://photos.example.net/photos", parameters, photos, token
        ) == expected
    );
}

BOOST_AUTO_TEST_CASE(what_is_reserved_repeated_or_empty_is_signed_as_the_rfc_has_it) {
    // RFC 5849, 3.4.1.3.1: by OpenSSL's HMAC of the base string in 3.4.1.1, the key being
    // "j49sk3j29djd&dh893hdasih9".
    const ConsumerToken consumer{"9djdj82h48djs9d2", "j49sk3j29djd"};
    const ConsumerToken token{"kkk9d7dh3k39sjv7", "dh893hdasih9"};
    const Parameters parameters{
        {"oauth_consumer_key", consumer.key},
        {"oauth_token", token.key},
        {"oauth_signature_method", "HMAC-SHA1"},
        {"oauth_timestamp", "137131201"},
        {"oauth_nonce", "7d8f3e4a"},
        {"c2", ""},
        {"a3", "2 q"}};
    BOOST_TEST(
        auth::oauth_signature(
            "POST",
            "http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b",
            parameters,
            consumer,
            token
        ) == "r6/TJjbCOr97/+UU0NsvSne7s5g="
    );
}

BOOST_AUTO_TEST_CASE(what_is_no_url_cannot_be_signed) {
    BOOST_CHECK_THROW(
        static_cast<void>(auth::oauth_signature("GET", "photos", {}, photos, {})),
        std::invalid_argument
    );
}

BOOST_AUTO_TEST_SUITE_END()
