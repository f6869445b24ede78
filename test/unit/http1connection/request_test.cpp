#include <tornado/http1connection/server_connection.hpp>

#include "support.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

namespace {

/// A good input and all that the server answers to it.
struct Good {
    std::string_view what;
    std::string input;
    std::string answer;
    bool closes = false;
};
std::ostream& operator<<(std::ostream& out, const Good& good) {
    return out << good.what;
}

constexpr std::string_view close_field = "Connection: close\r\n";
constexpr std::string_view keep_field = "Connection: Keep-Alive\r\n";

std::string get(std::string_view fields) {
    return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string{fields} + "\r\n";
}
std::string chunked(std::string_view body) {
    return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string{body};
}

const Good requests[] = {
    {"a plain request", get(""), ok("GET a/ []")},
    {"an unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", ok("BREW a/ []")},
    {"a blank line before it", "\r\n" + get(""), ok("GET a/ []")},
    {"bare LF", "GET / HTTP/1.1\nHost: a\n\n", ok("GET a/ []")},
    {"HTTP/1.2 as HTTP/1.1", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", ok("GET a/ []")},
    {"a Host with port", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", ok("GET [::1]:80/ []")},
    {"absolute form: it replaces Host",
     "GET http://b:8/c?d HTTP/1.1\r\nHost: a\r\n\r\n",
     ok("GET b:8/c []")},
    {"absolute form without a path", "GET http://b?d HTTP/1.1\r\nHost: a\r\n\r\n", ok("GET b/ []")},
    {"asterisk form", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", ok("OPTIONS a* []")},
    {"a folded field", get("A: b\r\n c\r\n\td\r\n"), ok("GET a/ []")},
    {"a field with an empty value", get("A:\r\nB: \t\r\n"), ok("GET a/ []")},
    {"high bytes in a value", get("A: \xe4\xff\r\n"), ok("GET a/ []")},

    {"a body with its length",
     "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
     ok("POST a/p [hello]")},
    {"an empty body",
     "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
     ok("POST a/p []")},
    {"a length with leading zeros",
     "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 0005\r\n\r\nhello",
     ok("POST a/p [hello]")},
    {"the same length twice",
     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
     ok("POST a/ [hello]")},
    {"the same length as a list",
     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello",
     ok("POST a/ [hello]")},
    {"a body with GET",
     "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
     ok("GET a/ [hello]")},
    {"a chunked body",
     chunked("5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n"),
     ok("POST a/ [hello, world]")},
    {"a chunked body in capitals",
     "POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: \t CHUNKED \r\n\r\n1\r\nx\r\n0\r\n\r\n",
     ok("POST a/ [x]")},
    {"an empty chunked body", chunked("0\r\n\r\n"), ok("POST a/ []")},
    {"sizes in capitals and with zeros",
     chunked("00A\r\n0123456789\r\n000\r\n\r\n"),
     ok("POST a/ [0123456789]")},
    {"chunk extensions, which are skipped",
     chunked("5;a;b=c ; d=\"e;\\\"f\"\r\nhello\r\n0;last\r\n\r\n"),
     ok("POST a/ [hello]")},
    {"trailers, which are read",
     chunked("1\r\nx\r\n0\r\nA: b\r\nContent-Length: 7\r\n\r\n"),
     ok("POST a/ [x]")},

    {"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", ok("GET / []", close_field), true},
    {"HTTP/1.0 with Host", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", ok("GET a/ []", close_field), true},
    {"HTTP/1.0 that stays",
     "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
     ok("GET / []", keep_field)},
    {"HTTP/1.0 that stays, in a list",
     "GET / HTTP/1.0\r\nConnection: x, keep-alive\r\n\r\n",
     ok("GET / []", keep_field)},
    {"HTTP/1.0 with a body",
     "POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi",
     ok("POST / [hi]", keep_field)},
    {"HTTP/1.0 POST without a length",
     "POST / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
     ok("POST / []", close_field),
     true},
    {"HTTP/1.0 that expects",
     "POST / HTTP/1.0\r\nExpect: miracles\r\nContent-Length: 0\r\n\r\n",
     ok("POST / []", close_field),
     true},
    {"close", get("Connection: close\r\n"), ok("GET a/ []", close_field), true},
    {"close in a list", get("Connection: foo, Close\r\n"), ok("GET a/ []", close_field), true},
    {"close in a second field",
     get("Connection: foo\r\nConnection: close\r\n"),
     ok("GET a/ []", close_field),
     true},
    {"what only looks like close", get("Connection: closed\r\n"), ok("GET a/ []")},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(requests_in)

BOOST_DATA_TEST_CASE(
    each_is_answered_however_it_is_cut,
    boost::unit_test::data::make(requests),
    good
) {
    Server server;
    const auto outcome = outcome_in_pieces(server, good.input);
    BOOST_TEST(outcome.text == good.answer);
    BOOST_TEST(outcome.ended == good.closes);
    BOOST_TEST(server.connections.size() == 0U);
    BOOST_TEST(server.application.alive == 0);
}

BOOST_DATA_TEST_CASE(
    each_leaves_the_connection_to_the_next,
    boost::unit_test::data::make(requests),
    good
) {
    Server server;
    const auto twice = good.input + good.input;
    const auto outcome = outcome_in_pieces(server, twice);
    BOOST_TEST(outcome.text == (good.closes ? good.answer : good.answer + good.answer));
    BOOST_TEST(outcome.ended == good.closes);
}

BOOST_AUTO_TEST_CASE(the_delegate_hears_of_a_request_in_order) {
    Server server;
    const auto outcome = outcome_of(server, chunked("1\r\nx\r\n1\r\ny\r\n0\r\n\r\n"));
    BOOST_TEST(
        server.application.events == (Events{"headers POST /", "data", "data", "finish"}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(outcome.text == ok("POST a/ [xy]"));
}

BOOST_AUTO_TEST_CASE(no_keep_alive_closes_after_each_response) {
    Server server;
    server.parameters.no_keep_alive = true;
    const auto outcome = outcome_in_pieces(server, get("") + get(""));
    BOOST_TEST(outcome.text == ok("GET a/ []", close_field));
    BOOST_TEST(outcome.ended);
}

BOOST_AUTO_TEST_CASE(a_response_that_says_close_closes) {
    Server server;
    server.application.on_finish = [](Request& request) {
        request.answer(200, "x", httputil::HTTPHeaders{{"Connection", "foo, Close"}});
    };
    Client client{server};
    client.send(get("") + get(""));
    BOOST_TEST(
        client.said() == "HTTP/1.1 200 OK\r\nConnection: foo, Close\r\nContent-Length: 1\r\n\r\nx"
    );
    BOOST_TEST(client.ended);
}

BOOST_AUTO_TEST_CASE(a_response_that_wants_to_stay_cannot_when_the_client_leaves) {
    Server server;
    server.application.on_finish = [](Request& request) {
        request.answer(200, "x", httputil::HTTPHeaders{{"Connection", "keep-alive"}});
    };
    Client client{server};
    client.send(get("Connection: close\r\n"));
    BOOST_TEST(client.text.find("\r\nConnection: close\r\n") != std::string::npos);
    BOOST_TEST(client.ended);
}

BOOST_AUTO_TEST_CASE(the_request_keeps_its_views_while_more_input_comes) {
    Server server;
    std::vector<Request*> late;
    httputil::ExchangeRef held;
    server.application.on_finish = [&](Request& request) {
        late.push_back(&request);
        held = request.hold();
    };
    Client client{server};
    client.send("GET /a/long/path/that/fits/no/small/string HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 0; i < 40; ++i) {
        client.send("GET /" + std::string(1000, 'b') + " HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    BOOST_REQUIRE(late.size() == 1U);
    BOOST_TEST(late[0]->target_view == "/a/long/path/that/fits/no/small/string");
    client.close();
    server.turn();
    BOOST_TEST(late[0]->target_view == "/a/long/path/that/fits/no/small/string");
}

BOOST_AUTO_TEST_SUITE_END()
