#pragma once

#include <sys/socket.h>

#include <cstddef>

#include "tornado/iostream/socket.hpp"

namespace tornado::netutil {

/// Fills `storage` from an address; the size to give to system calls.
std::size_t to_sockaddr(const Address& address, sockaddr_storage& storage) noexcept;

}  // namespace tornado::netutil
