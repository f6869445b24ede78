#include <tornado/iostream/memory_pair.hpp>

#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <tornado/testing/virtual_time.hpp>

#include "support.hpp"
#include "used_memory.hpp"

namespace {

using tornado::Future;
using tornado::iostream::IOStream;
using tornado::iostream::memory_pair;
using tornado::iostream::MemoryPair;
using tornado::iostream::StreamClosedError;
using tornado::iostream::StreamingCallback;
using tornado::iostream::WireFaults;
namespace gen = tornado::gen;

struct LoopFixture {
    template <typename T>
    T wait(Future<T> future) {
        return loop.run_sync([&future] { return future; }, much_too_long);
    }
    template <typename C>
    void until(C condition) {
        loop.run_sync(
            [&condition]() -> Future<void> {
                while (!condition()) {
                    co_await gen::moment();
                }
            },
            much_too_long
        );
    }
    void turns() {
        int left = 30;
        until([&] { return --left == 0; });
    }

    tornado::ioloop::IOLoop loop;
};

BOOST_FIXTURE_TEST_SUITE(memory_pairs, LoopFixture)

BOOST_AUTO_TEST_CASE(bytes_go_both_ways) {
    auto pair = memory_pair();
    BOOST_TEST(pair.first.write("ping").done());
    BOOST_TEST(wait(pair.second.read_bytes(4)) == "ping");
    pair.second.write("pong\n");
    BOOST_TEST(wait(pair.first.read_until("\n")) == "pong\n");
    BOOST_TEST(pair.to_second.written() == 4U);
    BOOST_TEST(pair.to_first.read() == 5U);
    BOOST_TEST(pair.first.fileno() == -1);
    BOOST_TEST(pair.first.peer_address().empty());
}

BOOST_AUTO_TEST_CASE(closing_one_end_is_the_others_end) {
    auto pair = memory_pair();
    bool closed = false;
    pair.second.set_close_callback([&] { closed = true; });
    pair.first.write("last words");
    pair.first.close();
    BOOST_TEST(wait(pair.second.read_until_close()) == "last words");
    until([&] { return closed; });
}

BOOST_AUTO_TEST_CASE(writing_to_an_end_that_has_gone_fails) {
    auto pair = memory_pair();
    pair.second.close();
    const auto written = pair.first.write("x");
    until([&] { return written.done(); });
    BOOST_TEST(real_error(written) == std::errc::broken_pipe);
}

BOOST_AUTO_TEST_CASE(a_peer_that_never_reads_holds_the_writer_up) {
    auto pair = memory_pair({}, {.capacity = 1000});
    const auto written = pair.first.write(std::string(100'000, 'x'));
    turns();
    BOOST_TEST(!written.done());
    BOOST_TEST(pair.to_second.written() == 1000U);
    BOOST_TEST(wait(pair.second.read_bytes(100'000)).size() == 100'000U);
    wait(written);
}

BOOST_AUTO_TEST_CASE(a_half_close_leaves_the_other_direction_open) {
    auto pair = memory_pair({}, {.end_after = 5});
    pair.first.write("whole story");
    BOOST_TEST(wait(pair.second.read_bytes(5)) == "whole");
    pair.second.write("what then?");
    BOOST_TEST(wait(pair.first.read_bytes(10)) == "what then?");
    BOOST_TEST(wait(pair.second.read_until_close()) == "");
    auto other = memory_pair();
    const auto all = other.second.read_until_close();
    other.first.write("all");
    other.to_second.end();
    BOOST_TEST(wait(all) == "all");
}

BOOST_AUTO_TEST_CASE(a_reset_is_seen_at_both_ends) {
    auto pair = memory_pair();
    bool first_closed = false;
    pair.first.set_close_callback([&] { first_closed = true; });
    const auto read = pair.second.read_bytes(1);
    turns();
    pair.to_second.reset();
    until([&] { return read.done() && first_closed; });
    BOOST_TEST(real_error(read) == std::errc::connection_reset);
    BOOST_TEST(pair.first.error() == std::errc::connection_reset);
}

BOOST_AUTO_TEST_CASE(delayed_bytes_come_later_and_in_order) {
    auto pair = memory_pair({}, {.delay = std::chrono::milliseconds{2}});
    pair.first.write("first ");
    turns();
    pair.first.write("second");
    pair.first.close();
    BOOST_TEST(pair.to_second.written() == 12U);
    BOOST_TEST(wait(pair.second.read_until_close()) == "first second");
}

BOOST_AUTO_TEST_CASE(virtual_time_passes_while_one_is_open) {
    using namespace std::chrono_literals;
    tornado::testing::VirtualTime time{loop};
    auto pair = memory_pair({}, {.delay = 30s});
    auto read = pair.second.read_bytes(4);
    pair.first.write("late");
    time.advance(29s);
    BOOST_TEST(!read.done());
    BOOST_TEST(wait(std::move(read)) == "late");
    BOOST_TEST((time.elapsed() == 30s));
}

BOOST_AUTO_TEST_CASE(the_loop_may_end_first) {
    auto other = std::make_unique<tornado::ioloop::IOLoop>();
    auto pair = memory_pair();
    pair.first.read_bytes(1).ignore();
    auto core = pair.second.release();
    core->start_reading();
    other->close();
    BOOST_TEST(pair.first.closed());
    BOOST_TEST(core->closed());
    other.reset();
    pair.to_first.reset();
}

BOOST_AUTO_TEST_SUITE_END()

/// A conversation in which each kind of read has its part.
std::string question() {
    return "head\r\nname: value\r\n\r\n12345678and 42 more" + std::string(9000, 'b') + "tail";
}

Future<void> ask(IOStream& stream) {
    co_await stream.write(question());
    auto answer = co_await stream.read_until("!");
    BOOST_TEST(answer == "thanks!");
    stream.close();
}

Future<std::string> answer(IOStream& stream) {
    auto seen = co_await stream.read_until("\r\n", 6);
    seen += "|" + co_await stream.read_until_regex("\r?\n\r?\n", 100);
    seen += "|" + co_await stream.read_bytes(8);
    seen += "|" + co_await stream.read_until_regex("[0-9]+ ");
    seen += "|";
    auto pieces =
        stream.read_bytes(4, StreamingCallback([&seen](std::string piece) { seen += piece; }));
    co_await pieces;
    std::array<char, 9000> memory{};
    const auto count = co_await stream.read_into(memory);
    seen += "|" + std::string(memory.data(), count) + "|";
    while (seen.back() != 'l') {
        seen += co_await stream.read_bytes(10, true);
    }
    co_await stream.write("thanks!");
    seen += "|" + co_await stream.read_until_close();
    co_return seen;
}

const std::string expected =
    "head\r\n|name: value\r\n\r\n|12345678|and 42 |more|" + std::string(9000, 'b') + "|tail|";

BOOST_FIXTURE_TEST_SUITE(iostream_conversations, LoopFixture)

std::string converse(LoopFixture& test, MemoryPair& pair) {
    const auto asked = ask(pair.first);
    const auto answered = answer(pair.second);
    test.until([&] { return asked.done() && answered.done(); });
    asked.result();
    return answered.result();
}

/// All places in the first bytes, and some among the many that are alike.
template <typename F>
void at_each_place(F check) {
    const auto size = question().size();
    for (std::size_t place = 0; place <= size; place += place < 60 || place + 10 > size ? 1 : 997) {
        check(place);
    }
}

BOOST_AUTO_TEST_CASE(a_split_at_any_place_makes_no_difference) {
    at_each_place([this](std::size_t place) {
        auto pair = memory_pair({.split_at = place}, {.split_at = place});
        BOOST_TEST_CONTEXT("split at " << place) {
            BOOST_TEST((converse(*this, pair) == expected));
        }
    });
}

BOOST_AUTO_TEST_CASE(neither_do_pieces_of_any_size_nor_a_wire_that_holds_little) {
    for (const std::size_t size : {1U, 2U, 3U, 7U, 100U, 4000U}) {
        auto pieces = memory_pair({.piece_size = size}, {.piece_size = size});
        BOOST_TEST((converse(*this, pieces) == expected));
        auto narrow = memory_pair({.capacity = size}, {.capacity = size});
        BOOST_TEST((converse(*this, narrow) == expected));
    }
}

BOOST_AUTO_TEST_CASE(a_reset_at_any_place_fails_both_ends_and_leaves_nothing_pending) {
    at_each_place([this](std::size_t place) {
        auto pair = memory_pair({}, {.reset_after = place});
        const auto asked = ask(pair.first);
        const auto answered = answer(pair.second);
        BOOST_TEST_CONTEXT("reset after " << place) {
            until([&] { return asked.done() && answered.done(); });
            BOOST_TEST(real_error(asked) == std::errc::connection_reset);
            BOOST_TEST(real_error(answered) == std::errc::connection_reset);
            BOOST_TEST(pair.first.closed());
            BOOST_TEST(pair.second.closed());
        }
    });
}

BOOST_AUTO_TEST_CASE(an_end_at_any_place_fails_the_read_that_misses_bytes) {
    at_each_place([this](std::size_t place) {
        if (place == question().size()) {
            return;
        }
        auto pair = memory_pair({}, {.end_after = place});
        const auto asked = ask(pair.first);
        const auto answered = answer(pair.second);
        BOOST_TEST_CONTEXT("end after " << place) {
            until([&] { return asked.done() && answered.done(); });
            BOOST_TEST(!real_error(answered));
            asked.ignore();
        }
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_read_consumes_nothing_wherever_it_is) {
    const auto text = question();
    for (std::size_t place = 0; place < text.size(); place += 1501) {
        auto pair = memory_pair({}, {.capacity = std::max<std::size_t>(place, 1)});
        std::string memory(text.size(), '\0');
        const auto read = pair.second.read_into(memory);
        pair.first.write(text.substr(0, place));
        turns();
        BOOST_TEST(read.cancel());
        pair.first.write(text.substr(place));
        pair.to_second.faults().capacity = 1 << 20;
        BOOST_TEST((wait(pair.second.read_bytes(text.size())) == text));
    }
}

BOOST_AUTO_TEST_CASE(a_regex_is_searched_in_linear_time_though_nothing_rules_its_begin_out) {
    auto pair = memory_pair({}, {.capacity = 1 << 26});
    // ".*" may begin with the first byte: without the rule of the doubled buffer, each chunk would
    // have everything searched again.
    const auto found = pair.second.read_until_regex("(?s).*\n");
    pair.first.write(std::string(8'000'000, 'x') + "\n");
    BOOST_TEST(wait(found).size() == 8'000'001U);
}

BOOST_AUTO_TEST_CASE(ten_thousand_failing_connections_leave_neither_descriptors_nor_memory) {
    const auto fail_in_many_ways = [this](int rounds) {
        for (int i = 0; i < rounds; ++i) {
            auto sockets = connected_sockets();
            IOStream server{std::move(sockets.server)};
            const auto answered = answer(server).ignore();
            if (i % 4 == 1) {
                static_cast<void>(::send(sockets.client.fileno(), "head\r\n", 6, MSG_NOSIGNAL));
            } else if (i % 4 == 2) {
                static_cast<void>(::send(sockets.client.fileno(), "no end", 6, MSG_NOSIGNAL));
            } else if (i % 4 == 3) {
                server.write(std::string(100'000, 'x')).ignore();
            }
            if (i % 2 == 0) {
                reset_on_close(sockets.client.fileno());
            }
            sockets.client.close();
            until([&] { return answered.done(); });
        }
    };
    fail_in_many_ways(200);
    const auto descriptors = open_descriptors();
    const auto memory = used_memory();
    fail_in_many_ways(10'000);
    BOOST_TEST(open_descriptors() == descriptors);
    BOOST_TEST(used_memory() < memory + 10'000);  // not even a byte for each
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
