#include <tornado/http1connection/server_connection.hpp>

#include "../log_capture.hpp"
#include "support.hpp"

#include <poll.h>

#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;

namespace {

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view post_head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(lifetimes)

BOOST_AUTO_TEST_CASE(a_client_that_ends_its_side_gets_its_answer) {
    Server server;
    Client client{server};
    client.send(get);
    client.shut_output();
    server.turn();
    BOOST_TEST(client.take().said() == ok("GET a/ []"));
    BOOST_TEST(client.ended);
    BOOST_TEST(closes(server) == 0);
    BOOST_TEST(server.connections.size() == 0U);
}

BOOST_AUTO_TEST_CASE(it_gets_it_later_too_and_the_delegate_knows) {
    Server server;
    Late late{server.application};
    Client client{server};
    client.send(get);
    client.shut_output();
    server.turn();
    BOOST_TEST(closes(server) == 1);
    BOOST_TEST(!client.take().ended);
    late.answer("later");
    server.turn();
    BOOST_TEST(client.take().said() == ok("later"));
    BOOST_TEST(client.ended);
    BOOST_TEST(closes(server) == 1);
}

BOOST_AUTO_TEST_CASE(it_gets_the_answers_to_all_it_sent) {
    Server server;
    Late late{server.application};
    Client client{server};
    client.send(std::string{get} + std::string{get} + std::string{get});
    client.shut_output();
    server.turn();
    for (int i = 1; i <= 3; ++i) {
        BOOST_TEST(closes(server) == i);  // each is told once
        late.answer("later");
        server.turn();
    }
    BOOST_TEST(client.take().said() == ok("later") + ok("later") + ok("later"));
    BOOST_TEST(client.ended);
}

BOOST_AUTO_TEST_CASE(it_gets_an_answer_that_takes_long_to_send) {
    Server server;
    Late late{server.application};
    Client client{server};
    client.send(get);
    late.answer(std::string(10'000'000, 'x'));
    server.turn();
    client.shut_output();
    server.turn();
    client.take_to_end();
    BOOST_TEST(client.text.size() > 10'000'000U);
    BOOST_TEST(!client.broken);
}

BOOST_AUTO_TEST_CASE(it_gets_the_last_one_to_its_end) {
    Server server;
    server.application.on_finish = [](Request& request) {
        request.answer(std::string(200'000, 'x'));  // less than the high-water mark
    };
    Client client{server};
    const int small = 4096;
    ::setsockopt(client.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    client.put(get);
    client.put(get);
    client.shut_output();
    server.turn();
    client.take_to_end();
    BOOST_TEST(client.text.size() > 400'000U);
}

BOOST_AUTO_TEST_CASE(a_request_cut_short_ends_without_an_answer) {
    Server server;
    for (const auto& [input, told] :
         {std::pair<std::string_view, int>{"", 0}, {get.substr(0, 10), 0}, {post_head, 1}}) {
        server.application.events.clear();
        Client client{server};
        client.send(input);
        client.shut_output();
        server.turn();
        BOOST_TEST(client.take().ended);
        BOOST_TEST(client.text.empty());
        BOOST_TEST(closes(server) == told);
        BOOST_TEST(server.connections.size() == 0U);
    }
}

BOOST_AUTO_TEST_CASE(a_body_that_is_complete_is_used_though_the_client_has_gone) {
    Server server;
    Promise<void> considered;
    server.application.on_headers = [&](Request&) { return considered.future(); };
    Client client{server};
    client.send(std::string{post_head} + "hello");
    client.shut_output();
    server.turn();
    BOOST_TEST(closes(server) == 0);
    considered.set_result();
    server.turn();
    BOOST_TEST(client.take().said() == ok("POST a/ [hello]"));
    BOOST_TEST(client.ended);
}

BOOST_AUTO_TEST_CASE(a_client_that_vanishes_is_told_once_in_each_state) {
    for (const auto& input :
         {std::string{post_head}, std::string{post_head} + "he", std::string{get}}) {
        for (const bool by_server : {false, true}) {
            Server server;
            const Late late{server.application};
            Client client{server};
            client.send(input);
            if (by_server) {
                server.connections.close_all();
            } else {
                client.close();
            }
            server.turn();
            server.connections.close_all();
            server.turn();
            BOOST_TEST(closes(server) == 1);
            BOOST_TEST(server.application.events.back() == "close");
            BOOST_TEST(server.connections.size() == 0U);
        }
    }
}

BOOST_AUTO_TEST_CASE(an_answer_to_one_who_has_gone_does_no_harm) {
    Server server;
    Late late{server.application};
    Client client{server};
    client.send(get);
    client.close();
    server.turn();
    late.answer(std::string(1'000'000, 'x'));
    server.turn();
    BOOST_TEST(server.connections.size() == 0U);
    BOOST_TEST(server.application.alive == 0);
}

BOOST_AUTO_TEST_CASE(closing_all_works_in_each_state) {
    Server server;
    Late late{server.application};
    Client idle{server};
    Client in_head{server};
    in_head.send(get.substr(0, 5));
    Client in_body{server};
    in_body.send(post_head);
    Client refused{server};
    refused.send("x\r\n\r\n");
    Client waiting{server};
    waiting.send(get);
    BOOST_TEST(server.connections.size() == 5U);
    server.connections.close_all();
    BOOST_TEST(server.connections.size() == 0U);
    server.turn();
    for (auto* const client : {&idle, &in_head, &in_body, &refused, &waiting}) {
        BOOST_TEST(client->take().ended);
    }
    BOOST_TEST(closes(server) == 2);
    late.held = {};
    BOOST_TEST(server.application.alive == 0);
}

BOOST_AUTO_TEST_CASE(a_request_may_close_all_from_within) {
    for (const std::string_view where : {"headers", "data", "finish"}) {
        Server server;
        const auto close = [&](std::string_view here) {
            if (here == where) {
                server.connections.close_all();
            }
            return Future<void>::ready();
        };
        server.application.on_headers = [&](Request&) { return close("headers"); };
        server.application.on_data = [&](Request&, auto) { return close("data"); };
        server.application.on_finish = [&](Request&) { close("finish"); };
        Client client{server};
        client.send(std::string{post_head} + "hello" + std::string{get});
        BOOST_TEST(client.ended);
        BOOST_TEST(client.text.empty());
        BOOST_TEST(closes(server) == 1);
        BOOST_TEST(server.application.alive == 0);
    }
}

BOOST_AUTO_TEST_CASE(a_request_may_close_all_after_it_was_waited_for) {
    Server server;
    Promise<void> considered;
    server.application.on_headers = [&](Request&) { return considered.future(); };
    server.application.on_finish = [&](Request&) { server.connections.close_all(); };
    Client client{server};
    client.send(get);
    considered.set_result();
    server.turn();
    BOOST_TEST(client.take().ended);
    BOOST_TEST(closes(server) == 1);
    BOOST_TEST(server.application.alive == 0);
}

BOOST_AUTO_TEST_CASE(one_who_closes_all_when_told_of_the_close_does_no_harm) {
    const std::string_view inputs[] = {
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab",  // and then no more
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nrubbish"};
    for (const auto input : inputs) {
        Server server;
        server.application.on_close = [&](Request&) { server.connections.close_all(); };
        Client client{server};
        Client other{server};
        client.send(input);
        client.shut_output();
        server.turn();
        BOOST_TEST(client.take().ended);
        BOOST_TEST(other.take().ended);
        BOOST_TEST(server.connections.size() == 0U);
        BOOST_TEST(server.application.alive == 0);
    }
}

BOOST_AUTO_TEST_CASE(one_who_breaks_its_own_response_off_is_not_told_of_a_close) {
    Server server;
    server.application.on_finish = [](Request& request) {
        BOOST_CHECK_THROW(
            request.exchange.write_headers(200, "", {{"Content-Length", "3"}}, "hello"),
            httputil::HTTPOutputError
        );
    };
    Client client{server};
    client.send(get);
    BOOST_TEST(client.take().ended);
    BOOST_TEST(closes(server) == 0);
    BOOST_TEST(server.application.alive == 0);
}

BOOST_AUTO_TEST_CASE(a_response_that_the_close_would_complete_is_reset_when_broken_off) {
    for (const std::string_view request :
         {"GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"}) {
        Server server;
        server.application.on_finish = [](Request& each) {
            const auto hold = each.hold();
            each.exchange.write_headers(200, "", {}, "part");
            each.exchange.abort();
        };
        const auto ends = tcp_pair();
        Client client{server, ends};
        client.send(request);
        client.take_to_end();
        const bool chunked = request.find("1.1") != request.npos;
        BOOST_TEST(client.broken == !chunked);  // an unfinished chunked body shows without
    }
}

/// Answers /big in full, and breaks off what it says to anything else.
void answer_or_break_off(Request& request) {
    if (request.path == "/big") {
        request.answer(std::string(200'000, 'x'));
        return;
    }
    const auto hold = request.hold();
    request.exchange.write_headers(200, "", {}, "part");
    request.exchange.abort();
}

constexpr std::string_view big_then_broken =
    "GET /big HTTP/1.1\r\nHost: a\r\n\r\nGET /broken HTTP/1.0\r\n\r\n";

BOOST_AUTO_TEST_CASE(a_broken_answer_takes_nothing_from_those_before_it) {
    Server server;
    server.application.on_finish = answer_or_break_off;
    Client client{server, tcp_pair()};
    client.put(big_then_broken);
    server.turn();
    server.time.advance(10s);  // before it reads
    while (!client.take().ended && !client.text.ends_with("part")) {
        server.turn();
        pollfd input{.fd = client.fd, .events = POLLIN, .revents = 0};
        ::poll(&input, 1, -1);
    }
    server.time.advance(1s);  // the next look at what the client's system has acknowledged
    client.take_to_end();
    BOOST_TEST(std::ranges::count(client.text, 'x') == 200'000);
    BOOST_TEST(client.text.ends_with("\r\n\r\npart"));
    BOOST_TEST(client.broken);
    BOOST_TEST(server.connections.size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_broken_answer_waits_for_its_client_only_so_long) {
    Server server;
    server.application.on_finish = answer_or_break_off;
    server.parameters.write_timeout = 20s;
    const auto ends = tcp_pair();
    const int small = 4096;
    ::setsockopt(ends[0], SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    Client client{server, ends};
    client.put(big_then_broken);
    server.turn();
    server.time.advance(15s);
    BOOST_TEST(server.connections.size() == 1U);
    server.time.advance(30s);
    BOOST_TEST(server.connections.size() == 0U);
    client.take_to_end();
    BOOST_TEST(client.broken);
}

BOOST_AUTO_TEST_CASE(a_response_that_is_cut_off_with_its_connection_never_looks_whole) {
    struct Response {
        std::string_view request;
        httputil::HTTPHeaders headers;
        bool needs_reset;
    };
    const Response responses[] = {
        {"GET / HTTP/1.0\r\n\r\n", {}, true},
        {"GET / HTTP/1.0\r\n\r\n", {{"Content-Length", "9"}}, false},
        {get, {}, false},
        {get, {{"Content-Length", "9"}}, false},
    };
    for (const auto& each : responses) {
        Server server;
        Late late{server.application};
        Client client{server, tcp_pair()};
        client.send(each.request);
        late.request->exchange.write_headers(200, "", each.headers, "part");
        server.turn();
        server.connections.close_all();
        late.held = {};
        client.take_to_end();
        BOOST_TEST(client.text.find("part") != std::string::npos);
        BOOST_TEST(!client.text.ends_with("\r\n0\r\n\r\n"));
        BOOST_TEST(client.broken == each.needs_reset);
    }
}

BOOST_AUTO_TEST_CASE(a_response_that_is_never_taken_never_looks_whole) {
    Server server;
    server.parameters.write_timeout = 5s;
    server.application.on_finish = [](Request& request) {
        request.exchange.write_headers(200, "", {}, {});
        request.exchange.write(std::string(50'000'000, 'x'));
        request.exchange.finish();
    };
    Client client{server, tcp_pair()};
    client.put("GET / HTTP/1.0\r\n\r\n");
    server.turn();
    BOOST_TEST(server.connections.size() == 1U);
    server.time.advance(10s);
    BOOST_TEST(server.connections.size() == 0U);
    client.take_to_end();
    BOOST_TEST(client.text.size() < 50'000'000U);
    BOOST_TEST(client.broken);
}

BOOST_AUTO_TEST_CASE(a_client_that_takes_its_response_too_slowly_is_cut_off) {
    const auto is_kept = [](std::uint64_t min_output_rate) {
        Server server;
        server.parameters.write_timeout = 20s;
        server.parameters.min_output_rate = min_output_rate;
        server.application.on_finish = [](Request& request) {
            request.answer(std::string(50'000'000, 'x'));
        };
        const Client client{server};
        (void)client.put(get);
        server.turn();
        std::vector<char> room(1'000'000);
        for (int second = 0; second < 45; ++second) {
            (void)::recv(client.fd, room.data(), room.size(), 0);
            server.time.advance(1s);
        }
        return server.connections.size() == 1;
    };
    BOOST_TEST(is_kept(200'000));
    BOOST_TEST(!is_kept(2'000'000));
    BOOST_TEST(is_kept(0));
}

BOOST_AUTO_TEST_CASE(one_who_answers_when_told_of_the_close_does_no_harm) {
    Server server;
    const Late late{server.application};
    server.application.on_close = [](Request& request) { request.answer("too late"); };
    Client ends{server};
    ends.send(get);
    ends.shut_output();
    server.turn();
    BOOST_TEST(ends.take().said() == ok("too late"));
    BOOST_TEST(ends.ended);
    Client goes{server};
    goes.send(get);
    server.connections.close_all();
    server.turn();
    BOOST_TEST(goes.take().text.empty());
    BOOST_TEST(closes(server) == 2);
}

BOOST_AUTO_TEST_CASE(one_who_throws_when_told_of_the_close_does_no_harm) {
    Server server;
    const Late late{server.application};
    server.application.on_close = [](Request&) { throw std::runtime_error{"thrown on purpose"}; };
    Client client{server};
    client.send(get);
    const DebugLogCapture logged;
    server.connections.close_all();
    BOOST_TEST(logged.count("thrown on purpose") == 1);
    BOOST_TEST(client.take().ended);
}

// The end of what is refused

BOOST_AUTO_TEST_CASE(a_client_that_still_sends_gets_the_whole_refusal) {
    Server server;
    server.parameters.max_body_size = 1000;
    const auto ends = tcp_pair();
    http1connection::serve(
        tornado::iostream::StreamCore::open(server.loop, tornado::netutil::Socket{ends[1]}),
        {},
        server.parameters,
        server.application,
        server.connections
    );
    const auto put = [&](std::string_view bytes) {
        const auto sent = ::send(ends[0], bytes.data(), bytes.size(), MSG_NOSIGNAL);
        server.turn();
        return sent;
    };
    put("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n");
    const std::string flood(64 * 1024, 'x');
    for (int i = 0; i < 100; ++i) {
        BOOST_REQUIRE(put(flood) != 0);
    }
    std::array<char, 1000> room;
    std::string text;
    ssize_t count = 0;
    while ((count = ::recv(ends[0], room.data(), room.size(), 0)) > 0) {
        text.append(room.data(), static_cast<std::size_t>(count));
    }
    BOOST_TEST(count == 0);  // an orderly end, not a reset
    BOOST_TEST(text.starts_with("HTTP/1.1 413 "));
    BOOST_TEST(server.connections.size() == 1U);
    ::close(ends[0]);
    server.turn();
    BOOST_TEST(server.connections.size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_reset_in_the_middle_is_told_once) {
    Server server;
    const Late late{server.application};
    for (const auto input : {get, post_head, get.substr(0, 9)}) {
        server.application.events.clear();
        const auto ends = tcp_pair();
        http1connection::serve(
            tornado::iostream::StreamCore::open(server.loop, tornado::netutil::Socket{ends[1]}),
            {},
            server.parameters,
            server.application,
            server.connections
        );
        BOOST_REQUIRE(::send(ends[0], input.data(), input.size(), MSG_NOSIGNAL) > 0);
        server.turn();
        const linger at_once{1, 0};
        ::setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        ::close(ends[0]);
        server.run_until([&] { return server.connections.size() == 0; });
        BOOST_TEST(closes(server) == (input.size() < 10 ? 0 : 1));
    }
}

BOOST_AUTO_TEST_CASE(a_drain_waits_but_briefly_for_one_that_lingers) {
    for (const bool sends : {false, true}) {
        Server server;
        Client client{server};
        client.send("GET / HTTP/1.0\r\n\r\n");
        BOOST_TEST(client.ended);
        server.connections.drain();
        for (int tenths = 0; tenths < (sends ? 60 : 20); ++tenths) {
            server.time.advance(100ms);
            client.put(sends ? "x" : "");
        }
        BOOST_TEST(server.connections.size() == 0U);
    }
}

BOOST_AUTO_TEST_CASE(one_that_lingers_is_closed_in_the_end) {
    Server server;
    Client client{server};
    client.send("GET / HTTP/1.0\r\n\r\n");
    BOOST_TEST(client.ended);
    BOOST_TEST(server.connections.size() == 1U);
    BOOST_CHECK(server.run_until([&] { return server.connections.size() == 0; }) < 10s);
}

BOOST_AUTO_TEST_SUITE_END()
