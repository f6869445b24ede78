#include <tornado/iostream/ssl_iostream.hpp>

#include <boost/test/unit_test.hpp>
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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
