#pragma once

#include <string>
#include <tornado/iostream.hpp>
#include <tornado/netutil.hpp>
#include <utility>

#include "certificates.hpp"
#include "support.hpp"

BOOST_TEST_DONT_PRINT_LOG_VALUE(tornado::iostream::SSLErrc)

namespace ssl_test {

/// The one that all tests share.
inline Authority& authority() {
    static Authority shared;
    return shared;
}

inline tornado::netutil::SSLContext server_context(tornado::netutil::SSLOptions options = {}) {
    if (options.certfile.empty()) {
        options.certfile = authority().server.certfile;
        options.keyfile = authority().server.keyfile;
    }
    return tornado::netutil::ssl_options_to_context(options, tornado::netutil::SSLSide::server);
}

/// Trusts the tests' authority.
inline tornado::netutil::SSLContext client_context(tornado::netutil::SSLOptions options = {}) {
    if (options.ca_certs.empty()) {
        options.ca_certs = authority().ca.certfile;
    }
    return tornado::netutil::ssl_options_to_context(options, tornado::netutil::SSLSide::client);
}

/// A loop and, on it, both ends of a connection that speak TLS.
struct SSLFixture : StreamFixture {
    explicit SSLFixture(bool started = true) {
        if (started) {
            start(server_context(), client_context());
        }
    }

    /// Replaces both ends by a fresh connection.
    void start(
        tornado::netutil::SSLContext servers,
        tornado::netutil::SSLContext clients,
        const std::string& name = "localhost",
        tornado::iostream::StreamOptions options = {}
    ) {
        auto sockets = connected_sockets();
        server = tornado::iostream::SSLIOStream{
            std::move(sockets.server), std::move(servers), {}, options};
        client = tornado::iostream::SSLIOStream{
            std::move(sockets.client), std::move(clients), name, options};
    }
    /// Waits for both handshakes, which must succeed.
    void shake_hands() {
        auto served = server.wait_for_handshake();
        auto connected = client.wait_for_handshake();
        wait(std::move(served));
        wait(std::move(connected));
    }
    /// How both handshakes end.
    std::pair<std::error_code, std::error_code> errors_of_handshake() {
        auto served = server.wait_for_handshake();
        auto connected = client.wait_for_handshake();
        until([&] { return served.done() && connected.done(); });
        return {
            served.exception() ? real_error(served) : std::error_code{},
            connected.exception() ? real_error(connected) : std::error_code{}};
    }
};

}  // namespace ssl_test
