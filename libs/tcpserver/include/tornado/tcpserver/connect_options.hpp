#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "tornado/ioloop/ioloop.hpp"
#include "tornado/iostream/family.hpp"
#include "tornado/iostream/iostream.hpp"
#include "tornado/iostream/ssl_options.hpp"

namespace tornado::tcpclient {

/// How TCPClient::connect() connects; each call returns the object itself.
///
///     co_await client.connect("example.com", 443, ConnectOptions().timeout(5s));
class ConnectOptions {
public:
    ConnectOptions() = default;

    /// Only addresses of this family are tried.
    ConnectOptions& family(netutil::Family family) {
        family_ = family;
        return *this;
    }
    /// For name, connection and handshake together; then TimeoutError. By default there is no limit
    /// but the system's.
    ConnectOptions& timeout(ioloop::Duration timeout) {
        timeout_ = timeout;
        return *this;
    }
    /// The address of this machine to connect from; only hosts' addresses of its family are tried.
    /// Throws std::invalid_argument when it is not numeric.
    ConnectOptions& source_ip(std::string address);
    /// The port to connect from; without source_ip(), that of the loopback interface. Throws
    /// std::invalid_argument for one that is not between 1 and 65535.
    ConnectOptions& source_port(int port);
    /// The connection speaks TLS, as this context or these options say; a context that is none
    /// means netutil::default_client_context(). Throws as netutil::ssl_options_to_context() does.
    ConnectOptions& ssl_options(netutil::SSLContext context = {});
    ConnectOptions& ssl_options(const netutil::SSLOptions& options);
    /// With ssl_options(): the name that the server's certificate must bear, instead of the host's.
    ConnectOptions& server_hostname(std::string name) {
        server_hostname_ = std::move(name);
        return *this;
    }
    /// Limits of the stream: see iostream::StreamOptions.
    ConnectOptions& max_buffer_size(std::size_t bytes) {
        stream_.max_buffer_size = bytes;
        return *this;
    }
    ConnectOptions& stream_options(const iostream::StreamOptions& options) {
        stream_ = options;
        return *this;
    }

private:
    friend class TCPClient;
    friend class Connector;

    netutil::Family family_ = netutil::Family::any;
    std::optional<ioloop::Duration> timeout_;
    netutil::Address source_ip_;
    std::uint16_t source_port_ = 0;
    std::string server_hostname_;
    std::optional<netutil::SSLContext> ssl_context_;
    iostream::StreamOptions stream_;
};

}  // namespace tornado::tcpclient
