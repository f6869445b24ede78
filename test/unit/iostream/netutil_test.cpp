#include <tornado/iostream/netutil.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <tornado/util/scope_exit.hpp>
#include <vector>

#include "../log/capture.hpp"
#include "support.hpp"

namespace data = boost::unit_test::data;

namespace {

/// What accept4() fails with in this program; 0 when it works.
int accept_error = 0;

}  // namespace

extern "C" int accept4(int listener, sockaddr* address, socklen_t* size, int flags) {
    if (accept_error != 0) {
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
using tornado::netutil::bind_unix_socket;
using tornado::netutil::Family;
using tornado::netutil::is_valid_ip;
using tornado::netutil::local_address;
using tornado::netutil::Socket;

bool is_listening(int descriptor) {
    int value = 0;
    socklen_t size = sizeof value;
    ::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &size);
    return value != 0;
}

bool has_ipv6() {
    const Socket socket{::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    return socket &&
           ::bind(socket.fileno(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
               0;
}

BOOST_AUTO_TEST_SUITE(bind_sockets_suite)

BOOST_AUTO_TEST_CASE(sockets_listen_do_not_block_and_close_on_exec) {
    for (const auto& socket : bind_sockets(0, {.address = "127.0.0.1"})) {
        BOOST_TEST(is_listening(socket.fileno()));
        BOOST_TEST((::fcntl(socket.fileno(), F_GETFL) & O_NONBLOCK) != 0);
        BOOST_TEST((::fcntl(socket.fileno(), F_GETFD) & FD_CLOEXEC) != 0);
    }
}

BOOST_AUTO_TEST_CASE(port_0_is_one_port_for_all_families_ipv4_first) {
    const auto sockets = bind_sockets(0);
    BOOST_TEST(sockets.size() == (has_ipv6() ? 2U : 1U));
    const auto first = local_address(sockets.front().fileno());
    BOOST_TEST(!first.is_ipv6());
    BOOST_TEST(first.port() != 0);
    for (const auto& socket : sockets) {
        BOOST_TEST(local_address(socket.fileno()).port() == first.port());
    }
    if (sockets.size() == 2) {
        BOOST_TEST(local_address(sockets.back().fileno()).is_ipv6());
    }
}

BOOST_AUTO_TEST_CASE(a_family_can_be_chosen) {
    for (const auto& socket : bind_sockets(0, {.address = "localhost", .family = Family::ipv4})) {
        BOOST_TEST(local_address(socket.fileno()).host() == "127.0.0.1");
    }
    if (has_ipv6()) {
        const auto sockets = bind_sockets(0, {.address = "::1", .family = Family::ipv6});
        BOOST_TEST(sockets.size() == 1U);
        BOOST_TEST(local_address(sockets.front().fileno()).host() == "::1");
    }
}

BOOST_AUTO_TEST_CASE(localhost_is_the_loopback_without_duplicates) {
    std::set<std::string> hosts;
    for (const auto& socket : bind_sockets(0, {.address = "localhost"})) {
        const auto host = local_address(socket.fileno()).host();
        BOOST_TEST((host == "::1" || host.starts_with("127.")));
        BOOST_TEST(hosts.insert(host).second);
    }
    BOOST_TEST(!hosts.empty());
}

BOOST_AUTO_TEST_CASE(both_families_may_have_the_same_given_port) {
    auto sockets = bind_sockets(0);
    const auto port = port_of(sockets.front());
    sockets.clear();
    BOOST_TEST(!bind_sockets(port).empty());
}

BOOST_AUTO_TEST_CASE(a_port_beyond_the_range_is_refused) {
    BOOST_CHECK_THROW(static_cast<void>(bind_sockets(65'536)), std::invalid_argument);
    BOOST_CHECK_THROW(static_cast<void>(bind_sockets(-1)), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_busy_port_is_named_in_the_error) {
    const auto listener = listener_on_loopback();
    const auto port = port_of(listener);
    try {
        static_cast<void>(bind_sockets(port, {.address = "127.0.0.1"}));
        BOOST_ERROR("the port is taken");
    } catch (const std::system_error& error) {
        BOOST_TEST(error.code() == std::errc::address_in_use);
        const std::string what = error.what();
        BOOST_TEST(what.find("127.0.0.1 port " + std::to_string(port)) != what.npos);
    }
}

BOOST_AUTO_TEST_CASE(a_port_that_only_turns_out_busy_when_listening_is_named_too) {
    // Bound with SO_REUSEADDR but not listening: another may bind to it, and one of them listen.
    const auto rival = new_socket();
    const int on = 1;
    ::setsockopt(rival.fileno(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const auto address = loopback(0);
    BOOST_REQUIRE(
        ::bind(rival.fileno(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0
    );
    const auto port = port_of(rival);
    const auto listener = listener_on_loopback(port);
    BOOST_TEST(port_of(listener) == port);
    BOOST_TEST(::listen(rival.fileno(), 1) == -1);
    BOOST_CHECK_THROW(
        static_cast<void>(bind_sockets(port, {.address = "127.0.0.1"})), std::system_error
    );
}

BOOST_AUTO_TEST_CASE(reuse_port_lets_several_listen_on_one_port) {
    const auto first = bind_sockets(0, {.address = "127.0.0.1", .reuse_port = true});
    const auto port = port_of(first.front());
    const auto second = bind_sockets(port, {.address = "127.0.0.1", .reuse_port = true});
    BOOST_TEST(port_of(second.front()) == port);
}

BOOST_AUTO_TEST_CASE(a_name_that_does_not_resolve_is_named_in_the_error) {
    try {
        static_cast<void>(bind_sockets(0, {.address = "name.invalid"}));
        BOOST_ERROR("this name means nothing");
    } catch (const std::system_error& error) {
        BOOST_TEST(std::string{error.what()}.find("name.invalid") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(an_address_of_another_machine_is_refused) {
    try {
        static_cast<void>(bind_sockets(0, {.address = "192.0.2.1"}));
        BOOST_ERROR("this address is nobody's");
    } catch (const std::system_error& error) {
        BOOST_TEST(error.code() == std::errc::address_not_available);
        BOOST_TEST(std::string{error.what()}.find("192.0.2.1") != std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()

Socket connect_to_unix(std::string_view path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    Socket socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const auto size = offsetof(sockaddr_un, sun_path) + path.size();
    if (::connect(
            socket.fileno(),
            reinterpret_cast<const sockaddr*>(&address),
            static_cast<socklen_t>(size)
        ) != 0) {
        return {};
    }
    return socket;
}

struct UnixFixture {
    TemporaryFolder folder;
    std::string path = folder / "socket";
};

BOOST_FIXTURE_TEST_SUITE(bind_unix_socket_suite, UnixFixture)

BOOST_AUTO_TEST_CASE(a_unix_socket_listens_with_the_mode_asked_for) {
    const auto socket = bind_unix_socket(path, 0640);
    BOOST_TEST(is_listening(socket.fileno()));
    struct stat status {};
    BOOST_REQUIRE(::stat(path.c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 0777U) == 0640U);
    BOOST_TEST(!!connect_to_unix(path));
    BOOST_TEST(local_address(socket.fileno()).empty());
}

BOOST_AUTO_TEST_CASE(by_default_it_is_its_owners_alone) {
    const auto socket = bind_unix_socket(path);
    struct stat status {};
    BOOST_REQUIRE(::stat(path.c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 0777U) == 0600U);
}

BOOST_AUTO_TEST_CASE(a_stale_socket_is_replaced) {
    bind_unix_socket(path).close();
    BOOST_TEST(!connect_to_unix(path));
    const auto socket = bind_unix_socket(path);
    BOOST_TEST(!!connect_to_unix(path));
}

BOOST_AUTO_TEST_CASE(another_kind_of_file_is_refused_and_kept) {
    std::ofstream{path} << "precious";
    BOOST_CHECK_THROW(static_cast<void>(bind_unix_socket(path)), std::invalid_argument);
    BOOST_TEST(read_file(path) == "precious");
}

BOOST_AUTO_TEST_CASE(a_link_is_refused_whatever_it_points_to) {
    const auto socket = bind_unix_socket(path);
    const auto link = folder / "link";
    BOOST_REQUIRE(::symlink(path.c_str(), link.c_str()) == 0);
    BOOST_CHECK_THROW(static_cast<void>(bind_unix_socket(link)), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(an_abstract_name_needs_no_file) {
    const auto name = std::string(1, '\0') + path;
    const auto socket = bind_unix_socket(name);
    BOOST_TEST(!!connect_to_unix(name));
    BOOST_TEST(::access(path.c_str(), F_OK) == -1);
}

BOOST_AUTO_TEST_CASE(an_unusable_path_is_refused) {
    for (const auto& bad :
         {std::string{}, std::string(108, 'x'), path + std::string(1, '\0') + "more"}) {
        BOOST_CHECK_THROW(static_cast<void>(bind_unix_socket(bad)), std::invalid_argument);
    }
    try {
        static_cast<void>(bind_unix_socket(folder / "missing/socket"));
        BOOST_ERROR("the folder is missing");
    } catch (const std::system_error& error) {
        BOOST_TEST(std::string{error.what()}.find("missing/socket") != std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(is_valid_ip_suite)

BOOST_DATA_TEST_CASE(
    accepts,
    data::make(std::vector<std::string>{
        "127.0.0.1",
        "4.4.4.4",
        "0.0.0.0",
        "::1",
        "::",
        "2620:0:1cfe:face:b00c::3",
        "::ffff:1.2.3.4"}),
    text
) {
    BOOST_TEST(is_valid_ip(text));
}

BOOST_DATA_TEST_CASE(
    refuses,
    data::make(std::vector<std::string>{
        "www.google.com",
        "localhost",
        "4.4.4.4<",
        " 127.0.0.1",
        "1.2.3.4.5",
        "",
        " ",
        "\n",
        std::string(1, '\0'),
        std::string("1.1.1.1\0", 8),
        std::string(100, 'a'),
        std::string(100, '1'),
        "::1%nowhere"}),
    text
) {
    BOOST_TEST(!is_valid_ip(text));
}

BOOST_AUTO_TEST_SUITE_END()

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
    ~NoDescriptors() { accept_error = 0; }
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
