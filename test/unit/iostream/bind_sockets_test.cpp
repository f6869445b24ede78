#include <tornado/iostream/bind_sockets.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string>

#include "../log/capture.hpp"
#include "failing_calls.hpp"
#include "support.hpp"

namespace {

using tornado::netutil::bind_sockets;
using tornado::netutil::bind_unix_socket;
using tornado::netutil::Family;
using tornado::netutil::local_address;
using tornado::netutil::Socket;

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
    BOOST_TEST(local_address(socket.fileno()).path() == path);
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

BOOST_AUTO_TEST_CASE(what_cannot_be_given_its_mode_leaves_no_file_behind) {
    chmod_error = EPERM;
    BOOST_CHECK_THROW(static_cast<void>(bind_unix_socket(path)), std::system_error);
    chmod_error = 0;
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

}  // namespace
