#include <tornado/iostream/iostream.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>

#include "ssl_support.hpp"

namespace {

using ssl_test::client_context;
using ssl_test::server_context;
using tornado::Future;
using tornado::iostream::IOStream;
using tornado::iostream::SSLErrc;
using tornado::iostream::SSLIOStream;
using tornado::iostream::StreamClosedError;
using tornado::netutil::SSLOptions;

BOOST_FIXTURE_TEST_SUITE(start_tls, StreamFixture)

BOOST_AUTO_TEST_CASE(a_live_stream_goes_on_with_tls) {
    const auto servers = server_context();
    const auto clients = client_context();
    run([&]() -> Future<void> {
        co_await client.write("STARTTLS\r\n");
        BOOST_TEST(co_await server.read_until("\r\n") == "STARTTLS\r\n");
        co_await server.write("go\r\n");
        BOOST_TEST(co_await client.read_until("\r\n") == "go\r\n");
        auto served = server.start_tls(true, servers);
        auto connected = client.start_tls(false, clients, "localhost");
        server = co_await std::move(served);
        client = co_await std::move(connected);
        co_await client.write("secret");
        BOOST_TEST(co_await server.read_bytes(6) == "secret");
        BOOST_TEST(client.tls()->version() == "TLSv1.3");
    });
}

BOOST_AUTO_TEST_CASE(the_old_stream_is_of_no_use_any_more) {
    auto served = server.start_tls(true, server_context());
    BOOST_TEST(server.closed());
    BOOST_CHECK_THROW(server.write("plain"), StreamClosedError);
    BOOST_TEST(served.cancel());
}

BOOST_AUTO_TEST_CASE(options_may_be_given_instead_of_a_context) {
    auto served = server.start_tls(
        true,
        SSLOptions{
            .certfile = ssl_test::authority().server.certfile,
            .keyfile = ssl_test::authority().server.keyfile}
    );
    auto connected = client.start_tls(
        false, SSLOptions{.ca_certs = ssl_test::authority().ca.certfile}, "localhost"
    );
    server = wait(std::move(served));
    client = wait(std::move(connected));
    BOOST_TEST(client.tls()->handshake_done());
}

BOOST_AUTO_TEST_CASE(the_default_client_verifies) {
    auto served = server.start_tls(true, server_context());
    auto connected = client.start_tls(false, tornado::netutil::SSLContext{}, "localhost");
    until([&] { return served.done() && connected.done(); });
    BOOST_TEST((real_error(connected) == SSLErrc::certificate_unknown_ca));
    BOOST_TEST((real_error(served) == SSLErrc::certificate_refused));
}

BOOST_AUTO_TEST_CASE(bytes_received_before_are_never_taken_for_what_tls_protects) {
    wait(client.write("STARTTLS\r\ninjected"));
    BOOST_TEST(wait(server.read_until("\r\n")) == "STARTTLS\r\n");
    BOOST_CHECK_THROW(server.start_tls(true, server_context()), std::logic_error);
    BOOST_TEST(!server.closed());
    BOOST_TEST(wait(server.read_bytes(8)) == "injected");
    // What is still on its way is no handshake.
    wait(client.write("injected"));
    auto served = server.start_tls(true, server_context());
    until([&] { return served.done(); });
    BOOST_TEST((real_error(served) == SSLErrc::not_tls));
}

BOOST_AUTO_TEST_CASE(a_busy_stream_is_refused) {
    auto read = server.read_bytes(1);
    BOOST_CHECK_THROW(server.start_tls(true, server_context()), std::logic_error);
    wait(client.write("a"));
    BOOST_TEST(wait(std::move(read)) == "a");
    client.write(std::string(20'000'000, 'x'));
    BOOST_CHECK_THROW(client.start_tls(false, client_context(), "localhost"), std::logic_error);
}

BOOST_AUTO_TEST_CASE(misuse_is_told_at_once) {
    BOOST_CHECK_THROW(server.start_tls(true), std::invalid_argument);
    BOOST_CHECK_THROW(server.start_tls(true, client_context()), std::invalid_argument);
    BOOST_CHECK_THROW(client.start_tls(false, client_context()), std::invalid_argument);
    BOOST_CHECK_THROW(client.wait_for_handshake(), std::logic_error);
    BOOST_CHECK_THROW(SSLIOStream{std::move(client)}, std::invalid_argument);
    server.close();
    BOOST_CHECK_THROW(server.start_tls(true, server_context()), StreamClosedError);
}

BOOST_AUTO_TEST_CASE(the_close_callback_moves_over) {
    int calls = 0;
    server.set_close_callback([&] { ++calls; });
    turns();
    auto served = server.start_tls(true, server_context());
    auto connected = client.start_tls(false, client_context(), "localhost");
    client = wait(std::move(connected));
    server = wait(std::move(served));
    turns();
    BOOST_TEST(calls == 0);
    client.close();
    until([&] { return calls != 0; });
    BOOST_TEST(calls == 1);
    BOOST_TEST(!server.error());
}

BOOST_AUTO_TEST_CASE(a_cancelled_start_closes_the_connection) {
    auto served = server.start_tls(true, server_context());
    BOOST_TEST(served.cancel());
    BOOST_TEST(wait(client.read_until_close()) == "");
}

BOOST_AUTO_TEST_CASE(tls_can_go_through_tls) {
    auto served = server.start_tls(true, server_context());
    auto connected = client.start_tls(false, client_context(), "localhost");
    server = wait(std::move(served));
    client = wait(std::move(connected));
    auto inner_served = server.start_tls(true, server_context());
    auto inner_connected = client.start_tls(false, client_context(), "localhost");
    server = wait(std::move(inner_served));
    client = wait(std::move(inner_connected));
    const std::string block(1'000'000, 'x');
    auto sent = client.write(block);
    BOOST_TEST((wait(server.read_bytes(block.size())) == block));
    wait(std::move(sent));
    // With the answer the client reads the session tickets, too: a socket that is closed with
    // unread input resets the connection.
    server.write("thanks").ignore();
    BOOST_TEST(wait(client.read_bytes(6)) == "thanks");
    client.close();
    BOOST_TEST(wait(server.read_until_close()) == "");
    BOOST_TEST(!server.error());
}

BOOST_AUTO_TEST_CASE(a_peer_that_has_reset_before_is_told_at_once) {
    reset_on_close(server.fileno());
    server.close();
    auto connected = client.start_tls(false, client_context(), "localhost");
    until([&] { return connected.done(); });
    BOOST_TEST((real_error(connected) != std::error_code{}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
