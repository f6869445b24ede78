#include <tornado/simple_httpclient.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "support.hpp"

namespace data = boost::unit_test::data;
using httpclient::BodyWriter;

namespace {

/// A client that goes while fetches of its begin, wait or end.
struct EndTest : ClientTest {
    /// Where a second fetch waits for the first.
    void make_client(const std::string& place) {
        (place == "queue" ? options.max_clients : options.max_connections_per_host) = 1;
        handle = std::make_shared<TestedClient>(options);
    }
    /// A request waits until another is over; then its callbacks end the client.
    void check_end(const HTTPRequest& request) {
        const auto first = handle->fetch(get_url("/"));
        const auto second = handle->fetch(request);
        const auto third = handle->fetch(get_url("/"));
        BOOST_TEST(run([&] { return first; }).code == 200);
        BOOST_CHECK_THROW(run([&] { return second; }), HTTPClientError);
        BOOST_CHECK_THROW(run([&] { return third; }), HTTPClientError);
        BOOST_TEST((handle == nullptr));
        settle();
    }
    /// A producer that is never done, and whose cancellation closes the client.
    HTTPRequest& produce_until_cancelled(HTTPRequest& request) {
        never.on_cancel([this] {
            cancelled = true;
            the_client().close();
        });
        return request.body_producer([this](const BodyWriter&) {
            producing = true;
            return never.future();
        });
    }

    std::shared_ptr<TestedClient> handle;
    Promise<void> never;
    bool producing = false;
    bool cancelled = false;
};

const std::string places[] = {"queue", "pool"};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(end_of_a_client, EndTest)

BOOST_DATA_TEST_CASE_F(EndTest, may_come_from_a_producer, data::make(places), place) {
    make_client(place);
    HTTPRequest request{get_url("/")};
    request.method("POST").body_producer([this](const BodyWriter&) {
        handle.reset();
        return Future<void>::ready();
    });
    check_end(request);
}

BOOST_DATA_TEST_CASE_F(EndTest, may_come_from_a_header_callback, data::make(places), place) {
    make_client(place);
    check_end(HTTPRequest{get_url("/")}.header_callback([this](std::string_view) { handle.reset(); }
    ));
}

BOOST_DATA_TEST_CASE_F(EndTest, may_come_from_a_streaming_callback, data::make(places), place) {
    make_client(place);
    HTTPRequest request{get_url("/")};
    request.method("POST").body("text");
    check_end(request.streaming_callback([this](std::string_view) { handle.reset(); }));
}

BOOST_AUTO_TEST_CASE(may_come_from_the_end_of_a_request_that_holds_its_last_handle) {
    make_client("queue");
    const auto first = handle->fetch(get_url("/"));
    HTTPRequest request{"https://127.0.0.1/"};
    request.ca_certs("/no/such/file").streaming_callback([own = handle](std::string_view) {});
    const auto second = handle->fetch(std::exchange(request, HTTPRequest{""}));
    handle.reset();
    BOOST_TEST(run([&] { return first; }).code == 200);
    BOOST_CHECK_THROW(run([&] { return second; }), std::exception);
    settle();
}

BOOST_AUTO_TEST_CASE(may_come_from_a_producer_that_an_early_answer_cancels) {
    ScriptedServer server{
        ScriptedServer::says("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nno!")};
    HTTPRequest request{server.url()};
    BOOST_TEST(
        failure<HTTPClientError>(produce_until_cancelled(request.method("POST"))).code() == 599
    );
    BOOST_TEST(cancelled);
    BOOST_TEST(the_client().active_count() == 0U);
}

BOOST_AUTO_TEST_CASE(may_come_from_a_producer_that_goes_with_its_fetch) {
    HTTPRequest request{get_url("/")};
    const auto fetch = the_client().fetch(produce_until_cancelled(request.method("POST")));
    while (!producing) {
        settle();
    }
    fetch.cancel();
    BOOST_TEST(cancelled);
    BOOST_TEST(the_client().active_count() == 0U);
}

BOOST_AUTO_TEST_CASE(may_come_from_a_producer_that_a_retry_cancels) {
    ScriptedServer server{[](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
    }};
    HTTPRequest request{server.url()};
    request.method("PUT").max_retries(1);
    BOOST_TEST(failure<HTTPClientError>(produce_until_cancelled(request)).code() == 599);
    BOOST_TEST(cancelled);
    BOOST_TEST(server.connections == 1);
}

BOOST_AUTO_TEST_SUITE_END()
