#include <tornado/iostream/stream_callbacks.hpp>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <tornado/stack_context.hpp>

#include "support.hpp"

namespace {

using tornado::Future;
using tornado::iostream::IOStream;
using tornado::iostream::StreamClosedError;
using tornado::iostream::StreamErrc;
using tornado::iostream::StreamingCallback;
namespace gen = tornado::gen;
namespace stack_context = tornado::stack_context;

BOOST_FIXTURE_TEST_SUITE(iostream_callbacks, StreamFixture)

BOOST_AUTO_TEST_CASE(each_read_takes_a_callback) {
    Order order;
    std::array<char, 2> memory{};
    client.write("line\nword 12345678xyrest");
    server.read_until("\n", [&](std::string line) {
        order.push_back(line);
        server.read_until_regex("\\s", [&](std::string word) {
            order.push_back(word);
            server.read_bytes(8, [&](std::string bytes) {
                order.push_back(bytes);
                server.read_into(memory, [&](std::size_t count) {
                    order.emplace_back(memory.data(), count);
                    server.read_until_close([&](std::string all) { order.push_back(all); });
                    client.close();
                });
            });
        });
    });
    until([&] { return order.size() == 5; });
    BOOST_TEST((order == Order{"line\n", "word ", "12345678", "xy", "rest"}));
}

BOOST_AUTO_TEST_CASE(limits_and_partial_reads_go_with_callbacks) {
    Order order;
    client.write("abc");
    server.read_bytes(
        10, [&](std::string bytes) { order.push_back(bytes); }, true
    );
    until([&] { return order.size() == 1; });
    BOOST_TEST(order.front() == "abc");
    client.write("no end in sight");
    server.read_until(
        "\n", [&](std::string) { order.emplace_back("never"); }, 5
    );
    until([&] { return server.closed(); });
    turns();
    BOOST_TEST(order.size() == 1U);
    BOOST_TEST(server.error() == StreamErrc::unsatisfiable_read);
}

BOOST_AUTO_TEST_CASE(a_callback_runs_in_a_later_turn_even_when_all_is_there) {
    client.write("ab");
    BOOST_TEST(wait(server.read_bytes(1)) == "a");
    bool called = false;
    server.read_bytes(1, [&](std::string) { called = true; });
    BOOST_TEST(!called);
    until([&] { return called; });
}

BOOST_AUTO_TEST_CASE(the_end_is_heard_of_by_the_close_callback_alone) {
    Order order;
    const LogCapture log;
    server.set_close_callback([&] { order.emplace_back("closed"); });
    server.read_until("\n", [&](std::string) { order.emplace_back("line"); });
    client.close();
    until([&] { return !order.empty(); });
    turns();
    BOOST_TEST((order == Order{"closed"}));
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_callback_that_throws_closes_the_stream_and_is_logged) {
    const LogCapture log;
    client.write("x");
    server.read_bytes(1, [](std::string) { throw std::runtime_error{"out of order"}; });
    until([&] { return server.closed(); });
    turns();
    BOOST_TEST(server.error() == StreamErrc::callback_failed);
    BOOST_TEST(log.count("out of order") == 1);
}

BOOST_AUTO_TEST_CASE(a_callback_may_be_a_coroutine_and_lives_as_long) {
    const auto alive = std::make_shared<int>(1);
    std::string seen;
    client.write("ab");
    server.read_bytes(1, [this, alive, &seen](std::string first) -> Future<void> {
        seen = first;
        seen += co_await server.read_bytes(1);
        *alive += 1;
    });
    until([&] { return *alive == 2; });
    BOOST_TEST(seen == "ab");
    turns();
    BOOST_TEST(alive.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_coroutine_callback_that_throws_closes_the_stream_too) {
    const LogCapture log;
    client.write("x");
    server.read_bytes(1, [](std::string) -> Future<void> {
        co_await gen::moment();
        throw std::runtime_error{"out of order"};
    });
    until([&] { return server.closed(); });
    turns();
    BOOST_TEST(server.error() == StreamErrc::callback_failed);
    BOOST_TEST(log.count("out of order") == 1);
}

BOOST_AUTO_TEST_CASE(a_callback_runs_under_the_context_of_its_read) {
    static constexpr stack_context::Key<std::string> request;
    std::string seen;
    {
        const stack_context::StackContext context{request, "reader"};
        server.read_bytes(1, [&](std::string) { seen = *stack_context::get(request); });
    }
    client.write("x");
    until([&] { return !seen.empty(); });
    BOOST_TEST(seen == "reader");
}

BOOST_AUTO_TEST_CASE(a_callback_outlives_the_stream_whose_result_it_gets) {
    std::string seen;
    client.write("x");
    auto stream = std::make_unique<IOStream>(std::move(server));
    stream->read_bytes(1, [&](std::string bytes) { seen = bytes; });
    until([&] { return !stream->reading(); });
    stream.reset();
    until([&] { return seen == "x"; });
}

BOOST_AUTO_TEST_CASE(writes_are_told_in_order) {
    Order order;
    client.write(std::string(20'000'000, 'x'), [&] { order.emplace_back("large"); });
    client.write("y", [&] { order.emplace_back("small"); });
    BOOST_TEST(order.empty());
    server.read_bytes(20'000'001, [&](std::string) { order.emplace_back("read"); });
    until([&] { return order.size() == 3; });
    BOOST_TEST(order[0] == "large");
    BOOST_TEST((order[1] == "small" || order[2] == "small"));
}

BOOST_AUTO_TEST_CASE(a_connection_is_told) {
    const auto listener = listener_on_loopback();
    IOStream stream{new_socket()};
    bool connected = false;
    stream.connect(loopback_address(port_of(listener)), [&] { connected = true; });
    BOOST_TEST(!connected);
    until([&] { return connected; });
    IOStream refused{new_socket()};
    bool closed = false;
    refused.set_close_callback([&] { closed = true; });
    refused.connect(loopback_address(port_of(listener_on_loopback())), [] {
        BOOST_ERROR("nobody listens there");
    });
    until([&] { return closed; });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(iostream_streaming, StreamFixture)

BOOST_AUTO_TEST_CASE(pieces_come_as_they_arrive) {
    Order pieces;
    const auto all = server.read_bytes(6, StreamingCallback{[&](std::string_view piece) {
                                           pieces.emplace_back(piece);
                                       }});
    client.write("abc");
    until([&] { return pieces.size() == 1; });
    BOOST_TEST(server.reading());
    client.write("defgh");
    wait(all);
    BOOST_TEST((pieces == Order{"abc", "def"}));
    BOOST_TEST(!server.reading());
    BOOST_TEST(wait(server.read_bytes(2)) == "gh");
}

BOOST_AUTO_TEST_CASE(what_was_read_before_comes_first_and_in_a_later_turn) {
    std::string all;
    client.write("line\nrest");
    BOOST_TEST(wait(server.read_until("\n")) == "line\n");
    const auto end =
        server.read_until_close(StreamingCallback{[&](std::string piece) { all += piece; }});
    BOOST_TEST(all.empty());
    client.write(", and more");
    client.close();
    wait(end);
    BOOST_TEST(all == "rest, and more");
    BOOST_TEST(server.closed());
}

BOOST_AUTO_TEST_CASE(much_comes_in_large_pieces) {
    std::size_t pieces = 0;
    std::size_t size = 0;
    client.write(std::string(10'000'000, 'x'));
    client.write("", [this] { client.close(); });
    wait(server.read_until_close(StreamingCallback{[&](std::string_view piece) {
        ++pieces;
        size += piece.size();
    }}));
    BOOST_TEST(size == 10'000'000U);
    BOOST_TEST(pieces < 1000U);
}

BOOST_AUTO_TEST_CASE(the_callback_for_the_end_gets_an_empty_string) {
    Order order;
    client.write("abcd");
    server.read_bytes(
        4,
        [&](std::string end) { order.push_back("end" + end); },
        [&](std::string piece) { order.push_back(piece); }
    );
    until([&] { return order.size() == 2; });
    BOOST_TEST((order == Order{"abcd", "end"}));
    server.read_until_close(
        [&](std::string end) { order.push_back("close" + end); },
        [&](std::string piece) { order.push_back(piece); }
    );
    client.write("ef");
    client.close();
    until([&] { return order.size() == 4; });
    BOOST_TEST((order == Order{"abcd", "end", "ef", "close"}));
}

BOOST_AUTO_TEST_CASE(a_coroutine_holds_the_next_piece_back) {
    std::string all;
    int running = 0;
    const auto read =
        server.read_until_close(StreamingCallback{[&](std::string piece) -> Future<void> {
            BOOST_TEST(++running == 1);
            for (int i = 0; i < 5; ++i) {
                co_await gen::moment();
            }
            all += piece;
            --running;
        }});
    client.write(std::string(1'000'000, 'x'), [this] { client.close(); });
    bool closed = false;
    server.set_close_callback([&] {
        BOOST_TEST(read.done());
        closed = true;
    });
    wait(read);
    BOOST_TEST(all.size() == 1'000'000U);
    until([&] { return closed; });
}

BOOST_AUTO_TEST_CASE(too_few_bytes_fail_after_those_that_came) {
    std::string all;
    const auto read =
        server.read_bytes(10, StreamingCallback{[&](std::string piece) { all += piece; }});
    client.write("abc");
    client.close();
    until([&] { return read.done(); });
    BOOST_TEST(!real_error(read));
    BOOST_TEST(all == "abc");
}

BOOST_AUTO_TEST_CASE(an_exception_comes_out_of_the_future_and_closes_the_stream) {
    client.write("x");
    const auto read = server.read_until_close(StreamingCallback{
        [](std::string_view) { throw std::runtime_error{"enough"}; }});
    until([&] { return read.done(); });
    BOOST_CHECK_THROW(read.result(), std::runtime_error);
    BOOST_TEST(server.error() == StreamErrc::callback_failed);
    auto sockets = connected_sockets();
    IOStream other{std::move(sockets.server)};
    const auto later = other.read_until_close(StreamingCallback{[](std::string) -> Future<void> {
        co_await gen::moment();
        throw std::runtime_error{"enough"};
    }});
    BOOST_TEST(::send(sockets.client.fileno(), "x", 1, 0) == 1);
    until([&] { return later.done(); });
    BOOST_CHECK_THROW(later.result(), std::runtime_error);
    BOOST_TEST(other.closed());
}

BOOST_AUTO_TEST_CASE(a_callback_may_close_the_stream) {
    std::string all;
    client.write("abc");
    const auto read = server.read_bytes(10, StreamingCallback{[&](std::string_view piece) {
                                            server.close();
                                            all += piece;
                                        }});
    until([&] { return read.done(); });
    BOOST_TEST(!real_error(read));
    BOOST_TEST(all == "abc");
}

BOOST_AUTO_TEST_CASE(a_callback_may_destroy_the_stream) {
    auto stream = std::make_unique<IOStream>(std::move(server));
    std::string all;
    client.write("abc");
    const auto read = stream->read_until_close(StreamingCallback{[&](std::string_view piece) {
        stream.reset();
        all += piece;
    }});
    until([&] { return read.done(); });
    BOOST_TEST(all == "abc");
    static_cast<void>(read.exception());
}

BOOST_AUTO_TEST_CASE(the_stream_may_go_while_the_callback_is_busy) {
    auto stream = std::make_unique<IOStream>(std::move(server));
    bool over = false;
    client.write("abc");
    const auto read = stream->read_until_close(StreamingCallback{[&](std::string) -> Future<void> {
        stream.reset();
        co_await gen::moment();
        over = true;
    }});
    until([&] { return over; });
    BOOST_TEST(read.done());
}

BOOST_AUTO_TEST_CASE(cancelled_it_leaves_the_rest_unread) {
    std::string all;
    const auto read =
        server.read_bytes(10, StreamingCallback{[&](std::string piece) { all += piece; }});
    client.write("abc");
    until([&] { return all == "abc"; });
    BOOST_TEST(read.cancel());
    BOOST_TEST(!server.reading());
    client.write("def");
    BOOST_TEST(wait(server.read_bytes(3)) == "def");
    BOOST_TEST(all == "abc");
}

BOOST_AUTO_TEST_CASE(no_second_read_goes_on_beside_it) {
    const auto read = server.read_bytes(0, StreamingCallback{[](std::string) {}});
    BOOST_TEST(read.done());
    server.read_until_close(StreamingCallback{[](std::string) {}}).ignore();
    BOOST_CHECK_THROW(static_cast<void>(server.read_bytes(1)), std::logic_error);
    BOOST_CHECK_THROW(
        static_cast<void>(server.read_bytes(1, StreamingCallback{[](std::string) {}})),
        std::logic_error
    );
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
