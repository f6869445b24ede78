#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tornado/iostream/family.hpp"
#include "tornado/iostream/socket.hpp"

namespace tornado::netutil {

enum class Purpose : std::uint8_t { connect, listen };

/// What the system's getaddrinfo() says of a host, without duplicates; an empty one is this machine
/// (to connect) or all its interfaces (to listen). Blocks. Throws std::system_error.
///
/// Thread safety: any thread.
[[nodiscard]] std::vector<Address>
look_up_addresses(const std::string& host, std::uint16_t port, Family family, Purpose purpose);

}  // namespace tornado::netutil
