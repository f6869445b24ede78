#include <tornado/http1connection/server_connection.hpp>

#include "../log_capture.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>
#include <optional>
#include <tornado/httputil/error.hpp>
#include <tornado/iostream/errors.hpp>

using httputil::HTTPHeaders;
using httputil::HTTPOutputError;

namespace {

/// What a client gets to whom `respond` answers.
struct Answered {
    std::string text;
    bool ended = false;
};

template <typename Respond>
Answered answered(Respond respond, std::string_view input = "GET / HTTP/1.1\r\nHost: a\r\n\r\n") {
    Server server;
    server.application.on_finish = [&](Request& request) {
        const auto hold = request.hold();
        respond(request.exchange);
    };
    Client client{server};
    client.send(input);
    return {client.said(), client.ended};
}

constexpr std::string_view get10 = "GET / HTTP/1.0\r\n\r\n";
constexpr std::string_view head = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";

void stream(httputil::HTTPConnection& exchange) {
    exchange.write_headers(200, "", {}, "a");
    exchange.write("bc");
    exchange.write("");
    exchange.finish();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(responses)

BOOST_AUTO_TEST_CASE(a_length_not_known_makes_it_chunked) {
    const auto answer = answered(stream);
    BOOST_TEST(
        answer.text ==
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"
    );
    BOOST_TEST(!answer.ended);
}

BOOST_AUTO_TEST_CASE(for_http_1_0_the_close_ends_it) {
    const auto answer = answered(stream, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    BOOST_TEST(answer.text == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc");
    BOOST_TEST(answer.ended);
}

BOOST_AUTO_TEST_CASE(a_known_length_needs_no_chunks) {
    const auto respond = [](httputil::HTTPConnection& exchange) {
        exchange.write_headers(200, "", HTTPHeaders{{"Content-Length", "3"}}, "a");
        exchange.write("bc");
        exchange.finish();
    };
    BOOST_TEST(answered(respond).text == ok("abc"));
    BOOST_TEST(answered(respond, get10).text == ok("abc", "Connection: close\r\n"));
}

BOOST_AUTO_TEST_CASE(a_whole_response_gets_its_length) {
    const auto respond = [](httputil::HTTPConnection& exchange) {
        exchange.send_response(404, "Nowhere", HTTPHeaders{{"A", "b"}}, std::string(40'000, 'x'));
    };
    BOOST_TEST(
        answered(respond).text ==
        "HTTP/1.1 404 Nowhere\r\nA: b\r\nContent-Length: 40000\r\n\r\n" + std::string(40'000, 'x')
    );
}

BOOST_AUTO_TEST_CASE(some_responses_have_no_body) {
    for (const int status : {204, 304}) {
        const auto answer = answered([&](httputil::HTTPConnection& exchange) {
            exchange.send_response(status, "", {}, "");
        });
        BOOST_TEST(answer.text.ends_with("\r\n\r\n"));
        BOOST_TEST(answer.text.find("Content-Length") == std::string::npos);
        BOOST_TEST(answer.text.find("Transfer-Encoding") == std::string::npos);
        BOOST_TEST(!answer.ended);
    }
    const auto streamed = answered([](httputil::HTTPConnection& exchange) {
        exchange.write_headers(204, "", {}, "");
        exchange.finish();
    });
    BOOST_TEST(streamed.text == "HTTP/1.1 204 No Content\r\n\r\n");
    const auto old = answered(
        [](httputil::HTTPConnection& exchange) { exchange.send_response(304, "", {}, ""); }, get10
    );
    BOOST_TEST(old.text == "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(fields_that_delimit_a_body_do_not_go_where_none_is) {
    const auto no_content = answered([](httputil::HTTPConnection& exchange) {
        exchange.send_response(204, "", {{"Content-Length", "5"}, {"A", "b"}}, "");
    });
    BOOST_TEST(no_content.text == "HTTP/1.1 204 No Content\r\nA: b\r\n\r\n");
    const auto encoded = answered([](httputil::HTTPConnection& exchange) {
        exchange.write_headers(204, "", {{"Transfer-Encoding", "chunked"}}, "");
        exchange.finish();
    });
    BOOST_TEST(encoded.text == "HTTP/1.1 204 No Content\r\n\r\n");
    const auto tunnel = answered(
        [](httputil::HTTPConnection& exchange) {
            exchange.send_response(200, "", {{"Content-Length", "0"}}, "");
        },
        "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n"
    );
    BOOST_TEST(tunnel.text == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(reset_content_says_that_there_is_none) {
    const std::string text = "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n";
    const auto whole = answered([](httputil::HTTPConnection& exchange) {
        exchange.send_response(205, "", {}, "");
    });
    BOOST_TEST(whole.text == text);
    const auto streamed = answered([](httputil::HTTPConnection& exchange) {
        exchange.write_headers(205, "", {{"Transfer-Encoding", "chunked"}}, "");
        exchange.finish();
    });
    BOOST_TEST(streamed.text == text);
}

BOOST_AUTO_TEST_CASE(a_length_said_twice_or_beside_a_coding_leaves_room_for_another_answer) {
    const HTTPHeaders contradictory[] = {
        {{"Content-Length", "1"}, {"Content-Length", "2"}},
        {{"Content-Length", "2"}, {"Content-Length", "2"}},
        {{"Content-Length", "2, 2, 3"}},
        {{"Content-Length", "2"}, {"Transfer-Encoding", "chunked"}}};
    for (const auto& headers : contradictory) {
        const auto answer = answered([&](httputil::HTTPConnection& exchange) {
            BOOST_CHECK_THROW(exchange.send_response(200, "", headers, "ab"), HTTPOutputError);
            exchange.send_response(500, "", {}, "");
        });
        BOOST_TEST(
            answer.text == "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
        );
    }
}

BOOST_AUTO_TEST_CASE(for_http_1_0_a_transfer_encoding_of_the_delegates_own_is_refused) {
    const HTTPHeaders encoded{{"Transfer-Encoding", "chunked"}};
    const auto answer = answered(
        [&](httputil::HTTPConnection& exchange) {
            BOOST_CHECK_THROW(exchange.write_headers(200, "", encoded, ""), HTTPOutputError);
            BOOST_CHECK_THROW(exchange.send_response(200, "", encoded, ""), HTTPOutputError);
            exchange.send_response(200, "", {}, "abc");
        },
        get10
    );
    BOOST_TEST(
        answer.text == "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"
    );
}

BOOST_AUTO_TEST_CASE(an_interim_status_is_no_response) {
    for (const int status : {100, 101, 102, 199}) {
        const auto answer = answered([&](httputil::HTTPConnection& exchange) {
            BOOST_CHECK_THROW(exchange.send_response(status, "", {}, ""), HTTPOutputError);
            exchange.send_response(500, "", {}, "");
        });
        BOOST_TEST(answer.text.starts_with("HTTP/1.1 500 "));
    }
}

BOOST_AUTO_TEST_CASE(every_response_has_one_date) {
    Server server;
    server.application.on_finish = [](Request& request) {
        const bool own = request.path == "/own";
        request.answer(200, "", own ? HTTPHeaders{{"Date", "yesterday"}} : HTTPHeaders{});
    };
    Client client{server};
    client.send(
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /own HTTP/1.1\r\nHost: a\r\n\r\nrubbish\r\n\r\n"
    );
    BOOST_TEST(count(client.text, "Date: ") == 3U);
    BOOST_TEST(count(client.text, "Date: yesterday") == 1U);
    BOOST_TEST(count(client.text, " GMT\r\n") == 2U);
}

BOOST_AUTO_TEST_CASE(head_gets_the_length_of_a_whole_response) {
    const auto answer = answered(
        [](httputil::HTTPConnection& exchange) { exchange.send_response(200, "", {}, "abc"); }, head
    );
    BOOST_TEST(answer.text == "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
    BOOST_TEST(!answer.ended);
}

BOOST_AUTO_TEST_CASE(head_gets_the_fields_only) {
    const auto answer = answered(
        [](httputil::HTTPConnection& exchange) {
            exchange.send_response(200, "", HTTPHeaders{{"Content-Length", "3"}}, "");
        },
        head
    );
    BOOST_TEST(answer.text == "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
    BOOST_TEST(!answer.ended);
}

BOOST_AUTO_TEST_CASE(head_gets_no_chunks_and_keeps_the_connection) {
    const auto answer = answered(
        [](httputil::HTTPConnection& exchange) {
            exchange.write_headers(200, "", {}, "");
            exchange.finish();
        },
        head
    );
    BOOST_TEST(answer.text == "HTTP/1.1 200 OK\r\n\r\n");
    BOOST_TEST(!answer.ended);
}

BOOST_AUTO_TEST_CASE(bodies_where_none_may_be_are_never_sent) {
    const std::string_view connect = "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n";
    const std::string_view get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for (const auto& [status, input] :
         {std::pair{204, get}, {205, get}, {304, get}, {200, connect}}) {
        const auto answer = answered(
            [status = status](httputil::HTTPConnection& exchange) {
                BOOST_CHECK_THROW(exchange.send_response(status, "", {}, "body"), HTTPOutputError);
                exchange.send_response(500, "", {}, "sorry");
            },
            input
        );
        BOOST_TEST(answer.text.starts_with("HTTP/1.1 500 "));
        BOOST_TEST(answer.text.ends_with("\r\n\r\nsorry"));
    }
}

BOOST_AUTO_TEST_CASE(more_than_the_length_breaks_the_connection) {
    const auto answer = answered([](httputil::HTTPConnection& exchange) {
        exchange.write_headers(200, "", HTTPHeaders{{"Content-Length", "3"}}, "ab");
        BOOST_CHECK_THROW(exchange.write("cd"), HTTPOutputError);
        BOOST_TEST(exchange.closed());
    });
    BOOST_TEST(answer.text == "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab");
    BOOST_TEST(answer.ended);
}

BOOST_AUTO_TEST_CASE(more_than_the_length_in_the_first_piece_breaks_the_connection) {
    const auto answer = answered([](httputil::HTTPConnection& exchange) {
        BOOST_CHECK_THROW(
            exchange.write_headers(200, "", HTTPHeaders{{"Content-Length", "3"}}, "abcd"),
            HTTPOutputError
        );
    });
    BOOST_TEST(answer.text.find("abcd") == std::string::npos);
    BOOST_TEST(answer.ended);
}

BOOST_AUTO_TEST_CASE(less_than_the_length_breaks_the_connection) {
    const auto answer = answered([](httputil::HTTPConnection& exchange) {
        exchange.write_headers(200, "", HTTPHeaders{{"Content-Length", "3"}}, "ab");
        BOOST_CHECK_THROW(exchange.finish(), HTTPOutputError);
        BOOST_TEST(exchange.closed());
    });
    BOOST_TEST(answer.text == "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab");
    BOOST_TEST(answer.ended);
}

BOOST_AUTO_TEST_CASE(a_whole_response_of_another_length_is_never_sent) {
    for (const auto* const body : {"ab", "abcd"}) {
        const auto answer = answered([&](httputil::HTTPConnection& exchange) {
            BOOST_CHECK_THROW(
                exchange.send_response(200, "", HTTPHeaders{{"Content-Length", "3"}}, body),
                HTTPOutputError
            );
            exchange.send_response(500, "", {}, "sorry");
        });
        BOOST_TEST(answer.text.starts_with("HTTP/1.1 500 "));
        BOOST_TEST(answer.text.ends_with("\r\n\r\nsorry"));
        BOOST_TEST(!answer.ended);
    }
}

BOOST_AUTO_TEST_CASE(a_length_that_is_no_number_leaves_room_for_another_answer) {
    const auto answer = answered([](httputil::HTTPConnection& exchange) {
        BOOST_CHECK_THROW(
            exchange.send_response(200, "", HTTPHeaders{{"Content-Length", "x"}}, "ab"),
            HTTPOutputError
        );
        exchange.send_response(500, "", {}, "");
    });
    BOOST_TEST(answer.text == "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(what_would_split_the_response_is_refused) {
    const auto answer = answered([](httputil::HTTPConnection& exchange) {
        BOOST_CHECK_THROW(
            exchange.send_response(200, "OK\r\nSet-Cookie: a=b", {}, ""), HTTPOutputError
        );
        BOOST_CHECK_THROW(exchange.send_response(99, "", {}, ""), HTTPOutputError);
        BOOST_CHECK_THROW(exchange.send_response(1000, "", {}, ""), HTTPOutputError);
        exchange.send_response(777, "", {}, "");
    });
    BOOST_TEST(answer.text == "HTTP/1.1 777 Unknown\r\nContent-Length: 0\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(parts_in_the_wrong_order_throw) {
    const auto answer = answered([](httputil::HTTPConnection& exchange) {
        BOOST_CHECK_THROW(exchange.write("a"), HTTPOutputError);
        BOOST_CHECK_THROW(exchange.finish(), HTTPOutputError);
        exchange.write_headers(200, "", {}, "a");
        BOOST_CHECK_THROW(exchange.write_headers(200, "", {}, "a"), HTTPOutputError);
        BOOST_CHECK_THROW(exchange.send_response(200, "", {}, "a"), HTTPOutputError);
        exchange.finish();
        BOOST_CHECK_THROW(exchange.write("a"), HTTPOutputError);
        BOOST_CHECK_THROW(exchange.finish(), HTTPOutputError);
        BOOST_CHECK_THROW(exchange.write_headers(200, "", {}, "a"), HTTPOutputError);
    });
    BOOST_TEST(count(answer.text, "HTTP/1.1 200") == 1U);
    BOOST_TEST(!answer.ended);
}

BOOST_AUTO_TEST_CASE(an_abort_after_the_first_piece_shows) {
    const auto answer = answered([](httputil::HTTPConnection& exchange) {
        exchange.write_headers(200, "", {}, "abc");
        exchange.abort();
    });
    BOOST_TEST(answer.text.ends_with("\r\n3\r\nabc\r\n"));  // and no last chunk
    BOOST_TEST(answer.ended);
}

BOOST_AUTO_TEST_CASE(an_abort_before_it_sends_nothing_but_what_came_before) {
    Server server;
    server.application.on_finish = [](Request& request) {
        request.path == "/2" ? request.exchange.abort() : request.answer(request.path);
    };
    Client client{server};
    client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(client.said() == ok("/1"));
    BOOST_TEST(client.ended);
}

BOOST_AUTO_TEST_CASE(a_field_that_a_delegate_gets_wrong_is_not_the_clients_400) {
    for (const std::string_view where : {"headers", "data", "finish"}) {
        Server server;
        const auto mistake = [&](std::string_view here) {
            if (here == where) {
                httputil::HTTPHeaders{}.add("X", "a\nb");
            }
        };
        server.application.on_headers = [&](Request&) {
            mistake("headers");
            return Future<void>::ready();
        };
        server.application.on_data = [&](Request&, auto) {
            mistake("data");
            return Future<void>::ready();
        };
        server.application.on_finish = [&](Request&) { mistake("finish"); };
        const DebugLogCapture logged;
        Client client{server};
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
        BOOST_TEST(client.said().starts_with("HTTP/1.1 500 "), where);
        BOOST_TEST(client.ended);
        BOOST_TEST(logged.count("Uncaught exception in a request") == 1, where);
        BOOST_TEST(logged.count("Malformed HTTP message") == 0, where);
    }
}

BOOST_AUTO_TEST_CASE(a_delegate_that_throws_is_logged_and_answered_for) {
    constexpr std::string_view failed = "HTTP/1.1 500 ";
    for (const std::string_view where : {"start", "headers", "data", "finish"}) {
        Server server;
        struct Thrower : httputil::HTTPServerConnectionDelegate {
            std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection&)
                override {
                throw std::runtime_error{"thrown on purpose"};
            }
        } thrower;
        server.application.on_headers = [&](Request&) {
            return where == "headers" ? throw std::runtime_error{"thrown on purpose"}
                                      : Future<void>::ready();
        };
        server.application.on_data = [&](Request&, auto) {
            return where == "data" ? throw std::runtime_error{"thrown on purpose"}
                                   : Future<void>::ready();
        };
        server.application.on_finish = [&](Request& request) {
            if (request.path == "/2") {
                throw std::runtime_error{"thrown on purpose"};
            }
            request.answer("good");
        };
        const DebugLogCapture logged;
        if (where == "start") {
            std::array<int, 2> ends{};
            BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
            http1connection::serve(
                tornado::iostream::StreamCore::open(server.loop, tornado::netutil::Socket{ends[1]}),
                {},
                server.parameters,
                thrower,
                server.connections
            );
            BOOST_REQUIRE(::send(ends[0], get10.data(), get10.size(), 0) > 0);
            server.turn();
            std::array<char, 1'000> answer{};
            BOOST_TEST(::recv(ends[0], answer.data(), answer.size(), 0) > 0);
            BOOST_TEST(std::string_view{answer.data()}.starts_with(failed));
            BOOST_TEST(::recv(ends[0], answer.data(), answer.size(), 0) == 0);
            ::close(ends[0]);
        } else {
            Client client{server};
            client.send(
                "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
                "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
            );
            const auto good = where == "headers" ? "" : ok("good");
            BOOST_TEST(client.said().starts_with(good + std::string{failed}));
            BOOST_TEST(client.ended);
        }
        server.turn();
        BOOST_TEST(logged.count("thrown on purpose") == 1);
    }
}

BOOST_AUTO_TEST_CASE(writing_waits_for_a_client_that_reads_slowly) {
    Server server;
    Late late{server.application};
    Client client{server};
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_REQUIRE(late.request != nullptr);
    const std::string piece(100'000, 'x');
    auto written = late.request->exchange.write_headers(200, "", {}, piece);
    std::size_t pieces = 1;
    while (written.done() && pieces < 1000) {
        written = late.request->exchange.write(piece);
        ++pieces;
        server.turn();
    }
    BOOST_TEST(pieces < 500U);
    server.run_until([&] {
        client.take();
        return written.done();
    });
    BOOST_CHECK_NO_THROW(written.result());
    late.request->exchange.finish();
    late.held = {};
    client.take_until("\r\n0\r\n\r\n");
    BOOST_TEST(client.text.size() > pieces * piece.size());
}

BOOST_AUTO_TEST_CASE(writing_goes_on_when_the_kernel_takes_all_at_once) {
    Server server;
    Late late{server.application};
    Client client{server};
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_REQUIRE(late.request != nullptr);
    late.request->exchange.write_headers(200, "", {}, "");
    for (int i = 0; i < 20; ++i) {
        const auto written = late.request->exchange.write(std::string(270'000, 'x'));
        server.run_until([&] {
            client.take();
            return written.done();
        });
    }
    late.request->exchange.finish();
    client.take_until("\r\n0\r\n\r\n");
    late.held = {};
    BOOST_TEST(client.text.size() > 5'000'000U);
}

BOOST_AUTO_TEST_CASE(what_waits_to_write_fails_when_the_client_goes) {
    Server server;
    Late late{server.application};
    Client client{server};
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_REQUIRE(late.request != nullptr);
    auto written = late.request->exchange.write_headers(200, "", {}, std::string(10'000'000, 'x'));
    server.turn();
    BOOST_TEST(!written.done());
    client.close();
    server.run_until([&] { return written.done(); });
    BOOST_CHECK_THROW(written.result(), tornado::iostream::StreamClosedError);
    BOOST_TEST(late.request->exchange.closed());
    BOOST_CHECK_THROW(
        late.request->exchange.write("x").result(), tornado::iostream::StreamClosedError
    );
    BOOST_CHECK_NO_THROW(late.request->exchange.finish());
    BOOST_TEST(std::ranges::count(server.application.events, "close") == 1);
}

// When a response has left

/// The futures of all responses, each of `size` bytes.
struct Sent {
    Sent(Server& server, std::size_t size) {
        server.application.on_finish = [this, size](Request& request) {
            futures.push_back(request.exchange.when_sent());
            request.answer(std::string(size, 'x'));
        };
    }
    std::vector<Future<void>> futures;
};

bool fails_as_closed(const Future<void>& future) {
    if (!future.done() || future.exception() == nullptr) {
        return false;
    }
    try {
        std::rethrow_exception(future.exception());
    } catch (const tornado::iostream::StreamClosedError&) {
        return true;
    }
}

constexpr std::string_view get11 = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

BOOST_AUTO_TEST_CASE(a_small_one_has_left_at_once) {
    Server server;
    const Sent sent{server, 10};
    Client client{server};
    client.send(std::string{get11} + std::string{get11});
    BOOST_TEST(sent.futures.size() == 2U);
    for (const auto& each : sent.futures) {
        BOOST_TEST(each.done());
        BOOST_TEST(!each.exception());
    }
}

BOOST_AUTO_TEST_CASE(a_large_one_has_left_when_the_client_has_taken_it) {
    Server server;
    const Sent sent{server, 20'000'000};
    Client client{server};
    client.put(std::string{get11} + std::string{get11});
    server.turn();
    BOOST_TEST_REQUIRE(sent.futures.size() == 1U);
    BOOST_TEST(!sent.futures[0].done());
    server.run_until([&] { return client.take().text.size() > 20'000'000; });
    BOOST_TEST_REQUIRE(sent.futures.size() == 2U);
    BOOST_TEST(sent.futures[0].done());
    server.run_until([&] { return client.take().text.size() > 40'000'000; });
    BOOST_TEST(sent.futures[1].done());
    BOOST_TEST(!sent.futures[1].exception());
}

BOOST_AUTO_TEST_CASE(each_of_a_batch_has_left_for_itself) {
    Server server;
    std::size_t size = 10;
    std::vector<Future<void>> futures;
    server.application.on_finish = [&](Request& request) {
        futures.push_back(request.exchange.when_sent());
        request.answer(std::string(std::exchange(size, 20'000'000), 'x'));
    };
    Client client{server};
    client.put(std::string{get11} + std::string{get11});
    server.turn();
    BOOST_TEST_REQUIRE(futures.size() == 2U);
    BOOST_TEST(futures[0].done());
    BOOST_TEST(!futures[1].done());
    server.connections.close_all();
    BOOST_TEST(!futures[0].exception());
    BOOST_TEST(fails_as_closed(futures[1]));
}

BOOST_AUTO_TEST_CASE(one_whose_client_vanishes_never_leaves) {
    Server server;
    const Sent sent{server, 20'000'000};
    Client client{server};
    client.put(get11);
    server.turn();
    client.close();
    server.turn();
    BOOST_TEST_REQUIRE(sent.futures.size() == 1U);
    BOOST_TEST(fails_as_closed(sent.futures[0]));
}

BOOST_AUTO_TEST_CASE(one_that_is_broken_off_never_leaves) {
    Server server;
    std::optional<Future<void>> sent;
    const auto answer = answered([&](httputil::HTTPConnection& exchange) {
        sent = exchange.when_sent();
        exchange.write_headers(200, "", {}, "part");
        exchange.abort();
        BOOST_TEST(fails_as_closed(exchange.when_sent()));
    });
    BOOST_TEST(answer.ended);
    BOOST_TEST(fails_as_closed(*sent));
}

BOOST_AUTO_TEST_CASE(whether_it_has_left_is_asked_before_its_end) {
    answered([&](httputil::HTTPConnection& exchange) {
        exchange.send_response(200, "", {}, "whole");
        BOOST_CHECK_THROW((void)exchange.when_sent(), HTTPOutputError);
    });
}

BOOST_AUTO_TEST_SUITE_END()
