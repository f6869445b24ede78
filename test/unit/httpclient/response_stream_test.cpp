#include <tornado/httpclient/response_stream.hpp>

#include <boost/test/unit_test.hpp>

#include "support.hpp"

using httpclient::AsyncHTTPClient;
using httpclient::ResponseStream;

namespace {

struct StreamTest : ClientTest {
    ResponseStream open(HTTPRequest request) {
        if (request.url().starts_with('/')) {
            request.url(get_url(request.url()));
        }
        static_cast<void>(http_server());
        return run([&] { return mine.stream(request); });
    }
    std::string read(ResponseStream& stream) {
        return run([&] { return stream.read(); });
    }
    std::string read_all(ResponseStream& stream) {
        std::string all;
        for (auto piece = read(stream); !piece.empty(); piece = read(stream)) {
            all += piece;
        }
        return all;
    }
    AsyncHTTPClient mine{std::make_shared<TestedClient>()};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(response_stream, StreamTest)

BOOST_AUTO_TEST_CASE(comes_with_its_head) {
    app->handlers["/"] = [](const Got&) { return Answer{404, {{"X-Y", "z"}}, "not here"}; };
    auto stream = open("/");
    BOOST_TEST(stream.code() == 404);
    BOOST_TEST(stream.reason() == "Not Found");
    BOOST_TEST(stream.headers().get("x-y").value() == "z");
    BOOST_TEST(read_all(stream) == "not here");
    BOOST_TEST(read(stream).empty());
}

BOOST_AUTO_TEST_CASE(waits_for_its_reader) {
    app->handlers["/"] = [](const Got&) { return Answer{200, {}, std::string(20'000'000, 'x')}; };
    auto stream = open("/");
    settle();
    BOOST_TEST(app->vanished == 0);
    const auto first = read(stream);
    BOOST_TEST(!first.empty());
    BOOST_TEST(first.size() <= 65'536U);
    BOOST_TEST(first.size() + read_all(stream).size() == 20'000'000U);
}

BOOST_AUTO_TEST_CASE(follows_redirects) {
    app->handlers["/"] = [](const Got&) { return Answer{302, {{"Location", "/to"}}, "moved"}; };
    app->handlers["/to"] = [](const Got&) { return Answer{200, {}, "there"}; };
    auto stream = open("/");
    BOOST_TEST(stream.code() == 200);
    BOOST_TEST(read_all(stream) == "there");
}

BOOST_AUTO_TEST_CASE(tells_all_of_its_response) {
    app->handlers["/"] = [](const Got&) { return Answer{302, {{"Location", "/to"}}, "moved"}; };
    app->handlers["/to"] = [](const Got&) { return Answer{404, {{"X-Y", "z"}}, "not here"}; };
    auto stream = open("/");
    const auto& response = stream.response();
    BOOST_TEST(response.code == 404);
    BOOST_TEST(response.headers.get("X-Y").value() == "z");
    BOOST_TEST(response.effective_url() == get_url("/to"));
    BOOST_TEST(response.request.url() == get_url("/"));
    BOOST_TEST(response.time_info.connection_reused);
    BOOST_CHECK(response.time_info.total == 0s);
    BOOST_CHECK(response.error == nullptr);
    BOOST_TEST(read_all(stream) == "not here");
    BOOST_TEST(response.body.empty());
    BOOST_CHECK(response.time_info.total == response.request_time);
    BOOST_CHECK(response.time_info.total > 0s);
    BOOST_CHECK_THROW(response.rethrow(), HTTPClientError);
}

BOOST_AUTO_TEST_CASE(leaves_the_requests_own_callbacks_to_it) {
    app->handlers["/"] = [](const Got&) { return Answer{200, {{"X-Y", "z"}}, "body"}; };
    std::vector<std::string> heard;
    HTTPRequest request{"/"};
    request.head_callback([&](const HTTPResponse& response) {
        heard.push_back(response.headers.get("X-Y").value());
    });
    request.header_callback([&](std::string_view line) { heard.emplace_back(line); });
    auto stream = open(request);
    BOOST_TEST_REQUIRE(heard.size() > 3U);
    BOOST_TEST(heard[0] == "z");
    BOOST_TEST(heard[1] == "HTTP/1.1 200 OK\r\n");
    BOOST_TEST(heard.back() == "\r\n");
    BOOST_TEST(stream.headers().count("X-Y") == 1U);
}

BOOST_AUTO_TEST_CASE(a_head_stays_whole_while_its_callback_ends_the_fetch) {
    app->handlers["/"] = [](const Got&) { return Answer{200, {{"X-Y", "z"}}, "body"}; };
    HTTPRequest request{get_url("/")};
    std::string url;
    std::string field;
    request.head_callback([&](const HTTPResponse& response) {
        mine.close();
        url = response.effective_url();
        field = response.headers.get("X-Y").value_or("");
    });
    BOOST_CHECK_THROW(run([&] { return mine.fetch(request); }), std::exception);
    BOOST_TEST(url == request.url());
    BOOST_TEST(field == "z");
}

BOOST_AUTO_TEST_CASE(tells_its_reader_of_an_early_end) {
    ScriptedServer server{ScriptedServer::says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell")};
    auto stream = open(server.url());
    BOOST_TEST(read(stream) == "hell");
    BOOST_CHECK_THROW(read(stream), HTTPStreamClosedError);
    BOOST_CHECK_THROW(read(stream), HTTPStreamClosedError);
}

BOOST_AUTO_TEST_CASE(that_does_not_come_is_an_error) {
    ScriptedServer server{ScriptedServer::says("nonsense\r\n\r\n")};
    BOOST_CHECK_THROW(open(server.url()), HTTPBadResponseError);
    BOOST_CHECK_THROW(open("ftp://example.com/"), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(ends_with_its_owner) {
    app->handlers["/"] = [](const Got&) { return Answer{200, {}, std::string(20'000'000, 'x')}; };
    const auto& tested = dynamic_cast<TestedClient&>(*mine.implementation());
    {
        auto stream = open("/");
        BOOST_TEST(tested.active_count() == 1U);
    }
    BOOST_TEST(tested.active_count() == 0U);
    auto stream = open("/");
    stream.close();
    BOOST_TEST(tested.active_count() == 0U);
}

BOOST_AUTO_TEST_CASE(that_is_closed_gives_no_more) {
    app->handlers["/"] = [](const Got&) { return Answer{200, {}, std::string(20'000'000, 'x')}; };
    auto stream = open("/");
    BOOST_TEST(!read(stream).empty());
    stream.close();
    BOOST_CHECK_THROW(read(stream), tornado::CancelledError);
    stream.close();
    BOOST_CHECK_THROW(read(stream), tornado::CancelledError);
}

BOOST_AUTO_TEST_CASE(tells_a_reader_that_waits_that_it_is_closed) {
    ScriptedServer server{[](iostream::IOStream& connection, int) -> Future<void> {
        co_await connection.read_until("\r\n\r\n");
        co_await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
        co_await connection.read_until_close();
    }};
    auto stream = open(server.url());
    const auto reading = stream.read();
    stream.close();
    BOOST_CHECK_THROW(run([&] { return reading; }), tornado::CancelledError);
}

BOOST_AUTO_TEST_CASE(is_read_by_one_at_a_time) {
    ScriptedServer server{[](iostream::IOStream& connection, int) -> Future<void> {
        co_await connection.read_until("\r\n\r\n");
        co_await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
        co_await connection.read_until_close();
    }};
    auto stream = open(server.url());
    const auto first = stream.read();
    BOOST_CHECK_THROW(stream.read(), std::logic_error);
    first.cancel();
    const auto second = stream.read();
    second.cancel();
}

BOOST_AUTO_TEST_CASE(loses_nothing_to_a_cancelled_read) {
    bool go_on = false;
    ScriptedServer server{[&](iostream::IOStream& connection, int) -> Future<void> {
        co_await connection.read_until("\r\n\r\n");
        co_await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
        while (!go_on) {
            co_await gen::moment();
        }
        co_await connection.write("hello");
    }};
    auto stream = open(server.url());
    stream.read().cancel();
    go_on = true;
    BOOST_TEST(read_all(stream) == "hello");
}

BOOST_AUTO_TEST_CASE(is_not_also_streamed_to_a_callback) {
    HTTPRequest request{"http://example.com/"};
    request.streaming_callback([](std::string_view) {});
    BOOST_CHECK_THROW(mine.stream(request), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
