#pragma once

#include <cstdint>

namespace tornado::netutil {

/// Which addresses of the internet are meant. Mirrors `socket.AF_UNSPEC`, `AF_INET` and `AF_INET6`.
enum class Family : std::uint8_t { any, ipv4, ipv6 };

/// The same as the system's number: AF_UNSPEC, AF_INET or AF_INET6.
[[nodiscard]] int address_family(Family family) noexcept;

}  // namespace tornado::netutil
