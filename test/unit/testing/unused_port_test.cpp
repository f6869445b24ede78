#include <tornado/testing/unused_port.hpp>

#include <boost/test/unit_test.hpp>
#include <tornado/netutil.hpp>

namespace netutil = tornado::netutil;
using tornado::testing::bind_unused_port;

BOOST_AUTO_TEST_SUITE(unused_port)

BOOST_AUTO_TEST_CASE(is_bound_and_told) {
    const auto [socket, port] = bind_unused_port();
    const auto address = netutil::local_address(socket.fileno());
    BOOST_TEST(address.host() == "127.0.0.1");
    BOOST_TEST(address.port() == port);
    BOOST_TEST(port > 0);
}

BOOST_AUTO_TEST_CASE(is_another_each_time) {
    const auto [first, first_port] = bind_unused_port();
    const auto [second, second_port] = bind_unused_port();
    BOOST_TEST(first_port != second_port);
}

BOOST_AUTO_TEST_CASE(can_be_on_another_address_and_shared) {
    const auto [socket, port] = bind_unused_port(true, "0.0.0.0");
    BOOST_TEST(netutil::local_address(socket.fileno()).host() == "0.0.0.0");
    const auto again = netutil::bind_sockets(port, {.address = "0.0.0.0", .reuse_port = true});
    BOOST_TEST(again.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
