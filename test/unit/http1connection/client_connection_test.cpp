#include <tornado/http1connection/client_connection.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "client_support.hpp"

namespace data = boost::unit_test::data;
using httputil::Errc;
using httputil::HTTPOutputError;
using tornado::iostream::StreamClosedError;

BOOST_AUTO_TEST_SUITE(client_requests)

BOOST_AUTO_TEST_CASE(a_request_goes_out_as_it_is_given) {
    ToServer to;
    to.get("GET", {{"Host", "example.com"}, {"X-Y", "z"}});
    BOOST_TEST(to.hear() == "GET / HTTP/1.1\r\nHost: example.com\r\nX-Y: z\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(a_target_may_have_any_length) {
    for (const std::size_t length : {1U, 112U, 113U, 114U, 115U, 116U, 117U, 118U, 5'000U}) {
        ToServer to;
        const auto target = "/" + std::string(length - 1, 'x');
        to.connection->send_request("GET", target, {});
        BOOST_TEST(to.hear() == "GET " + target + " HTTP/1.1\r\n\r\n");
    }
}

BOOST_AUTO_TEST_CASE(a_request_goes_out_at_the_end_of_the_turn) {
    ToServer to;
    to.connection->send_request("GET", "/", {});
    char byte = 0;
    BOOST_TEST(::recv(to.fd, &byte, 1, MSG_DONTWAIT) == -1);
    BOOST_TEST(to.hear() == "GET / HTTP/1.1\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(a_request_that_is_given_up_in_its_turn_does_not_go_out) {
    ToServer to;
    to.connection->send_request("GET", "/", {});
    to.connection->close();
    BOOST_TEST(to.hear().empty());
    BOOST_TEST(to.ended);
}

/// One that has had its first response, in a batch of events in which the server speaks unasked
/// behind what makes it send the next request.
struct Unasked : ToServer {
    Unasked() {
        get();
        say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        hear();
        response.events.clear();
        loop.add_handler(
            other[0],
            [this](int, auto) {
                loop.remove_handler(other[0]);
                connection->send_request("POST", "/", {{"Content-Length", "1"}}, "x");
                connection->start_reading(response, limits);
            },
            tornado::ioloop::Events::read
        );
        turn();
        static_cast<void>(::send(other[1], "x", 1, 0));
    }
    ~Unasked() {
        ::close(other[0]);
        ::close(other[1]);
    }

    std::array<int, 2> other = Client::socket_pair(SOCK_STREAM);
};

BOOST_AUTO_TEST_CASE(what_comes_before_a_request_has_left_does_not_answer_it) {
    Unasked to;
    to.say("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
    BOOST_TEST(to.response.failed());
    BOOST_TEST(to.connection->nothing_sent());
    BOOST_TEST(!to.connection->response_begun());
    BOOST_TEST(to.hear().empty());
    BOOST_TEST(to.ended);
}

BOOST_AUTO_TEST_CASE(a_connection_that_ends_before_a_request_has_left_has_not_got_it) {
    Unasked to;
    to.close();
    to.turn();
    BOOST_TEST(to.response.failed());
    BOOST_TEST(to.connection->nothing_sent());
}

BOOST_AUTO_TEST_CASE(responses_that_have_come_are_read_all_before_any_is_handled) {
    ToServer to;
    const auto ends = Client::socket_pair(SOCK_STREAM);
    const int own_end = ends[1];
    const auto second = HTTP1ClientConnection::open(
        tornado::iostream::StreamCore::open(to.loop, tornado::netutil::Socket{own_end})
    );
    Response other;
    to.get();
    second->send_request("GET", "/", {});
    second->start_reading(other);
    to.turn();
    bool was_read = false;
    const auto look = [&] {
        char byte = 0;
        was_read = ::recv(own_end, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == -1;
    };
    to.response.on_finish = look;
    constexpr std::string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    BOOST_TEST(::send(to.fd, ok.data(), ok.size(), 0) == static_cast<ssize_t>(ok.size()));
    BOOST_TEST(::send(ends[0], ok.data(), ok.size(), 0) == static_cast<ssize_t>(ok.size()));
    to.turn();
    BOOST_TEST(was_read);
    BOOST_TEST(other.finished());
    ::close(ends[0]);
}

BOOST_AUTO_TEST_CASE(a_body_with_a_length_follows_its_head) {
    ToServer to;
    to.connection->send_request("POST", "/p", {{"Content-Length", "3"}}, "abc");
    BOOST_TEST(to.hear() == "POST /p HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc");
}

BOOST_AUTO_TEST_CASE(a_body_without_a_length_is_chunked) {
    ToServer to;
    to.connection->write_headers("PUT", "/p", {}, "abc");
    to.connection->write(std::string(20, 'x'));
    to.connection->finish();
    BOOST_TEST(
        to.hear() == "PUT /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n14\r\n" +
                         std::string(20, 'x') + "\r\n0\r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(any_method_is_chunked_on_demand) {
    ToServer to;
    to.connection->write_headers("DELETE", "/p", {{"Transfer-Encoding", "chunked"}});
    to.connection->write("abc");
    to.connection->finish();
    BOOST_TEST(
        to.hear() == "DELETE /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(large_pieces_arrive_whole) {
    ToServer to;
    const std::string large(100'000, 'l');
    to.connection->write_headers("PUT", "/p", {{"Content-Length", "200000"}}, large);
    to.connection->write(large);
    to.connection->finish();
    const auto heard = to.hear();
    BOOST_TEST(heard.size() == 200'000 + heard.find("\r\n\r\n") + 4);
}

BOOST_AUTO_TEST_CASE(a_body_longer_than_its_length_breaks_the_connection) {
    ToServer to;
    to.connection->write_headers("PUT", "/", {{"Content-Length", "2"}});
    to.connection->start_reading(to.response);
    BOOST_CHECK_THROW(to.connection->write("abc"), HTTPOutputError);
    BOOST_TEST(to.connection->closed());
    BOOST_TEST(to.response.failed());
    BOOST_CHECK_THROW(to.connection->write("a").result(), StreamClosedError);
}

BOOST_AUTO_TEST_CASE(a_body_shorter_than_its_length_breaks_the_connection) {
    ToServer to;
    to.connection->write_headers("PUT", "/", {{"Content-Length", "2"}});
    BOOST_CHECK_THROW(to.connection->finish(), HTTPOutputError);
    BOOST_TEST(to.connection->closed());
}

BOOST_AUTO_TEST_CASE(a_get_without_a_length_has_no_body) {
    ToServer to;
    to.connection->write_headers("GET", "/", {});
    BOOST_CHECK_THROW(to.connection->write("abc"), HTTPOutputError);
}

BOOST_AUTO_TEST_CASE(what_would_be_read_differently_is_not_sent) {
    ToServer to;
    BOOST_CHECK_THROW(to.connection->send_request("G ET", "/", {}), HTTPOutputError);
    BOOST_CHECK_THROW(to.connection->send_request("GET", "/ x", {}), HTTPOutputError);
    BOOST_CHECK_THROW(to.connection->send_request("GET", "/\r\nX: y", {}), HTTPOutputError);
    BOOST_CHECK_THROW(to.connection->send_request("GET", "", {}), HTTPOutputError);
    BOOST_CHECK_THROW(
        to.connection->send_request("PUT", "/", {{"Content-Length", "x"}}), HTTPOutputError
    );
    BOOST_CHECK_THROW(
        to.connection->send_request(
            "PUT", "/", {{"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}}, "a"
        ),
        HTTPOutputError
    );
    BOOST_CHECK_THROW(
        to.connection->send_request("PUT", "/", {{"Transfer-Encoding", "gzip"}}), HTTPOutputError
    );
    BOOST_TEST(to.connection->is_reusable());
    BOOST_TEST(to.hear().empty());
}

BOOST_AUTO_TEST_CASE(misuse_throws_at_once) {
    ToServer to;
    BOOST_CHECK_THROW(to.connection->start_reading(to.response), std::logic_error);
    BOOST_CHECK_THROW(to.connection->write("a"), HTTPOutputError);
    BOOST_CHECK_THROW(to.connection->finish(), HTTPOutputError);
    BOOST_CHECK_THROW(to.connection->detach(), std::logic_error);
    to.get();
    BOOST_CHECK_THROW(to.connection->send_request("GET", "/", {}), std::logic_error);
    BOOST_CHECK_THROW(to.connection->start_reading(to.response), std::logic_error);
    to.connection->close();
    BOOST_CHECK_THROW(to.connection->send_request("GET", "/", {}), std::logic_error);
}

BOOST_AUTO_TEST_CASE(writing_waits_while_the_server_takes_nothing) {
    ToServer to;
    to.connection->write_headers("PUT", "/", {{"Transfer-Encoding", "chunked"}});
    const auto written = to.connection->write(std::string(8'000'000, 'x'));
    to.turn();
    BOOST_TEST(!written.done());
    to.hear();
    BOOST_TEST(written.done());
    written.result();
}

BOOST_AUTO_TEST_CASE(who_waits_to_write_hears_of_the_end) {
    ToServer to;
    to.connection->write_headers("PUT", "/", {{"Transfer-Encoding", "chunked"}});
    const auto written = to.connection->write(std::string(8'000'000, 'x'));
    to.turn();
    to.connection->close();
    BOOST_CHECK_THROW(written.result(), StreamClosedError);
    BOOST_CHECK_THROW(to.connection->write("x").result(), StreamClosedError);
    to.connection->finish();  // harmless
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(client_reuse)

BOOST_AUTO_TEST_CASE(another_exchange_may_begin_at_the_end_of_the_former) {
    ToServer to;
    Response second;
    to.response.on_finish = [&] {
        to.connection->send_request("GET", "/second", {});
        to.connection->start_reading(second);
    };
    to.get();
    to.say(whole_responses[0]);
    BOOST_TEST(to.hear().find("GET /second") != std::string::npos);
    to.say(whole_responses[1]);
    BOOST_TEST(second.body == "hello");
    BOOST_TEST(to.connection->is_reusable());
}

const std::string last_responses[] = {
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\n",
};

BOOST_DATA_TEST_CASE(some_responses_are_the_last, data::make(last_responses), text) {
    ToServer to;
    int told = 0;
    to.connection->set_close_callback([&] { ++told; });
    to.get();
    to.say(text);
    BOOST_TEST(to.response.finished());
    BOOST_TEST(to.response.body == "hello");
    BOOST_TEST(!to.done->result());
    BOOST_TEST(to.connection->closed());
    BOOST_TEST(told == 1);
}

BOOST_AUTO_TEST_CASE(a_request_may_be_the_last) {
    ToServer to;
    to.get("GET", {{"Connection", "close"}});
    to.say(whole_responses[0]);
    BOOST_TEST(to.response.finished());
    BOOST_TEST(to.connection->closed());
}

BOOST_AUTO_TEST_CASE(an_idle_connection_that_speaks_is_closed) {
    ToServer to;
    int told = 0;
    to.connection->set_close_callback([&] { ++told; });
    to.get();
    to.say(whole_responses[0]);
    BOOST_TEST(to.connection->is_reusable());
    to.say("HTTP/1.1 408 Request Timeout\r\n\r\n");
    BOOST_TEST(to.connection->closed());
    BOOST_TEST(told == 1);
}

BOOST_AUTO_TEST_CASE(an_idle_connection_that_ends_is_closed) {
    ToServer to;
    int told = 0;
    to.connection->set_close_callback([&] { ++told; });
    to.get();
    to.say(whole_responses[0]);
    to.close();
    to.turn();
    BOOST_TEST(to.connection->closed());
    BOOST_TEST(told == 1);
    BOOST_TEST(to.response.finished());
}

BOOST_AUTO_TEST_CASE(an_answer_before_the_request_is_complete_ends_the_connection) {
    ToServer to;
    to.connection->write_headers("PUT", "/", {{"Content-Length", "10"}}, "abc");
    to.connection->start_reading(to.response);
    to.say("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
    BOOST_TEST(to.response.finished());
    BOOST_TEST(to.response.code == 413);
    BOOST_TEST(to.connection->closed());
    BOOST_CHECK_THROW(to.connection->write("defghij").result(), StreamClosedError);
}

BOOST_AUTO_TEST_CASE(an_answer_is_read_although_the_rest_of_the_request_finds_no_taker) {
    ToServer to;
    to.connection->write_headers("PUT", "/", {{"Transfer-Encoding", "chunked"}});
    to.connection->start_reading(to.response);
    to.connection->write(std::string(8'000'000, 'x'));
    to.turn();
    const std::string answer = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 20000\r\n\r\n" +
                               std::string(20'000, 'a');
    BOOST_TEST(::send(to.fd, answer.data(), answer.size(), 0) == static_cast<long>(answer.size()));
    to.close();
    to.turn();
    BOOST_TEST(to.response.code == 413);
    BOOST_TEST(to.response.body.size() == 20'000U);
    BOOST_TEST(to.response.finished());
}

BOOST_AUTO_TEST_CASE(a_server_that_takes_no_more_and_says_nothing_is_an_error) {
    ToServer to;
    to.connection->write_headers("PUT", "/", {{"Transfer-Encoding", "chunked"}});
    to.connection->start_reading(to.response);
    to.connection->write(std::string(8'000'000, 'x'));
    to.turn();
    to.close();
    to.turn();
    BOOST_TEST(to.response.failed());
    BOOST_CHECK(to.error());
}

BOOST_AUTO_TEST_CASE(an_end_before_reading_begins_comes_out_of_the_reading) {
    ToServer to;
    to.connection->send_request("GET", "/", {});
    to.close();
    to.turn();
    const auto done = to.connection->read_response(to.response);
    to.turn();
    BOOST_CHECK_THROW(done.result(), StreamClosedError);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(client_tunnels)

BOOST_AUTO_TEST_CASE(an_upgrade_that_was_asked_for_frees_the_stream) {
    ToServer to;
    to.get("GET", {{"Connection", "Upgrade"}, {"Upgrade", "chat"}});
    to.say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\nConnection: upgrade\r\n\r\nhi");
    BOOST_TEST(to.response.finished());
    BOOST_TEST(!to.connection->is_reusable());
    const auto stream = to.connection->detach();
    BOOST_TEST(stream->input().view() == "hi");
    BOOST_TEST(!stream->closed());
    BOOST_CHECK_THROW(to.connection->detach(), std::logic_error);
    stream->close();
}

const std::string tunnels[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nContent-Length: 8\r\n\r\n",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: odd\r\n\r\n"};

BOOST_DATA_TEST_CASE(
    a_tunnel_frees_the_stream_whatever_fields_there_are,
    data::make(tunnels),
    text
) {
    ToServer to;
    to.connection->send_request("CONNECT", "example.com:443", {{"Host", "example.com:443"}});
    to.connection->start_reading(to.response);
    to.say(text);
    BOOST_TEST(to.response.finished());
    const auto stream = to.connection->detach();
    BOOST_TEST(!stream->closed());
    stream->close();
}

BOOST_AUTO_TEST_CASE(a_tunnel_that_is_refused_is_a_response) {
    ToServer to;
    to.connection->send_request("CONNECT", "example.com:443", {});
    to.connection->start_reading(to.response);
    to.say("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno");
    BOOST_TEST(to.response.body == "no");
    BOOST_TEST(to.connection->is_reusable());
}

BOOST_AUTO_TEST_CASE(a_tunnel_that_nobody_takes_is_closed) {
    ToServer to;
    to.connection->send_request("CONNECT", "example.com:443", {});
    to.connection->start_reading(to.response);
    to.say("HTTP/1.1 200 OK\r\n\r\n");
    to.connection = {};
    to.hear();
    BOOST_TEST(to.ended);
}

BOOST_AUTO_TEST_CASE(a_tunnel_that_closes_before_the_request_has_gone_out_hears_nothing_more) {
    ToServer to;
    to.response.on_finish = [&] {
        to.connection->close();
        to.connection = {};
    };
    to.connection->send_request(
        "POST",
        "/",
        {{"Connection", "Upgrade"}, {"Content-Length", "20000000"}, {"Upgrade", "chat"}},
        std::string(20'000'000, 'x')
    );
    to.connection->start_reading(to.response);
    to.say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\nConnection: upgrade\r\n\r\n");
    BOOST_TEST(to.response.finished());
    BOOST_TEST(to.hear().size() < 20'000'000U);
    BOOST_TEST(to.ended);
}

BOOST_AUTO_TEST_SUITE_END()
