#include <tornado/httpserver/http_server.hpp>

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <string>
#include <tornado/gen.hpp>
#include <tornado/log.hpp>
#include <tornado/testing.hpp>

#include "../http1connection/gzip.hpp"

namespace gen = tornado::gen;
namespace httpserver = tornado::httpserver;
namespace httputil = tornado::httputil;
namespace testing = tornado::testing;
using tornado::Future;

namespace {

/// Answers with the fields that matter and the body; takes a turn over each piece.
struct Echo : httputil::HTTPServerConnectionDelegate {
    struct Request : httputil::HTTPMessageDelegate {
        Request(Echo& owner, httputil::HTTPConnection& where) : app{owner}, exchange{where} {}
        Future<void> headers_received(httputil::RequestHead& head, const httputil::Target& target)
            override {
            for (const auto name :
                 {"Content-Encoding", "X-Consumed-Content-Encoding", "Content-Length"}) {
                text += head.headers.get(name).value_or("-") + " ";
            }
            if (target.path == "/large") {
                exchange.set_max_body_size(1'000'000);
            }
            return Future<void>::ready();
        }
        Future<void> data_received(std::string_view chunk) override {
            app.largest = std::max(app.largest, chunk.size());
            const auto size = chunk.size();
            co_await gen::moment();
            total += size;
            text += chunk;
        }
        void finish() override {
            exchange.send_response(200, "", {}, total > 1000 ? std::to_string(total) : text);
        }
        void on_connection_close() override { ++app.lost; }

        Echo& app;
        httputil::HTTPConnection& exchange;
        std::string text;
        std::size_t total = 0;
    };
    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection& exchange
    ) override {
        return std::make_unique<Request>(*this, exchange);
    }

    std::size_t largest = 0;
    int lost = 0;
};

struct GzipTest : testing::AsyncHTTPTestCase {
    GzipTest() {
        options.decompress_request = true;
        options.chunk_size = 1000;
        options.max_body_size = 100'000;
    }
    App get_app() override { return app; }
    httpserver::HTTPServerOptions get_httpserver_options() override { return options; }

    testing::HTTPResponse
    post(std::string body, std::string coding = "gzip", std::string_view path = "/") {
        return fetch(
            path,
            {.body = std::move(body), .headers = {{"Content-Encoding", coding}}, .method = "POST"}
        );
    }
    /// The same in chunks of that size.
    testing::HTTPResponse post_chunked(std::string_view body, std::size_t size) {
        std::string chunks;
        for (; !body.empty(); body.remove_prefix(std::min(size, body.size()))) {
            const auto chunk = body.substr(0, size);
            std::array<char, 16> digits{};
            std::snprintf(digits.data(), digits.size(), "%zx\r\n", chunk.size());
            chunks.append(digits.data()).append(chunk).append("\r\n");
        }
        auto connection = connect();
        connection.send(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\n"
            "Transfer-Encoding: chunked\r\n\r\n" +
            chunks + "0\r\n\r\n"
        );
        return connection.read_response();
    }
    int refusal(std::string body, std::string_view why) {
        const testing::ExpectLog expected{
            tornado::log::gen_log(), why, {.level = tornado::log::Level::info}};
        return post(std::move(body)).code;
    }

    httpserver::HTTPServerOptions options;
    std::shared_ptr<Echo> app = std::make_shared<Echo>();
};

BOOST_AUTO_TEST_SUITE(gzip_requests)

BOOST_FIXTURE_TEST_CASE(are_decoded_and_say_so, GzipTest) {
    BOOST_TEST(post(gzip("hello")).body == "- gzip - hello");
    BOOST_TEST(post(gzip("hello"), "GZip").body == "- GZip - hello");
    BOOST_TEST(post(gzip("a") + gzip("b")).body == "- gzip - ab");
}

BOOST_FIXTURE_TEST_CASE(are_decoded_by_their_old_name_too, GzipTest) {
    BOOST_TEST(post(gzip("hello"), "x-gzip").body == "- x-gzip - hello");
    BOOST_TEST(post(gzip("hello"), "X-GZIP").body == "- X-GZIP - hello");
}

BOOST_FIXTURE_TEST_CASE(in_chunks_are_decoded_whole, GzipTest) {
    BOOST_TEST(post_chunked(gzip("hello"), 1).body == "- gzip - hello");
    BOOST_TEST(post_chunked(gzip("a") + gzip("b"), 7).body == "- gzip - ab");
    BOOST_TEST(post_chunked(gzip(std::string(100'000, 'x')), 100).body == "100000");
}

BOOST_FIXTURE_TEST_CASE(in_chunks_that_are_cut_off_are_a_400, GzipTest) {
    const testing::ExpectLog expected{
        tornado::log::gen_log(), "damaged or cut off", {.level = tornado::log::Level::info}};
    const auto body = gzip("some text");
    BOOST_TEST(post_chunked(body.substr(0, body.size() - 1), 5).code == 400);
    BOOST_TEST(app->lost == 1);
}

BOOST_FIXTURE_TEST_CASE(in_chunks_that_stand_for_too_much_are_a_413, GzipTest) {
    const testing::ExpectLog expected{
        tornado::log::gen_log(), "too large", {.level = tornado::log::Level::info}};
    BOOST_TEST(post_chunked(gzip(std::string(10'000'000, 'x')), 100).code == 413);
    BOOST_TEST(app->largest <= 1000U);
}

BOOST_FIXTURE_TEST_CASE(come_in_pieces_each_of_which_may_be_waited_for, GzipTest) {
    BOOST_TEST(post(gzip(std::string(100'000, 'x'))).body == "100000");
    BOOST_TEST(app->largest == 1000U);
}

BOOST_FIXTURE_TEST_CASE(in_other_codings_stay_as_they_are, GzipTest) {
    BOOST_TEST(post("hello", "br").body == "br - 5 hello");
}

BOOST_FIXTURE_TEST_CASE(stay_as_they_are_unless_asked_for, GzipTest) {
    options.decompress_request = false;
    BOOST_TEST(post("hello").body == "gzip - 5 hello");
}

BOOST_FIXTURE_TEST_CASE(that_are_cut_off_or_damaged_are_a_400, GzipTest) {
    const auto body = gzip("some text");
    BOOST_TEST(refusal(body.substr(0, body.size() - 1), "damaged or cut off") == 400);
    BOOST_TEST(refusal("some text", "damaged or cut off") == 400);
    BOOST_TEST(app->lost == 2);
}

BOOST_FIXTURE_TEST_CASE(beyond_the_limit_once_decoded_are_a_413, GzipTest) {
    BOOST_TEST(refusal(gzip(std::string(100'001, 'x')), "too large") == 413);
}

BOOST_FIXTURE_TEST_CASE(a_limit_raised_for_one_request_counts_for_what_is_decoded, GzipTest) {
    BOOST_TEST(post(gzip(std::string(200'000, 'x')), "gzip", "/large").body == "200000");
}

BOOST_FIXTURE_TEST_CASE(may_be_lost_in_the_middle_of_a_piece, GzipTest) {
    auto connection = connect();
    const auto body = gzip(std::string(100'000, 'x'));
    connection.send(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body
    );
    run([this]() -> Future<void> {
        while (app->largest == 0) {
            co_await gen::moment();
        }
    });
    http_server().close_all_connections();
    run([] { return gen::sleep(std::chrono::milliseconds{1}); });
    BOOST_TEST(app->lost == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
