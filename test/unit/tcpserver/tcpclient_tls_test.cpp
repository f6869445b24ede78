#include <tornado/tcpserver/tcpclient.hpp>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <stdexcept>
#include <string>
#include <tornado/tcpserver.hpp>

#include "../iostream/ssl_support.hpp"
#include "support.hpp"

namespace {

using tornado::Future;
using tornado::ioloop::TimeoutError;
using tornado::iostream::IOStream;
using tornado::iostream::SSLErrc;
using tornado::iostream::SSLIOStream;
using tornado::iostream::StreamClosedError;
using tornado::netutil::Address;
using tornado::netutil::SSLOptions;
using tornado::tcpclient::ConnectOptions;
using tornado::tcpclient::TCPClient;
using tornado::tcpserver::TCPServer;

/// Sends one line back, over TLS.
struct SecureServer : TCPServer {
    SecureServer() { listen(0, {.address = "127.0.0.1"}); }
    Future<void> handle_stream(IOStream plain, Address) override {
        auto stream = co_await plain.start_tls(true, context);
        auto line = co_await stream.read_until("\n");
        co_await stream.write(line);
    }
    tornado::netutil::SSLContext context = ssl_test::server_context();
};

struct SecureFixture : LoopFixture {
    std::string ask(const std::string& host, const ConnectOptions& options) {
        return run([&]() -> Future<std::string> {
            TCPClient client;
            auto stream = co_await client.connect(host, server.port(), options);
            BOOST_TEST((stream.tls() != nullptr));
            co_await stream.write("hello\n");
            co_return co_await stream.read_until("\n");
        });
    }
    std::error_code error(const std::string& host, const ConnectOptions& options) {
        try {
            ask(host, options);
        } catch (const StreamClosedError& error) {
            return error.real_error();
        }
        return {};
    }

    SecureServer server;
    tornado::netutil::SSLContext trusting = ssl_test::client_context();
};

BOOST_FIXTURE_TEST_SUITE(tcpclient_tls, SecureFixture)

BOOST_AUTO_TEST_CASE(a_connection_may_speak_tls_and_the_server_must_be_who_was_asked_for) {
    BOOST_TEST(ask("localhost", ConnectOptions().ssl_options(trusting)) == "hello\n");
    BOOST_TEST(ask("127.0.0.1", ConnectOptions().ssl_options(trusting)) == "hello\n");
    SSLOptions options;
    options.ca_certs = ssl_test::authority().ca.certfile;
    BOOST_TEST(ask("localhost", ConnectOptions().ssl_options(options)) == "hello\n");
}

BOOST_AUTO_TEST_CASE(another_name_may_be_expected) {
    const auto other = ConnectOptions().ssl_options(trusting).server_hostname("other.example.com");
    BOOST_TEST((error("localhost", other) == SSLErrc::certificate_wrong_host));
    BOOST_TEST(
        ask("127.0.0.1", ConnectOptions().ssl_options(trusting).server_hostname("localhost")) ==
        "hello\n"
    );
}

BOOST_AUTO_TEST_CASE(by_default_only_the_systems_authorities_are_trusted) {
    BOOST_TEST(
        (error("localhost", ConnectOptions().ssl_options()) == SSLErrc::certificate_unknown_ca)
    );
}

BOOST_AUTO_TEST_CASE(expired_and_self_signed_certificates_are_refused) {
    const auto show = [&](const ssl_test::Identity& identity) {
        server.context =
            ssl_test::server_context({.certfile = identity.certfile, .keyfile = identity.keyfile});
    };
    const auto options = ConnectOptions().ssl_options(trusting);
    show(ssl_test::authority().make({.begins = -7200, .ends = -3600}));
    BOOST_TEST((error("localhost", options) == SSLErrc::certificate_expired));
    show(ssl_test::authority().make({}, nullptr));
    BOOST_TEST((error("localhost", options) == SSLErrc::certificate_self_signed));
}

BOOST_AUTO_TEST_CASE(a_timeout_covers_the_handshake_and_closes_the_connection) {
    const auto silent = listener_on_loopback();
    turns();
    const auto before = open_descriptors();
    const auto soon = std::chrono::milliseconds{50};
    BOOST_CHECK_THROW(
        run([&] {
            TCPClient client;
            return client.connect(
                "127.0.0.1", port_of(silent), ConnectOptions().ssl_options(trusting).timeout(soon)
            );
        }),
        TimeoutError
    );
    BOOST_TEST(open_descriptors() == before);
}

BOOST_AUTO_TEST_CASE(options_that_cannot_be_are_misuse) {
    SSLOptions missing;
    missing.ca_certs = "/nowhere/ca.pem";
    BOOST_CHECK_THROW(ConnectOptions().ssl_options(missing), std::invalid_argument);
    BOOST_CHECK_THROW(
        ConnectOptions().ssl_options(ssl_test::server_context()), std::invalid_argument
    );
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
