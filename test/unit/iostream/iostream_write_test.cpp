#include <tornado/iostream/iostream.hpp>

#include <netinet/tcp.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "failing_calls.hpp"
#include "support.hpp"

namespace {

using tornado::Future;
using tornado::iostream::IOStream;
using tornado::iostream::StreamBufferFullError;
using tornado::iostream::StreamClosedError;
using tornado::iostream::StreamOptions;
using tornado::netutil::Address;

/// More than the kernel's buffers of both ends hold.
constexpr std::size_t too_much = 20'000'000;

std::string numbers(std::size_t size) {
    std::string text;
    text.reserve(size + 16);
    for (int i = 0; text.size() < size; ++i) {
        text += std::to_string(i) + ',';
    }
    return text;
}

BOOST_FIXTURE_TEST_SUITE(iostream_write, StreamFixture)

BOOST_AUTO_TEST_CASE(a_write_that_the_kernel_takes_is_done_at_once) {
    const auto written = client.write("hello");
    BOOST_TEST(written.done());
    BOOST_TEST(!client.writing());
    BOOST_TEST(wait(server.read_bytes(5)) == "hello");
}

BOOST_AUTO_TEST_CASE(an_empty_write_is_done_after_those_before_it) {
    BOOST_TEST(client.write("").done());
    const auto large = client.write(std::string(too_much, 'x'));
    const auto empty = client.write("");
    BOOST_TEST(!empty.done());
    const auto all = server.read_bytes(too_much);
    wait(empty);
    BOOST_TEST(large.done());
    BOOST_TEST(wait(all).size() == too_much);
}

BOOST_AUTO_TEST_CASE(a_large_write_arrives_whole_at_a_slow_reader) {
    const auto text = numbers(10'000'000);
    const auto written = client.write(text);
    BOOST_TEST(!written.done());
    BOOST_TEST(client.writing());
    std::string come;
    run([&]() -> Future<void> {
        while (come.size() < text.size()) {
            come += co_await server.read_bytes(70'000, true);
            co_await tornado::gen::moment();
        }
    });
    BOOST_TEST((come == text));
    wait(written);
    BOOST_TEST(!client.writing());
}

BOOST_AUTO_TEST_CASE(large_blocks_are_sent_from_where_they_are_and_small_ones_are_gathered) {
    auto large = numbers(1'000'000);
    const auto lent = std::make_shared<std::string>(numbers(500'000));
    const std::string_view moved{large};  // which stays where it is
    const auto expected = "small " + large + "small" + *lent;
    const NotedBytes noted;
    client.write("small ");
    client.write(std::move(large));
    client.write("small");
    const auto last = client.write(*lent, lent);
    BOOST_TEST((wait(server.read_bytes(expected.size())) == expected));
    wait(last);
    BOOST_TEST(noted.sent_from(moved) == 1'000'000U);
    BOOST_TEST(noted.sent_from(*lent) == lent->size());
}

BOOST_AUTO_TEST_CASE(writes_arrive_in_order_whatever_their_sizes) {
    std::string expected;
    std::vector<Future<void>> written;
    const auto text = numbers(300'000);
    for (std::size_t i = 0; i < 200; ++i) {
        // Small ones are gathered, large ones kept apart.
        const auto piece = text.substr(i * 1000, i % 3 == 0 ? 100'000 : i % 3 == 1 ? 20 : 16'384);
        expected += piece;
        written.push_back(client.write(piece));
    }
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < written.size(); ++i) {
        written[i].add_done_callback([&order, i] { order.push_back(i); });
    }
    BOOST_TEST((wait(server.read_bytes(expected.size())) == expected));
    until([&] { return order.size() == written.size(); });
    BOOST_TEST(std::is_sorted(order.begin(), order.end()));
}

BOOST_AUTO_TEST_CASE(many_small_writes_arrive_whole_at_a_slow_reader) {
    // Behind a large one, so that they gather.
    std::string expected(too_much, 'x');
    client.write(expected).ignore();
    const auto text = numbers(1'000'000);
    for (std::size_t i = 0; i < text.size(); i += 1000) {
        client.write(text.substr(i, 1000)).ignore();
    }
    expected += text;
    BOOST_TEST((wait(server.read_bytes(expected.size())) == expected));
    until([&] { return !client.writing(); });
}

BOOST_AUTO_TEST_CASE(many_large_writes_arrive_whole_at_a_slow_reader) {
    const auto text = numbers(20'000);
    std::string expected;
    Future<void> last = Future<void>::ready();
    for (std::size_t i = 0; i < 1500; ++i) {
        const auto piece = std::to_string(i) + text;
        expected += piece;
        last = client.write(piece);
    }
    BOOST_TEST(!last.done());
    BOOST_TEST((wait(server.read_bytes(expected.size())) == expected));
    wait(last);
    BOOST_TEST(!client.writing());
}

BOOST_AUTO_TEST_CASE(each_write_is_done_when_it_has_gone_and_not_later) {
    const auto first = client.write(std::string(too_much, 'a'));
    const auto second = client.write(std::string(too_much, 'b'));
    wait(server.read_bytes(too_much + 1));
    until([&] { return first.done(); });
    BOOST_TEST(!second.done());
    wait(server.read_bytes(too_much - 1));
    wait(second);
}

BOOST_AUTO_TEST_CASE(a_cancelled_wait_for_a_write_takes_nothing_back) {
    const auto written = client.write(std::string(too_much, 'x'));
    written.cancel();
    client.write("end");
    const auto all = wait(server.read_bytes(too_much + 3));
    BOOST_TEST(all.substr(too_much) == "end");
}

BOOST_AUTO_TEST_CASE(writing_after_the_close_throws) {
    client.close();
    BOOST_CHECK_THROW(static_cast<void>(client.write("x")), StreamClosedError);
}

BOOST_AUTO_TEST_CASE(closing_fails_the_pending_writes) {
    const auto first = client.write(std::string(too_much, 'x'));
    const auto second = client.write("y");
    client.close(make_error_code(std::errc::owner_dead));
    BOOST_TEST(real_error(first) == std::errc::owner_dead);
    BOOST_TEST(real_error(second) == std::errc::owner_dead);
    BOOST_TEST(!client.writing());
}

BOOST_AUTO_TEST_CASE(dropped_writes_that_fail_are_not_logged) {
    const LogCapture log;
    static_cast<void>(client.write(std::string(too_much, 'x')));
    client.close();
    turns();
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_failing_write_closes_the_stream_from_the_loop) {
    reset_on_close(server.fileno());
    server.close();
    bool called = false;
    client.set_close_callback([&] { called = true; });
    // The first one may go into the void, the next cannot.
    run([&]() -> Future<void> {
        try {
            while (true) {
                co_await client.write("x");
                co_await tornado::gen::moment();
            }
        } catch (const StreamClosedError& error) {
            const bool expected = error.real_error() == std::errc::connection_reset ||
                                  error.real_error() == std::errc::broken_pipe;
            BOOST_TEST(expected);
        }
    });
    BOOST_TEST(client.closed());
    turns();
    BOOST_TEST(called);
}

BOOST_AUTO_TEST_CASE(an_error_found_while_sending_never_closes_inside_write) {
    ::shutdown(client.fileno(), SHUT_WR);
    const auto first = client.write("x");
    BOOST_TEST(!client.closed());
    BOOST_TEST(!first.done());
    const auto second = client.write("y");
    until([&] { return second.done(); });
    BOOST_TEST(real_error(first) == std::errc::broken_pipe);
    BOOST_TEST(real_error(second) == std::errc::broken_pipe);
    BOOST_TEST(client.closed());
}

BOOST_AUTO_TEST_CASE(a_peer_that_leaves_fails_a_large_write) {
    const auto written = client.write(std::string(too_much, 'x'));
    turns();
    reset_on_close(server.fileno());
    server.close();
    until([&] { return written.done(); });
    BOOST_TEST(
        (real_error(written) == std::errc::connection_reset ||
         real_error(written) == std::errc::broken_pipe)
    );
}

BOOST_AUTO_TEST_CASE(a_stream_can_be_destroyed_while_it_writes) {
    const auto written = client.write(std::string(too_much, 'x'));
    client = IOStream{};
    BOOST_TEST(!real_error(written));
    const auto all = wait(server.read_until_close());
    BOOST_TEST(all.size() < too_much);
}

BOOST_AUTO_TEST_CASE(both_directions_are_independent) {
    const auto there = client.write(std::string(too_much, 'a'));
    const auto back = server.write(std::string(too_much, 'b'));
    const auto at_client = client.read_bytes(too_much);
    const auto at_server = server.read_bytes(too_much);
    BOOST_TEST(wait(at_client).size() == too_much);
    BOOST_TEST(wait(at_server).size() == too_much);
    wait(there);
    wait(back);
}

BOOST_AUTO_TEST_CASE(a_stream_goes_over_to_another_with_its_unread_input) {
    client.write("line\nrest");
    BOOST_TEST(wait(server.read_until("\n")) == "line\n");
    IOStream other{server.release()};
    BOOST_TEST(server.closed());
    BOOST_CHECK_THROW(static_cast<void>(server.write("x")), StreamClosedError);
    BOOST_TEST(wait(other.read_bytes(4)) == "rest");
    other.write("answer");
    BOOST_TEST(wait(client.read_bytes(6)) == "answer");
}

BOOST_AUTO_TEST_CASE(a_busy_stream_is_not_handed_over) {
    const auto read = server.read_bytes(1);
    BOOST_CHECK_THROW(static_cast<void>(server.release()), std::logic_error);
    client.write(std::string(too_much, 'x')).ignore();
    BOOST_CHECK_THROW(static_cast<void>(client.release()), std::logic_error);
    BOOST_TEST(wait(read) == "x");
}

BOOST_AUTO_TEST_CASE(a_write_to_a_unix_socket_that_is_not_connected_fails) {
    IOStream stream{new_socket(AF_UNIX)};
    const auto sent = stream.write("to nobody");
    until([&] { return sent.done(); });
    BOOST_TEST((real_error(sent) == std::errc::not_connected));
}

BOOST_AUTO_TEST_CASE(nodelay_is_the_sockets) {
    const auto nodelay = [&] {
        int value = -1;
        socklen_t size = sizeof value;
        ::getsockopt(client.fileno(), IPPROTO_TCP, TCP_NODELAY, &value, &size);
        return value;
    };
    client.set_nodelay(true);
    BOOST_TEST(nodelay() != 0);
    client.set_nodelay(false);
    BOOST_TEST(nodelay() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

struct LimitedWrites : StreamFixture {
    LimitedWrites() : StreamFixture{StreamOptions{.max_write_buffer_size = too_much}} {}
};

BOOST_FIXTURE_TEST_SUITE(iostream_write_limit, LimitedWrites)

BOOST_AUTO_TEST_CASE(a_write_beyond_max_write_buffer_size_queues_nothing) {
    BOOST_CHECK_THROW(
        static_cast<void>(client.write(std::string(too_much + 1, 'x'))), StreamBufferFullError
    );
    BOOST_TEST(!client.writing());
    const auto written = client.write(std::string(too_much, 'x'));
    BOOST_CHECK_THROW(
        static_cast<void>(client.write(std::string(too_much, 'y'))), StreamBufferFullError
    );
    BOOST_TEST(wait(server.read_bytes(too_much)) == std::string(too_much, 'x'));
    wait(written);
    BOOST_TEST(client.write("z").done());
    BOOST_TEST(wait(server.read_bytes(1)) == "z");
}

BOOST_AUTO_TEST_SUITE_END()

struct ConnectFixture : StreamFixture {
    tornado::netutil::Socket listener = listener_on_loopback();
    Address address = loopback_address(port_of(listener));
    IOStream stream{new_socket()};

    IOStream accept() {
        // What has connected waits in the backlog.
        return IOStream{
            tornado::netutil::Socket{::accept4(listener.fileno(), nullptr, nullptr, SOCK_CLOEXEC)}};
    }
    /// An address at which nobody listens.
    static Address nobody() { return loopback_address(port_of(listener_on_loopback())); }
};

BOOST_FIXTURE_TEST_SUITE(iostream_connect, ConnectFixture)

BOOST_AUTO_TEST_CASE(a_connected_stream_carries_bytes) {
    wait(stream.connect(address));
    auto peer = accept();
    stream.write("ping");
    BOOST_TEST(wait(peer.read_bytes(4)) == "ping");
    peer.write("pong");
    BOOST_TEST(wait(stream.read_bytes(4)) == "pong");
    BOOST_TEST(stream.peer_address().port() == address.port());
}

BOOST_AUTO_TEST_CASE(writes_before_the_connection_wait_for_it_and_are_told) {
    const auto connected = stream.connect(address);
    const auto first = stream.write("early ");
    const auto second = stream.write("bird");
    BOOST_TEST(stream.writing());
    BOOST_TEST(!first.done());
    wait(second);
    BOOST_TEST(connected.done());
    BOOST_TEST(first.done());
    auto peer = accept();
    BOOST_TEST(wait(peer.read_bytes(10)) == "early bird");
}

BOOST_AUTO_TEST_CASE(a_large_write_before_the_connection_is_told_when_it_has_gone) {
    const auto connected = stream.connect(address);
    const auto written = stream.write(std::string(too_much, 'x'));
    wait(connected);
    auto peer = accept();
    BOOST_TEST(wait(peer.read_bytes(too_much)).size() == too_much);
    wait(written);
}

BOOST_AUTO_TEST_CASE(a_read_before_the_connection_waits_for_it) {
    const auto connected = stream.connect(address);
    const auto line = stream.read_until("\n");
    wait(connected);
    auto peer = accept();
    peer.write("hi\n");
    BOOST_TEST(wait(line) == "hi\n");
}

BOOST_AUTO_TEST_CASE(a_refused_connection_is_the_real_error) {
    int closes = 0;
    stream.set_close_callback([&] { ++closes; });
    const auto connected = stream.connect(nobody());
    const auto written = stream.write("x");
    const auto read = stream.read_bytes(1);
    until([&] { return connected.done(); });
    BOOST_TEST(real_error(connected) == std::errc::connection_refused);
    BOOST_TEST(real_error(written) == std::errc::connection_refused);
    BOOST_TEST(real_error(read) == std::errc::connection_refused);
    BOOST_TEST(stream.error() == std::errc::connection_refused);
    BOOST_TEST(stream.closed());
    turns();
    BOOST_TEST(closes == 1);
}

BOOST_AUTO_TEST_CASE(unix_sockets_connect_by_path_and_by_abstract_name) {
    const std::string folder = "/tmp/tornado-iostream-test-" + std::to_string(::getpid());
    for (const auto& name : {folder, '\0' + folder}) {
        const auto unix_listener = tornado::netutil::bind_unix_socket(name);
        IOStream client_end{new_socket(AF_UNIX)};
        wait(client_end.connect(Address::unix_path(name)));
        IOStream server_end{tornado::netutil::Socket{
            ::accept4(unix_listener.fileno(), nullptr, nullptr, SOCK_CLOEXEC)}};
        client_end.write("ping");
        BOOST_TEST(wait(server_end.read_bytes(4)) == "ping");
        BOOST_TEST(client_end.peer_address().path() == name);
        BOOST_TEST(server_end.local_address().path() == name);
        BOOST_TEST(server_end.peer_address().empty());
    }
    ::unlink(folder.c_str());
    IOStream nobody_there{new_socket(AF_UNIX)};
    const auto connected = nobody_there.connect(Address::unix_path(folder));
    until([&] { return connected.done(); });
    BOOST_TEST(real_error(connected) == std::errc::no_such_file_or_directory);
}

BOOST_AUTO_TEST_CASE(both_addresses_of_a_connection_are_known) {
    wait(stream.connect(address));
    auto peer = accept();
    BOOST_TEST((stream.peer_address() == address));
    BOOST_TEST((stream.local_address() == peer.peer_address()));
    BOOST_TEST((peer.local_address() == address));
    stream.close();
    BOOST_TEST(stream.local_address().empty());
}

BOOST_AUTO_TEST_CASE(an_address_of_another_family_fails) {
    const auto connected = stream.connect(Address{"::1", address.port()});
    until([&] { return connected.done(); });
    BOOST_TEST((real_error(connected) != std::error_code{}));
}

BOOST_AUTO_TEST_CASE(an_empty_address_is_refused) {
    BOOST_CHECK_THROW(
        static_cast<void>(stream.connect(Address{"localhost", address.port()})),
        std::invalid_argument
    );
}

BOOST_AUTO_TEST_CASE(connecting_twice_throws) {
    const auto connected = stream.connect(address);
    BOOST_CHECK_THROW(static_cast<void>(stream.connect(address)), std::logic_error);
    wait(connected);
}

BOOST_AUTO_TEST_CASE(a_closed_stream_does_not_connect) {
    stream.close();
    BOOST_CHECK_THROW(static_cast<void>(stream.connect(address)), StreamClosedError);
}

BOOST_AUTO_TEST_CASE(closing_while_connecting_fails_it) {
    const auto connected = stream.connect(address);
    stream.close();
    BOOST_TEST(!real_error(connected));
    turns();
}

BOOST_AUTO_TEST_CASE(a_stream_can_be_destroyed_while_it_connects) {
    const auto connected = stream.connect(address);
    stream = IOStream{};
    BOOST_TEST(!real_error(connected));
    turns();
}

BOOST_AUTO_TEST_CASE(a_stream_can_be_moved_while_it_connects) {
    const auto connected = stream.connect(address);
    IOStream moved{std::move(stream)};
    const auto written = moved.write("x");
    wait(written);
    auto peer = accept();
    BOOST_TEST(wait(peer.read_bytes(1)) == "x");
}

BOOST_AUTO_TEST_CASE(a_cancelled_connection_attempt_closes_the_stream) {
    const auto connected = stream.connect(address);
    const auto written = stream.write("x");
    connected.cancel();
    BOOST_TEST(stream.closed());
    BOOST_TEST(real_error(written) == std::errc::operation_canceled);
    turns();
}

BOOST_AUTO_TEST_CASE(the_end_of_a_connection_is_noticed_though_nobody_reads) {
    bool closed = false;
    stream.set_close_callback([&] { closed = true; });
    wait(stream.connect(address));
    accept().close();
    until([&] { return closed; });
    BOOST_TEST(stream.closed());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
