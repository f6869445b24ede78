#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "digest.hpp"
#include "tornado/concurrent/future.hpp"
#include "tornado/httpclient/errors.hpp"
#include "tornado/ioloop/timeout.hpp"
#include "tornado/iostream/family.hpp"
#include "tornado/iostream/resolver.hpp"
#include "tornado/iostream/ssl_options.hpp"
#include "tornado/iostream/stream_core.hpp"

namespace tornado::httpclient {

/// How far a connection has come, and when.
struct ConnectProgress {
    FetchPhase phase = FetchPhase::resolving;
    ioloop::TimePoint resolved;
    ioloop::TimePoint connected;
    ioloop::TimePoint secured;
    std::string retry_after;  ///< the field of a proxy that opens no tunnel
};

/// Who one is to a proxy, and how one shows it.
struct ProxyCredentials {
    std::string place;                        ///< of the proxy, for `digests`
    std::optional<Credentials> credentials;   ///< none: the proxy wants none
    std::shared_ptr<DigestSessions> digests;  ///< null: they are shown by the basic scheme
    std::string own;  ///< the field as the request has it, for when there is nothing to show

    /// The Proxy-Authorization field's value for a request; empty when there is none.
    [[nodiscard]] std::string authorization(std::string_view method, std::string_view uri) const;
    /// The proxy has answered 407, after `rounds` others. Whether it is worth another request.
    [[nodiscard]] bool challenged(const httputil::HTTPHeaders& headers, int rounds) const;
};

/// Credentials as the basic scheme shows them (RFC 7617).
[[nodiscard]] std::string basic_authorization(const Credentials& credentials);

/// Where to connect to, and how.
struct ConnectPlan {
    std::string host;
    int port = 0;
    netutil::Family family = netutil::Family::any;
    std::string source_ip;    ///< empty: any
    std::string unix_socket;  ///< instead of host and port; empty: none
    std::string tunnel;       ///< host and port to ask a proxy for; empty: there is none
    ProxyCredentials proxy;   ///< what the proxy gets to see
    std::optional<netutil::SSLContext> tls;
    std::string server_hostname;  ///< whom TLS expects
    std::shared_ptr<netutil::Resolver> resolver;
    std::shared_ptr<ConnectProgress> progress;
};

/// A connection as planned; with TLS, after the handshake. Errors: those of Resolver and TCPClient.
/// Cancellation: closes all that it has opened.
Future<iostream::StreamRef> establish(ConnectPlan plan);

}  // namespace tornado::httpclient
