#include <tornado/websocket/send_queue.hpp>

#include <boost/test/unit_test.hpp>

#include "socket_support.hpp"

using websocket::SendQueue;
using websocket::SendQueuePolicy;

namespace {

constexpr std::size_t entry_size = sizeof(SendQueue::Entry);

SendQueue::Entry text(std::string data, std::string key = "") {
    return {.data = std::move(data), .key = std::move(key)};
}

std::string contents(SendQueue& queue) {
    std::string all;
    while (!queue.empty()) {
        all += queue.pop().data + " ";
    }
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(send_queue)

BOOST_AUTO_TEST_CASE(gives_out_in_order_and_counts) {
    SendQueue queue{{}};
    BOOST_TEST(queue.push(text("a")));
    BOOST_TEST(queue.push(text("b")));
    BOOST_TEST(queue.counters().waiting == 2U);
    BOOST_TEST(queue.counters().waiting_bytes == 2 * (entry_size + 1));
    BOOST_TEST(contents(queue) == "a b ");
    BOOST_TEST(queue.counters().waiting_bytes == 0U);
}

BOOST_AUTO_TEST_CASE(says_when_it_is_full) {
    SendQueue queue{{.max_size = 2 * (entry_size + 1)}};
    BOOST_TEST(queue.push(text("a")));
    BOOST_TEST(queue.push(text("b")));
    BOOST_TEST(!queue.push(text("c")));
    BOOST_TEST(contents(queue) == "a b ");
}

BOOST_AUTO_TEST_CASE(drops_the_oldest) {
    SendQueue queue{{.max_size = 2 * (entry_size + 1), .policy = SendQueuePolicy::drop_oldest}};
    for (const auto* const data : {"a", "b", "c", "d"}) {
        BOOST_TEST(queue.push(text(data)));
    }
    BOOST_TEST(queue.counters().dropped == 2U);
    BOOST_TEST(contents(queue) == "c d ");
}

BOOST_AUTO_TEST_CASE(drops_the_new) {
    SendQueue queue{{.max_size = 2 * (entry_size + 1), .policy = SendQueuePolicy::drop_new}};
    for (const auto* const data : {"a", "b", "c", "d"}) {
        BOOST_TEST(queue.push(text(data)));
    }
    BOOST_TEST(queue.counters().dropped == 2U);
    BOOST_TEST(contents(queue) == "a b ");
}

BOOST_AUTO_TEST_CASE(takes_one_message_that_is_larger_than_all_of_it) {
    SendQueue queue{{.max_size = 10}};
    BOOST_TEST(queue.push(text(std::string(100, 'x'))));
    BOOST_TEST(!queue.push(text("y")));
}

BOOST_AUTO_TEST_CASE(replaces_what_has_the_same_key) {
    SendQueue queue{{}};
    BOOST_TEST(queue.push(text("a", "price")));
    BOOST_TEST(queue.push(text("b")));
    BOOST_TEST(queue.push(text("c", "volume")));
    BOOST_TEST(queue.push(text("ddd", "price")));
    BOOST_TEST(queue.counters().coalesced == 1U);
    BOOST_TEST(queue.counters().waiting_bytes == 3 * entry_size + 3 + 1 + 1 + 5 + 6);
    BOOST_TEST(contents(queue) == "ddd b c ");
}

BOOST_AUTO_TEST_CASE(stays_within_its_size_when_replacements_are_larger) {
    using Policy = SendQueuePolicy;
    for (const auto policy : {Policy::close, Policy::drop_oldest, Policy::drop_new}) {
        SendQueue queue{{.max_size = 100'000, .policy = policy}};
        for (int i = 0; i < 500; ++i) {
            BOOST_TEST(queue.push(text("x", "k" + std::to_string(i))));
        }
        for (int i = 0; i < 500; ++i) {
            const bool taken = queue.push(text(std::string(10'000, 'y'), "k" + std::to_string(i)));
            BOOST_TEST((taken || policy == Policy::close));
            BOOST_TEST(queue.counters().waiting_bytes <= 100'000U);
        }
    }
}

BOOST_AUTO_TEST_CASE(drops_what_a_larger_message_of_its_key_was_to_replace) {
    SendQueue queue{{.max_size = 3 * (entry_size + 2), .policy = SendQueuePolicy::drop_oldest}};
    for (const auto* const key : {"a", "b", "c"}) {
        BOOST_TEST(queue.push(text("1", key)));
    }
    BOOST_TEST(queue.push(text(std::string(entry_size, '2'), "a")));
    BOOST_TEST(contents(queue) == "1 " + std::string(entry_size, '2') + " ");
}

BOOST_AUTO_TEST_CASE(finds_the_key_among_many) {
    SendQueue queue{{.max_size = 1'000'000'000}};
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 50'000; ++i) {
            BOOST_REQUIRE(queue.push(text("x", "k" + std::to_string(i))));
        }
    }
    BOOST_TEST(queue.counters().waiting == 50'000U);
    BOOST_TEST(queue.counters().coalesced == 50'000U);
    static_cast<void>(queue.pop());
    BOOST_TEST(queue.push(text("y", "k0")));
    BOOST_TEST(queue.counters().waiting == 50'000U);
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

struct Flood : WebSocketHandler {
    Flood(SendQueuePolicy chosen, websocket::SendQueueCounters& counters, Events& seen)
        : policy{chosen},
          last{counters},
          events{seen} {}
    websocket::SendQueueOptions send_queue_options() override {
        return {.max_size = 1'000'000, .policy = policy};
    }
    void on_message(std::string_view) {
        for (int i = 0; i < 300 && is_open(); ++i) {
            write_message(std::string(99'990, 'x') + std::to_string(i), true);
            BOOST_TEST(send_queue().waiting_bytes <= 1'000'000U);
        }
        last = send_queue();
        events.emplace_back("flooded");
    }
    void on_close() { events.emplace_back("closed"); }
    SendQueuePolicy policy;
    websocket::SendQueueCounters& last;
    Events& events;
};

struct FloodTest : SocketTest {
    RawSocket flood(SendQueuePolicy policy) {
        serve<Flood>(policy, std::ref(counters), std::ref(events));
        auto socket = open();
        socket.send(masked(Opcode::text, "go"));
        wait_until([&] { return !events.empty(); });
        return socket;
    }
    websocket::SendQueueCounters counters;
    Events events;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(slow_reader)

BOOST_FIXTURE_TEST_CASE(is_closed_with_1013, FloodTest) {
    auto socket = flood(SendQueuePolicy::close);
    std::string last;
    while (last.substr(0, 5) != "close") {
        last = socket.next();
    }
    BOOST_TEST(last == "close1013:too slow");
}

BOOST_FIXTURE_TEST_CASE(misses_the_oldest, FloodTest) {
    auto socket = flood(SendQueuePolicy::drop_oldest);
    BOOST_TEST(counters.dropped > 0U);
    std::string last;
    while (!last.ends_with("x299")) {
        last = socket.next();
    }
}

BOOST_FIXTURE_TEST_CASE(misses_the_newest, FloodTest) {
    auto socket = flood(SendQueuePolicy::drop_new);
    BOOST_TEST(counters.dropped > 0U);
    const auto wanted = 300 - counters.dropped;
    for (std::size_t i = 0; i < wanted; ++i) {
        BOOST_REQUIRE((socket.next().ends_with("x" + std::to_string(i))));
    }
}

BOOST_FIXTURE_TEST_CASE(holds_back_who_awaits_its_messages, SocketTest) {
    struct Handler : WebSocketHandler {
        Future<void> on_message(std::string) {
            for (int i = 0; i < 100; ++i) {
                co_await write_message(std::string(100'000, 'x'), true);
                BOOST_TEST(send_queue().waiting <= 1U);
            }
            co_await write_message("done");
        }
    };
    serve<Handler>();
    auto socket = open();
    socket.send(masked(Opcode::text, "go"));
    for (int i = 0; i < 100; ++i) {
        BOOST_REQUIRE(socket.next().size() == 100'007U);
    }
    BOOST_TEST(socket.next() == "text:done");
}

BOOST_FIXTURE_TEST_CASE(gets_only_the_latest_of_a_kind, SocketTest) {
    struct Handler : WebSocketHandler {
        explicit Handler(Events& seen) : events{seen} {}
        void on_message(std::string_view) {
            write_message(std::string(20'000'000, 'x'), true);
            for (int i = 0; i < 1000; ++i) {
                write_latest("price", std::to_string(i));
            }
            events.push_back(std::to_string(send_queue().coalesced));
        }
        Events& events;
    };
    Events events;
    serve<Handler>(std::ref(events));
    auto socket = open();
    socket.send(masked(Opcode::text, "go"));
    BOOST_TEST(socket.next().size() == 20'000'007U);
    BOOST_TEST(socket.next() == "text:999");
    BOOST_TEST(joined(events) == "999");
}

BOOST_FIXTURE_TEST_CASE(costs_no_memory_for_futures_that_nobody_keeps, SocketTest) {
    struct Handler : WebSocketHandler {
        explicit Handler(std::size_t& bytes) : growth{bytes} {}
        websocket::SendQueueOptions send_queue_options() override {
            return {.max_size = 100'000, .policy = SendQueuePolicy::drop_new};
        }
        void on_message(std::string_view) {
            write_message(std::string(20'000'000, 'x'), true);
            write_message(std::string(100'000, 'x'), true);
            const auto before = allocated_bytes();
            for (int i = 0; i < 100'000; ++i) {
                write_message("dropped");
            }
            growth = allocated_bytes() - std::min(before, allocated_bytes());
            close();
        }
        std::size_t& growth;
    };
    std::size_t growth = 1'000'000'000;
    serve<Handler>(std::ref(growth));
    auto socket = open();
    socket.send(masked(Opcode::text, "go"));
    wait_until([&] { return growth != 1'000'000'000U; });
    BOOST_TEST(growth < 100'000U);
}

BOOST_FIXTURE_TEST_CASE(is_heard_while_its_messages_are_dropped, SocketTest) {
    struct Feed : Noting {
        using Noting::Noting;
        websocket::SendQueueOptions send_queue_options() override {
            return {.max_size = 1'000'000, .policy = SendQueuePolicy::drop_oldest};
        }
        void on_message(std::string message) {
            if (message == "go") {
                for (int i = 0; i < 300; ++i) {
                    write_message(std::string(100'000, 'x'), true);
                }
            }
            Noting::on_message(std::move(message));
        }
    };
    Events events;
    serve<Feed>(std::ref(events));
    auto socket = open();
    socket.send(masked(Opcode::text, "go"));
    wait_until([&] { return events.back() == "go"; });
    socket.send(masked(Opcode::text, "stop") + client_close(1000));
    wait_until([&] { return events.back() == "closed:1000:"; });
    BOOST_TEST(joined(events) == "finish open go stop closed:1000:");
}

BOOST_FIXTURE_TEST_CASE(gets_many_small_messages_in_few_sends_once_it_reads, SocketTest) {
    struct Handler : WebSocketHandler {
        void on_message(std::string_view) {
            write_message(std::string(20'000'000, 'x'), true);
            for (int i = 0; i < 50'000; ++i) {
                write_message(std::to_string(i));
            }
        }
    };
    serve<Handler>();
    auto socket = open();
    socket.send(masked(Opcode::text, "go"));
    BOOST_TEST(socket.next().size() == 20'000'007U);
    for (int i = 0; i < 50'000; ++i) {
        BOOST_REQUIRE(socket.next() == "text:" + std::to_string(i));
    }
}

BOOST_AUTO_TEST_SUITE_END()
