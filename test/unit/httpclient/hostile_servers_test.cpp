#include <tornado/httpclient/errors.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <tornado/httputil/error.hpp>

#include "support.hpp"

namespace data = boost::unit_test::data;
using httputil::Errc;

BOOST_FIXTURE_TEST_SUITE(hostile_servers, ClientTest)

const std::string cut_off[] = {
    "",
    "HTTP",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"};

BOOST_DATA_TEST_CASE_F(ClientTest, that_close_early_are_errors, data::make(cut_off), text) {
    ScriptedServer server{ScriptedServer::says(text)};
    const auto error = failure<HTTPStreamClosedError>(server.url());
    BOOST_TEST(
        error.reason() ==
        make_error_code(text.empty() ? Errc::no_response : Errc::incomplete_message)
    );
    BOOST_TEST(the_client().active_count() == 0U);
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

BOOST_AUTO_TEST_SUITE_END()
