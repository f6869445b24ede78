#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tornado::netutil {

/// Which end of a connection one is: who accepted it serves.
enum class SSLSide : std::uint8_t { client, server };

/// Whether the peer has to show a certificate, which is then verified. Mirrors `ssl.CERT_NONE` and
/// its like.
enum class CertReqs : std::uint8_t {
    automatic,  ///< required of servers, not asked of clients
    none,       ///< clients are not asked; what a server shows is not verified, nor its name
    optional,   ///< clients may show one; as `required` for servers, who always do
    required
};

enum class TLSVersion : std::uint8_t { v1_2, v1_3 };

/// The files of one certificate, in PEM: the chain, leaf first, and its key.
struct SSLCertificateFiles {
    std::string certfile = {};
    std::string keyfile = {};  ///< empty: the key is in certfile

    bool operator==(const SSLCertificateFiles&) const = default;
};

/// What TLS on a connection shall be like. Mirrors the dict `ssl_options` of Tornado.
///
///     netutil::SSLOptions{.certfile = "server.crt", .keyfile = "server.key"}
struct SSLOptions {
    std::vector<std::string> alpn = {};        ///< protocols spoken on it, the best first
    std::string ca_certs = {};                 ///< PEM file of who is trusted; empty: the system's
    CertReqs cert_reqs = CertReqs::automatic;  ///< what is asked of the peer
    std::string certfile = {};                 ///< PEM; a server needs one
    bool check_hostname = true;                ///< clients: the certificate bears the server's name
    std::string ciphers = {};  ///< for TLS 1.2, in OpenSSL's notation; empty: its default
    std::chrono::milliseconds handshake_timeout{60'000};  ///< servers: for a handshake; zero: none
    std::string key_password = {};                        ///< of encrypted keys
    std::string keyfile = {};                             ///< PEM; empty: the key is in certfile
    TLSVersion max_version = TLSVersion::v1_3;
    TLSVersion min_version = TLSVersion::v1_2;
    std::size_t session_cache_size = 4'096;       ///< sessions kept to be resumed; zero: none
    std::chrono::seconds session_timeout{7'200};  ///< for how long they can be resumed
    bool session_tickets = true;                  ///< servers: let clients keep the sessions
    /// Servers: further certificates, by the name that the client asks for, such as `example.com`
    /// or `*.example.com`. A client that asks for none of these gets `certfile`.
    std::map<std::string, SSLCertificateFiles> sni = {};

    bool operator==(const SSLOptions&) const = default;
};

/// Checked options with all that their files hold, ready for any number of connections.
///
/// Ownership: a handle; its copies share what it holds.
/// Thread safety: may be used from several threads at once. Mirrors `ssl.SSLContext`.
class SSLContext {
public:
    class Impl;

    /// None at all.
    SSLContext() noexcept = default;
    explicit SSLContext(std::shared_ptr<Impl> impl) noexcept : impl_{std::move(impl)} {}

    explicit operator bool() const noexcept { return impl_ != nullptr; }
    /// Which end it is for. There must be one.
    [[nodiscard]] SSLSide side() const noexcept;

    /// Reads the files again, for connections that begin from now on; those that exist keep what
    /// they have. Servers resume sessions across it that clients keep (session_tickets); clients,
    /// who may trust others now, do not.
    /// Throws std::invalid_argument as ssl_options_to_context() does, and then all stays as it was.
    void reload();

    [[nodiscard]] Impl& impl() const noexcept { return *impl_; }

private:
    std::shared_ptr<Impl> impl_;
};

/// Checks options and reads their files. Throws std::invalid_argument with a sentence that says
/// which file is missing or malformed, or what else is wrong. Mirrors
/// `tornado.netutil.ssl_options_to_context`.
[[nodiscard]] SSLContext ssl_options_to_context(const SSLOptions& options, SSLSide side);

/// What clients use that are given no options: everything verified, by the system's authorities.
[[nodiscard]] SSLContext default_client_context();

}  // namespace tornado::netutil
