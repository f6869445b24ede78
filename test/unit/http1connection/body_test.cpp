#include <tornado/http1connection/server_connection.hpp>

#include "../log_capture.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>

namespace {

std::string post(std::size_t size, std::string_view fields = {}) {
    return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) + "\r\n" +
           std::string{fields} + "\r\n";
}
constexpr std::string_view chunked_head =
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

std::string status(const Client& client) {
    return client.text.substr(0, std::string_view{"HTTP/1.1 200"}.size());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bodies)

BOOST_AUTO_TEST_CASE(one_as_large_as_allowed_is_taken_and_a_larger_one_gets_413) {
    Server server;
    server.parameters.max_body_size = 10;
    const auto answer = ok("POST a/ [0123456789]");
    BOOST_TEST(outcome_in_pieces(server, post(10) + "0123456789").text == answer);
    BOOST_TEST(
        outcome_in_pieces(
            server, std::string{chunked_head} + "4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n"
        )
            .text == answer
    );
    for (const auto& input :
         {post(11) + "0123456789a",
          std::string{chunked_head} + "4\r\n0123\r\n7\r\n456789a\r\n0\r\n\r\n"}) {
        const auto outcome = outcome_in_pieces(server, input);
        BOOST_TEST(outcome.text.starts_with("HTTP/1.1 413 "));
        BOOST_TEST(outcome.ended);
        BOOST_TEST(outcome.events == "headers POST /; close; ");
    }
}

BOOST_AUTO_TEST_CASE(a_request_may_change_its_own_limit_only) {
    Server server;
    server.parameters.max_body_size = 10;
    server.application.on_headers = [](Request& request) {
        if (request.target == "/more") {
            request.exchange.set_max_body_size(20);
        }
        return Future<void>::ready();
    };
    for (const auto& framed :
         {"Content-Length: 20\r\n\r\n" + std::string(20, 'x'),
          "Transfer-Encoding: chunked\r\n\r\n14\r\n" + std::string(20, 'x') + "\r\n0\r\n\r\n"}) {
        Client client{server};
        const auto input = [&](const std::string& path) {
            return "POST " + path + " HTTP/1.1\r\nHost: a\r\n" + framed;
        };
        client.send(input("/more"));
        BOOST_TEST(client.said() == ok("POST a/more [" + std::string(20, 'x') + "]"));
        client.text.clear();
        client.send(input("/"));
        BOOST_TEST(status(client) == "HTTP/1.1 413");
        BOOST_TEST(client.ended);
    }
}

BOOST_AUTO_TEST_CASE(pieces_are_no_larger_than_chunk_size) {
    Server server;
    server.parameters.chunk_size = 7;
    std::size_t largest = 0;
    server.application.on_data = [&](Request&, std::string_view piece) {
        largest = std::max(largest, piece.size());
        return Future<void>::ready();
    };
    Client client{server};
    client.send(post(100) + std::string(100, 'x'));
    client.send(std::string{chunked_head} + "64\r\n" + std::string(100, 'y') + "\r\n0\r\n\r\n");
    BOOST_TEST(client.text.find(std::string(100, 'x')) != std::string::npos);
    BOOST_TEST(client.text.find(std::string(100, 'y')) != std::string::npos);
    BOOST_TEST(largest == 7U);
}

BOOST_AUTO_TEST_CASE(a_large_one_comes_in_large_pieces) {
    for (const bool chunked : {false, true}) {
        Server server;
        std::size_t pieces = 0;
        server.application.on_data = [&](Request&, auto) {
            ++pieces;
            return Future<void>::ready();
        };
        server.application.on_finish = [](Request& request) { request.answer("x"); };
        Client client{server};
        const std::string megabyte(1 << 20, 'x');
        client.send(
            chunked ? std::string{chunked_head} + "100000\r\n" + megabyte + "\r\n0\r\n\r\n"
                    : post(megabyte.size()) + megabyte
        );
        BOOST_TEST(client.said() == ok("x"));
        BOOST_TEST(pieces < 60U);
    }
}

BOOST_AUTO_TEST_CASE(a_client_that_expects_100_is_told_to_go_on) {
    Server server;
    for (const auto& [head, body] :
         {std::pair<std::string, std::string>{post(2, "Expect: 100-continue\r\n"), "hi"},
          {"POST / HTTP/1.1\r\nHost: a\r\nexpect: 100-Continue\r\nTransfer-Encoding: "
           "chunked\r\n\r\n",
           "2\r\nhi\r\n0\r\n\r\n"}}) {
        Client client{server};
        client.send(head);
        BOOST_TEST(client.said() == go_on);
        client.send(body);
        BOOST_TEST(client.said() == std::string{go_on} + ok("POST a/ [hi]"));
        client.send(get);
        BOOST_TEST(client.said().ends_with(ok("GET a/ []")));
    }
}

BOOST_AUTO_TEST_CASE(one_that_does_not_wait_is_not_told) {
    Server server;
    const auto expects = "Expect: 100-continue\r\n";
    BOOST_TEST(outcome_of(server, post(2, expects) + "hi").text == ok("POST a/ [hi]"));
    BOOST_TEST(outcome_of(server, post(0, expects)).text == ok("POST a/ []"));
    BOOST_TEST(
        outcome_of(server, "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n").text ==
        ok("GET a/ []")
    );
    BOOST_TEST(
        outcome_of(server, "POST / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            .text.empty()
    );
    const auto large = outcome_of(server, post(1'000'000'000, expects)).text;
    BOOST_TEST(large.starts_with("HTTP/1.1 413 "));
}

BOOST_AUTO_TEST_CASE(after_an_early_answer_none_is_told_to_go_on) {
    Server server;
    server.application.on_headers = [](Request& request) {
        request.answer(403, "no");
        return Future<void>::ready();
    };
    Client client{server};
    client.send(post(2, "Expect: 100-continue\r\n"));
    BOOST_TEST(
        client.said() ==
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"
    );
    BOOST_TEST(client.ended);
}

BOOST_AUTO_TEST_CASE(an_early_answer_leaves_the_body_unread) {
    Server server;
    server.application.on_headers = [](Request& request) {
        if (request.method == "POST") {
            request.answer(403, "no");
        }
        return Future<void>::ready();
    };
    const auto refused =
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno";
    for (const auto& input :
         {post(get.size()) + std::string{get}, std::string{chunked_head} + std::string{get}}) {
        const auto outcome = outcome_in_pieces(server, input);
        BOOST_TEST(outcome.text == refused);
        BOOST_TEST(outcome.ended);
        BOOST_TEST(outcome.events == "headers POST /; ");
    }
}

BOOST_AUTO_TEST_CASE(an_answer_amid_the_body_leaves_the_rest_unread) {
    Server server;
    server.application.on_data = [](Request& request, auto) {
        request.answer(403, "no");
        return Future<void>::ready();
    };
    const auto outcome = outcome_of(server, post(1 + get.size()) + "x" + std::string{get}, 70);
    BOOST_TEST(outcome.text.ends_with("\r\nConnection: close\r\n\r\nno"));
    BOOST_TEST(count(outcome.text, "HTTP/1.1 ") == 1U);
    BOOST_TEST(outcome.events == "headers POST /; ");
}

BOOST_AUTO_TEST_CASE(an_early_answer_to_a_request_without_a_body_keeps_the_connection) {
    Server server;
    server.application.on_headers = [](Request& request) {
        request.answer(request.path);
        return Future<void>::ready();
    };
    Client client{server};
    client.send(std::string{get} + post(0) + std::string{get});
    BOOST_TEST(client.said() == ok("/") + ok("/") + ok("/"));
    BOOST_TEST(!client.ended);
}

BOOST_AUTO_TEST_CASE(an_answer_that_has_begun_early_lets_the_body_come) {
    Server server;
    server.application.on_headers = [](Request& request) {
        request.exchange.write_headers(200, "", {}, "");
        return Future<void>::ready();
    };
    server.application.on_finish = [](Request& request) {
        const auto hold = request.hold();
        request.exchange.write(request.body);
        request.exchange.finish();
    };
    Client client{server};
    client.send(post(5) + "hello" + std::string{get});
    BOOST_TEST(client.text.ends_with("Connection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n"));
    BOOST_TEST(client.ended);
}

// Flow control

BOOST_AUTO_TEST_CASE(the_body_waits_until_the_head_is_considered) {
    Server server;
    Promise<void> considered;
    server.application.on_headers = [&](Request&) { return considered.future(); };
    Client client{server};
    client.send(post(5) + "hello" + std::string{get});
    BOOST_TEST(server.application.events == Events{"headers POST /"});
    server.application.on_headers = [](Request&) { return Future<void>::ready(); };
    considered.set_result();
    server.turn();
    BOOST_TEST(client.take().said() == ok("POST a/ [hello]") + ok("GET a/ []"));
}

BOOST_AUTO_TEST_CASE(reading_waits_for_each_piece_and_its_bytes_stay) {
    Server server;
    std::vector<Promise<void>> promises;
    std::string_view piece;
    server.application.on_data = [&](Request&, std::string_view bytes) {
        piece = bytes;
        return promises.emplace_back().future();
    };
    server.application.on_finish = [](Request& request) {
        request.answer(std::to_string(request.body.size()));
    };
    Client client{server};
    client.send(post(100'000'000));
    std::size_t taken = 0;
    const std::string flood(64 * 1024, 'x');
    for (int i = 0; i < 1600; ++i) {
        taken += client.put(flood);
        server.turn();
    }
    BOOST_TEST(promises.size() == 1U);
    BOOST_TEST(taken < 1'000'000U);
    BOOST_TEST(piece.find_first_not_of('x') == piece.npos);
    for (std::size_t i = 0; i != promises.size(); ++i) {
        promises[i].set_result();
        server.turn();
    }
    for (std::size_t rest = 100'000'000 - taken; rest != 0;) {
        rest -= client.put(std::string_view{flood}.substr(0, std::min(rest, flood.size())));
        server.turn();
        promises.back().done() ? void() : promises.back().set_result();
        server.turn();
    }
    for (int i = 0; i < 100 && !promises.back().done(); ++i) {
        promises.back().set_result();
        server.turn();
    }
    BOOST_TEST(client.take().said() == ok("100000000"));
}

BOOST_AUTO_TEST_CASE(bytes_stay_for_one_who_answers_before_having_taken_them) {
    Server server;
    Promise<void> taken;
    std::string_view piece;
    httputil::ExchangeRef held;
    Request* request = nullptr;
    server.application.on_data = [&](Request& each, std::string_view bytes) {
        piece = bytes;
        request = &each;
        held = each.hold();
        return taken.future();
    };
    Client client{server};
    client.send(post(100) + "hello");
    request->answer(403, "no");
    client.send(std::string(3000, 'y')).send(std::string(3000, 'y'));
    BOOST_TEST(piece == "hello");
    taken.set_result();
    server.turn();
    BOOST_TEST(client.text.ends_with("\r\n\r\nno"));
}

BOOST_AUTO_TEST_CASE(a_future_that_fails_is_logged_and_answered_for) {
    for (const bool in_headers : {true, false}) {
        for (const bool at_once : {true, false}) {
            Server server;
            std::optional<Promise<void>> promise;
            const auto fail = [&] {
                const auto error = std::make_exception_ptr(std::runtime_error{"failed on purpose"});
                return at_once ? Future<void>::failed(error) : promise.emplace().future();
            };
            server.application.on_headers = [&](Request&) {
                return in_headers ? fail() : Future<void>::ready();
            };
            server.application.on_data = [&](Request&, auto) { return fail(); };
            const DebugLogCapture logged;
            Client client{server};
            client.send(post(1) + "x");
            BOOST_TEST(client.ended == at_once);
            if (promise) {
                promise->set_exception(std::runtime_error{"failed on purpose"});
                server.turn();
            }
            client.take();
            BOOST_TEST(client.text.starts_with("HTTP/1.1 500 "));
            BOOST_TEST(client.ended);
            BOOST_TEST(server.application.events.back() == "close");
            BOOST_TEST(logged.count("failed on purpose") == 1);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_promise_that_is_dropped_ends_the_connection) {
    Server server;
    std::optional<Promise<void>> promise{std::in_place};
    server.application.on_headers = [&](Request&) { return promise->future(); };
    const DebugLogCapture logged;
    Client client{server};
    client.send(get);
    promise.reset();
    server.turn();
    BOOST_TEST(client.take().ended);
}

BOOST_AUTO_TEST_CASE(an_answer_while_the_head_is_considered_ends_the_request) {
    for (const bool settled_first : {true, false}) {
        Server server;
        Promise<void> considered;
        Request* request = nullptr;
        server.application.on_headers = [&](Request& each) {
            request = &each;
            return considered.future();
        };
        Client client{server};
        client.send(get);
        if (settled_first) {
            considered.set_result();  // what waits for it is in the queue now
        }
        request->answer("early");
        if (!settled_first) {
            server.turn();
            considered.set_result();
        }
        server.turn();
        BOOST_TEST(client.take().said() == ok("early"));
        BOOST_TEST(!client.ended);
        server.application.on_headers = [](Request&) { return Future<void>::ready(); };
        client.send(get);
        BOOST_TEST(client.said() == ok("early") + ok("GET a/ []"));
    }
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_while_its_request_is_considered_is_noticed) {
    for (const bool settled_first : {true, false}) {
        Server server;
        Promise<void> considered;
        server.application.on_headers = [&](Request&) { return considered.future(); };
        Client client{server};
        client.send(post(1));
        if (settled_first) {
            considered.set_result();
        }
        server.connections.close_all();
        server.turn();
        BOOST_TEST(
            server.application.events == (Events{"headers POST /", "close"}),
            boost::test_tools::per_element()
        );
        BOOST_TEST(server.application.alive == 0);
    }
}

BOOST_AUTO_TEST_SUITE_END()
