#include <tornado/websocket/compression.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace data = boost::unit_test::data;
namespace websocket = tornado::websocket;
using websocket::CompressionOptions;

namespace {

constexpr CompressionOptions with_takeover{
    .own_context_takeover = true,
    .peer_context_takeover = true};

std::string answered(std::string_view offers, const CompressionOptions& options = with_takeover) {
    const auto answer = websocket::answer_offers(*websocket::parse_extensions(offers), options);
    return answer ? answer->field : "(declined)";
}

bool accepted(std::string_view answer, const CompressionOptions& options = with_takeover) {
    return websocket::read_answer(websocket::parse_extensions(answer)->front(), options)
        .has_value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(answer_offers)

BOOST_AUTO_TEST_CASE(accepts_a_bare_offer) {
    BOOST_TEST(answered("permessage-deflate") == "permessage-deflate");
}

BOOST_AUTO_TEST_CASE(spares_the_memory_of_windows_by_default) {
    BOOST_TEST(
        answered("permessage-deflate", {}) ==
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
    );
}

BOOST_AUTO_TEST_CASE(grants_no_context_takeover_rfc_7692_7_1_1) {
    BOOST_TEST(
        answered("permessage-deflate; server_no_context_takeover") ==
        "permessage-deflate; server_no_context_takeover"
    );
    BOOST_TEST(
        answered("permessage-deflate; client_no_context_takeover") ==
        "permessage-deflate; client_no_context_takeover"
    );
}

BOOST_AUTO_TEST_CASE(keeps_to_the_window_that_is_asked_for_rfc_7692_7_1_2_1) {
    BOOST_TEST(
        answered("permessage-deflate; server_max_window_bits=10") ==
        "permessage-deflate; server_max_window_bits=10"
    );
    BOOST_TEST(
        answered("permessage-deflate; server_max_window_bits=\"8\"") ==
        "permessage-deflate; server_max_window_bits=8"
    );
}

BOOST_AUTO_TEST_CASE(limits_the_client_s_window_only_if_it_can_be_rfc_7692_7_1_2_2) {
    auto options = with_takeover;
    options.peer_max_window_bits = 9;
    BOOST_TEST(answered("permessage-deflate", options) == "permessage-deflate");
    BOOST_TEST(
        answered("permessage-deflate; client_max_window_bits", options) ==
        "permessage-deflate; client_max_window_bits=9"
    );
    BOOST_TEST(
        answered("permessage-deflate; client_max_window_bits=8", options) ==
        "permessage-deflate; client_max_window_bits=8"
    );
    BOOST_TEST(answered("permessage-deflate; client_max_window_bits") == "permessage-deflate");
}

BOOST_AUTO_TEST_CASE(may_limit_its_own_window_unasked) {
    auto options = with_takeover;
    options.own_max_window_bits = 11;
    BOOST_TEST(
        answered("permessage-deflate", options) == "permessage-deflate; server_max_window_bits=11"
    );
    BOOST_TEST(
        answered("permessage-deflate; server_max_window_bits=12", options) ==
        "permessage-deflate; server_max_window_bits=11"
    );
}

const char* const bad_offers[] = {
    "x-webkit-deflate-frame",
    "permessage-deflate; unknown",
    "permessage-deflate; server_no_context_takeover=1",
    "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
    "permessage-deflate; client_no_context_takeover=true",
    "permessage-deflate; server_max_window_bits",
    "permessage-deflate; server_max_window_bits=7",
    "permessage-deflate; server_max_window_bits=16",
    "permessage-deflate; server_max_window_bits=08",
    "permessage-deflate; server_max_window_bits=abc",
    "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10",
    "permessage-deflate; client_max_window_bits=7",
    "permessage-deflate; client_max_window_bits=16",
    "permessage-deflate; client_max_window_bits=0",
    "permessage-deflate; client_max_window_bits=+9",
    "permessage-deflate; client_max_window_bits; client_max_window_bits=9",
};

BOOST_DATA_TEST_CASE(declines, data::make(bad_offers), offer) {
    BOOST_TEST(answered(offer) == "(declined)");
    BOOST_TEST(answered(std::string{offer} + ", permessage-deflate") == "permessage-deflate");
}

BOOST_AUTO_TEST_CASE(takes_the_first_that_it_can_accept) {
    BOOST_TEST(
        answered("foo, permessage-deflate; server_max_window_bits=99, "
                 "permessage-deflate; server_max_window_bits=9, permessage-deflate"
        ) == "permessage-deflate; server_max_window_bits=9"
    );
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(read_answer)

BOOST_AUTO_TEST_CASE(takes_what_fits_the_offer) {
    BOOST_TEST(accepted("permessage-deflate"));
    BOOST_TEST(accepted("permessage-deflate; server_no_context_takeover; client_no_context_takeover"
    ));
    BOOST_TEST(accepted("permessage-deflate; server_max_window_bits=9; client_max_window_bits=10"));
}

BOOST_AUTO_TEST_CASE(refuses_what_does_not) {
    BOOST_TEST(!accepted("x-webkit-deflate-frame"));
    BOOST_TEST(!accepted("permessage-deflate; unknown"));
    BOOST_TEST(!accepted("permessage-deflate; client_max_window_bits"));
    BOOST_TEST(!accepted("permessage-deflate; server_max_window_bits=20"));
    BOOST_TEST(!accepted("permessage-deflate", {}));  // server_no_context_takeover was asked for
    auto narrow = with_takeover;
    narrow.peer_max_window_bits = 10;
    BOOST_TEST(!accepted("permessage-deflate", narrow));
    BOOST_TEST(!accepted("permessage-deflate; server_max_window_bits=11", narrow));
    BOOST_TEST(accepted("permessage-deflate; server_max_window_bits=10", narrow));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(make_offer)

BOOST_AUTO_TEST_CASE(says_what_the_options_say) {
    BOOST_TEST(
        websocket::make_offer(with_takeover) ==
        "permessage-deflate; client_max_window_bits, "
        "permessage-deflate; client_no_context_takeover; client_max_window_bits"
    );
    BOOST_TEST(
        websocket::make_offer({.own_max_window_bits = 9, .peer_max_window_bits = 10}) ==
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
        "server_max_window_bits=10; client_max_window_bits=9"
    );
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(compression_options)

BOOST_AUTO_TEST_CASE(are_checked) {
    BOOST_CHECK_NO_THROW(websocket::check(CompressionOptions{}));
    BOOST_CHECK_THROW(websocket::check({.compression_level = 10}), std::invalid_argument);
    BOOST_CHECK_THROW(websocket::check({.mem_level = 0}), std::invalid_argument);
    BOOST_CHECK_THROW(websocket::check({.own_max_window_bits = 7}), std::invalid_argument);
    BOOST_CHECK_THROW(websocket::check({.peer_max_window_bits = 16}), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
