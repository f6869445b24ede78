#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "ssl_handles.hpp"
#include "ssl_session_cache.hpp"
#include "tornado/iostream/ssl_options.hpp"

namespace tornado::netutil {

/// What one reading of the files has given. It never changes; connections keep the one they began
/// with.
class SSLContextState {
public:
    /// Throws std::invalid_argument.
    SSLContextState(const SSLOptions& options, SSLSide side);
    SSLContextState(const SSLContextState&) = delete;
    SSLContextState& operator=(const SSLContextState&) = delete;

    /// Takes over the keys of session tickets, so that sessions go on. Both are for servers.
    void take_ticket_keys(const SSLContextState& former);

    /// Clients: throws std::invalid_argument when a name is to be verified and there is none.
    [[nodiscard]] iostream::SSLHandle new_connection(const std::string& server_hostname) const;

    [[nodiscard]] std::chrono::milliseconds handshake_timeout() const noexcept {
        return handshake_timeout_;
    }
    /// Servers: what answers to `name`, or null for the one certificate that answers to all.
    [[nodiscard]] SSL_CTX* context_for(std::string_view name) const;
    /// Servers: the protocols spoken, as ALPN writes them.
    [[nodiscard]] const std::vector<unsigned char>& alpn() const noexcept { return alpn_; }
    /// Clients: the sessions that servers have been trusted with by these files. Other files may
    /// trust others.
    [[nodiscard]] iostream::SSLSessionCache& sessions() const noexcept { return sessions_; }

private:
    void set_up_client(const SSLOptions& options);
    void set_up_server(SSL_CTX& context, const SSLOptions& options);
    void expect_name(SSL& connection, const std::string& name) const;

    SSLSide side_;
    bool checks_hostname_;
    std::chrono::milliseconds handshake_timeout_;
    std::vector<unsigned char> alpn_;
    mutable iostream::SSLSessionCache sessions_;  ///< may be used by several threads
    iostream::SSLCtxHandle main_;
    std::map<std::string, iostream::SSLCtxHandle, std::less<>> by_name_;
};

/// What the copies of one SSLContext share.
class SSLContext::Impl {
public:
    Impl(const SSLOptions& options, SSLSide side);

    [[nodiscard]] SSLSide side() const noexcept { return side_; }
    [[nodiscard]] std::shared_ptr<const SSLContextState> state() const;
    void reload();

private:
    SSLOptions options_;
    SSLSide side_;
    mutable std::mutex mutex_;
    std::shared_ptr<const SSLContextState> state_;
};

}  // namespace tornado::netutil
