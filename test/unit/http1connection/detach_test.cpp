#include <tornado/http1connection/detach.hpp>

#include "../log_capture.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>
#include <tornado/http1connection/kept_exchange.hpp>
#include <tornado/httputil/http_server_request.hpp>
#include <tornado/iostream/errors.hpp>

namespace iostream = tornado::iostream;
using namespace std::chrono_literals;
using http1connection::asks_for_upgrade;
using http1connection::detach;
using http1connection::upgrade;

namespace {

const std::string upgrade_request =
    "GET /u HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";
const std::string switching =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n";

/// A server whose application takes the stream of each request.
struct DetachFixture {
    DetachFixture() {
        server.application.on_finish = [this](Request& request) { take(request); };
    }
    /// Reads lines for as long as there are any.
    void read_lines() {
        stream.read_until("\n", [this](std::string line) {
            lines.push_back(std::move(line));
            read_lines();
        });
    }
    void upgrade_client(Client& client) {
        client.send(upgrade_request);
        BOOST_TEST(client.text == switching);
        client.text.clear();
    }

    Server server;
    iostream::IOStream stream;
    int drains = 0;
    std::function<void(Request&)> take = [this](Request& request) {
        stream = upgrade(request.exchange, "echo", {}, [this] { ++drains; });
    };
    Events lines;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(detaching)

BOOST_FIXTURE_TEST_CASE(an_upgrade_answers_101_and_leaves_the_stream, DetachFixture) {
    Client client{server};
    upgrade_client(client);
    read_lines();
    client.send("one\ntw").send("o\n");
    BOOST_TEST(lines == (Events{"one\n", "two\n"}));
    stream.write("answer");
    server.turn();
    BOOST_TEST(client.take().text == "answer");
    stream.close();
    server.turn();
    BOOST_TEST(client.take().ended);
    BOOST_TEST(server.application.events == (Events{"headers GET /u", "finish", "detach"}));
    BOOST_TEST(server.application.alive == 0);
}

BOOST_FIXTURE_TEST_CASE(the_response_has_the_headers_it_is_given, DetachFixture) {
    take = [this](Request& request) {
        stream = upgrade(
            request.exchange,
            "echo",
            {{"X-A", "1"}, {"Connection", "close"}, {"Content-Length", "4"}}
        );
    };
    Client client{server};
    client.send(upgrade_request);
    BOOST_TEST(
        client.text ==
        "HTTP/1.1 101 Switching Protocols\r\nX-A: 1\r\nConnection: Upgrade\r\n"
        "Upgrade: echo\r\n\r\n"
    );
}

BOOST_FIXTURE_TEST_CASE(bytes_behind_the_request_are_the_streams, DetachFixture) {
    Client client{server};
    client.send(upgrade_request + "first\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    read_lines();
    server.turn();
    BOOST_TEST(lines == (Events{"first\n", "GET / HTTP/1.1\r\n", "Host: a\r\n", "\r\n"}));
    BOOST_TEST(client.take().text == switching);
}

BOOST_FIXTURE_TEST_CASE(earlier_responses_go_first, DetachFixture) {
    server.application.on_finish = [this](Request& request) {
        request.path == "/u" ? take(request) : request.answer(request.path);
    };
    Client client{server};
    client.send(
        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n" + upgrade_request
    );
    BOOST_TEST(client.said() == ok("/1") + ok("/2") + switching);
    BOOST_TEST(client.pieces.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_later_answer_may_be_an_upgrade, DetachFixture) {
    Late late{server.application};
    Client client{server};
    client.send(upgrade_request + "early\n");
    stream = upgrade(late.request->exchange, "echo");
    late.held = {};
    read_lines();
    client.send("late\n");
    BOOST_TEST(client.text == switching);
    BOOST_TEST(lines == (Events{"early\n", "late\n"}));
}

BOOST_FIXTURE_TEST_CASE(output_that_waits_goes_on, DetachFixture) {
    const std::string large(5'000'000, 'x');
    server.application.on_finish = [&](Request& request) {
        request.path == "/u" ? take(request) : request.answer(large);
    };
    Client client{server};
    client.put("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    server.turn();
    client.put(upgrade_request);
    client.take_until(switching);
    stream.write("behind");
    client.take_until("behind");
    BOOST_TEST(client.text.size() > large.size());
    BOOST_TEST(client.text.ends_with(switching + "behind"));
}

BOOST_FIXTURE_TEST_CASE(before_the_body_the_body_is_the_streams, DetachFixture) {
    server.application.on_headers = [this](Request& request) {
        stream = detach(request.exchange);
        return Future<void>::ready();
    };
    Client client{server};
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nfour\n");
    read_lines();
    client.send("five\n");
    BOOST_TEST(lines == (Events{"four\n", "five\n"}));
    BOOST_TEST(server.application.events == (Events{"headers POST /", "detach"}));
}

BOOST_FIXTURE_TEST_CASE(within_the_body_the_rest_is_the_streams, DetachFixture) {
    server.application.on_data = [this](Request& request, std::string_view) {
        stream = detach(request.exchange);
        return Future<void>::ready();
    };
    Client client{server};
    client.send(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    );
    read_lines();
    server.turn();
    BOOST_TEST(lines == (Events{"\r\n", "0\r\n", "\r\n"}));
}

BOOST_FIXTURE_TEST_CASE(before_there_is_a_delegate_too, DetachFixture) {
    struct Taker final : httputil::HTTPServerConnectionDelegate {
        explicit Taker(iostream::IOStream& into) : stream{into} {}
        std::unique_ptr<httputil::HTTPMessageDelegate> start_request(
            httputil::HTTPConnection& exchange
        ) override {
            stream = detach(exchange);
            return std::make_unique<httputil::HTTPMessageDelegate>();
        }
        iostream::IOStream& stream;
    } taker{stream};
    const auto ends = Client::socket_pair(SOCK_STREAM);
    http1connection::serve(
        iostream::StreamCore::open(server.loop, tornado::netutil::Socket{ends[1]}),
        {},
        server.parameters,
        taker,
        server.connections
    );
    const tornado::netutil::Socket client{ends[0]};
    const std::string_view sent = "GET / HTTP/1.1\r\nHost: a\r\n\r\nmore\n";
    BOOST_TEST(::send(client.fileno(), sent.data(), sent.size(), 0) > 0);
    server.turn();
    read_lines();
    server.turn();
    BOOST_TEST(lines == Events{"more\n"});
}

BOOST_FIXTURE_TEST_CASE(a_connect_becomes_a_tunnel, DetachFixture) {
    take = [this](Request& request) {
        request.exchange.write_headers(200, "Connection established", {}, {});
        stream = detach(request.exchange);
    };
    Client client{server};
    client.send("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\nhello\n");
    read_lines();
    stream.write("there");
    server.turn();
    BOOST_TEST(
        client.take().said() ==
        "HTTP/1.1 200 Connection established\r\nConnection: close\r\n\r\nthere"
    );
    BOOST_TEST(lines == Events{"hello\n"});
}

BOOST_FIXTURE_TEST_CASE(a_response_that_the_close_completes_may_go_on_raw, DetachFixture) {
    take = [this](Request& request) {
        request.exchange.write_headers(200, "", {}, "one ");
        stream = detach(request.exchange);
        stream.write("two");
        stream.close();
    };
    Client client{server};
    client.send("GET / HTTP/1.0\r\n\r\n");
    BOOST_TEST(client.said() == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\none two");
    BOOST_TEST(client.ended);
}

BOOST_FIXTURE_TEST_CASE(limits_of_http_are_over, DetachFixture) {
    server.parameters.idle_connection_timeout = 10s;
    server.parameters.header_timeout = 10s;
    server.parameters.body_timeout = 10s;
    server.parameters.write_timeout = 10s;
    Client client{server};
    upgrade_client(client);
    read_lines();
    server.time.advance(3h);
    client.send("still\n");
    BOOST_TEST(lines == Events{"still\n"});
    BOOST_TEST(!client.ended);
}

BOOST_FIXTURE_TEST_CASE(the_end_of_the_clients_side_is_the_streams_to_see, DetachFixture) {
    Late late{server.application};
    Client client{server};
    client.send(upgrade_request + "rest");
    client.shut_output();
    server.turn();
    stream = detach(late.request->exchange);
    late.held = {};
    std::string rest;
    stream.read_until_close([&](std::string text) { rest = std::move(text); });
    server.turn();
    BOOST_TEST(rest == "rest");
}

BOOST_FIXTURE_TEST_CASE(the_exchange_is_closed, DetachFixture) {
    Late late{server.application};
    Client client{server};
    client.send(upgrade_request);
    stream = detach(late.request->exchange);
    auto& exchange = *late.held;
    BOOST_TEST(exchange.closed());
    BOOST_TEST(late.request->target == "/u");
    BOOST_CHECK_THROW(exchange.write("x").result(), iostream::StreamClosedError);
    exchange.send_response(200, "", {}, "nobody gets this");
    exchange.abort();
    BOOST_CHECK_THROW(static_cast<void>(detach(exchange)), iostream::StreamClosedError);
    server.turn();
    BOOST_TEST(client.take().text == "");
    BOOST_TEST(!client.ended);
}

BOOST_FIXTURE_TEST_CASE(whoever_waits_to_write_need_not_wait, DetachFixture) {
    Late late{server.application};
    Client client{server};
    client.send("GET / HTTP/1.0\r\n\r\n");
    late.request->exchange.write_headers(200, "", {}, {});
    const auto written = late.request->exchange.write(std::string(10'000'000, 'x'));
    BOOST_TEST(!written.done());
    stream = detach(late.request->exchange);
    late.held = {};
    server.turn();
    BOOST_TEST(written.done());
    written.result();
    client.take_until(std::string(1000, 'x'));
}

BOOST_FIXTURE_TEST_CASE(a_future_that_held_reading_back_is_nobodys, DetachFixture) {
    Promise<void> considered;
    Request* request = nullptr;
    server.application.on_headers = [&](Request& each) {
        request = &each;
        return considered.future();
    };
    Client client{server};
    client.send(upgrade_request + "more\n");
    stream = upgrade(request->exchange, "echo");
    considered.set_result();
    read_lines();
    server.turn();
    BOOST_TEST(lines == Events{"more\n"});
    BOOST_TEST(client.take().text == switching);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(detached_streams)

BOOST_FIXTURE_TEST_CASE(count_until_they_close, DetachFixture) {
    Client client{server};
    upgrade_client(client);
    Client other{server};
    BOOST_TEST(server.connections.size() == 2U);
    stream.close();
    BOOST_TEST(server.connections.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(count_until_the_client_leaves, DetachFixture) {
    Client client{server};
    upgrade_client(client);
    read_lines();
    client.close();
    server.turn();
    BOOST_TEST(stream.closed());
    BOOST_TEST(server.connections.size() == 0U);
}

BOOST_FIXTURE_TEST_CASE(are_told_of_a_drain_and_waited_for, DetachFixture) {
    Client client{server};
    upgrade_client(client);
    server.connections.drain();
    BOOST_TEST(drains == 1);
    const auto drained = server.connections.drained();
    server.turn();
    BOOST_TEST(!drained.done());
    BOOST_TEST(!stream.closed());
    server.connections.drain();
    BOOST_TEST(drains == 1);
    stream.close();
    BOOST_TEST(drained.done());
}

BOOST_FIXTURE_TEST_CASE(may_close_each_other_when_told, DetachFixture) {
    std::vector<iostream::IOStream> streams;
    take = [&](Request& request) {
        streams.push_back(upgrade(request.exchange, "echo", {}, [&] {
            ++drains;
            for (auto& each : streams) {
                each.close();
            }
        }));
    };
    Client first{server};
    Client second{server};
    Client third{server};
    for (auto* client : {&first, &second, &third}) {
        upgrade_client(*client);
    }
    server.connections.drain();
    BOOST_TEST(drains == 1);
    BOOST_TEST(server.connections.size() == 0U);
}

BOOST_FIXTURE_TEST_CASE(of_a_server_that_drains_hear_it_soon, DetachFixture) {
    Late late{server.application};
    Client client{server};
    Client other{server};
    client.send(upgrade_request);
    auto first = std::exchange(late.held, {});
    other.send(upgrade_request);
    server.connections.drain();
    stream = upgrade(*first, "echo", {}, [this] { ++drains; });
    first = {};
    auto closed_at_once = upgrade(*late.held, "echo", {}, [this] { ++drains; });
    late.held = {};
    closed_at_once.close();
    BOOST_TEST(drains == 0);
    server.turn();
    BOOST_TEST(drains == 1);
}

BOOST_FIXTURE_TEST_CASE(what_their_taker_throws_is_logged, DetachFixture) {
    const LogCapture logged;
    take = [this](Request& request) {
        stream = upgrade(request.exchange, "echo", {}, [] { throw std::runtime_error{"no"}; });
    };
    Client client{server};
    upgrade_client(client);
    server.connections.drain();
    BOOST_TEST(logged.count("Uncaught exception in on_drain") == 1);
    BOOST_TEST(!stream.closed());
}

BOOST_FIXTURE_TEST_CASE(are_their_takers_not_the_sets, DetachFixture) {
    Client client{server};
    upgrade_client(client);
    server.connections.close_all();
    BOOST_TEST(!stream.closed());
    BOOST_TEST(server.connections.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(outlive_the_set, DetachFixture) {
    std::array<iostream::IOStream, 2> streams;
    {
        http1connection::ConnectionSet connections;
        std::size_t taken = 0;
        take = [&](Request& request) { streams[taken++] = upgrade(request.exchange, "echo"); };
        for (auto& each : streams) {
            const auto ends = Client::socket_pair(SOCK_STREAM);
            http1connection::serve(
                iostream::StreamCore::open(server.loop, tornado::netutil::Socket{ends[1]}),
                {},
                server.parameters,
                server.application,
                connections
            );
            const tornado::netutil::Socket client{ends[0]};
            static_cast<void>(
                ::send(client.fileno(), upgrade_request.data(), upgrade_request.size(), 0)
            );
            server.turn();
            BOOST_TEST(!each.closed());
        }
    }
    for (auto& each : streams) {
        each.close();
    }
}

BOOST_FIXTURE_TEST_CASE(are_lost_when_they_are_cut_off, DetachFixture) {
    Client client{server};
    upgrade_client(client);
    bool closed = false;
    auto reading = stream.read_until("\n");
    stream.set_close_callback([&] { closed = true; });
    server.connections.cut_off();
    BOOST_TEST(stream.closed());
    BOOST_TEST(server.connections.size() == 0U);
    server.turn();
    BOOST_TEST(closed);
    BOOST_CHECK_THROW(reading.result(), iostream::StreamClosedError);
    BOOST_TEST(client.take().ended);
}

BOOST_FIXTURE_TEST_CASE(are_lost_though_nobody_uses_them, DetachFixture) {
    Client client{server};
    upgrade_client(client);
    server.connections.cut_off();
    BOOST_TEST(stream.closed());
    BOOST_TEST(client.take().ended);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(detaching_wrongly)

BOOST_FIXTURE_TEST_CASE(after_the_response_throws, DetachFixture) {
    bool thrown = false;
    take = [&](Request& request) {
        request.answer("done");
        const auto held = request.hold();
        try {
            stream = detach(request.exchange);
        } catch (const std::logic_error&) {
            thrown = true;
        }
    };
    Client client{server};
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(thrown);
    BOOST_TEST(client.said() == ok("done"));
}

BOOST_FIXTURE_TEST_CASE(within_a_response_throws, DetachFixture) {
    for (const httputil::HTTPHeaders& headers :
         {httputil::HTTPHeaders{}, httputil::HTTPHeaders{{"Content-Length", "10"}}}) {
        Late late{server.application};
        Client client{server};
        client.send(upgrade_request);
        late.request->exchange.write_headers(200, "", headers, "half");
        BOOST_CHECK_THROW(static_cast<void>(detach(*late.held)), std::logic_error);
        BOOST_CHECK_THROW(
            static_cast<void>(upgrade(*late.held, "echo")), httputil::HTTPOutputError
        );
        late.held->abort();
    }
}

BOOST_FIXTURE_TEST_CASE(of_a_client_that_has_gone_throws, DetachFixture) {
    Late late{server.application};
    {
        Client client{server};
        client.send(upgrade_request);
        server.connections.close_all();
    }
    BOOST_CHECK_THROW(static_cast<void>(detach(*late.held)), iostream::StreamClosedError);
    BOOST_CHECK_THROW(static_cast<void>(upgrade(*late.held, "echo")), iostream::StreamClosedError);
}

BOOST_FIXTURE_TEST_CASE(an_upgrade_for_http_1_0_throws, DetachFixture) {
    Late late{server.application};
    Client client{server};
    client.send("GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n");
    BOOST_CHECK_THROW(static_cast<void>(upgrade(*late.held, "echo")), std::logic_error);
    late.answer("plain");
    server.turn();
    BOOST_TEST(client.take().said().find("plain") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(an_upgrade_before_the_body_throws, DetachFixture) {
    bool thrown = false;
    server.application.on_headers = [&](Request& request) {
        try {
            stream = upgrade(request.exchange, "echo");
        } catch (const std::logic_error&) {
            thrown = true;
        }
        return Future<void>::ready();
    };
    Client client{server};
    client.send(
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\nContent-Length: "
        "5\r\n\r\nhello"
    );
    BOOST_TEST(thrown);
    BOOST_TEST(client.text == switching);  // after the body
}

BOOST_FIXTURE_TEST_CASE(a_protocol_that_splits_the_response_throws, DetachFixture) {
    Late late{server.application};
    Client client{server};
    client.send(upgrade_request);
    BOOST_CHECK_THROW(
        static_cast<void>(upgrade(*late.held, "a\r\nX: b")), httputil::HTTPInputError
    );
    late.answer("plain");
    server.turn();
    BOOST_TEST(client.take().said() == ok("plain"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(upgrade_requests)

struct Asked {
    std::string version;
    std::string fields;
    bool asks;
};

BOOST_FIXTURE_TEST_CASE(need_both_fields_and_http_1_1, DetachFixture) {
    const Asked cases[] = {
        {"1.1", "Connection: Upgrade\r\nUpgrade: Echo\r\n", true},
        {"1.1", "Connection: keep-alive, upgrade\r\nUpgrade: h2c, echo\r\n", true},
        {"1.1", "Upgrade: echo\r\n", false},
        {"1.1", "Connection: upgrade\r\n", false},
        {"1.1", "Connection: upgrade\r\nUpgrade: echoes\r\n", false},
        {"1.0", "Connection: upgrade\r\nUpgrade: echo\r\n", false},
    };
    for (const auto& each : cases) {
        bool asks = !each.asks;
        take = [&](Request& request) {
            asks = asks_for_upgrade(request.exchange, "echo");
            request.answer("");
        };
        Client client{server};
        client.send("GET / HTTP/" + each.version + "\r\nHost: a\r\n" + each.fields + "\r\n");
        BOOST_TEST(asks == each.asks, each.fields);
    }
}

BOOST_FIXTURE_TEST_CASE(what_is_kept_of_an_upgraded_exchange_knows_the_request, DetachFixture) {
    using http1connection::KeptExchange;
    tornado::concurrent::StateRef<KeptExchange> kept;
    std::string_view path;
    take = [&](Request& request) {
        BOOST_TEST(!KeptExchange::of(request.exchange));
        path = request.target_view;
        stream = upgrade(request.exchange, "echo");
        kept = KeptExchange::of(request.exchange);
    };
    Client client{server};
    upgrade_client(client);
    BOOST_TEST(server.application.alive == 0);
    BOOST_REQUIRE(static_cast<bool>(kept));
    const auto& request = kept->request();
    BOOST_TEST(request.method() == "GET");
    BOOST_TEST(request.path() == "/u");
    BOOST_TEST(static_cast<const void*>(request.path().data()) == path.data());
    BOOST_TEST(request.host() == "a");
    BOOST_TEST(*request.headers().get("Upgrade") == "echo");
    BOOST_TEST(&kept->request() == &request);
    BOOST_TEST(kept->closed());
    BOOST_CHECK_THROW(kept->send_response(200, {}, {}, {}), tornado::httputil::HTTPOutputError);
    BOOST_CHECK_THROW(kept->write_headers(200, {}, {}, {}), tornado::httputil::HTTPOutputError);
    BOOST_CHECK_THROW(kept->write("a").result(), iostream::StreamClosedError);
    BOOST_CHECK_THROW(kept->write_file(0, 0, 1, nullptr).result(), iostream::StreamClosedError);
}

BOOST_AUTO_TEST_SUITE_END()
