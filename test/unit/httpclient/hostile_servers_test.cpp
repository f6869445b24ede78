#include <tornado/httpclient/errors.hpp>

#include <sys/socket.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <tornado/httputil/error.hpp>

#include "../http1connection/gzip.hpp"
#include "support.hpp"

namespace data = boost::unit_test::data;
using httputil::Errc;

namespace {

/// A whole response; its head is so long.
struct Whole {
    std::string head;
    std::string body;
};

std::ostream& operator<<(std::ostream& out, const Whole& whole) {
    return out << whole.head;
}

const std::string zipped = gzip("a text that is compressed");

const Whole whole_responses[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "hello"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
     "2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nT: x\r\n\r\n"},
    {"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n",
     "ok"},
    {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " +
         std::to_string(zipped.size()) + "\r\n\r\n",
     zipped},
    {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", zipped}};

/// A server that says so much of a response and closes, or resets the connection.
struct CuttingServer : TidyTest {
    Future<void> serve(iostream::IOStream& stream) {
        co_await stream.read_until("\r\n\r\n");
        co_await stream.write(text);
        if (resets) {
            const linger at_once{1, 0};
            ::setsockopt(stream.fileno(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        }
    }
    void check_ends(const Whole& whole, std::size_t from, std::size_t to) {
        const auto all = whole.head + whole.body;
        for (const bool reset : {false, true}) {
            resets = reset;
            for (auto size = from; size < to; ++size) {
                text = all.substr(0, size);
                BOOST_TEST_CONTEXT("after " << size << " bytes, reset: " << reset) {
                    BOOST_CHECK_THROW(fetch_from(server.url()), HTTPClientError);
                }
            }
        }
        BOOST_TEST(the_client().active_count() == 0U);
    }
    bool resets = false;
    std::string text;
    ScriptedServer server{[this](iostream::IOStream& stream, int) { return serve(stream); }};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(hostile_servers, TidyTest)

const std::string cut_off[] = {
    "",
    "HTTP",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"};

BOOST_DATA_TEST_CASE_F(TidyTest, that_close_early_are_errors, data::make(cut_off), text) {
    ScriptedServer server{ScriptedServer::says(text)};
    const auto error = failure<HTTPStreamClosedError>(server.url());
    BOOST_TEST(
        error.reason() ==
        make_error_code(text.empty() ? Errc::no_response : Errc::incomplete_message)
    );
    BOOST_TEST(the_client().active_count() == 0U);
}

BOOST_DATA_TEST_CASE_F(
    CuttingServer,
    that_close_in_a_head_are_errors,
    data::make(whole_responses),
    whole
) {
    check_ends(whole, 0, whole.head.size());
}

BOOST_DATA_TEST_CASE_F(
    CuttingServer,
    that_close_in_a_body_are_errors,
    data::make(whole_responses),
    whole
) {
    const auto end = whole.head.size() + whole.body.size();
    const bool may_be_empty = whole.head.find("-Length") == std::string::npos &&
                              whole.head.find("chunked") == std::string::npos;
    check_ends(whole, whole.head.size() + (may_be_empty ? 1 : 0), end);
    text = whole.head + whole.body;
    resets = false;
    BOOST_TEST(fetch_from(server.url()).code == 200);
}

BOOST_AUTO_TEST_CASE(that_answer_before_they_are_asked_are_heard) {
    ScriptedServer server{[](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.write("HTTP/1.1 408 Too Slow\r\nContent-Length: 0\r\n\r\n");
        co_await stream.read_until_close();
    }};
    BOOST_TEST(fetch_from(server.url(), false).code == 408);
}

BOOST_AUTO_TEST_CASE(that_refuse_a_large_body_unread_hold_nothing_up) {
    ScriptedServer server{[](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.write("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
    }};
    HTTPRequest request{server.url()};
    request.method("POST").body(std::string(10'000'000, 'b'));
    BOOST_CHECK_THROW(fetch_from(request), HTTPClientError);
    BOOST_TEST(the_client().active_count() == 0U);
}

const std::string answers[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"};

BOOST_DATA_TEST_CASE_F(
    TidyTest,
    that_answer_twice_are_not_asked_again_there,
    data::make(answers),
    answer
) {
    ScriptedServer server{[&](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        co_await stream.write(answer + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
        co_await stream.read_until("\r\n\r\n");
        co_await stream.write(answer);
    }};
    BOOST_TEST(fetch_from(server.url()).body == "ok");
    settle();
    BOOST_TEST(fetch_from(server.url()).body == "ok");
    BOOST_TEST(server.connections == 2);
}

BOOST_AUTO_TEST_CASE(with_endless_interim_responses_are_refused) {
    ScriptedServer server{[](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        while (true) {
            co_await stream.write("HTTP/1.1 102 Processing\r\n\r\n");
        }
    }};
    BOOST_TEST(
        failure<HTTPBadResponseError>(server.url()).reason() ==
        make_error_code(Errc::too_many_interim_responses)
    );
}

BOOST_AUTO_TEST_CASE(with_endless_interim_responses_are_given_up_in_time) {
    ScriptedServer server{[](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        while (true) {
            co_await stream.write("HTTP/1.1 102 Processing\r\n\r\n");
            co_await gen::moment();
        }
    }};
    BOOST_CHECK_THROW(
        fetch_from(HTTPRequest{server.url()}.request_timeout(100ms)), HTTPClientError
    );
    BOOST_TEST(the_client().active_count() == 0U);
}

BOOST_AUTO_TEST_CASE(with_a_head_without_end_are_refused) {
    ScriptedServer server{[](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        co_await stream.write("HTTP/1.1 200 OK\r\n");
        while (true) {
            co_await stream.write("X: " + std::string(1000, 'x') + "\r\n");
        }
    }};
    BOOST_TEST(
        failure<HTTPBadResponseError>(server.url()).reason() ==
        make_error_code(Errc::header_too_large)
    );
}

BOOST_AUTO_TEST_CASE(that_do_not_speak_http_are_refused) {
    ScriptedServer server{ScriptedServer::says("220 mail.example.com ESMTP\r\n")};
    const auto error = failure<HTTPBadResponseError>(server.url());
    BOOST_TEST(error.reason() == make_error_code(Errc::malformed_start_line));
    BOOST_TEST(error.message() == "Bad response: the start line is malformed");
}

BOOST_AUTO_TEST_CASE(that_are_not_there_are_told_as_they_are) {
    auto [socket, port] = testing::bind_unused_port();
    socket.close();
    const auto error = failure<std::system_error>("http://127.0.0.1:" + std::to_string(port));
    BOOST_CHECK(error.code() == std::errc::connection_refused);
    BOOST_TEST(std::string{error.what()}.find(std::to_string(port)) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(that_switch_protocols_unasked_are_refused) {
    ScriptedServer server{ScriptedServer::says(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"
    )};
    BOOST_TEST(
        failure<HTTPBadResponseError>(server.url()).reason() ==
        make_error_code(Errc::unasked_upgrade)
    );
}

BOOST_AUTO_TEST_CASE(that_switch_protocols_before_they_have_read_the_body_are_left) {
    bool ended = false;
    ScriptedServer server{[&](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        co_await stream.write(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"
        );
        try {
            while (true) {
                co_await stream.read_bytes(65'536, true);
            }
        } catch (const iostream::StreamClosedError&) {
            ended = true;
        }
    }};
    HTTPRequest request{server.url()};
    request.method("POST").body(std::string(20'000'000, 'x'));
    request.header("Connection", "Upgrade").header("Upgrade", "h2c");
    BOOST_TEST(failure<HTTPClientError>(request).code() == 101);
    while (!ended) {
        settle();
    }
    BOOST_TEST(the_client().active_count() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
