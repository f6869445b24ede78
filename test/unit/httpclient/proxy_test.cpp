#include <tornado/httpclient/simple_async_http_client.hpp>

#include <boost/test/unit_test.hpp>
#include <tornado/iostream/bind_sockets.hpp>
#include <tornado/iostream/ssl_errors.hpp>
#include <tornado/tcpclient.hpp>

#include "../iostream/certificates.hpp"
#include "support.hpp"

using iostream::IOStream;

namespace {

ssl_test::Authority& authority() {
    static ssl_test::Authority shared;
    return shared;
}

Future<void> pump(IOStream& from, IOStream& to) {
    try {
        while (true) {
            const auto bytes = co_await from.read_bytes(65'536, true);
            co_await to.write(bytes);
        }
    } catch (const iostream::StreamClosedError&) {
        to.close();
    }
}

/// What a proxy was asked for, and what it says.
struct Proxy {
    ScriptedServer::Script script() {
        return [this](IOStream& stream, int) { return serve(stream); };
    }
    Future<void> serve(IOStream& stream) {
        while (true) {
            heads.push_back(co_await stream.read_until("\r\n\r\n"));
            co_await stream.write(answer);
            if (tunnel_to != 0 && heads.back().starts_with("CONNECT ")) {
                tornado::tcpclient::TCPClient client;
                auto server = co_await client.connect("127.0.0.1", tunnel_to);
                const auto there = pump(stream, server);
                co_await pump(server, stream);
                co_await there;
                co_return;
            }
        }
    }
    std::vector<std::string> heads;
    std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    int tunnel_to = 0;
};

struct ProxyTest : ClientTest {
    Proxy proxy;
    ScriptedServer server{proxy.script()};
};

struct TunnelTest : ProxyTest {
    TunnelTest() { proxy.answer = "HTTP/1.1 200 Connection established\r\n\r\n"; }
    tornado::httpserver::HTTPServerOptions get_httpserver_options() override {
        return {
            .ssl_options = {
                .certfile = authority().server.certfile, .keyfile = authority().server.keyfile}};
    }
    HTTPRequest request() {
        proxy.tunnel_to = get_http_port();
        HTTPRequest request{"https://localhost:" + std::to_string(get_http_port()) + "/secret"};
        request.ca_certs(authority().ca.certfile).proxy("127.0.0.1", server.port);
        return request;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(proxy, ProxyTest)

BOOST_AUTO_TEST_CASE(gets_the_whole_url) {
    HTTPRequest request{"http://example.com:81/path?a=b#part"};
    request.proxy("127.0.0.1", server.port);
    BOOST_TEST(fetch_from(request).body == "ok");
    BOOST_TEST_REQUIRE(proxy.heads.size() == 1U);
    BOOST_TEST(proxy.heads[0].find("GET http://example.com:81/path?a=b HTTP/1.1\r\n") == 0U);
    BOOST_TEST(proxy.heads[0].find("\r\nHost: example.com:81\r\n") != std::string::npos);
    BOOST_TEST(proxy.heads[0].find("Proxy-Authorization") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(gets_its_credentials) {
    HTTPRequest request{"http://example.com/"};
    request.proxy("127.0.0.1", server.port).proxy_username("Aladdin").proxy_password("open sesame");
    fetch_from(request);
    BOOST_TEST(
        proxy.heads[0].find("Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n") !=
        std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(is_reached_once_for_many_hosts) {
    HTTPRequest request{"http://example.com/"};
    request.proxy("127.0.0.1", server.port);
    fetch_from(request);
    BOOST_TEST(fetch_from(request.url("http://example.org/")).time_info.connection_reused);
    BOOST_TEST(server.connections == 1);
}

BOOST_AUTO_TEST_CASE(needs_a_port) {
    options.defaults.proxy_host = "127.0.0.1";
    BOOST_CHECK_THROW(fetch_from("http://example.com/"), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(tunnel, TunnelTest)

BOOST_AUTO_TEST_CASE(carries_tls_through_a_proxy) {
    const auto port = std::to_string(get_http_port());
    BOOST_TEST(fetch_from(request().header("Cookie", "a=b").proxy_username("me")).code == 200);
    BOOST_TEST(last().target == "/secret");
    BOOST_TEST(last().header("Proxy-Authorization") == "(none)");
    BOOST_TEST_REQUIRE(proxy.heads.size() == 1U);
    BOOST_TEST(
        proxy.heads[0] == "CONNECT localhost:" + port + " HTTP/1.1\r\nHost: localhost:" + port +
                              "\r\nProxy-Authorization: Basic bWU6\r\n\r\n"
    );
    BOOST_TEST(fetch_from(request().proxy_username("me")).time_info.connection_reused);
}

BOOST_AUTO_TEST_CASE(that_is_refused_is_no_response) {
    proxy.answer = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 5\r\n\r\nphish";
    const auto error = failure<HTTPClientError>(request());
    BOOST_TEST(error.code() == 599);
    BOOST_TEST(error.message().find("407") != std::string::npos);
    BOOST_TEST(error.response() == nullptr);
}

BOOST_AUTO_TEST_CASE(begins_with_nobody_s_bytes) {
    proxy.answer = "HTTP/1.1 200 OK\r\n\r\npoison";
    BOOST_CHECK_THROW(fetch_from(request()), HTTPBadResponseError);
}

BOOST_AUTO_TEST_CASE(leads_to_whom_it_was_asked_for) {
    auto wrong = request();
    wrong.url("https://example.com/");
    const auto error = failure<std::system_error>(wrong);
    BOOST_CHECK(error.code() == iostream::SSLErrc::certificate_wrong_host);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(unix_sockets, ClientTest)

BOOST_AUTO_TEST_CASE(are_places_to_fetch_from) {
    const ssl_test::Folder folder;
    const auto path = folder.file("socket");
    http_server().add_socket(netutil::bind_unix_socket(path));
    HTTPRequest request{"http://example.com/path"};
    BOOST_TEST(fetch_from(request.unix_socket(path)).code == 200);
    BOOST_TEST(last().header("Host") == "example.com");
    BOOST_TEST(last().target == "/path");
    BOOST_TEST(fetch_from(request).time_info.connection_reused);
    const auto error = failure<std::system_error>(request.unix_socket(path + ".not"));
    BOOST_CHECK(error.code() == std::errc::no_such_file_or_directory);
}

BOOST_AUTO_TEST_SUITE_END()
