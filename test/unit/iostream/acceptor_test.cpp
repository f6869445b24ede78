#include <tornado/iostream/acceptor.hpp>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tornado/netutil.hpp>
#include <vector>

#include "support.hpp"

namespace {

/// What accept4() fails with in this program; 0 when it works.
int accept_error = 0;
/// How many connections it accepts before it fails.
int accepts_left = 0;

}  // namespace

extern "C" int accept4(int listener, sockaddr* address, socklen_t* size, int flags) {
    if (accept_error != 0 && accepts_left-- <= 0) {
        errno = accept_error;
        return -1;
    }
    return static_cast<int>(::syscall(SYS_accept4, listener, address, size, flags));
}

namespace {

using tornado::Future;
using tornado::ioloop::IOLoop;
using tornado::netutil::Acceptor;
using tornado::netutil::Address;
using tornado::netutil::bind_sockets;
using tornado::netutil::local_address;
using tornado::netutil::Socket;

struct AcceptorFixture {
    template <typename C>
    void until(C condition) {
        loop.run_sync(
            [&condition]() -> Future<void> {
                while (!condition()) {
                    co_await tornado::gen::moment();
                }
            },
            much_too_long
        );
    }
    void turns() {
        int left = 30;
        until([&] { return --left == 0; });
    }

    IOLoop loop;
    Socket listener = std::move(bind_sockets(0, {.address = "127.0.0.1", .backlog = 1024}).front());
    std::uint16_t port = port_of(listener);
};

BOOST_FIXTURE_TEST_SUITE(acceptor, AcceptorFixture)

BOOST_AUTO_TEST_CASE(connections_come_with_the_address_of_their_peer) {
    const auto client = connect_to(port);
    Address from;
    Socket connection;
    const Acceptor acceptor{listener.fileno(), [&](Socket socket, const Address& peer) {
                                connection = std::move(socket);
                                from = peer;
                            }};
    until([&] { return !from.empty(); });
    BOOST_TEST((from == local_address(client.fileno())));
    BOOST_TEST((::fcntl(connection.fileno(), F_GETFL) & O_NONBLOCK) != 0);
    BOOST_TEST((::fcntl(connection.fileno(), F_GETFD) & FD_CLOEXEC) != 0);
}

BOOST_AUTO_TEST_CASE(at_most_128_connections_come_in_one_turn) {
    std::vector<Socket> clients;
    for (int i = 0; i < 300; ++i) {
        clients.push_back(connect_to(port));
    }
    std::vector<int> turns_of;
    int turn = 0;
    const Acceptor acceptor{
        listener.fileno(), [&](const Socket&, const Address&) { turns_of.push_back(turn); }};
    until([&] {
        ++turn;
        return turns_of.size() == clients.size();
    });
    for (int i = 0; i <= turn; ++i) {
        BOOST_TEST(std::count(turns_of.begin(), turns_of.end(), i) <= 128);
    }
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_is_logged_and_accepting_goes_on) {
    const LogCapture log;
    const auto first = connect_to(port);
    const auto second = connect_to(port);
    int calls = 0;
    const Acceptor acceptor{listener.fileno(), [&](const Socket&, const Address&) {
                                ++calls;
                                throw std::runtime_error{"not today"};
                            }};
    until([&] { return calls == 2; });
    turns();
    BOOST_TEST(log.count("not today") == 2);
}

BOOST_AUTO_TEST_CASE(a_destroyed_acceptor_accepts_nothing_more) {
    int calls = 0;
    {
        const Acceptor acceptor{listener.fileno(), [&](const Socket&, const Address&) { ++calls; }};
    }
    const auto client = connect_to(port);
    turns();
    BOOST_TEST(calls == 0);
    // The listener is the caller's still.
    const Acceptor next{listener.fileno(), [&](const Socket&, const Address&) { ++calls; }};
    until([&] { return calls == 1; });
}

BOOST_AUTO_TEST_CASE(the_handler_may_destroy_its_acceptor) {
    const auto first = connect_to(port);
    const auto second = connect_to(port);
    std::unique_ptr<Acceptor> acceptor;
    int calls = 0;
    const auto token = std::make_shared<int>(7);
    acceptor =
        std::make_unique<Acceptor>(listener.fileno(), [&, token](const Socket&, const Address&) {
            acceptor.reset();
            calls += *token - 6;  // the handler itself is still there
        });
    until([&] { return calls == 1; });
    turns();
    BOOST_TEST(calls == 1);
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_moved_acceptor_goes_on) {
    int calls = 0;
    Acceptor acceptor{listener.fileno(), [&](const Socket&, const Address&) { ++calls; }};
    const auto moved = std::move(acceptor);
    const auto client = connect_to(port);
    until([&] { return calls == 1; });
}

/// Lets accept4() fail while it lives, as it does in a process that has used up its descriptors. (A
/// lower RLIMIT_NOFILE does so too, but the sanitizers cannot work without descriptors.)
class NoDescriptors {
public:
    NoDescriptors() { accept_error = EMFILE; }
    ~NoDescriptors() { accept_error = accepts_left = 0; }
    NoDescriptors(const NoDescriptors&) = delete;
    NoDescriptors& operator=(const NoDescriptors&) = delete;
};

BOOST_AUTO_TEST_CASE(without_descriptors_it_says_so_once_and_goes_on_when_it_can) {
    const LogCapture log;
    turns();
    const auto client = connect_to(port);
    int calls = 0;
    const Acceptor acceptor{listener.fileno(), [&](const Socket&, const Address&) { ++calls; }};
    {
        const NoDescriptors exhausted;
        until([&] { return log.size() > 0; });
        // Through two more pauses: not a word more, and no spinning.
        int passed = 0;
        loop.call_later(std::chrono::milliseconds{250}, [&] { ++passed; });
        until([&] { return passed == 1; });
        BOOST_TEST(calls == 0);
    }
    BOOST_TEST(log.count("Cannot accept connections") == 1);
    BOOST_TEST(log.size() == 1U);
    until([&] { return calls == 1; });
}

BOOST_AUTO_TEST_CASE(while_descriptors_come_and_go_it_says_so_once) {
    const LogCapture log;
    turns();
    const auto first = connect_to(port);
    const auto second = connect_to(port);
    const auto third = connect_to(port);
    int calls = 0;
    const Acceptor acceptor{listener.fileno(), [&](const Socket&, const Address&) { ++calls; }};
    const NoDescriptors exhausted;
    for (int i = 1; i <= 3; ++i) {
        accepts_left = 1;
        until([&] { return calls == i; });
        until([&] { return log.size() > 0; });
    }
    BOOST_TEST(log.count("Cannot accept connections") == 1);
}

BOOST_AUTO_TEST_CASE(it_can_be_destroyed_while_it_pauses) {
    const LogCapture log;
    turns();
    const auto client = connect_to(port);
    int calls = 0;
    {
        const Acceptor acceptor{listener.fileno(), [&](const Socket&, const Address&) { ++calls; }};
        const NoDescriptors exhausted;
        until([&] { return log.size() > 0; });
    }
    int passed = 0;
    loop.call_later(std::chrono::milliseconds{150}, [&] { ++passed; });
    until([&] { return passed == 1; });
    BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_CASE(it_may_outlive_its_loop) {
    std::optional<IOLoop> own{std::in_place};
    std::optional<Acceptor> acceptor{
        std::in_place, listener.fileno(), [](const Socket&, const Address&) {}};
    own.reset();
    acceptor.reset();
}

BOOST_AUTO_TEST_CASE(it_may_outlive_its_loop_while_it_pauses) {
    const LogCapture log;
    const auto client = connect_to(port);
    std::optional<IOLoop> own{std::in_place};
    std::optional<Acceptor> acceptor{
        std::in_place, listener.fileno(), [](const Socket&, const Address&) {}};
    {
        const NoDescriptors exhausted;
        own->run_sync([&]() -> Future<void> {
            while (log.size() == 0) {
                co_await tornado::gen::moment();
            }
        });
    }
    own.reset();
    acceptor.reset();
}

BOOST_AUTO_TEST_CASE(the_errors_of_single_connections_are_passed_over_in_silence) {
    const LogCapture log;
    const auto client = connect_to(port);
    int calls = 0;
    const Acceptor acceptor{listener.fileno(), [&](const Socket&, const Address&) { ++calls; }};
    for (const int error : {ECONNABORTED, EINTR, EPROTO, EHOSTUNREACH, EPERM}) {
        accept_error = error;
        turns();
    }
    BOOST_TEST(calls == 0);
    accept_error = 0;
    until([&] { return calls == 1; });
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_listener_that_is_broken_does_not_spin) {
    const LogCapture log;
    const Acceptor acceptor{listener.fileno(), [](const Socket&, const Address&) {}};
    ::shutdown(listener.fileno(), SHUT_RDWR);  // accepting is an error from now on
    until([&] { return log.size() > 0; });
    for (int i = 0; i < 10; ++i) {
        turns();
    }
    BOOST_TEST(log.count("Cannot accept connections") == 1);
    BOOST_TEST(log.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
