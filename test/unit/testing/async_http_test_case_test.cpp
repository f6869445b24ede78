#include <tornado/testing/async_http_test_case.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <tornado/gen.hpp>
#include <tornado/httpclient.hpp>
#include <tornado/log.hpp>
#include <tornado/testing/expect_log.hpp>
#include <tornado/web.hpp>

namespace data = boost::unit_test::data;
namespace gen = tornado::gen;
namespace httpclient = tornado::httpclient;
namespace httputil = tornado::httputil;
namespace iostream = tornado::iostream;
namespace testing = tornado::testing;
namespace web = tornado::web;
using namespace std::chrono_literals;
using tornado::Future;

namespace {

struct Echo : web::RequestHandler {
    void get() {
        write(std::string{request().method()} + " " + std::string{request().uri()} + "\n");
        for (const auto [name, value] : request().headers()) {
            write(std::string{name} + ": " + std::string{value} + "\n");
        }
        write(request().body());
    }
    void post() { get(); }
    void put() { get(); }
};
struct Chunked : web::RequestHandler {
    Future<void> get() {
        for (const auto* piece : {"one ", "two ", "three"}) {
            write(piece);
            co_await flush();
        }
    }
};
struct Sleeper : web::RequestHandler {
    Future<void> get() { co_await gen::sleep(1h); }
};
struct Away : web::RequestHandler {
    void get() { redirect(get_argument("to"), get_argument("status", 302)); }
    void post() { get(); }
};

struct ServerTest : testing::AsyncHTTPTestCase {
    ServerTest() { tornado::log::access_log().set_level(std::nullopt); }
    ~ServerTest() override { tornado::log::access_log().clear_level(); }
    App get_app() override {
        ++apps;
        return std::make_shared<web::Application>(std::vector{
            web::url<Echo>("/path.*"),
            web::url<Chunked>("/chunked"),
            web::url<Sleeper>("/sleep"),
            web::url<Away>("/away")});
    }
    int apps = 0;
};

std::string header(const testing::HTTPResponse& response, std::string_view name) {
    return response.headers.get(name).value_or("(none)");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(async_http_test_case)

BOOST_FIXTURE_TEST_CASE(fetches_a_path, ServerTest) {
    const auto response = fetch("/path?a=b");
    BOOST_TEST(response.code == 200);
    BOOST_TEST(response.reason == "OK");
    BOOST_TEST(header(response, "Content-Type") == "text/html; charset=UTF-8");
    BOOST_TEST(response.body.starts_with("GET /path?a=b\n"));
    BOOST_TEST(response.effective_url == get_url("/path?a=b"));
    BOOST_TEST(apps == 1);
}

BOOST_FIXTURE_TEST_CASE(fetches_a_whole_url, ServerTest) {
    const auto port = std::to_string(get_http_port());
    BOOST_TEST(get_url("/path") == "http://127.0.0.1:" + port + "/path");
    BOOST_TEST(fetch(get_url("/path")).code == 200);
    BOOST_TEST(fetch("http://localhost:" + port + "/path#fragment").body.starts_with("GET /path\n")
    );
    BOOST_TEST(fetch("http://127.0.0.1:" + port + "?x").code == 404);
    BOOST_CHECK_THROW(fetch("http://127.0.0.1:0/"), std::invalid_argument);
}

BOOST_FIXTURE_TEST_CASE(the_port_is_that_of_the_server, ServerTest) {
    BOOST_TEST(get_http_port() == http_server().port());
    BOOST_TEST(get_http_port() > 0);
}

BOOST_FIXTURE_TEST_CASE(sends_method_headers_and_body, ServerTest) {
    const auto response = fetch(
        "/path",
        {.body = "the body",
         .headers = {{"X-Foo", "bar"}, {"Content-Type", "text/plain"}},
         .method = "PUT"}
    );
    for (const auto* line :
         {"PUT /path\n",
          "X-Foo: bar\n",
          "Content-Type: text/plain\n",
          "Content-Length: 8\n",
          "Connection: close\n",
          "\nthe body"}) {
        BOOST_TEST(response.body.find(line) != std::string::npos);
    }
    const auto form = fetch("/path", {.method = "POST"});
    BOOST_TEST(form.body.find("Content-Length: 0\n") != std::string::npos);
    BOOST_TEST(
        form.body.find("Content-Type: application/x-www-form-urlencoded\n") != std::string::npos
    );
}

BOOST_FIXTURE_TEST_CASE(lends_its_client, ServerTest) {
    httpclient::HTTPRequest request{get_url("/path")};
    request.method("PUT").body("more");
    const auto response = run([&] { return http_client().fetch(request); });
    BOOST_TEST(response.body.ends_with("\nmore"));
    teardown();
    BOOST_CHECK_THROW(http_client().fetch(request), std::logic_error);
}

BOOST_FIXTURE_TEST_CASE(reads_chunked_bodies, ServerTest) {
    BOOST_TEST(fetch("/chunked").body == "one two three");
}

BOOST_FIXTURE_TEST_CASE(gives_up_after_its_timeout, ServerTest) {
    BOOST_CHECK_THROW(fetch("/sleep", {.timeout = 5ms}), tornado::ioloop::TimeoutError);
    BOOST_TEST(fetch("/path").code == 200);
}

BOOST_FIXTURE_TEST_CASE(follows_redirects_unless_told_not_to, ServerTest) {
    BOOST_TEST(fetch("/away?to=/path").body.starts_with("GET /path\n"));
    BOOST_TEST(fetch("/away?to=/path").effective_url == get_url("/path"));
    BOOST_TEST(fetch("/away?to=path").body.starts_with("GET /path\n"));
    BOOST_TEST(fetch("/away?to=" + get_url("/path")).body.starts_with("GET /path\n"));
    const auto response = fetch("/away?to=/path", {.follow_redirects = false});
    BOOST_TEST(response.code == 302);
    BOOST_TEST(header(response, "Location") == "/path");
    const auto limited = fetch("/away?to=/away%3Fto=/path", {.max_redirects = 1});
    BOOST_TEST(limited.code == 302);
}

const std::pair<int, const char*> redirected_posts[] =
    {{301, "GET"}, {302, "GET"}, {303, "GET"}, {307, "POST"}, {308, "POST"}};

BOOST_DATA_TEST_CASE_F(
    ServerTest,
    redirected_post_keeps_its_method_when_it_must,
    data::xrange(std::size(redirected_posts)),
    i
) {
    const auto [status, method] = redirected_posts[i];
    const auto response =
        fetch("/away?to=/path&status=" + std::to_string(status), {.body = "x=y", .method = "POST"});
    BOOST_TEST(response.body.starts_with(method));
    BOOST_TEST(response.body.ends_with("x=y") == (status >= 307));
}

BOOST_FIXTURE_TEST_CASE(raw_connection_says_every_byte, ServerTest) {
    auto connection = connect();
    connection.send("GET /path HTTP/1.1\r\nHo");
    connection.send("st: a\r\n\r\nGET /chunked HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(connection.read_response().body == "GET /path\nHost: a\n");
    BOOST_TEST(connection.read_response().body == "one two three");
    connection.send("GET /none HTTP/1.0\r\n\r\n");
    BOOST_TEST(connection.read_until_close().starts_with("HTTP/1.1 404 Not Found\r\n"));
    BOOST_TEST(fetch_raw("GET /none HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 404 "));
}

BOOST_FIXTURE_TEST_CASE(raw_connection_skips_interim_responses, ServerTest) {
    auto connection = connect();
    connection.send(
        "PUT /path HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    );
    BOOST_TEST(connection.read_bytes(25) == "HTTP/1.1 100 Continue\r\n\r\n");
    connection.send("ok");
    BOOST_TEST(connection.read_response("PUT").body.ends_with("ok"));
}

BOOST_FIXTURE_TEST_CASE(server_options_come_from_the_test, ServerTest) {
    struct Strict : ServerTest {
        tornado::httpserver::HTTPServerOptions get_httpserver_options() override {
            return {.no_keep_alive = true};
        }
    };
    Strict test;
    const auto response = test.fetch("/path", {.headers = {{"Connection", "keep-alive"}}});
    BOOST_TEST(header(response, "Connection") == "close");
}

/// Answers in its own way, without an application.
struct Plain : httputil::HTTPServerConnectionDelegate {
    struct Answer : httputil::HTTPMessageDelegate {
        explicit Answer(httputil::HTTPConnection& where) : exchange{where} {}
        void finish() override { exchange.send_response(200, "", {}, "plain"); }
        httputil::HTTPConnection& exchange;
        Future<void> headers_received(httputil::RequestHead&, const httputil::Target&) override {
            return Future<void>::ready();
        }
    };
    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection& exchange
    ) override {
        return std::make_unique<Answer>(exchange);
    }
};
struct PlainTest : testing::AsyncHTTPTestCase {
    App get_app() override { return std::make_unique<Plain>(); }
};

BOOST_FIXTURE_TEST_CASE(serves_any_delegate, PlainTest) {
    BOOST_TEST(fetch("/").body == "plain");
}

BOOST_AUTO_TEST_CASE(teardown_closes_the_server) {
    ServerTest test;
    auto connection = test.connect();
    const auto port = test.get_http_port();
    test.teardown();
    ServerTest other;
    static_cast<void>(other.http_server());
    BOOST_CHECK_THROW(
        other.fetch("http://127.0.0.1:" + std::to_string(port) + "/"), std::system_error
    );
}

BOOST_AUTO_TEST_SUITE_END()
