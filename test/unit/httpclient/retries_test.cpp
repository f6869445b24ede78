#include <tornado/httpclient/request_settings.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <tornado/httputil/http_date.hpp>
#include <tornado/iostream/ssl_errors.hpp>
#include <tornado/testing/virtual_time.hpp>

#include "support.hpp"

namespace data = boost::unit_test::data;
using tornado::ioloop::Duration;

namespace {

/// A server that fails a number of times before it serves.
struct RetryTest : ClientTest {
    RetryTest() {
        app->handlers["/flaky"] = [this](const Got& got) {
            times.push_back(time.elapsed());
            return failures-- > 0 ? bad : Answer{200, {}, "good " + got.body};
        };
    }
    HTTPRequest request(int retries) {
        HTTPRequest request{"/flaky"};
        request.max_retries(retries);
        return request;
    }
    /// The time between the requests that have come.
    Duration gap(std::size_t index) { return times.at(index + 1) - times.at(index); }

    testing::VirtualTime time{io_loop()};
    std::vector<Duration> times;
    int failures = 2;
    Answer bad{503, {}, "bad"};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(retries, RetryTest)

BOOST_AUTO_TEST_CASE(are_made_only_when_asked_for) {
    BOOST_TEST(fetch_from("/flaky", false).code == 503);
    BOOST_TEST(times.size() == 1U);
}

BOOST_AUTO_TEST_CASE(go_on_until_it_goes_well) {
    BOOST_TEST(fetch_from(request(5)).body == "good ");
    BOOST_TEST(times.size() == 3U);
    BOOST_TEST(the_client().active_count() == 0U);
}

BOOST_AUTO_TEST_CASE(count_for_themselves_in_the_times_of_the_response) {
    bad.headers.add("Retry-After", "7");
    const auto response = fetch_from(request(5));
    const auto& info = response.time_info;
    BOOST_CHECK(info.redirect >= 14s);
    BOOST_CHECK(response.request_time < 7s);
    BOOST_CHECK(info.starttransfer < 7s);
    BOOST_TEST(info.connection_reused);
    BOOST_CHECK(info.connect == 0s);
    BOOST_CHECK(info.namelookup == 0s);
}

BOOST_AUTO_TEST_CASE(end_with_the_last_response) {
    BOOST_TEST(fetch_from(request(1), false).body == "bad");
    BOOST_TEST(times.size() == 2U);
}

BOOST_AUTO_TEST_CASE(wait_twice_as_long_each_time_but_for_a_random_part) {
    failures = 4;
    fetch_from(request(5).retry_delay(1s));
    for (std::size_t i = 0; i < 4; ++i) {
        const auto whole = 1s * (1 << i);
        BOOST_TEST((gap(i) > whole / 2 - 100ms && gap(i) < whole + 100ms));
    }
}

BOOST_AUTO_TEST_CASE(with_a_delay_below_zero_come_at_once) {
    BOOST_TEST(fetch_from(request(5).retry_delay(Duration::min())).body == "good ");
    BOOST_TEST(times.size() == 3U);
}

BOOST_AUTO_TEST_CASE(wait_no_more_than_thirty_seconds) {
    failures = 3;
    fetch_from(request(5).retry_delay(20s).request_timeout(0s));
    BOOST_TEST((gap(1) > 14s && gap(1) < 31s));
    BOOST_TEST((gap(2) > 14s && gap(2) < 31s));
}

BOOST_AUTO_TEST_CASE(wait_as_long_as_the_server_says) {
    failures = 1;
    bad.headers.set("Retry-After", "7");
    fetch_from(request(1));
    BOOST_TEST((gap(0) >= 7s && gap(0) < 8s));
    failures = 1;
    bad.headers.set(
        "Retry-After", httputil::format_timestamp(std::chrono::system_clock::now() + 9s)
    );
    fetch_from(request(1));
    BOOST_TEST((gap(2) > 5s && gap(2) < 10s));
}

BOOST_AUTO_TEST_CASE(are_not_made_when_there_is_no_time_for_them) {
    bad.headers.set("Retry-After", "3600");
    BOOST_TEST(fetch_from(request(5), false).code == 503);
    BOOST_TEST(time.elapsed() < 1s);
}

BOOST_AUTO_TEST_CASE(do_not_come_before_a_time_that_is_beyond_all_measure) {
    failures = 10;
    for (const auto* const never : {"4294967296", "99999999999", "99999999999999999999999999"}) {
        bad.headers.set("Retry-After", never);
        BOOST_TEST(fetch_from(request(5), false).code == 503);
    }
    BOOST_TEST(times.size() == 3U);
    BOOST_TEST(time.elapsed() < 1s);
}

const int codes[] = {429, 502, 503, 504, 400, 404, 500, 501};

BOOST_DATA_TEST_CASE(are_for_those_codes_that_may_pass, data::make(codes), code) {
    bad.status = code;
    failures = 1;
    const bool passes = code == 429 || code > 501;
    BOOST_TEST(fetch_from(request(1), false).code == (passes ? 200 : code));
}

BOOST_AUTO_TEST_CASE(are_for_idempotent_methods) {
    BOOST_TEST(fetch_from(request(5).method("POST").body("text"), false).code == 503);
    BOOST_TEST(times.size() == 1U);
    const auto response = fetch_from(request(5).method("PUT").body("text"));
    BOOST_TEST(response.body == "good text");
}

BOOST_AUTO_TEST_CASE(call_a_body_producer_again) {
    int calls = 0;
    auto put = request(5).method("PUT").body_producer([&](const httpclient::BodyWriter& write) {
        ++calls;
        return write("piece");
    });
    BOOST_TEST(fetch_from(put).body == "good piece");
    BOOST_TEST(calls == 3);
}

BOOST_AUTO_TEST_CASE(show_callbacks_only_the_last_response) {
    std::string body;
    auto streamed = request(5);
    streamed.streaming_callback([&](std::string_view chunk) { body += chunk; });
    fetch_from(streamed);
    BOOST_TEST(body == "good ");
}

BOOST_AUTO_TEST_CASE(are_made_when_nobody_answers) {
    ScriptedServer server{[](iostream::IOStream& stream, int number) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        if (number == 2) {
            co_await stream.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    }};
    HTTPRequest request{server.url()};
    failure<HTTPStreamClosedError>(request.max_retries(1));
    BOOST_TEST(server.connections == 2);
    BOOST_TEST(fetch_from(request).body == "ok");
}

BOOST_AUTO_TEST_CASE(are_not_made_once_a_body_was_begun) {
    ScriptedServer server{ScriptedServer::says("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok")};
    HTTPRequest request{server.url()};
    std::string body;
    request.max_retries(3).streaming_callback([&](std::string_view chunk) { body += chunk; });
    failure<HTTPStreamClosedError>(request);
    BOOST_TEST(body == "ok");
    BOOST_TEST(server.connections == 1);
}

BOOST_AUTO_TEST_CASE(are_made_when_nobody_listens) {
    const auto url = [] {
        const auto [socket, port] = testing::bind_unused_port();
        return "http://127.0.0.1:" + std::to_string(port) + "/";
    }();
    const auto error = failure<std::system_error>(HTTPRequest{url}.max_retries(3).retry_delay(1s));
    BOOST_TEST((error.code() == std::errc::connection_refused));
    BOOST_TEST((time.elapsed() > 3s && time.elapsed() < 8s));
}

BOOST_AUTO_TEST_CASE(can_be_cancelled) {
    auto slow = request(5).retry_delay(10s);
    slow.url(get_url("/flaky"));
    const auto fetching = the_client().fetch(slow);
    run([&]() -> Future<void> {
        while (times.empty()) {
            co_await gen::sleep(1ms);
        }
        co_await gen::sleep(1s);
    });
    BOOST_TEST(the_client().active_count() == 1U);
    fetching.cancel();
    BOOST_TEST(the_client().active_count() == 0U);
    BOOST_TEST(times.size() == 1U);
}

BOOST_AUTO_TEST_CASE(are_not_made_of_what_is_no_response) {
    ScriptedServer server{ScriptedServer::says("SMTP here\r\n\r\n")};
    failure<HTTPBadResponseError>(HTTPRequest{server.url()}.max_retries(3));
    BOOST_TEST(server.connections == 1);
}

BOOST_AUTO_TEST_SUITE_END()

// Expectations

BOOST_FIXTURE_TEST_SUITE(expectations, RetryTest)

BOOST_AUTO_TEST_CASE(that_nobody_answers_are_given_up_after_a_second) {
    ScriptedServer server{[](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        const auto body = co_await stream.read_bytes(4);
        const auto answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + body;
        co_await stream.write(answer);
    }};
    HTTPRequest request{server.url()};
    request.method("POST").body("1234").expect_100_continue(true);
    BOOST_TEST(fetch_from(request).body == "1234");
    BOOST_TEST((time.elapsed() >= 1s && time.elapsed() < 2s));
}

BOOST_AUTO_TEST_CASE(have_no_longer_than_the_request) {
    ScriptedServer server{[](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until_close();
    }};
    HTTPRequest request{server.url()};
    request.method("POST").body("1234").expect_100_continue(true).request_timeout(500ms);
    failure<HTTPTimeoutError>(request);
    BOOST_TEST((time.elapsed() == 500ms));
    failure<HTTPTimeoutError>(request.request_timeout(1500ms));
    BOOST_TEST((time.elapsed() == 2000ms));
}

BOOST_AUTO_TEST_CASE(that_are_refused_are_not_repeated) {
    std::vector<bool> expects;
    ScriptedServer server{[&](iostream::IOStream& stream, int) -> Future<void> {
        const auto head = co_await stream.read_until("\r\n\r\n");
        expects.push_back(head.find("Expect:") != std::string::npos);
        std::string answer = "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n";
        if (!expects.back()) {
            const auto body = co_await stream.read_bytes(4);
            answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + body;
        }
        co_await stream.write(answer);
    }};
    HTTPRequest request{server.url()};
    request.method("POST").body("1234").expect_100_continue(true);
    BOOST_TEST(fetch_from(request).body == "1234");
    BOOST_TEST((expects == std::vector<bool>{true, false}));
}

BOOST_AUTO_TEST_SUITE_END()
