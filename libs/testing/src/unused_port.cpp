#include "tornado/testing/unused_port.hpp"

#include "tornado/iostream/bind_sockets.hpp"

namespace tornado::testing {

std::pair<netutil::Socket, int> bind_unused_port(bool reuse_port, std::string address) {
    auto sockets =
        netutil::bind_sockets(0, {.address = std::move(address), .reuse_port = reuse_port});
    const int port = netutil::local_address(sockets.front().fileno()).port();
    return {std::move(sockets.front()), port};
}

}  // namespace tornado::testing
