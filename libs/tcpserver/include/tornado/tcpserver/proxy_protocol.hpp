#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "tornado/iostream/socket.hpp"
#include "tornado/util/result.hpp"

namespace tornado::tcpserver {

/// Who may tell a server, by the PROXY protocol, for whom they connect, and how long they may take.
///
/// Each connection must then begin with a header of version 1 or 2, and the address that it tells
/// counts as the client's. Whoever else connects is turned away.
struct ProxyProtocolOptions {
    std::chrono::milliseconds timeout{5'000};  ///< for the header to come; zero: no limit
    /// Who is believed: numeric addresses and networks, such as "192.0.2.1", "10.0.0.0/8" or
    /// "fd00::/8"; "unix" means those who connect to a UNIX socket. Empty: there is no PROXY
    /// protocol, and connections are what they seem to be.
    std::vector<std::string> trusted = {};
};

/// What a PROXY header says.
struct ProxyHeader {
    netutil::Address destination;  ///< where the client connected to; empty when it is not said
    std::size_t size = 0;          ///< bytes that it takes
    netutil::Address source;  ///< the client's; empty when the sender speaks for itself (a health
                              ///< check, say), or does not know it
};

/// What can be wrong with a PROXY header.
enum class ProxyErrc {
    no_header = 1,      ///< the connection begins with something else
    malformed,          ///< not as the specification has it
    too_long,           ///< version 1: no end within 107 bytes; version 2: more than 2048 bytes
    wrong_checksum,     ///< version 2: CRC32C
    unknown_transport,  ///< version 2: neither TCP nor a UNIX stream
};

[[nodiscard]] const std::error_category& proxy_category() noexcept;
[[nodiscard]] inline std::error_code make_error_code(ProxyErrc error) noexcept {
    return {static_cast<int>(error), proxy_category()};
}

/// Parses the header with which `bytes` begin; nullopt when that is not all here yet. Then every
/// byte so far is a part of it.
///
/// Mirrors HAProxy's `proxy-protocol.txt`, 2.1 and 2.2.
[[nodiscard]] Result<std::optional<ProxyHeader>> parse_proxy_header(std::string_view bytes);

}  // namespace tornado::tcpserver

template <>
struct std::is_error_code_enum<tornado::tcpserver::ProxyErrc> : std::true_type {};
