#include <tornado/iostream/iostream.hpp>

#include <sys/un.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <stdexcept>
#include <string>

#include "failing_calls.hpp"
#include "ssl_support.hpp"
#include "support.hpp"

namespace {

using tornado::Future;
using tornado::iostream::IOStream;
using tornado::iostream::SSLIOStream;
using tornado::netutil::Address;
using tornado::netutil::Socket;

/// One whose close callback the loop has had time to see before it connects.
IOStream watched_stream(LoopFixture& fixture, int family = AF_INET) {
    IOStream stream{new_socket(family)};
    stream.set_close_callback([] {});
    fixture.turns();
    return stream;
}

/// No more descriptors can be watched.
class NoRoom {
public:
    NoRoom() { watch_error = ENOSPC; }
    ~NoRoom() { watch_error = 0; }
    NoRoom(const NoRoom&) = delete;
    NoRoom& operator=(const NoRoom&) = delete;
};

BOOST_FIXTURE_TEST_SUITE(iostream_connect, LoopFixture)

BOOST_AUTO_TEST_CASE(a_close_callback_of_long_before_does_not_make_it_succeed_early) {
    const auto listener =
        std::move(tornado::netutil::bind_sockets(0, {.address = "127.0.0.1", .backlog = 0}).front()
        );
    const auto filler = connect_to(port_of(listener));  // the next is not answered
    auto stream = watched_stream(*this);
    const auto connected = stream.connect(loopback_address(port_of(listener)));
    turns();
    BOOST_TEST(!connected.done());
    BOOST_TEST(!stream.closed());
    stream.close();
    turns();
    BOOST_TEST(!!connected.exception());
}

BOOST_AUTO_TEST_CASE(a_close_callback_of_long_before_hears_of_a_refusal) {
    auto listener = listener_on_loopback();
    const auto port = port_of(listener);
    listener.close();
    auto stream = watched_stream(*this);
    bool closed = false;
    stream.set_close_callback([&] { closed = true; });
    const auto connected = stream.connect(loopback_address(port));
    until([&] { return connected.done() && closed; });
    BOOST_TEST((real_error(connected) == std::errc::connection_refused));
}

BOOST_AUTO_TEST_CASE(an_idle_read_after_it_leaves_the_loop_at_rest) {
    const auto listener = listener_on_loopback();
    auto stream = watched_stream(*this);
    wait(stream.connect(loopback_address(port_of(listener))));
    const Socket peer{::accept4(listener.fileno(), nullptr, nullptr, SOCK_CLOEXEC)};
    const auto read = stream.read_bytes(1);
    turns();
    const int before = recv_calls;
    turns();
    BOOST_TEST(recv_calls == before);
    ::send(peer.fileno(), "x", 1, MSG_NOSIGNAL);
    until([&] { return read.done(); });
    BOOST_TEST(read.result() == "x");
}

BOOST_AUTO_TEST_CASE(an_idle_read_of_a_unix_socket_leaves_the_loop_at_rest) {
    const auto name = std::string(1, '\0') + "tornado-connect-" + std::to_string(::getpid());
    const auto listener = tornado::netutil::bind_unix_socket(name);
    auto stream = watched_stream(*this, AF_UNIX);
    wait(stream.connect(Address::unix_path(name)));
    const auto read = stream.read_bytes(1);
    turns();
    const int before = recv_calls;
    turns();
    BOOST_TEST(recv_calls == before);
    BOOST_TEST(!read.done());
    stream.close();
}

BOOST_AUTO_TEST_CASE(a_close_callback_of_long_before_is_no_harm_to_tls) {
    const auto listener = listener_on_loopback();
    SSLIOStream stream{new_socket(), ssl_test::client_context(), "localhost"};
    stream.set_close_callback([] {});
    turns();
    const auto connected = stream.connect(loopback_address(port_of(listener)));
    SSLIOStream peer{
        Socket{::accept4(listener.fileno(), nullptr, nullptr, SOCK_CLOEXEC)},
        ssl_test::server_context()};
    wait(peer.wait_for_handshake());
    until([&] { return connected.done(); });
    BOOST_TEST(!connected.exception());
    const auto read = stream.read_bytes(1);
    turns();
    const int before = recv_calls;
    turns();
    BOOST_TEST(recv_calls == before);
    stream.close();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(iostream_unwatchable, StreamFixture)

BOOST_AUTO_TEST_CASE(a_read_of_what_cannot_be_watched_fails) {
    const LogCapture log;
    server.write("x");
    wait(client.read_bytes(1));  // the loop's own descriptors are watched
    auto sockets = connected_sockets();
    IOStream stream{std::move(sockets.server)};
    const NoRoom full;
    const auto line = stream.read_until("\n");
    until([&] { return line.done(); });
    BOOST_TEST((real_error(line) == std::errc::no_space_on_device));
    BOOST_TEST(stream.closed());
}

BOOST_AUTO_TEST_CASE(a_connection_that_cannot_be_watched_fails) {
    const LogCapture log;
    server.write("x");
    wait(client.read_bytes(1));
    const auto listener = listener_on_loopback();
    IOStream stream{new_socket()};
    const NoRoom full;
    const auto connected = stream.connect(loopback_address(port_of(listener)));
    until([&] { return connected.done(); });
    BOOST_TEST((real_error(connected) == std::errc::no_space_on_device));
}

BOOST_AUTO_TEST_CASE(a_refused_read_leaves_none_pending) {
    loop.add_handler(
        server.fileno(), [](int, tornado::ioloop::Events) {}, tornado::ioloop::Events::read
    );
    char memory[100000];
    for (int i = 0; i < 2; ++i) {
        BOOST_CHECK_THROW(static_cast<void>(server.read_until("\n")), std::invalid_argument);
        BOOST_CHECK_THROW(static_cast<void>(server.read_bytes(100000)), std::invalid_argument);
        BOOST_CHECK_THROW(
            static_cast<void>(server.read_into({memory, sizeof memory})), std::invalid_argument
        );
    }
    loop.remove_handler(server.fileno());
    wait(client.write("line\n"));
    BOOST_TEST(wait(server.read_until("\n")) == "line\n");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(iostream_ancillary, StreamFixture)

/// Sends `bytes` and, with them, a descriptor.
void send_with_descriptor(const Socket& socket, std::string bytes) {
    msghdr message{};
    iovec piece{bytes.data(), bytes.size()};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    auto* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    const int passed = socket.fileno();
    std::memcpy(CMSG_DATA(header), &passed, sizeof passed);
    BOOST_REQUIRE(
        ::sendmsg(socket.fileno(), &message, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size())
    );
}

BOOST_AUTO_TEST_CASE(descriptors_that_come_with_bytes_do_not_stall_a_read) {
    int ends[2];
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    const Socket peer{ends[0]};
    IOStream stream{Socket{ends[1]}};
    send_with_descriptor(peer, "ab");
    send_with_descriptor(peer, "cd");
    ::send(peer.fileno(), "ef", 2, MSG_NOSIGNAL);
    BOOST_TEST(wait(stream.read_bytes(6)) == "abcdef");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
