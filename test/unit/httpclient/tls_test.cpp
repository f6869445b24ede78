#include <tornado/httpclient/simple_async_http_client.hpp>

#include <boost/test/unit_test.hpp>
#include <tornado/iostream/bind_sockets.hpp>
#include <tornado/iostream/ssl_errors.hpp>
#include <tornado/tcpclient.hpp>

#include "../iostream/certificates.hpp"
#include "../log_capture.hpp"
#include "support.hpp"

using iostream::SSLErrc;

namespace {

ssl_test::Authority& authority() {
    static ssl_test::Authority shared;
    return shared;
}

/// The same server with TLS, for localhost and 127.0.0.1.
struct TlsTest : TidyTest {
    tornado::httpserver::HTTPServerOptions get_httpserver_options() override {
        return {
            .ssl_options = {
                .ca_certs = authority().ca.certfile,
                .cert_reqs = netutil::CertReqs::optional,
                .certfile = identity->certfile,
                .keyfile = identity->keyfile}};
    }
    std::string https_url(const std::string& host = "127.0.0.1") {
        return "https://" + host + ":" + std::to_string(get_http_port()) + "/";
    }
    HTTPRequest trusting(const std::string& host = "127.0.0.1") {
        return HTTPRequest{https_url(host)}.ca_certs(authority().ca.certfile);
    }
    const ssl_test::Identity* identity = &authority().server;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(tls, TlsTest)

BOOST_AUTO_TEST_CASE(carries_a_fetch) {
    const auto response = fetch_from(trusting().method("POST").body("secret"));
    BOOST_TEST(response.body == "secret");
    BOOST_CHECK(response.time_info.appconnect >= response.time_info.connect);
    BOOST_CHECK(response.time_info.appconnect > 0s);
    BOOST_TEST(fetch_from(trusting()).time_info.connection_reused);
    BOOST_TEST(fetch_from(trusting("localhost")).code == 200);
}

BOOST_AUTO_TEST_CASE(trusts_no_stranger) {
    BOOST_CHECK(refusal(https_url()) == SSLErrc::certificate_unknown_ca);
    BOOST_TEST(the_client().active_count() == 0U);
}

BOOST_AUTO_TEST_CASE(that_fails_is_told_to_the_caller_and_not_logged) {
    tornado::log::gen_log().clear_level();
    const LogCapture log;
    BOOST_CHECK(refusal(https_url()) == SSLErrc::certificate_unknown_ca);
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_CASE(trusts_anybody_when_told_to) {
    BOOST_TEST(fetch_from(HTTPRequest{https_url()}.validate_cert(false)).code == 200);
}

BOOST_AUTO_TEST_CASE(that_was_not_verified_is_not_used_by_who_verifies) {
    fetch_from(HTTPRequest{https_url()}.validate_cert(false));
    BOOST_CHECK(refusal(https_url()) == SSLErrc::certificate_unknown_ca);
}

BOOST_AUTO_TEST_CASE(checks_the_name) {
    static const auto other = authority().make({.name = "other", .alternatives = "DNS:other"});
    identity = &other;
    BOOST_CHECK(refusal(trusting()) == SSLErrc::certificate_wrong_host);
}

BOOST_AUTO_TEST_CASE(checks_the_time) {
    static const auto old = authority().make({.begins = -7200, .ends = -3600});
    identity = &old;
    BOOST_CHECK(refusal(trusting()) == SSLErrc::certificate_expired);
}

BOOST_AUTO_TEST_CASE(checks_that_the_time_has_come) {
    static const auto coming = authority().make({.begins = 3600});
    identity = &coming;
    BOOST_CHECK(refusal(trusting()) == SSLErrc::certificate_not_yet_valid);
}

BOOST_AUTO_TEST_CASE(trusts_nobody_who_vouches_for_himself) {
    static const auto own = authority().make({}, nullptr);
    identity = &own;
    BOOST_CHECK(refusal(trusting()) == SSLErrc::certificate_self_signed);
}

BOOST_AUTO_TEST_CASE(needs_the_whole_chain) {
    static const auto between = authority().make({.name = "Between", .is_authority = true});
    static const auto end = authority().make({}, &between);
    identity = &end;
    BOOST_CHECK(refusal(trusting()) == SSLErrc::certificate_unknown_ca);
}

BOOST_AUTO_TEST_CASE(checks_the_purpose) {
    static const auto of_clients = authority().make({.purpose = "clientAuth"});
    identity = &of_clients;
    BOOST_CHECK(refusal(trusting()) == SSLErrc::certificate_invalid);
}

BOOST_AUTO_TEST_CASE(is_checked_behind_redirects_too) {
    ScriptedServer away{ScriptedServer::says(
        "HTTP/1.1 302 Found\r\nLocation: " + https_url() + "\r\nContent-Length: 0\r\n\r\n"
    )};
    BOOST_CHECK(refusal(away.url()) == SSLErrc::certificate_unknown_ca);
    BOOST_TEST(app->got.empty());
}

BOOST_AUTO_TEST_CASE(that_ends_at_any_byte_is_an_error) {
    std::size_t allowed = 0;
    ScriptedServer relay{[&](iostream::IOStream& stream, int) -> Future<void> {
        tornado::tcpclient::TCPClient connector;
        auto server = co_await connector.connect("127.0.0.1", get_http_port());
        const auto there = pump(stream, server).ignore();
        auto left = allowed;
        try {
            while (left != 0) {
                const auto bytes = co_await server.read_bytes(left, true);
                left -= bytes.size();
                co_await stream.write(bytes);
            }
        } catch (const iostream::StreamClosedError&) {
            left = 0;  // the client has given up
        }
        server.close();
        stream.close();
        co_await there;
    }};
    int failed = 0;
    for (; allowed < 600; allowed += 3) {
        HTTPRequest request{"https://127.0.0.1:" + std::to_string(relay.port) + "/"};
        request.ca_certs(authority().ca.certfile).request_timeout(3s);
        try {
            fetch_from(request);
        } catch (const HTTPTimeoutError&) {
            BOOST_ERROR("it waits for what cannot come, after " << allowed);
        } catch (const std::exception&) {
            ++failed;
        }
        BOOST_TEST(the_client().active_count() == 0U);
    }
    BOOST_TEST(failed == 200);
}

BOOST_AUTO_TEST_CASE(options_replace_all_else) {
    const netutil::SSLOptions trust{.ca_certs = authority().ca.certfile};
    BOOST_TEST(fetch_from(HTTPRequest{https_url()}.ssl_options(trust)).code == 200);
    const netutil::SSLOptions distrust{};
    BOOST_CHECK(refusal(trusting().ssl_options(distrust)) == SSLErrc::certificate_unknown_ca);
    const auto context = netutil::ssl_options_to_context(trust, netutil::SSLSide::client);
    BOOST_TEST(fetch_from(HTTPRequest{https_url()}.ssl_options(context)).code == 200);
}

BOOST_AUTO_TEST_CASE(own_options_win_over_a_default_context) {
    const netutil::SSLOptions trust{.ca_certs = authority().ca.certfile};
    const netutil::SSLOptions distrust{};
    options.defaults.ssl_context = netutil::ssl_options_to_context(trust, netutil::SSLSide::client);
    BOOST_TEST(fetch_from(https_url()).code == 200);
    HTTPRequest strict{https_url()};
    BOOST_CHECK(refusal(strict.ssl_options(distrust)) == SSLErrc::certificate_unknown_ca);
    options.defaults.ssl_options = distrust;
    client.reset();
    BOOST_TEST(fetch_from(HTTPRequest{https_url()}.ssl_options(trust)).code == 200);
}

BOOST_AUTO_TEST_CASE(options_that_were_said_last_count) {
    const netutil::SSLOptions trust{.ca_certs = authority().ca.certfile};
    const netutil::SSLOptions distrust{};
    const auto trusts = netutil::ssl_options_to_context(trust, netutil::SSLSide::client);
    HTTPRequest request{https_url()};
    request.ssl_options(trusts).ssl_options(distrust);
    BOOST_CHECK(refusal(request) == SSLErrc::certificate_unknown_ca);
    BOOST_TEST(fetch_from(request.ssl_options(trusts)).code == 200);
}

BOOST_AUTO_TEST_CASE(shows_the_client_s_certificate) {
    static const auto me = authority().make({.name = "me"});
    const auto mine = trusting().client_cert(me.certfile).client_key(me.keyfile);
    BOOST_TEST(fetch_from(mine).code == 200);
    BOOST_TEST(last().certificate == "me");
    const auto without = fetch_from(trusting());
    BOOST_TEST(last().certificate == "");
    BOOST_TEST(!without.time_info.connection_reused);
    BOOST_TEST(fetch_from(mine).time_info.connection_reused);
    BOOST_TEST(last().certificate == "me");
}

BOOST_AUTO_TEST_CASE(goes_through_a_unix_socket_too) {
    const ssl_test::Folder folder;
    const auto path = folder.file("socket");
    http_server().add_socket(netutil::bind_unix_socket(path));
    const auto here = [&](const std::string& host) {
        HTTPRequest request{"https://" + host + "/"};
        return request.ca_certs(authority().ca.certfile).unix_socket(path);
    };
    BOOST_TEST(fetch_from(here("localhost")).code == 200);
    BOOST_TEST(last().header("Host") == "localhost");
    BOOST_CHECK(refusal(here("example.com")) == SSLErrc::certificate_wrong_host);
}

BOOST_AUTO_TEST_CASE(of_many_kinds_of_requests_is_each_its_own) {
    std::vector<HTTPRequest> requests;
    for (int i = 0; i < 40; ++i) {  // more than a client keeps contexts for
        auto& request = requests.emplace_back(trusting());
        netutil::SSLOptions kind{.ca_certs = authority().ca.certfile};
        kind.session_cache_size = static_cast<std::size_t>(i);
        request.ssl_options(kind);
    }
    for (const auto& request : requests) {
        BOOST_TEST(fetch_from(request).code == 200);
    }
    BOOST_TEST(fetch_from(requests.back()).time_info.connection_reused);
    BOOST_TEST(fetch_from(requests.front()).code == 200);
    BOOST_CHECK(refusal(https_url()) == SSLErrc::certificate_unknown_ca);
}

BOOST_AUTO_TEST_CASE(with_bad_files_is_an_error) {
    BOOST_CHECK_THROW(
        fetch_from(HTTPRequest{https_url()}.ca_certs("/no/such/file")), std::invalid_argument
    );
}

BOOST_AUTO_TEST_CASE(is_not_spoken_by_everybody) {
    ScriptedServer plain{[](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_bytes(1);
        co_await stream.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    }};
    BOOST_CHECK(
        refusal("https://127.0.0.1:" + std::to_string(plain.port) + "/") == SSLErrc::not_tls
    );
}

BOOST_AUTO_TEST_SUITE_END()
