#include <tornado/http1connection/server_connection.hpp>

#include "support.hpp"

#include <boost/test/unit_test.hpp>
#include <tornado/iostream/memory_pair.hpp>
#include <utility>

namespace {

std::string get(int number) {
    return "GET /" + std::to_string(number) + " HTTP/1.1\r\nHost:a\r\n\r\n";
}
std::string answer(int number) {
    return ok("GET a/" + std::to_string(number) + " []");
}

/// Keeps the requests that wait for their answer.
struct Waiting {
    explicit Waiting(Application& application) {
        application.on_finish = [this](Request& request) {
            requests.push_back(&request);
            held.push_back(request.hold());
        };
    }
    void answer(std::size_t index) {
        auto& request = *requests.at(index);
        request.answer("GET a" + request.path + " []");
    }
    std::vector<Request*> requests;
    std::vector<httputil::ExchangeRef> held;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(pipelining)

BOOST_AUTO_TEST_CASE(a_batch_is_answered_in_order_with_one_send) {
    Server server;
    Client client{server, SOCK_SEQPACKET};  // which keeps each send apart
    std::string batch;
    std::string answers;
    for (int i = 0; i < 100; ++i) {
        batch += get(i);
        answers += answer(i);
    }
    client.send(batch);
    BOOST_TEST(client.said() == answers);
    BOOST_TEST(client.pieces.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_single_request_is_answered_with_one_send_however_it_is_written) {
    Server server;
    server.application.on_finish = [](Request& request) {
        const auto hold = request.hold();
        request.exchange.write_headers(200, "", {}, "a");
        request.exchange.write("b");
        request.exchange.write(std::string(20'000, 'c'));
        request.exchange.finish();
    };
    Client client{server, SOCK_SEQPACKET};
    client.send(get(1));
    BOOST_TEST(client.text.ends_with("\r\n0\r\n\r\n"));
    BOOST_TEST(client.pieces.size() == 1U);
}

BOOST_AUTO_TEST_CASE(answers_in_later_turns_leave_with_one_send_a_turn) {
    Server server;
    const Waiting waiting{server.application};
    Client client{server, SOCK_SEQPACKET};
    client.send(get(1));
    auto& exchange = waiting.requests.at(0)->exchange;
    exchange.write_headers(200, "", {}, "a");
    exchange.write("b");
    exchange.write("c");
    server.turn();
    client.take();
    BOOST_TEST(client.text.ends_with("1\r\na\r\n1\r\nb\r\n1\r\nc\r\n"));
    BOOST_TEST(client.pieces.size() == 1U);
}

BOOST_AUTO_TEST_CASE(one_that_answers_later_holds_the_others_back) {
    Server server;
    Waiting waiting{server.application};
    Client client{server};
    client.send(get(1) + get(2) + get(3));
    BOOST_TEST(waiting.requests.size() == 1U);
    BOOST_TEST(client.text.empty());
    for (int i = 1; i <= 3; ++i) {
        waiting.answer(static_cast<std::size_t>(i) - 1);
        server.turn();
        client.take();
        BOOST_TEST(client.said().ends_with(answer(i)));
    }
    BOOST_TEST(client.said() == answer(1) + answer(2) + answer(3));
    client.send(get(4));
    BOOST_TEST(waiting.requests.size() == 4U);
}

BOOST_AUTO_TEST_CASE(late_and_immediate_answers_keep_their_order) {
    Server server;
    Waiting waiting{server.application};
    server.application.on_finish = [&, later = server.application.on_finish](Request& request) {
        request.path.size() % 2 == 0 ? later(request)
                                     : request.answer("GET a" + request.path + " []");
    };
    Client client{server};
    std::string batch;
    std::string answers;
    for (const int number : {10, 1, 20, 2, 3, 30, 31, 4}) {
        batch += get(number);
        answers += answer(number);
    }
    client.send(batch);
    for (std::size_t i = 0; i < waiting.requests.size(); ++i) {
        waiting.answer(i);
        server.turn();
    }
    BOOST_TEST(client.take().said() == answers);
}

BOOST_AUTO_TEST_CASE(a_batch_goes_on_when_its_answers_fill_the_output) {
    // Whether the kernel takes all at once, so that no wait for it resumes the batch, or a part.
    for (const std::size_t size : {20'000U, 100'000U, 270'000U}) {
        Server server;
        server.application.on_finish = [&](Request& request) {
            request.answer(std::string(size, 'x'));
        };
        Client client{server};
        std::string batch;
        for (int i = 0; i < 50; ++i) {
            batch += get(i);
        }
        client.send(batch);
        server.run_until([&] {
            return client.take().text.size() > 50 * size &&
                   count(client.text, "HTTP/1.1 200") == 50;
        });
        BOOST_TEST(server.application.events.size() == 100U);
    }
}

BOOST_AUTO_TEST_CASE(a_client_that_reads_nothing_is_not_worked_for) {
    Server server;
    server.application.on_finish = [](Request& request) {
        request.answer(std::string(100'000, 'x'));
    };
    Client client{server};
    for (int i = 0; i < 2000; ++i) {  // 200 MB of answers
        client.put(get(i));
        server.turn();
    }
    BOOST_TEST(server.application.events.size() < 2U * 400U);
    server.run_until([&] { return count(client.take().text, "HTTP/1.1 200") >= 100; });
}

BOOST_AUTO_TEST_CASE(a_client_that_takes_as_fast_as_it_asks_leaves_the_loop_to_others) {
    Server server;
    std::string order;
    server.application.on_finish = [&](Request& request) {
        order += request.path;
        request.answer(std::string(1'000'000, 'x'));
    };
    const auto connect = [&] {
        auto pair = tornado::iostream::memory_pair({.capacity = 100'000'000});  // takes it all
        http1connection::serve(
            pair.second.release(), {}, server.parameters, server.application, server.connections
        );
        return std::move(pair.first);
    };
    auto greedy = connect();
    auto other = connect();
    std::string requests;
    for (int i = 0; i < 16; ++i) {
        requests += get(1);
    }
    greedy.write(requests);
    other.write(get(2));
    server.turn();
    BOOST_TEST(count(order, "/1") == 16U);
    BOOST_TEST(order.find("/2") <= 2 * order.find("/1", 1), order);
}

BOOST_AUTO_TEST_CASE(requests_sent_ahead_of_a_late_answer_do_not_pile_up) {
    Server server;
    Waiting waiting{server.application};
    Client client{server};
    client.send(get(1));
    std::size_t taken = 0;
    const std::string flood(64 * 1024, 'G');
    for (int i = 0; i < 1600; ++i) {  // 100 MB
        taken += client.put(flood);
        server.turn();
    }
    BOOST_TEST(taken < 1'000'000U);
    waiting.answer(0);
    server.turn();
    BOOST_TEST(client.take().said().starts_with(answer(1)));
}

BOOST_AUTO_TEST_SUITE_END()
