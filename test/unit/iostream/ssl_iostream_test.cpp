#include <tornado/iostream/ssl_iostream.hpp>

#include <fcntl.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <memory>
#include <string>

#include "ssl_support.hpp"

namespace {

using tornado::Future;
using tornado::iostream::IOStream;
using tornado::iostream::SSLErrc;
using tornado::iostream::SSLIOStream;
using tornado::iostream::StreamClosedError;
using tornado::netutil::SSLContext;
using tornado::netutil::SSLOptions;

BOOST_FIXTURE_TEST_SUITE(ssl_iostream, ssl_test::SSLFixture)

BOOST_AUTO_TEST_CASE(what_one_side_writes_the_other_reads) {
    client.write("ping\n");
    BOOST_TEST(wait(server.read_until("\n")) == "ping\n");
    server.write("pong\n");
    BOOST_TEST(wait(client.read_until("\n")) == "pong\n");
}

BOOST_AUTO_TEST_CASE(small_writes_arrive_whole_and_in_order) {
    std::string all;
    for (int i = 0; i < 2000; ++i) {
        const auto piece = std::to_string(i) + ',';
        all += piece;
        client.write(piece);
    }
    BOOST_TEST((wait(server.read_bytes(all.size())) == all));
}

BOOST_AUTO_TEST_CASE(large_blocks_pass_both_ways_at_once) {
    std::string block(5'000'000, 'x');
    for (std::size_t i = 0; i < block.size(); ++i) {
        block[i] = static_cast<char>('a' + i % 26);
    }
    auto sent = client.write(block);
    auto answered = server.write(block + "!");
    auto received = server.read_bytes(block.size());
    auto answer = client.read_bytes(block.size() + 1);
    BOOST_TEST((wait(std::move(received)) == block));
    BOOST_TEST((wait(std::move(answer)) == block + "!"));
    wait(std::move(sent));
    wait(std::move(answered));
}

BOOST_AUTO_TEST_CASE(what_is_decrypted_but_not_read_wakes_the_next_reader) {
    client.write(std::string(16'000, 'a') + "end");
    BOOST_TEST(wait(server.read_bytes(10)).size() == 10);
    BOOST_TEST(wait(server.read_until("end")).size() == 16'000 - 10 + 3);
}

BOOST_AUTO_TEST_CASE(several_records_in_one_segment_are_all_read) {
    shake_hands();
    for (int i = 0; i < 50; ++i) {
        client.write(std::to_string(i % 10));
    }
    for (int i = 0; i < 50; ++i) {
        BOOST_TEST(wait(server.read_bytes(1)) == std::to_string(i % 10));
    }
}

BOOST_AUTO_TEST_CASE(an_orderly_close_is_an_orderly_end) {
    auto all = server.read_until_close();
    wait(client.write("bye"));
    client.close();
    BOOST_TEST(wait(std::move(all)) == "bye");
    BOOST_TEST(!server.error());
}

BOOST_AUTO_TEST_CASE(an_end_without_close_notify_is_a_truncation) {
    shake_hands();
    auto all = server.read_until_close();
    wait(client.write("by"));
    ::shutdown(client.fileno(), SHUT_WR);
    BOOST_TEST(wait(std::move(all)) == "by");
    BOOST_TEST((server.error() == SSLErrc::truncated));
}

BOOST_AUTO_TEST_CASE(what_was_agreed_on_can_be_asked) {
    SSLIOStream stream{std::move(client)};
    BOOST_TEST(stream.ssl_version() == "");
    BOOST_TEST(!stream.get_ssl_certificate());
    wait(stream.wait_for_handshake());
    BOOST_TEST(stream.ssl_version() == "TLSv1.3");
    BOOST_TEST(stream.cipher() != "");
    BOOST_TEST(stream.alpn_protocol() == "");
    BOOST_TEST(!stream.session_reused());
    const auto certificate = stream.get_ssl_certificate().value();
    BOOST_TEST(certificate.subject_field("commonName") == "localhost");
    BOOST_TEST(certificate.issuer.at(0).second == "Test Authority");
    BOOST_TEST(certificate.subject_alt_names.at(0).first == "DNS");
    BOOST_TEST(certificate.subject_alt_names.at(0).second == "localhost");
    BOOST_TEST(certificate.subject_alt_names.at(1).second == "127.0.0.1");
    BOOST_TEST((certificate.not_after > std::chrono::system_clock::now()));
    BOOST_TEST((certificate.not_before < std::chrono::system_clock::now()));
    BOOST_TEST(certificate.der.size() > 100);
    BOOST_TEST(server.tls()->server_hostname() == "localhost");
}

BOOST_AUTO_TEST_CASE(reads_and_writes_begun_before_the_handshake_wait_for_it) {
    auto line = server.read_until("\n");
    auto sent = client.write("early\n");
    BOOST_TEST(!sent.done());
    BOOST_TEST(client.writing());
    BOOST_TEST(wait(std::move(line)) == "early\n");
    wait(std::move(sent));
    BOOST_TEST(!client.writing());
}

BOOST_AUTO_TEST_CASE(the_handshake_can_be_waited_for_while_one_reads) {
    auto line = server.read_until("\n");
    shake_hands();
    wait(client.write("a\n"));
    BOOST_TEST(wait(std::move(line)) == "a\n");
}

BOOST_AUTO_TEST_CASE(a_second_wait_for_the_handshake_is_refused) {
    auto first = server.wait_for_handshake();
    BOOST_CHECK_THROW(server.wait_for_handshake(), std::logic_error);
    wait(client.wait_for_handshake());
    wait(std::move(first));
}

BOOST_AUTO_TEST_CASE(the_wait_for_a_handshake_that_is_over_is_over) {
    shake_hands();
    BOOST_TEST(server.wait_for_handshake().done());
}

BOOST_AUTO_TEST_CASE(a_cancelled_wait_for_the_handshake_closes_the_stream) {
    auto handshake = server.wait_for_handshake();
    BOOST_TEST(handshake.cancel());
    BOOST_TEST(server.closed());
    until([&] { return handshake.done(); });
}

BOOST_AUTO_TEST_CASE(connecting_is_done_when_the_handshake_is) {
    const auto listener = listener_on_loopback();
    SSLIOStream stream{new_socket(), ssl_test::client_context()};
    auto connected = stream.connect(loopback_address(port_of(listener)), "localhost");
    turns();
    BOOST_TEST(!connected.done());
    auto early = stream.write("early");
    SSLIOStream accepted{
        tornado::netutil::Socket{::accept4(listener.fileno(), nullptr, nullptr, SOCK_CLOEXEC)},
        ssl_test::server_context()};
    BOOST_TEST(wait(accepted.read_bytes(5)) == "early");
    wait(std::move(connected));
    wait(std::move(early));
    BOOST_TEST(stream.ssl_version() == "TLSv1.3");
    BOOST_TEST(accepted.tls()->server_hostname() == "localhost");
}

BOOST_AUTO_TEST_CASE(connecting_fails_as_the_handshake_does) {
    const auto listener = listener_on_loopback();
    SSLIOStream stream{new_socket(), ssl_test::client_context()};
    auto connected = stream.connect(loopback_address(port_of(listener)), "example.com");
    turns();
    SSLIOStream accepted{
        tornado::netutil::Socket{::accept4(listener.fileno(), nullptr, nullptr, SOCK_CLOEXEC)},
        ssl_test::server_context()};
    until([&] { return connected.done(); });
    BOOST_TEST((real_error(connected) == SSLErrc::certificate_wrong_host));
    BOOST_TEST((stream.error() == SSLErrc::certificate_wrong_host));
}

BOOST_AUTO_TEST_CASE(a_refused_connection_is_the_real_error) {
    std::uint16_t port = 0;
    {
        const auto listener = listener_on_loopback();
        port = port_of(listener);
    }
    SSLIOStream stream{new_socket(), ssl_test::client_context()};
    auto connected = stream.connect(loopback_address(port), "localhost");
    until([&] { return connected.done(); });
    BOOST_TEST((real_error(connected) == std::errc::connection_refused));
}

BOOST_AUTO_TEST_CASE(connecting_without_a_name_to_verify_is_refused) {
    SSLIOStream stream{new_socket(), ssl_test::client_context()};
    BOOST_CHECK_THROW(stream.connect(loopback_address(1)), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_cancelled_read_consumes_nothing) {
    shake_hands();
    auto read = server.read_bytes(10);
    wait(client.write("0123"));
    turns();
    BOOST_TEST(read.cancel());
    BOOST_TEST(wait(server.read_bytes(4)) == "0123");
}

BOOST_AUTO_TEST_CASE(unsent_output_that_is_dropped_looks_like_no_orderly_end) {
    shake_hands();
    auto sent = server.write(std::string(30'000'000, 'x'));
    BOOST_TEST(!sent.done());
    server.close();
    BOOST_TEST(wait(client.read_until_close()).size() < 30'000'000U);
    BOOST_TEST((client.error() == SSLErrc::truncated));
}

BOOST_AUTO_TEST_CASE(a_file_arrives_between_what_is_written_around_it) {
    shake_hands();
    std::string content;
    while (content.size() < 3'000'000) {
        content += std::to_string(content.size()) + ',';
    }
    const ssl_test::Folder folder;
    std::ofstream{folder.file("content"), std::ios::binary} << content;
    server.write("head");
    server.write_file(folder.file("content"));
    const auto last = server.write("tail");
    std::string received;
    run([&]() -> Future<void> {
        while (received.size() < content.size() + 8) {
            received += co_await client.read_bytes(50'000, true);
        }
        co_await last;
    });
    BOOST_TEST((received == "head" + content + "tail"));
}

BOOST_AUTO_TEST_CASE(what_is_to_end_in_a_reset_looks_like_no_orderly_end_whatever_is_sent_then) {
    shake_hands();
    const auto core = server.release();
    core->set_reset_on_close();
    core->output() += "a part";
    core->flush();
    BOOST_TEST(wait(client.read_bytes(6)) == "a part");
    auto rest = client.read_until_close();
    core->close();
    until([&] { return rest.done(); });
    BOOST_TEST((client.error() == std::errc::connection_reset));
}

BOOST_AUTO_TEST_CASE(a_peer_that_does_not_read_holds_writing_back) {
    shake_hands();
    const std::string block(30'000'000, 'x');
    auto sent = server.write(block);
    turns();
    BOOST_TEST(!sent.done());
    BOOST_TEST((wait(client.read_bytes(block.size())) == block));
    wait(std::move(sent));
}

BOOST_AUTO_TEST_CASE(what_came_without_tls_before_a_reset_is_never_read) {
    for (const bool as_server : {true, false}) {
        auto sockets = connected_sockets();
        BOOST_TEST(::send(sockets.client.fileno(), "plain secret\n", 13, 0) == 13);
        reset_on_close(sockets.client.fileno());
        sockets.client.close();
        SSLIOStream stream{
            std::move(sockets.server),
            as_server ? ssl_test::server_context() : ssl_test::client_context(),
            as_server ? "" : "localhost"};
        const auto line = stream.read_until("\n");
        until([&] { return line.done(); });
        BOOST_TEST((real_error(line) != std::error_code{}));
    }
}

BOOST_AUTO_TEST_CASE(nothing_passes_without_tls_before_it_is_connected) {
    const auto listener = listener_on_loopback();
    const auto address = loopback_address(port_of(listener));
    auto socket = new_socket();
    const auto place = loopback(port_of(listener));
    ::fcntl(socket.fileno(), F_SETFL, O_NONBLOCK);
    SSLIOStream stream{std::move(socket), ssl_test::client_context(), "localhost"};
    BOOST_CHECK_THROW(stream.write("password"), std::logic_error);
    BOOST_CHECK_THROW(stream.read_bytes(1), std::logic_error);
    IOStream& base = stream;
    BOOST_CHECK_THROW(base.connect(address), std::logic_error);
    // Nor does a connection that others have begun to make.
    ::connect(stream.fileno(), reinterpret_cast<const sockaddr*>(&place), sizeof place);
    BOOST_CHECK_THROW(stream.write("password"), std::logic_error);
    auto moved = IOStream{std::move(stream)};
    BOOST_CHECK_THROW(moved.write("password"), std::logic_error);
}

BOOST_AUTO_TEST_CASE(connecting_calls_back) {
    const auto listener = listener_on_loopback();
    SSLIOStream stream{new_socket(), ssl_test::client_context()};
    bool connected = false;
    stream.connect(
        loopback_address(port_of(listener)), [&] { connected = true; }, "localhost"
    );
    SSLIOStream peer{
        tornado::netutil::Socket{::accept4(listener.fileno(), nullptr, nullptr, SOCK_CLOEXEC)},
        ssl_test::server_context()};
    wait(peer.wait_for_handshake());
    until([&] { return connected; });
    BOOST_TEST(stream.ssl_version() == "TLSv1.3");
}

BOOST_AUTO_TEST_CASE(a_server_is_expected_once) {
    shake_hands();
    SSLIOStream stream{std::move(client)};
    BOOST_CHECK_THROW(stream.connect(loopback_address(1), "another.example"), std::logic_error);
    SSLIOStream fresh{new_socket(), ssl_test::client_context()};
    BOOST_CHECK_THROW(fresh.connect({}, "a.example"), std::invalid_argument);
    BOOST_TEST(fresh.tls() == nullptr);
}

BOOST_AUTO_TEST_CASE(one_side_may_end_and_still_read_what_the_other_sends) {
    shake_hands();
    wait(client.write("question"));
    const auto core = client.release();
    core->shutdown_output();
    IOStream rest{core};
    BOOST_TEST(wait(server.read_bytes(8)) == "question");
    wait(server.write("answer"));
    BOOST_TEST(wait(rest.read_bytes(6)) == "answer");
    BOOST_TEST(wait(server.read_until_close()).empty());
    BOOST_TEST(!server.error());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
