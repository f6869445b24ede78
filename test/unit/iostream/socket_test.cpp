#include <tornado/iostream/socket.hpp>

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <string>

#include "../../../libs/iostream/src/sockaddr.hpp"

namespace data = boost::unit_test::data;

namespace {

using tornado::netutil::Address;
using tornado::netutil::Socket;

bool is_open(int descriptor) {
    return ::fcntl(descriptor, F_GETFD) != -1;
}

int new_descriptor() {
    return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

BOOST_AUTO_TEST_SUITE(socket)

BOOST_AUTO_TEST_CASE(closes_its_descriptor_at_the_end_of_its_life) {
    const int descriptor = new_descriptor();
    {
        const Socket socket{descriptor};
        BOOST_TEST(socket.fileno() == descriptor);
        BOOST_TEST(is_open(descriptor));
    }
    BOOST_TEST(!is_open(descriptor));
}

BOOST_AUTO_TEST_CASE(moves_its_descriptor) {
    const int descriptor = new_descriptor();
    Socket first{descriptor};
    Socket second{std::move(first)};
    BOOST_TEST(!first);
    BOOST_TEST(second.fileno() == descriptor);
    first = std::move(second);
    BOOST_TEST(first.fileno() == descriptor);
    BOOST_TEST(is_open(descriptor));
}

BOOST_AUTO_TEST_CASE(close_is_harmless_when_repeated) {
    const int descriptor = new_descriptor();
    Socket socket{descriptor};
    socket.close();
    BOOST_TEST(!is_open(descriptor));
    BOOST_TEST(!socket);
    socket.close();
    Socket{}.close();
}

BOOST_AUTO_TEST_CASE(release_leaves_the_descriptor_open) {
    const int descriptor = new_descriptor();
    BOOST_TEST(Socket{descriptor}.release() == descriptor);
    BOOST_TEST(is_open(descriptor));
    ::close(descriptor);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(address)

BOOST_AUTO_TEST_CASE(an_ipv4_address_is_parsed_and_printed) {
    const Address address{"192.0.2.7", 8080};
    BOOST_TEST(!address.empty());
    BOOST_TEST(!address.is_ipv6());
    BOOST_TEST(address.host() == "192.0.2.7");
    BOOST_TEST(address.port() == 8080);
    BOOST_TEST(address.bytes()[0] == 192);
    BOOST_TEST(address.bytes()[3] == 7);
}

BOOST_AUTO_TEST_CASE(an_ipv6_address_is_parsed_and_printed_in_its_short_form) {
    const Address address{"2001:DB8:0:0::1", 443};
    BOOST_TEST(address.is_ipv6());
    BOOST_TEST(address.host() == "2001:db8::1");
    BOOST_TEST(address.port() == 443);
    BOOST_TEST(address.bytes()[15] == 1);
}

BOOST_AUTO_TEST_CASE(a_scope_is_given_by_name_or_number) {
    const auto loopback = ::if_nametoindex("lo");
    BOOST_REQUIRE(loopback != 0U);
    BOOST_TEST(Address("fe80::1%lo", 1).scope() == loopback);
    BOOST_TEST(Address("fe80::1%7", 1).scope() == 7U);
    BOOST_TEST(Address("fe80::1%lo", 1).host() == "fe80::1");
    BOOST_TEST(Address("fe80::1", 1).scope() == 0U);
}

const std::string invalid_hosts[] = {
    "",
    "localhost",
    "www.example.com",
    "127.1",
    "256.0.0.1",
    " 127.0.0.1",
    "127.0.0.1 ",
    "127.0.0.1%lo",
    "::1%",
    "fe80::1%no-such-interface",
    "[::1]",
    "1:2:3",
    std::string("127.0.0.1\0", 10),
    std::string("::1\0.example.com", 16)};

BOOST_DATA_TEST_CASE(what_is_no_numeric_address_is_empty, data::make(invalid_hosts), host) {
    const Address address{host, 80};
    BOOST_TEST(address.empty());
    BOOST_TEST((address == Address{}));
}

BOOST_AUTO_TEST_CASE(an_empty_address_prints_as_tornado_prints_that_of_unix_sockets) {
    BOOST_TEST(Address{}.host() == "0.0.0.0");
    BOOST_TEST(Address{}.port() == 0);
    sockaddr_un unix_address{};
    unix_address.sun_family = AF_UNIX;
    BOOST_TEST(Address{reinterpret_cast<const sockaddr*>(&unix_address)}.empty());
}

BOOST_DATA_TEST_CASE(
    an_address_survives_the_way_to_the_kernel_and_back,
    data::make(std::vector<std::string>{"127.0.0.1", "255.255.255.255", "::1", "fe80::2%3"}),
    host
) {
    const Address address{host, 54321};
    sockaddr_storage storage{};
    const auto size = tornado::netutil::to_sockaddr(address, storage);
    BOOST_TEST(size == (address.is_ipv6() ? sizeof(sockaddr_in6) : sizeof(sockaddr_in)));
    BOOST_TEST((Address{reinterpret_cast<const sockaddr*>(&storage)} == address));
}

BOOST_AUTO_TEST_CASE(a_unix_address_keeps_its_path_through_copies) {
    auto address = std::make_unique<Address>(Address::unix_path("/run/some.socket"));
    Address copy{*address};
    Address assigned;
    assigned = copy;
    const Address moved{std::move(copy)};
    address.reset();
    BOOST_TEST(moved.path() == "/run/some.socket");
    BOOST_TEST(moved.is_unix());
    BOOST_TEST(!moved.empty());
    BOOST_TEST(copy.empty());
    BOOST_TEST((assigned == moved));
    BOOST_TEST((assigned != Address::unix_path("/run/other.socket")));
    BOOST_TEST((assigned != Address{"127.0.0.1", 1}));
    BOOST_TEST(assigned.host() == "0.0.0.0");
    BOOST_TEST(assigned.port() == 0);
}

const std::string unix_paths[] = {
    "/run/x",
    std::string("\0abstract\0name", 14),
    std::string(107, 'p')};

BOOST_DATA_TEST_CASE(a_unix_address_survives_the_way_as_well, data::make(unix_paths), path) {
    const auto address = Address::unix_path(path);
    sockaddr_storage storage{};
    const auto size = tornado::netutil::to_sockaddr(address, storage);
    BOOST_TEST((Address{reinterpret_cast<const sockaddr*>(&storage), size} == address));
}

const std::string invalid_paths[] = {"", std::string(108, 'p'), std::string("/run\0x", 6)};

BOOST_DATA_TEST_CASE(what_is_no_unix_path_throws, data::make(invalid_paths), path) {
    BOOST_CHECK_THROW(static_cast<void>(Address::unix_path(path)), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(addresses_print_for_people) {
    BOOST_TEST((Address{"127.0.0.1", 80}.to_string()) == "127.0.0.1:80");
    BOOST_TEST((Address{"::1", 80}.to_string()) == "[::1]:80");
    BOOST_TEST(Address::unix_path("/run/x").to_string() == "unix:/run/x");
    BOOST_TEST(Address::unix_path(std::string("\0name", 5)).to_string() == "unix:@name");
    BOOST_TEST(Address{}.to_string() == "");
}

BOOST_AUTO_TEST_CASE(addresses_differ_by_host_port_and_family) {
    BOOST_TEST((Address{"127.0.0.1", 1} == Address{"127.0.0.1", 1}));
    BOOST_TEST((Address{"127.0.0.1", 1} != Address{"127.0.0.1", 2}));
    BOOST_TEST((Address{"127.0.0.1", 1} != Address{"127.0.0.2", 1}));
    BOOST_TEST((Address{"0.0.0.0", 1} != Address{"::", 1}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
