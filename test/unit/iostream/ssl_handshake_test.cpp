#include <tornado/iostream/ssl_errors.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <tornado/testing/virtual_time.hpp>
#include <tornado/util/scope_exit.hpp>
#include <vector>

#include "ssl_support.hpp"
#include "used_memory.hpp"

namespace {

namespace data = boost::unit_test::data;
using ssl_test::authority;
using ssl_test::client_context;
using ssl_test::Identity;
using ssl_test::server_context;
using tornado::Future;
using tornado::iostream::IOStream;
using tornado::iostream::SSLErrc;
using tornado::iostream::SSLIOStream;
using tornado::iostream::StreamClosedError;
using tornado::netutil::CertReqs;
using tornado::netutil::SSLContext;
using tornado::netutil::SSLOptions;
using tornado::netutil::TLSVersion;

SSLContext showing(const Identity& identity) {
    return server_context({.certfile = identity.certfile, .keyfile = identity.keyfile});
}

struct Fixture : ssl_test::SSLFixture {
    Fixture() : SSLFixture{false} {}

    /// What a client says that meets a server with this certificate.
    std::error_code verdict_on(const Identity& identity, const std::string& name = "localhost") {
        start(showing(identity), client_context(), name);
        return errors_of_handshake().second;
    }
};

BOOST_FIXTURE_TEST_SUITE(ssl_handshake, Fixture)

// What a client finds wrong with a certificate

BOOST_AUTO_TEST_CASE(a_good_certificate_is_accepted) {
    BOOST_TEST(!verdict_on(authority().server));
}

BOOST_AUTO_TEST_CASE(an_expired_certificate_is_refused) {
    const auto identity = authority().make({.begins = -7200, .ends = -3600});
    BOOST_TEST((verdict_on(identity) == SSLErrc::certificate_expired));
}

BOOST_AUTO_TEST_CASE(a_certificate_of_tomorrow_is_refused) {
    const auto identity = authority().make({.begins = 3600, .ends = 7200});
    BOOST_TEST((verdict_on(identity) == SSLErrc::certificate_not_yet_valid));
}

BOOST_AUTO_TEST_CASE(a_self_signed_certificate_is_refused) {
    const auto identity = authority().make({}, nullptr);
    BOOST_TEST((verdict_on(identity) == SSLErrc::certificate_self_signed));
}

BOOST_AUTO_TEST_CASE(an_unknown_authority_is_refused) {
    const auto stranger = authority().make({.name = "Stranger", .is_authority = true}, nullptr);
    const auto identity = authority().make({}, &stranger);
    BOOST_TEST((verdict_on(identity) == SSLErrc::certificate_unknown_ca));
}

BOOST_AUTO_TEST_CASE(the_system_does_not_know_the_tests_authority) {
    start(server_context(), tornado::netutil::default_client_context());
    BOOST_TEST((errors_of_handshake().second == SSLErrc::certificate_unknown_ca));
}

BOOST_AUTO_TEST_CASE(another_hosts_certificate_is_refused) {
    BOOST_TEST((verdict_on(authority().server, "example.com") == SSLErrc::certificate_wrong_host));
    BOOST_TEST((verdict_on(authority().server, "127.0.0.2") == SSLErrc::certificate_wrong_host));
}

BOOST_AUTO_TEST_CASE(an_address_and_a_final_dot_are_names_too) {
    BOOST_TEST(!verdict_on(authority().server, "127.0.0.1"));
    BOOST_TEST(!verdict_on(authority().server, "localhost."));
    BOOST_TEST((verdict_on(authority().server, "::1%lo") == SSLErrc::certificate_wrong_host));
}

BOOST_AUTO_TEST_CASE(a_name_that_verifies_less_than_it_says_is_refused) {
    const std::string names[] = {
        ".",
        "..",
        ".example.com",
        "127.0.0.1.",
        std::string(300, 'a'),
        std::string{"localhost\0.com", 14}};
    for (const auto& name : names) {
        BOOST_CHECK_THROW(start(server_context(), client_context(), name), std::invalid_argument);
        BOOST_CHECK_THROW(
            start(server_context(), client_context({.check_hostname = false}), name),
            std::invalid_argument
        );
    }
}

BOOST_AUTO_TEST_CASE(a_wildcard_stands_for_one_label) {
    const auto identity = authority().make({.alternatives = "DNS:*.example.com"});
    BOOST_TEST(!verdict_on(identity, "www.example.com"));
    BOOST_TEST((verdict_on(identity, "a.b.example.com") == SSLErrc::certificate_wrong_host));
    BOOST_TEST((verdict_on(identity, "example.com") == SSLErrc::certificate_wrong_host));
}

BOOST_AUTO_TEST_CASE(the_server_learns_that_its_certificate_was_refused) {
    start(showing(authority().make({}, nullptr)), client_context());
    BOOST_TEST((errors_of_handshake().first == SSLErrc::certificate_refused));
}

BOOST_AUTO_TEST_CASE(each_check_can_be_turned_off) {
    const auto identity = authority().make({.begins = -7200, .ends = -3600}, nullptr);
    start(showing(identity), client_context({.cert_reqs = CertReqs::none}), "example.com");
    BOOST_TEST(!errors_of_handshake().second);
    start(server_context(), client_context({.check_hostname = false}), "example.com");
    BOOST_TEST(!errors_of_handshake().second);
    start(showing(identity), client_context({.check_hostname = false}), "");
    BOOST_TEST((errors_of_handshake().second == SSLErrc::certificate_self_signed));
}

BOOST_AUTO_TEST_CASE(a_client_without_a_name_to_verify_is_told_at_once) {
    auto sockets = connected_sockets();
    BOOST_CHECK_THROW(SSLIOStream(std::move(sockets.client)), std::invalid_argument);
}

// What a server asks of clients

BOOST_AUTO_TEST_CASE(a_client_must_show_a_certificate_where_that_is_required) {
    const SSLOptions required{.ca_certs = authority().ca.certfile, .cert_reqs = CertReqs::required};
    start(server_context(required), client_context({.max_version = TLSVersion::v1_2}));
    const auto [served, connected] = errors_of_handshake();
    BOOST_TEST((served == SSLErrc::certificate_missing));
    BOOST_TEST((connected == SSLErrc::alert));

    const auto alice = authority().make({.name = "Alice"});
    start(
        server_context(required),
        client_context({.certfile = alice.certfile, .keyfile = alice.keyfile})
    );
    shake_hands();
    BOOST_TEST(server.tls()->peer_certificate().value().subject_field("commonName") == "Alice");
}

BOOST_AUTO_TEST_CASE(a_client_of_tls_1_3_learns_of_its_refusal_when_it_reads) {
    start(
        server_context({.ca_certs = authority().ca.certfile, .cert_reqs = CertReqs::required}),
        client_context()
    );
    BOOST_TEST((errors_of_handshake().first == SSLErrc::certificate_missing));
    auto read = client.read_bytes(1);
    until([&] { return read.done(); });
    BOOST_TEST((real_error(read) == SSLErrc::certificate_refused));
}

BOOST_AUTO_TEST_CASE(a_client_of_tls_1_3_learns_of_its_refusal_when_it_writes) {
    start(
        server_context({.ca_certs = authority().ca.certfile, .cert_reqs = CertReqs::required}),
        client_context()
    );
    BOOST_TEST((errors_of_handshake().first == SSLErrc::certificate_missing));
    wait(client.write("a"));  // which the server answers with a reset
    turns();
    auto write = client.write("b");
    until([&] { return write.done(); });
    BOOST_TEST((real_error(write) == SSLErrc::certificate_refused));
}

BOOST_AUTO_TEST_CASE(a_client_may_show_a_certificate_where_that_is_optional) {
    const SSLOptions optional{.ca_certs = authority().ca.certfile, .cert_reqs = CertReqs::optional};
    start(server_context(optional), client_context());
    shake_hands();
    BOOST_TEST(!server.tls()->peer_certificate());

    const auto mallory = authority().make({.name = "Mallory"}, nullptr);
    start(
        server_context(optional),
        client_context({.certfile = mallory.certfile, .keyfile = mallory.keyfile})
    );
    BOOST_TEST((errors_of_handshake().first == SSLErrc::certificate_self_signed));
}

// Versions, ciphers, protocols

BOOST_AUTO_TEST_CASE(both_versions_of_tls_work) {
    start(server_context(), client_context({.max_version = TLSVersion::v1_2}));
    shake_hands();
    BOOST_TEST(client.tls()->version() == "TLSv1.2");
    wait(client.write("a"));
    BOOST_TEST(wait(server.read_bytes(1)) == "a");
    start(server_context({.min_version = TLSVersion::v1_3}), client_context());
    shake_hands();
    BOOST_TEST(server.tls()->version() == "TLSv1.3");
}

BOOST_AUTO_TEST_CASE(without_a_common_version_both_say_so) {
    start(
        server_context({.min_version = TLSVersion::v1_3}),
        client_context({.max_version = TLSVersion::v1_2})
    );
    const auto [served, connected] = errors_of_handshake();
    BOOST_TEST((served == SSLErrc::no_shared_protocol));
    BOOST_TEST((connected == SSLErrc::no_shared_protocol));
}

BOOST_AUTO_TEST_CASE(ciphers_of_either_version_can_be_chosen) {
    start(server_context({.ciphers = "TLS_CHACHA20_POLY1305_SHA256"}), client_context());
    shake_hands();
    BOOST_TEST(client.tls()->cipher() == "TLS_CHACHA20_POLY1305_SHA256");
    start(
        server_context({.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256"}),
        client_context({.max_version = TLSVersion::v1_2})
    );
    shake_hands();
    BOOST_TEST(client.tls()->cipher() == "ECDHE-ECDSA-AES128-GCM-SHA256");
}

BOOST_AUTO_TEST_CASE(without_a_common_cipher_the_server_says_so) {
    start(
        server_context({.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256", .max_version = TLSVersion::v1_2}
        ),
        client_context({.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384"})
    );
    BOOST_TEST((errors_of_handshake().first == SSLErrc::no_shared_cipher));
}

BOOST_AUTO_TEST_CASE(the_servers_favourite_protocol_is_agreed_on) {
    start(server_context({.alpn = {"a", "b"}}), client_context({.alpn = {"c", "b", "a"}}));
    shake_hands();
    BOOST_TEST(client.tls()->alpn_protocol() == "a");
    BOOST_TEST(server.tls()->alpn_protocol() == "a");
    start(server_context({.alpn = {"a"}}), client_context());
    shake_hands();
    BOOST_TEST(server.tls()->alpn_protocol() == "");
}

BOOST_AUTO_TEST_CASE(without_a_common_protocol_both_say_so) {
    start(server_context({.alpn = {"a"}}), client_context({.alpn = {"b"}}));
    const auto [served, connected] = errors_of_handshake();
    BOOST_TEST((served == SSLErrc::no_shared_application));
    BOOST_TEST((connected == SSLErrc::no_shared_application));
}

// What comes instead of a handshake

BOOST_AUTO_TEST_CASE(garbage_is_not_tls) {
    start(server_context(), client_context());
    auto served = server.wait_for_handshake();
    ::send(client.fileno(), "\xff\xff\xff\xff\xff\xff\xff\xff", 8, MSG_NOSIGNAL);
    client.close();
    auto sockets = connected_sockets();
    SSLIOStream fresh{std::move(sockets.server), server_context()};
    ::send(sockets.client.fileno(), "\xff\xff\xff\xff\xff\xff\xff\xff", 8, MSG_NOSIGNAL);
    auto handshake = fresh.wait_for_handshake();
    until([&] { return handshake.done(); });
    BOOST_TEST((real_error(handshake) == SSLErrc::not_tls));
    until([&] { return served.done(); });
}

BOOST_AUTO_TEST_CASE(a_plain_server_is_not_tls_to_a_client) {
    auto sockets = connected_sockets();
    SSLIOStream fresh{std::move(sockets.client), client_context(), "localhost"};
    ::send(sockets.server.fileno(), "HTTP/1.1 400 Bad Request\r\n", 26, MSG_NOSIGNAL);
    auto handshake = fresh.wait_for_handshake();
    until([&] { return handshake.done(); });
    BOOST_TEST((real_error(handshake) == SSLErrc::not_tls));
}

BOOST_AUTO_TEST_CASE(a_plain_request_is_recognised) {
    auto sockets = connected_sockets();
    SSLIOStream fresh{std::move(sockets.server), server_context()};
    ::send(sockets.client.fileno(), "DELETE / HTTP/1.1\r\n", 19, MSG_NOSIGNAL);
    auto handshake = fresh.wait_for_handshake();
    until([&] { return handshake.done(); });
    BOOST_TEST((real_error(handshake) == SSLErrc::http_request));
}

BOOST_AUTO_TEST_CASE(a_handshake_that_stalls_is_given_up) {
    auto sockets = connected_sockets();
    SSLIOStream fresh{
        std::move(sockets.server),
        server_context({.handshake_timeout = std::chrono::milliseconds{100}})};
    ::send(sockets.client.fileno(), "\x16\x03", 2, MSG_NOSIGNAL);
    auto read = fresh.read_bytes(1);
    until([&] { return read.done(); });
    BOOST_TEST((real_error(read) == SSLErrc::handshake_timeout));
    BOOST_TEST((real_error(read) == std::errc::timed_out));
    BOOST_TEST(fresh.closed());
}

BOOST_AUTO_TEST_CASE(a_handshake_in_time_ends_the_timeout) {
    start(server_context({.handshake_timeout = std::chrono::milliseconds{100}}), client_context());
    shake_hands();
    wait(tornado::gen::sleep(std::chrono::milliseconds{400}));
    wait(client.write("a"));
    BOOST_TEST(wait(server.read_bytes(1)) == "a");
}

/// How many bytes of a good client's handshake come before the end.
const std::size_t handshake_cuts[] = {0, 1, 4, 5, 6, 100, 250};

BOOST_DATA_TEST_CASE(
    the_peers_end_in_a_handshake_is_a_truncation,
    data::make(handshake_cuts),
    cut
) {
    // What a client says first.
    auto sockets = connected_sockets();
    std::string hello(4096, '\0');
    {
        const SSLIOStream talker{std::move(sockets.client), client_context(), "localhost"};
        hello.resize(
            static_cast<std::size_t>(::recv(sockets.server.fileno(), hello.data(), hello.size(), 0))
        );
    }
    BOOST_TEST(hello.size() > cut);
    for (const bool reset : {false, true}) {
        auto pair = connected_sockets();
        SSLIOStream fresh{std::move(pair.server), server_context()};
        auto handshake = fresh.wait_for_handshake();
        ::send(pair.client.fileno(), hello.data(), cut, MSG_NOSIGNAL);
        turns();
        if (reset) {
            reset_on_close(pair.client.fileno());
        }
        pair.client.close();
        until([&] { return handshake.done(); });
        const auto error = real_error(handshake);
        if (reset) {
            BOOST_TEST((error == std::errc::connection_reset));
        } else {
            BOOST_TEST((error == SSLErrc::truncated));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_reset_at_any_step_of_the_handshake_ends_both_sides) {
    // The number of turns that the handshake was let go on for before.
    for (int steps = 0; steps < 8; ++steps) {
        start(server_context(), client_context());
        auto handshake = server.wait_for_handshake();
        auto read = server.read_bytes(1);
        turns(steps);
        reset_on_close(client.fileno());
        client.close();
        until([&] { return read.done(); });
        BOOST_CHECK_THROW(static_cast<void>(read.result()), StreamClosedError);
        until([&] { return handshake.done(); });
        BOOST_TEST(server.closed());
    }
}

BOOST_AUTO_TEST_CASE(a_truncated_record_is_a_truncation) {
    start(server_context(), client_context());
    shake_hands();
    auto read = server.read_bytes(1);
    ::send(client.fileno(), "\x17\x03\x03\x00\x40half of it", 15, MSG_NOSIGNAL);
    ::shutdown(client.fileno(), SHUT_WR);
    until([&] { return read.done(); });
    BOOST_TEST((real_error(read) == SSLErrc::truncated));
}

BOOST_AUTO_TEST_CASE(a_forged_record_ends_the_stream) {
    start(server_context(), client_context());
    shake_hands();
    auto read = server.read_bytes(1);
    const std::string record =
        std::string{"\x17\x03\x03", 3} + std::string{"\x00\x20", 2} + std::string(32, 'x');
    ::send(client.fileno(), record.data(), record.size(), MSG_NOSIGNAL);
    auto told = client.read_bytes(1);
    until([&] { return read.done() && told.done(); });
    BOOST_TEST((real_error(read) == SSLErrc::protocol_error));
    BOOST_TEST((real_error(told) == SSLErrc::alert));
}

BOOST_AUTO_TEST_CASE(ten_thousand_failing_connections_leave_nothing_behind) {
    const auto listener = listener_on_loopback();
    const auto context = server_context();
    const auto strict =
        server_context({.ca_certs = authority().ca.certfile, .cert_reqs = CertReqs::required});
    const auto good = client_context();
    // Of refused certificates each client would write a line.
    tornado::log::set_level(tornado::log::Level::error);
    const tornado::util::ScopeExit restore{
        [] { tornado::log::set_level(tornado::log::Level::warning); }};
    constexpr int kinds = 6;
    constexpr int warm_up = 1'200;  // pools and OpenSSL's tables have their size then
    constexpr int count = 10'000;
    std::ptrdiff_t before = 0;
    std::size_t used_before = 0;
    run([&]() -> Future<void> {
        for (int i = -warm_up; i < count; ++i) {
            if (i == 0) {
                before = open_descriptors();
                used_before = used_memory();
            }
            const int kind = (i + warm_up) % kinds;
            auto socket = connect_to(port_of(listener));
            SSLIOStream fresh{
                tornado::netutil::Socket{
                    ::accept4(listener.fileno(), nullptr, nullptr, SOCK_CLOEXEC)},
                kind == 4 ? strict : context};
            auto handshake = fresh.wait_for_handshake();
            if (kind == 0) {
                ::send(socket.fileno(), "no handshake", 12, MSG_NOSIGNAL);
            } else if (kind == 1) {
                SSLIOStream refusing{std::move(socket), good, "example.com"};
                auto refused = refusing.wait_for_handshake();
                while (!refused.done()) {
                    co_await tornado::gen::moment();
                }
                BOOST_REQUIRE(refused.exception() != nullptr);
            } else if (kind == 2) {
                reset_on_close(socket.fileno());
            } else if (kind == 3) {
                constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
                ::send(socket.fileno(), request.data(), request.size(), MSG_NOSIGNAL);
            } else if (kind == 4) {
                SSLIOStream without_certificate{std::move(socket), good, "localhost"};
                const auto end = without_certificate.read_until_close();
                while (!handshake.done() || !end.done()) {
                    co_await tornado::gen::moment();
                }
            }
            socket.close();
            while (!handshake.done()) {
                co_await tornado::gen::moment();
            }
            BOOST_REQUIRE(handshake.exception() != nullptr);
        }
    });
    BOOST_TEST(open_descriptors() == before);
    BOOST_TEST(used_memory() < used_before + count);  // not even a byte for each
}

BOOST_AUTO_TEST_CASE(handshakes_that_stall_leave_nothing_behind) {
    tornado::testing::VirtualTime time{loop};
    const auto context = server_context({.handshake_timeout = std::chrono::milliseconds{500}});
    std::ptrdiff_t before = 0;
    std::size_t used_before = 0;
    for (int round = -3; round < 20; ++round) {
        if (round == 0) {
            before = open_descriptors();
            used_before = used_memory();
        }
        std::vector<SocketPair> connections;
        std::vector<SSLIOStream> servers;
        std::vector<Future<void>> handshakes;
        for (int i = 0; i < 50; ++i) {
            auto& both = connections.emplace_back(connected_sockets());
            ::send(both.client.fileno(), "\x16\x03", static_cast<std::size_t>(i % 3), MSG_NOSIGNAL);
            servers.emplace_back(std::move(both.server), context);
            handshakes.push_back(servers.back().wait_for_handshake());
        }
        time.advance(std::chrono::seconds{1});
        for (const auto& handshake : handshakes) {
            BOOST_REQUIRE((real_error(handshake) == SSLErrc::handshake_timeout));
        }
    }
    BOOST_TEST(open_descriptors() == before);
    BOOST_TEST(used_memory() < used_before + 1000);
}

BOOST_AUTO_TEST_CASE(a_common_name_is_no_hosts_name) {
    const auto identity = authority().make({.name = "localhost", .alternatives = ""});
    BOOST_TEST((verdict_on(identity) == SSLErrc::certificate_wrong_host));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
