#include <tornado/web/signed_value.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "support.hpp"

namespace data = boost::unit_test::data;

using std::chrono::system_clock;

BOOST_AUTO_TEST_SUITE(signed_value)

constexpr auto now = system_clock::time_point{std::chrono::seconds{1'300'000'000}};

std::string sign(
    std::string_view value,
    int version = 2,
    std::string_view name = "key",
    system_clock::time_point clock = now
) {
    return web::create_signed_value(
        "It's a secret to everybody", name, value, {.clock = clock, .version = version}
    );
}

std::optional<std::string> verify(
    std::string_view text,
    std::string_view name = "key",
    web::VerifyOptions options = {.clock = now}
) {
    return web::decode_signed_value("It's a secret to everybody", name, text, options);
}

// Made by Tornado.
const std::string v1_value = "dmFsdWU=|1300000000|31c934969f53e48164c50768b40cbd7e2daaaa4f";
const std::string v2_value =
    "2|1:0|10:1300000000|3:key|8:dmFsdWU=|"
    "3d4e60b996ff9c5d5788e333a0cba6f238a22c6c0f94788870e1a9ecd482e152";

BOOST_AUTO_TEST_CASE(is_what_tornado_makes) {
    BOOST_TEST(sign("value", 1) == v1_value);
    BOOST_TEST(sign("value", 2) == v2_value);
}

BOOST_AUTO_TEST_CASE(that_tornado_made_is_read) {
    BOOST_TEST(verify(v1_value).value() == "value");
    BOOST_TEST(verify(v2_value).value() == "value");
}

std::string of_all_bytes() {
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte) {
        bytes.push_back(static_cast<char>(byte));
    }
    return bytes;
}

const std::string values[] = {"", "a", "ab", "abc", "a|b:c", "\xe9", of_all_bytes()};

BOOST_DATA_TEST_CASE(holds_any_bytes, data::make(values) * data::make({1, 2}), value, version) {
    BOOST_TEST(verify(sign(value, version)).value() == value);
}

BOOST_DATA_TEST_CASE(counts_for_its_name_only, data::make({1, 2}), version) {
    BOOST_TEST(!verify(sign("value", version), "other"));
    BOOST_TEST(verify(sign("value", version, "other"), "other").value() == "value");
    BOOST_TEST(verify(sign("value", version, "k|:y"), "k|:y").value() == "value");
}

BOOST_DATA_TEST_CASE(counts_for_its_secret_only, data::make({v1_value, v2_value}), text) {
    BOOST_TEST(!web::decode_signed_value("another secret", "key", text, {.clock = now}));
    BOOST_TEST(!web::decode_signed_value(web::CookieSecret{}, "key", text, {.clock = now}));
}

BOOST_DATA_TEST_CASE(expires, data::make({1, 2}), version) {
    const auto made = [&](std::chrono::hours ago) {
        return sign("value", version, "key", now - ago);
    };
    BOOST_TEST(verify(made(24h * 30)).value() == "value");
    BOOST_TEST(!verify(made(24h * 32)));
    BOOST_TEST(!verify(made(25h), "key", {.clock = now, .max_age_days = 1}));
    BOOST_TEST(verify(made(23h), "key", {.clock = now, .max_age_days = 1}).value() == "value");
}

BOOST_AUTO_TEST_CASE(of_version_1_may_not_come_from_far_in_the_future) {
    BOOST_TEST(!verify(sign("value", 1, "key", now + 24h * 32)));
    BOOST_TEST(verify(sign("value", 1, "key", now + 24h * 30)).value() == "value");
    BOOST_TEST(verify(sign("value", 2, "key", now + 24h * 32)).value() == "value");
}

BOOST_AUTO_TEST_CASE(of_version_1_whose_digits_were_moved_is_refused) {
    // The signature covers value and time without a mark between them.
    const auto text = sign("d\x9d\x35", 1, "key", now);  // in base64 its end is digits
    const auto bar = text.find('|');
    BOOST_TEST_REQUIRE(text.substr(0, bar) == "ZJ01");
    const auto moved = "|" + text.substr(0, bar) + text.substr(bar + 1);
    BOOST_TEST(!verify(moved));
    const auto padded = sign("value", 1, "key", now);
    const auto at = padded.find('|');
    BOOST_TEST(!verify(padded.substr(0, at) + "|0" + padded.substr(at + 1)));
}

BOOST_DATA_TEST_CASE(
    with_one_byte_changed_or_cut_off_is_refused,
    data::make({v1_value, v2_value}),
    text
) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto changed = text;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        BOOST_TEST(!verify(changed), changed);
        BOOST_TEST(!verify(text.substr(0, i)), text.substr(0, i));
        BOOST_TEST(!verify(text.substr(0, i) + "0" + text.substr(i)));
    }
}

using namespace std::string_literals;
const std::string malformed[] = {
    "2|",
    "2||",
    "2|1:0|",
    "2|1:0|10:1300000000|3:key|8:dmFsdWU=|",
    "2|-1:0|",
    "2|99999999999:0|x|",
    "2|" + std::string(10'000, '9') + ":0|x|",
    "2|18446744073709551617:0|10:1300000000|3:key|8:dmFsdWU=|x",
    "2|1:0|10:1300000000|3:key|18446744073709551624:dmFsdWU=|x",
    "2|1\0:0|10:1300000000|3:key|8:dmFsdWU=|x"s,
    "2|1:0|10:1300000000|3:key|8\0:dmFsdWU=|x"s,
    "2|1:0|10:1300000000|3:key|80:dmFsdWU=|x",
    "2|1:0|10:1300000000|3:key|8:dmFsdWU=x",
    "2|x:0|10:1300000000|3:key|8:dmFsdWU=|x",
    "2|0:|0:|0:|0:|",
    "|",
    "||",
    "|||",
    "a|b|c",
    "a|b",
    "3|1:0|10:1300000000|3:key|8:dmFsdWU=|x",
    "999|a|b",
    "1000|a|b"};

BOOST_DATA_TEST_CASE(that_is_malformed_is_refused, data::make(malformed), text) {
    BOOST_TEST(!verify(text));
    BOOST_TEST(
        !web::get_signature_key_version(text).has_value() ==
        !text.starts_with("2|1:0|10:1300000000|3:key|8:dmFsdWU=|")
    );
}

BOOST_AUTO_TEST_CASE(that_is_forged_in_version_1_is_logged) {
    const testing::ExpectLog expected{logging::gen_log(), "Invalid cookie signature dmFsdWU="};
    BOOST_TEST(!verify(v1_value.substr(0, v1_value.size() - 1) + "0"));
}

BOOST_AUTO_TEST_CASE(below_the_least_version_is_refused) {
    BOOST_TEST(!verify(v1_value, "key", {.clock = now, .min_version = 2}));
    BOOST_TEST(verify(v2_value, "key", {.clock = now, .min_version = 2}).value() == "value");
    BOOST_CHECK_THROW(
        static_cast<void>(verify(v2_value, "key", {.min_version = 3})), std::invalid_argument
    );
}

const web::CookieSecret several{{0, "ajklasdf0ojaisdf"}, {1, "aslkjasaolwkjsdf"}};

BOOST_AUTO_TEST_CASE(is_signed_and_read_with_a_version_of_the_secret) {
    for (const int version : {0, 1}) {
        const auto text = web::create_signed_value(
            several, "key", "value", {.clock = now, .key_version = version}
        );
        BOOST_TEST(web::get_signature_key_version(text).value() == version);
        BOOST_TEST(
            web::decode_signed_value(several, "key", text, {.clock = now}).value() == "value"
        );
        const web::CookieSecret others{{7, "ajklasdf0ojaisdf"}, {8, "aslkjasaolwkjsdf"}};
        BOOST_TEST(!web::decode_signed_value(others, "key", text, {.clock = now}));
    }
    // The version that the text claims chooses the secret, and so must be right.
    auto claimed = web::create_signed_value(several, "key", "value", {.key_version = 0});
    claimed.replace(0, 5, "2|1:1");
    BOOST_TEST(!web::decode_signed_value(several, "key", claimed));
}

BOOST_AUTO_TEST_CASE(of_version_1_and_with_one_secret_has_no_key_version) {
    BOOST_TEST(!web::get_signature_key_version(v1_value));
    BOOST_TEST(web::get_signature_key_version(v2_value).value() == 0);
    BOOST_TEST(!web::decode_signed_value(several, "key", v1_value, {.clock = now}));
}

BOOST_AUTO_TEST_CASE(cannot_be_made_without_what_it_needs) {
    const auto make = [](const web::CookieSecret& secret, web::SignOptions options) {
        static_cast<void>(web::create_signed_value(secret, "key", "value", options));
    };
    BOOST_CHECK_THROW(make({}, {}), std::invalid_argument);
    BOOST_CHECK_THROW(make("", {}), std::invalid_argument);
    BOOST_CHECK_THROW(make("secret", {.version = 3}), std::invalid_argument);
    BOOST_CHECK_THROW(make(several, {}), std::invalid_argument);
    BOOST_CHECK_THROW(make(several, {.key_version = 2}), std::invalid_argument);
    BOOST_CHECK_THROW(make(several, {.key_version = 0, .version = 1}), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
