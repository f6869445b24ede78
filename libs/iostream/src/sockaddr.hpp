#pragma once

#include <sys/socket.h>

#include <cstddef>

#include "tornado/iostream/socket.hpp"

namespace tornado::netutil {

/// Fills `storage` from an address; the size to give to system calls.
std::size_t to_sockaddr(const Address& address, sockaddr_storage& storage) noexcept;

/// TCP's urgent data becomes part of the stream, as RFC 6093 advises: else each reading would stop
/// before it. Connections that a listening socket accepts do as it does.
void take_urgent_data_inline(int descriptor) noexcept;

}  // namespace tornado::netutil
