#pragma once

#include <memory>
#include <optional>
#include <string>

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
};

/// Where to connect to, and how.
struct ConnectPlan {
    std::string host;
    int port = 0;
    netutil::Family family = netutil::Family::any;
    std::string source_ip;             ///< empty: any
    std::string unix_socket;           ///< instead of host and port; empty: none
    std::string tunnel;                ///< host and port to ask a proxy for; empty: there is none
    std::string tunnel_authorization;  ///< what the proxy gets to see
    std::optional<netutil::SSLContext> tls;
    std::string server_hostname;  ///< whom TLS expects
    std::shared_ptr<netutil::Resolver> resolver;
    std::shared_ptr<ConnectProgress> progress;
};

/// A connection as planned; with TLS, after the handshake. Errors: those of Resolver and TCPClient.
/// Cancellation: closes all that it has opened.
Future<iostream::StreamRef> establish(ConnectPlan plan);

}  // namespace tornado::httpclient
