#pragma once

#include <system_error>

#include "../iostream/support.hpp"

inline bool has_ipv6_loopback() {
    try {
        return !tornado::netutil::bind_sockets(0, {.address = "::1"}).empty();
    } catch (const std::system_error&) {
        return false;
    }
}
