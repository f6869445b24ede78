#include <tornado/iostream/iostream.hpp>

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>

#include "failing_calls.hpp"
#include "support.hpp"

namespace {

using tornado::CancelledError;
using tornado::Future;
using tornado::iostream::IOStream;
using tornado::iostream::StreamClosedError;
using tornado::iostream::StreamErrc;
using tornado::iostream::StreamOptions;
namespace gen = tornado::gen;

BOOST_FIXTURE_TEST_SUITE(iostream_read, StreamFixture)

BOOST_AUTO_TEST_CASE(a_large_read_of_known_size_is_received_where_its_owner_gets_it) {
    constexpr std::size_t size = 60'000;
    auto reading = server.read_bytes(size);
    std::string target(size, ' ');
    const NotedBytes noted;
    client.write(std::string(size, 'x'));
    std::string text;
    run([&]() -> Future<void> { text = co_await std::move(reading); });
    BOOST_TEST(noted.received_into(text) == size);
    auto filling = server.read_into(target);
    client.write(std::string(size, 'y'));
    BOOST_TEST(wait(std::move(filling)) == size);
    BOOST_TEST(noted.received_into(target) == size);
}

BOOST_AUTO_TEST_CASE(a_read_into_more_than_a_buffer_can_hold_is_cancelled_with_its_stream) {
    // Five gigabytes of addresses, and two megabytes of memory for all of them.
    constexpr std::size_t piece = 2'000'000 / 4096 * 4096;
    constexpr std::size_t pieces = 2700;
    const tornado::netutil::Socket memory{::memfd_create("target", MFD_CLOEXEC)};
    BOOST_REQUIRE(::ftruncate(memory.fileno(), piece) == 0);
    constexpr int access = PROT_READ | PROT_WRITE;
    void* const room = ::mmap(
        nullptr, piece * pieces, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0
    );
    BOOST_REQUIRE((room != MAP_FAILED));
    char* const begin = static_cast<char*>(room);
    for (std::size_t i = 0; i < pieces; ++i) {
        BOOST_REQUIRE(
            (::mmap(begin + i * piece, piece, access, MAP_SHARED | MAP_FIXED, memory.fileno(), 0) !=
             MAP_FAILED)
        );
    }
    const auto filling = server.read_into({begin, piece * pieces});
    const auto block = std::make_shared<std::string>(std::size_t{64} << 20U, 'x');
    run([&]() -> Future<void> {
        for (std::size_t sent = 0; sent <= std::size_t{1} << 32U; sent += block->size()) {
            co_await client.write(*block, block);
        }
        co_await client.write("end");
    });
    turns();
    BOOST_TEST(filling.cancel());
    BOOST_TEST(filling.cancelled());
    BOOST_TEST(server.closed());
    BOOST_TEST((server.error() == std::errc::not_enough_memory));
    BOOST_TEST(!server.reading());
    ::munmap(room, piece * pieces);
}

BOOST_AUTO_TEST_CASE(read_until_ends_with_the_delimiter_and_leaves_the_rest) {
    client.write("first\r\nsecond\r\nthird");
    BOOST_TEST(wait(server.read_until("\r\n")) == "first\r\n");
    BOOST_TEST(wait(server.read_until("\r\n")) == "second\r\n");
    BOOST_TEST(wait(server.read_bytes(5)) == "third");
}

BOOST_AUTO_TEST_CASE(a_delimiter_may_come_in_two_packets) {
    client.set_nodelay(true);
    const auto line = server.read_until("\r\n");
    client.write("first\r");
    const auto peeked = [&] { return server.reading(); };
    turns();
    BOOST_TEST(peeked());
    client.write("\nrest");
    BOOST_TEST(wait(line) == "first\r\n");
    BOOST_TEST(wait(server.read_bytes(4)) == "rest");
}

BOOST_AUTO_TEST_CASE(read_until_regex_ends_with_the_match) {
    client.write("one two  three");
    BOOST_TEST(wait(server.read_until_regex("\\s+t")) == "one t");
    BOOST_TEST(wait(server.read_until_regex("\\s+")) == "wo  ");
    BOOST_TEST(wait(server.read_bytes(5)) == "three");
}

BOOST_AUTO_TEST_CASE(a_malformed_regex_throws_and_leaves_the_stream_usable) {
    BOOST_CHECK_THROW(static_cast<void>(server.read_until_regex("(")), std::invalid_argument);
    BOOST_TEST(!server.reading());
    client.write("x");
    BOOST_TEST(wait(server.read_bytes(1)) == "x");
}

BOOST_AUTO_TEST_CASE(a_regex_that_explodes_closes_the_stream_and_not_the_loop) {
    const LogCapture log;
    client.write(std::string(60, 'a') + "c");
    const auto match = server.read_until_regex("^(a+)+(a+)+(a+)+(a+)+$b");
    until([&] { return match.done(); });
    BOOST_TEST(real_error(match) == StreamErrc::regex_too_complex);
    BOOST_TEST(server.closed());
    BOOST_TEST(log.count("too many steps") == 1);
}

BOOST_AUTO_TEST_CASE(read_bytes_takes_exactly_that_many) {
    client.write("abcdef");
    BOOST_TEST(wait(server.read_bytes(4)) == "abcd");
    const auto more = server.read_bytes(4);
    turns();
    BOOST_TEST(!more.done());
    client.write("gh");
    BOOST_TEST(wait(more) == "efgh");
}

BOOST_AUTO_TEST_CASE(partial_reads_take_what_is_there_and_no_more_than_asked) {
    client.write("hello world");
    std::string all;
    while (all.size() < 11) {
        const auto part = wait(server.read_bytes(4, true));
        BOOST_TEST(!part.empty());
        BOOST_TEST(part.size() <= 4U);
        all += part;
    }
    BOOST_TEST(all == "hello world");
    const auto none = server.read_bytes(4, true).ignore();
    turns();
    BOOST_TEST(!none.done());
}

BOOST_AUTO_TEST_CASE(a_read_of_no_bytes_is_done_at_once) {
    const auto none = server.read_bytes(0);
    BOOST_TEST(none.done());
    BOOST_TEST(none.result() == "");
    const auto partial = server.read_bytes(0, true);
    BOOST_TEST(partial.result() == "");
    BOOST_TEST(server.read_into({}).result() == 0U);
    client.write("x");
    BOOST_TEST(wait(server.read_bytes(1)) == "x");
}

BOOST_AUTO_TEST_CASE(read_into_fills_the_callers_memory) {
    std::array<char, 10> memory{};
    const auto count = server.read_into(memory);
    client.write("hello");
    turns();
    BOOST_TEST(!count.done());
    client.write("world!!");
    BOOST_TEST(wait(count) == 10U);
    BOOST_TEST(std::string(memory.data(), 10) == "helloworld");
    // What came beyond it stays for the next read.
    BOOST_TEST(wait(server.read_into(memory, true)) == 2U);
    BOOST_TEST(std::string(memory.data(), 2) == "!!");
}

BOOST_AUTO_TEST_CASE(a_large_read_into_gets_everything_in_order) {
    std::string sent;
    for (int i = 0; sent.size() < 1'000'000; ++i) {
        sent += std::to_string(i) + ' ';
    }
    client.write(sent);
    std::string memory(sent.size(), '\0');
    BOOST_TEST(wait(server.read_into(memory)) == sent.size());
    BOOST_TEST((memory == sent));
}

BOOST_AUTO_TEST_CASE(a_large_line_is_found) {
    const std::string line(10'000'000, 'x');
    client.write(line + "\n");
    BOOST_TEST((wait(server.read_until("\n")) == line + "\n"));
}

BOOST_AUTO_TEST_CASE(a_line_whose_end_comes_with_the_close_is_read) {
    client.set_nodelay(true);
    const auto line = server.read_until("done");
    client.write("x");
    turns();
    client.write("done");
    client.close();
    BOOST_TEST(wait(line) == "xdone");
}

BOOST_AUTO_TEST_CASE(small_reads_from_a_large_buffer_are_fast) {
    // Quadratic, this would take minutes.
    client.write(std::string(5'000'000, 'x')).ignore();
    wait(server.read_bytes(4'000'000));
    run([&]() -> Future<void> {
        for (int i = 0; i < 100'000; ++i) {
            const auto bytes = co_await server.read_bytes(10);
            BOOST_REQUIRE(bytes.size() == 10U);
        }
    });
}

BOOST_AUTO_TEST_CASE(small_lines_from_a_large_buffer_are_fast) {
    std::string lines = "!";
    for (int i = 0; i < 100'000; ++i) {
        lines += "x12345678\n";
    }
    client.write(std::move(lines)).ignore();
    wait(server.read_until("!"));
    run([&]() -> Future<void> {
        for (int i = 0; i < 100'000; ++i) {
            const auto line = co_await server.read_until("\n");
            BOOST_REQUIRE(line == "x12345678\n");
        }
    });
}

BOOST_AUTO_TEST_CASE(reads_of_all_kinds_may_follow_each_other) {
    std::mt19937 random{42};
    const auto up_to = [&](std::size_t most) { return 1 + random() % most; };
    std::string text;
    for (int i = 0; i < 5000; ++i) {
        text += std::string(up_to(300), static_cast<char>('a' + random() % 26)) + "\r\n";
    }
    run([&]() -> Future<void> {
        const auto feed = [&]() -> Future<void> {
            for (std::size_t at = 0; at < text.size();) {
                const auto size = std::min(up_to(5000), text.size() - at);
                co_await client.write(text.substr(at, size));
                at += size;
                co_await gen::moment();
            }
            client.close();
        };
        const auto feeding = feed();
        std::string read;
        while (text.size() - read.size() > 1000) {
            const auto size = up_to(800);
            std::string memory(size, '\0');
            switch (random() % 6) {
                case 0:
                    read += co_await server.read_until("\r\n");
                    break;
                case 1:
                    read += co_await server.read_until_regex("[a-z]\r?\n");
                    break;
                case 2:
                    read += co_await server.read_bytes(size);
                    break;
                case 3:
                    read += co_await server.read_bytes(size, true);
                    break;
                case 4:
                    co_await server.read_into(memory);
                    read += memory;
                    break;
                default:
                    memory.resize(co_await server.read_into(memory, true));
                    read += memory;
                    break;
            }
        }
        read += co_await server.read_until_close();
        BOOST_TEST((read == text));
        co_await feeding;
    });
}

BOOST_AUTO_TEST_CASE(read_until_close_gives_everything) {
    run([&]() -> Future<void> {
        const auto all = server.read_until_close();
        co_await client.write("part one, ");
        co_await gen::moment();
        co_await client.write("part two");
        client.close();
        BOOST_TEST(co_await all == "part one, part two");
    });
    BOOST_TEST(server.closed());
}

BOOST_AUTO_TEST_CASE(read_until_close_gives_a_large_stream) {
    const std::string piece(100'000, 'y');
    run([&]() -> Future<void> {
        const auto all = server.read_until_close();
        for (int i = 0; i < 50; ++i) {
            co_await client.write(piece);
        }
        client.close();
        BOOST_TEST((co_await all).size() == 5'000'000U);
    });
}

BOOST_AUTO_TEST_CASE(read_until_close_of_nothing_is_empty) {
    client.close();
    BOOST_TEST(wait(server.read_until_close()) == "");
}

BOOST_AUTO_TEST_CASE(what_was_received_stays_readable_after_the_remote_close) {
    client.write("hello\r\nworld\r\nend");
    BOOST_TEST(wait(server.read_until("\r\n")) == "hello\r\n");
    client.close();
    server.set_close_callback([] {});
    BOOST_TEST(wait(server.read_until("\r\n")) == "world\r\n");
    BOOST_TEST(wait(server.read_bytes(1)) == "e");
    const auto too_much = server.read_until("\r\n");
    until([&] { return too_much.done(); });
    BOOST_TEST(!real_error(too_much));
    BOOST_TEST(server.closed());
    BOOST_TEST(server.read_bytes(1).result() == "n");
    BOOST_TEST(server.read_until_close().result() == "d");
    BOOST_TEST(server.read_until_close().result() == "");
    BOOST_TEST(!real_error(server.read_bytes(1)));
}

BOOST_AUTO_TEST_CASE(what_was_received_stays_readable_after_the_own_close) {
    client.write("abcdef");
    BOOST_TEST(wait(server.read_bytes(1)) == "a");
    server.close();
    BOOST_TEST(server.read_bytes(2).result() == "bc");
    BOOST_TEST(server.read_bytes(100, true).result() == "def");
    BOOST_TEST(!real_error(server.read_bytes(1, true)));
}

BOOST_AUTO_TEST_CASE(a_pending_partial_read_fails_at_the_end) {
    const auto part = server.read_bytes(10, true);
    client.close();
    until([&] { return part.done(); });
    BOOST_TEST(!real_error(part));
}

BOOST_AUTO_TEST_CASE(a_reset_is_the_real_error) {
    const auto line = server.read_until("\n");
    reset_on_close(client.fileno());
    client.close();
    until([&] { return line.done(); });
    BOOST_TEST(real_error(line) == std::errc::connection_reset);
    BOOST_TEST(server.error() == std::errc::connection_reset);
}

BOOST_AUTO_TEST_CASE(an_orderly_end_is_no_error) {
    const auto line = server.read_until("\n");
    client.close();
    until([&] { return line.done(); });
    BOOST_TEST(!real_error(line));
    BOOST_TEST(!server.error());
}

BOOST_AUTO_TEST_CASE(a_delimiter_beyond_max_bytes_closes_the_stream) {
    const auto line = server.read_until("def", 5);
    client.write("abcdefg");
    until([&] { return line.done(); });
    BOOST_TEST(real_error(line) == StreamErrc::unsatisfiable_read);
    BOOST_TEST(server.closed());
    BOOST_TEST(server.error() == StreamErrc::unsatisfiable_read);
}

BOOST_AUTO_TEST_CASE(a_delimiter_beyond_max_bytes_of_buffered_input_closes_the_stream) {
    client.write("xabcdefg");
    BOOST_TEST(wait(server.read_bytes(1)) == "x");
    BOOST_TEST(real_error(server.read_until("def", 5)) == StreamErrc::unsatisfiable_read);
    BOOST_TEST(server.closed());
}

BOOST_AUTO_TEST_CASE(no_delimiter_within_max_bytes_closes_the_stream_early) {
    const auto line = server.read_until("def", 5);
    client.write("123456");
    until([&] { return line.done(); });
    BOOST_TEST(real_error(line) == StreamErrc::unsatisfiable_read);
}

BOOST_AUTO_TEST_CASE(a_delimiter_that_ends_at_max_bytes_is_fine) {
    client.write("abcdef123");
    BOOST_TEST(wait(server.read_until("def", 6)) == "abcdef");
    BOOST_TEST(wait(server.read_until_regex("2", 2)) == "12");
    BOOST_TEST(!server.closed());
}

BOOST_AUTO_TEST_CASE(a_match_beyond_max_bytes_closes_the_stream) {
    const auto line = server.read_until_regex("d.f", 5);
    client.write("abcdefg");
    until([&] { return line.done(); });
    BOOST_TEST(real_error(line) == StreamErrc::unsatisfiable_read);
    BOOST_TEST(server.closed());
}

BOOST_AUTO_TEST_CASE(a_match_beyond_max_bytes_of_buffered_input_closes_the_stream) {
    client.write("xabcdefg");
    BOOST_TEST(wait(server.read_bytes(1)) == "x");
    BOOST_TEST(real_error(server.read_until_regex("d.f", 5)) == StreamErrc::unsatisfiable_read);
    BOOST_TEST(server.closed());
}

BOOST_AUTO_TEST_CASE(reading_twice_at_once_throws) {
    const auto first = server.read_bytes(1);
    BOOST_TEST(server.reading());
    BOOST_CHECK_THROW(static_cast<void>(server.read_until("x")), std::logic_error);
    std::array<char, 1> memory{};
    BOOST_CHECK_THROW(static_cast<void>(server.read_into(memory)), std::logic_error);
    client.write("a");
    BOOST_TEST(wait(first) == "a");
    BOOST_TEST(!server.reading());
}

BOOST_AUTO_TEST_CASE(a_cancelled_read_leaves_the_stream_usable) {
    const auto line = server.read_until("\n");
    client.write("half a ");
    turns();
    BOOST_TEST(line.cancel());
    BOOST_TEST(!server.reading());
    BOOST_CHECK_THROW(line.result(), CancelledError);
    client.write("line\n");
    BOOST_TEST(wait(server.read_until("\n")) == "half a line\n");
}

BOOST_AUTO_TEST_CASE(a_cancelled_read_into_writes_nothing_more) {
    std::array<char, 8> memory{};
    const auto count = server.read_into(memory);
    client.write("1234");
    turns();
    BOOST_TEST(count.cancel());
    client.write("5678");
    BOOST_TEST(wait(server.read_bytes(8)) == "12345678");
    BOOST_TEST((memory == std::array<char, 8>{}));
}

BOOST_AUTO_TEST_CASE(a_cancelled_coroutine_takes_its_read_back) {
    const auto read = [&]() -> Future<std::string> { co_return co_await server.read_bytes(3); };
    const auto reading = read();
    turns();
    BOOST_TEST(server.reading());
    reading.cancel();
    turns();
    BOOST_TEST(!server.reading());
    client.write("abc");
    BOOST_TEST(wait(server.read_bytes(3)) == "abc");
}

BOOST_AUTO_TEST_CASE(a_read_that_was_given_up_still_ends_with_the_stream) {
    static_cast<void>(server.read_bytes(3).ignore());
    server.close();
    turns();
    BOOST_TEST(!server.reading());
}

BOOST_AUTO_TEST_CASE(closing_while_reading_fails_the_read) {
    const auto line = server.read_until("\n");
    server.close(make_error_code(std::errc::timed_out));
    BOOST_TEST(real_error(line) == std::errc::timed_out);
    BOOST_TEST(server.closed());
    BOOST_TEST(!server.reading());
}

BOOST_AUTO_TEST_CASE(closing_while_reading_until_close_gives_what_has_come) {
    const auto all = server.read_until_close();
    client.write("some");
    turns(50);
    server.close();
    BOOST_TEST(all.result() == "some");
}

BOOST_AUTO_TEST_CASE(a_stream_can_be_moved_while_it_reads) {
    auto line = server.read_until("\n");
    IOStream moved{std::move(server)};
    BOOST_TEST(server.closed());
    BOOST_TEST(moved.reading());
    client.write("one\ntwo\n");
    BOOST_TEST(wait(line) == "one\n");
    server = std::move(moved);
    BOOST_TEST(wait(server.read_until("\n")) == "two\n");
}

BOOST_AUTO_TEST_CASE(moving_onto_a_stream_closes_it) {
    const auto line = server.read_until("\n");
    server = std::move(client);
    BOOST_TEST(!real_error(line));
    BOOST_TEST(!server.closed());
}

BOOST_AUTO_TEST_CASE(a_stream_can_be_destroyed_while_it_reads) {
    std::optional<IOStream> stream{std::move(server)};
    const auto line = stream->read_until("\n");
    client.write("data under way");
    stream.reset();
    BOOST_TEST(!real_error(line));
    BOOST_TEST(wait(client.read_until_close()) == "");
}

BOOST_AUTO_TEST_CASE(a_stream_can_be_destroyed_by_who_awaits_its_read) {
    std::optional<IOStream> stream{std::move(server)};
    client.write("x");
    run([&]() -> Future<void> {
        co_await stream->read_bytes(1);
        stream.reset();
    });
    turns();
}

BOOST_AUTO_TEST_CASE(an_empty_stream_is_closed) {
    IOStream none;
    BOOST_TEST(none.closed());
    BOOST_TEST(none.fileno() == -1);
    BOOST_TEST(none.peer_address().empty());
    BOOST_TEST(!none.reading());
    BOOST_TEST(!none.writing());
    none.close();
    BOOST_CHECK_THROW(static_cast<void>(none.read_bytes(1)), StreamClosedError);
    BOOST_CHECK_THROW(static_cast<void>(none.write("x")), StreamClosedError);
}

BOOST_AUTO_TEST_CASE(both_ends_know_each_others_address) {
    BOOST_TEST(server.peer_address().host() == "127.0.0.1");
    BOOST_TEST(
        server.peer_address().port() == tornado::netutil::local_address(client.fileno()).port()
    );
}

BOOST_AUTO_TEST_SUITE_END()

struct SmallBuffer : StreamFixture {
    SmallBuffer() : StreamFixture{StreamOptions{.max_buffer_size = 10'000}} {}
};

BOOST_FIXTURE_TEST_SUITE(iostream_buffer, SmallBuffer)

BOOST_AUTO_TEST_CASE(more_than_max_buffer_size_closes_the_stream) {
    const LogCapture log;
    const auto line = server.read_until("\n");
    client.write(std::string(100'000, 'x')).ignore();
    until([&] { return line.done(); });
    BOOST_TEST(real_error(line) == StreamErrc::buffer_full);
    BOOST_TEST(server.closed());
    BOOST_TEST(server.error() == StreamErrc::buffer_full);
    BOOST_TEST(log.count("maximum read buffer size") == 1);
}

BOOST_AUTO_TEST_CASE(read_until_close_of_too_much_fails_instead_of_giving_a_part) {
    const LogCapture log;
    const auto all = server.read_until_close();
    client.write(std::string(100'000, 'x')).ignore();
    until([&] { return all.done(); });
    BOOST_TEST(real_error(all) == StreamErrc::buffer_full);
}

BOOST_AUTO_TEST_CASE(exactly_max_buffer_size_is_fine) {
    client.write(std::string(10'000, 'x'));
    BOOST_TEST(wait(server.read_bytes(10'000)).size() == 10'000U);
    const auto line = server.read_until("\n");
    client.write(std::string(10'000, 'y'));
    turns(100);
    BOOST_TEST(!line.done());
    client.write("\n");
    // A whole line is never too much: the limit is on what waits.
    BOOST_TEST(wait(line).size() == 10'001U);
}

BOOST_AUTO_TEST_CASE(unread_input_does_not_grow_while_nobody_reads) {
    client.write("a" + std::string(20'000'000, 'x')).ignore();
    BOOST_TEST(wait(server.read_bytes(1)) == "a");
    turns(200);
    BOOST_TEST(!server.closed());
    BOOST_TEST(client.writing());
    std::size_t all = 0;
    while (all < 20'000'000) {
        all += wait(server.read_bytes(10'000, true)).size();
    }
    BOOST_TEST(all == 20'000'000U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
