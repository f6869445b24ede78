#include <tornado/httpclient/http_request.hpp>

#include <boost/test/unit_test.hpp>

#include "support.hpp"

using httpclient::BodyWriter;

namespace {

Future<void> in_pieces(BodyWriter write) {
    for (const auto* piece : {"12", "345", "6789"}) {
        co_await gen::moment();
        co_await write(piece);
    }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(body_producer, ClientTest)

BOOST_AUTO_TEST_CASE(sends_chunks) {
    HTTPRequest request{"/"};
    request.method("POST").body_producer([](const BodyWriter& write) {
        write("1234");
        write("5678");
        return Future<void>::ready();
    });
    BOOST_TEST(fetch_from(request).body == "12345678");
    BOOST_TEST(last().header("Transfer-Encoding") == "chunked");
}

BOOST_AUTO_TEST_CASE(sends_an_announced_length) {
    HTTPRequest request{"/"};
    request.method("POST").header("Content-Length", "9").body_producer(in_pieces);
    BOOST_TEST(fetch_from(request).body == "123456789");
    BOOST_TEST(last().header("Content-Length") == "9");
    BOOST_TEST(last().header("Transfer-Encoding") == "(none)");
}

BOOST_AUTO_TEST_CASE(may_be_a_coroutine) {
    BOOST_TEST(
        fetch_from(HTTPRequest{"/"}.method("PUT").body_producer(in_pieces)).body == "123456789"
    );
    BOOST_TEST(fetch_from("/").time_info.connection_reused);
}

BOOST_AUTO_TEST_CASE(works_with_any_method) {
    HTTPRequest request{"/"};
    request.method("DELETE").allow_nonstandard_methods(true).body_producer(in_pieces);
    BOOST_TEST(fetch_from(request).body == "123456789");
}

BOOST_AUTO_TEST_CASE(that_is_cancelled_is_an_error) {
    HTTPRequest request{"/"};
    request.method("POST").body_producer([](const BodyWriter&) -> Future<void> {
        co_await gen::moment();
        throw tornado::CancelledError{};
    });
    const auto error = failure<HTTPClientError>(request);
    BOOST_TEST(error.code() == 599);
    BOOST_TEST(error.message() == "the body producer was cancelled");
}

BOOST_AUTO_TEST_CASE(that_throws_is_the_outcome) {
    HTTPRequest request{"/"};
    request.method("POST").body_producer([](const BodyWriter&) -> Future<void> {
        throw std::domain_error{"no body"};
    });
    BOOST_CHECK_THROW(fetch_from(request), std::domain_error);
    request.body_producer([](BodyWriter write) -> Future<void> {
        co_await write("some");
        throw std::domain_error{"no more"};
    });
    BOOST_CHECK_THROW(fetch_from(request), std::domain_error);
    BOOST_TEST(the_client().active_count() == 0U);
}

BOOST_AUTO_TEST_CASE(that_breaks_its_word_is_the_outcome) {
    HTTPRequest request{"/"};
    request.method("POST").header("Content-Length", "3").body_producer([](const BodyWriter& write) {
        return write("1234");
    });
    BOOST_CHECK_THROW(fetch_from(request), httputil::HTTPOutputError);
    request.body_producer([](const BodyWriter& write) { return write("12"); });
    BOOST_CHECK_THROW(fetch_from(request), httputil::HTTPOutputError);
}

BOOST_AUTO_TEST_CASE(excludes_a_body) {
    HTTPRequest request{"/"};
    request.method("POST").body("b").body_producer(in_pieces);
    BOOST_CHECK_THROW(fetch_from(request), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(waits_for_the_server) {
    std::size_t written = 0;
    ScriptedServer server{[&](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        for (int i = 0; i < 1000; ++i) {
            co_await gen::moment();
        }
        BOOST_TEST(written < 16'000'000U);
        co_await stream.read_until("\r\n0\r\n\r\n");
        co_await stream.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }};
    HTTPRequest request{server.url()};
    request.method("POST").body_producer([&](BodyWriter write) -> Future<void> {
        for (int i = 0; i < 200; ++i) {
            const auto piece = std::string(100'000, 'x');
            co_await write(piece);
            written += piece.size();
        }
    });
    BOOST_TEST(fetch_from(request).code == 200);
    BOOST_TEST(written == 20'000'000U);
}

BOOST_AUTO_TEST_CASE(ends_with_an_early_answer) {
    ScriptedServer server{[&](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        co_await stream.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nno!");
        co_await stream.read_until_close();
    }};
    std::optional<BodyWriter> late;
    bool cancelled = false;
    HTTPRequest request{server.url()};
    request.method("POST").body_producer([&](BodyWriter write) -> Future<void> {
        late.emplace(write);
        co_await write("some");
        try {
            co_await gen::sleep(1h);
        } catch (const tornado::CancelledError&) {
            cancelled = true;
            throw;
        }
    });
    const auto error = failure<HTTPClientError>(request);
    BOOST_TEST(error.code() == 413);
    BOOST_TEST(error.response()->body == "no!");
    BOOST_TEST(cancelled);
    BOOST_CHECK_THROW((*late)("more").result(), iostream::StreamClosedError);
}

BOOST_AUTO_TEST_CASE(waits_for_100_continue) {
    bool asked = false;
    ScriptedServer server{[&](iostream::IOStream& stream, int) -> Future<void> {
        const auto head = co_await stream.read_until("\r\n\r\n");
        BOOST_TEST(head.find("Expect: 100-continue\r\n") != std::string::npos);
        for (int i = 0; i < 20; ++i) {
            co_await gen::moment();
        }
        BOOST_TEST(!asked);
        co_await stream.write("HTTP/1.1 100 Continue\r\n\r\n");
        const auto body = co_await stream.read_bytes(4);
        const auto answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + body;
        co_await stream.write(answer);
    }};
    HTTPRequest request{server.url()};
    request.method("POST")
        .header("Content-Length", "4")
        .expect_100_continue(true)
        .body_producer([&](const BodyWriter& write) {
            asked = true;
            return write("1234");
        });
    BOOST_TEST(fetch_from(request).body == "1234");
    BOOST_TEST(asked);
}

BOOST_AUTO_TEST_CASE(a_plain_body_waits_for_100_continue_too) {
    BOOST_TEST(
        fetch_from(HTTPRequest{"/"}.method("POST").body("1234").expect_100_continue(true)).body ==
        "1234"
    );
    BOOST_TEST(last().header("Expect") == "100-continue");
}

BOOST_AUTO_TEST_CASE(an_answer_instead_of_100_continue_is_the_response) {
    ScriptedServer server{
        ScriptedServer::says("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")};
    const auto error = failure<HTTPClientError>(
        HTTPRequest{server.url()}.method("POST").body("1234").expect_100_continue(true)
    );
    BOOST_TEST(error.code() == 403);
    BOOST_TEST(error.response()->body == "no");
}

BOOST_AUTO_TEST_SUITE_END()
