#include <tornado/httpclient/errors.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "../http1connection/malformed_responses.hpp"
#include "support.hpp"

namespace data = boost::unit_test::data;

BOOST_FIXTURE_TEST_SUITE(bad_responses, TidyTest)

BOOST_DATA_TEST_CASE_F(TidyTest, tell_what_is_wrong, data::make(malformed_responses), each) {
    ScriptedServer server{ScriptedServer::says(each.text)};
    const auto error = failure<HTTPBadResponseError>(server.url());
    BOOST_TEST(error.reason() == make_error_code(each.error));
    BOOST_TEST(the_client().active_count() == 0U);
}

BOOST_DATA_TEST_CASE_F(TidyTest, hold_nothing_up, data::make(malformed_responses), each) {
    ScriptedServer server{ScriptedServer::says(each.text)};
#ifdef TORNADO_TEST_CURL
    const bool is_taken = each.curl_takes_it;
#else
    const bool is_taken = false;
#endif
    bool failed = false;
    try {
        fetch_from(server.url(), false);
    } catch (const HTTPClientError& error) {
        failed = true;
        BOOST_TEST(error.code() == 599);
    }
    BOOST_TEST(failed == !is_taken);
    BOOST_TEST(the_client().active_count() == 0U);
    BOOST_TEST(fetch_from("/").code == 200);
}

BOOST_AUTO_TEST_SUITE_END()
