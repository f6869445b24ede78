#include <tornado/httpclient/simple_async_http_client.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <tornado/httputil/error.hpp>
#include <tornado/iostream/bind_sockets.hpp>
#include <tornado/iostream/ssl_errors.hpp>
#include <tornado/tcpclient.hpp>
#include <tornado/testing/virtual_time.hpp>

#include "../iostream/certificates.hpp"
#include "support.hpp"

namespace data = boost::unit_test::data;
using httpclient::HTTPProxyError;
using iostream::IOStream;
using iostream::SSLErrc;

namespace {

ssl_test::Authority& authority() {
    static ssl_test::Authority shared;
    return shared;
}

/// What a proxy was asked for, and what it says.
struct Proxy {
    ScriptedServer::Script script() {
        return [this](IOStream& stream, int) { return serve(stream); };
    }
    Future<void> serve(IOStream& stream) {
        while (true) {
            heads.push_back(co_await stream.read_until("\r\n\r\n"));
            if (heads.back().find("\r\nProxy-Authorization: Digest ") == std::string::npos &&
                !challenge.empty()) {
                co_await stream.write(challenge);
                if (challenge.find("Connection: close") != std::string::npos) {
                    co_return;
                }
                continue;
            }
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
    std::string challenge = {};  ///< for whoever shows no digest; empty: none
    int tunnel_to = 0;
};

struct ProxyTest : TidyTest {
    /// A fetch goes by a connection that was kept.
    bool reuses(const HTTPRequest& request) {
        return fetch_from(request).time_info.connection_reused;
    }
    Proxy proxy;
    ScriptedServer server{proxy.script()};
};

/// A server that has a UNIX socket besides its port.
struct UnixSocketTest : ProxyTest {
    void setup() {
        ProxyTest::setup();
        http_server().add_socket(netutil::bind_unix_socket(path));
    }
    void teardown() override {
        http_server().stop();
        ProxyTest::teardown();
    }
    const ssl_test::Folder folder;
    const std::string path = folder.file("socket");
};

struct TunnelTest : ProxyTest {
    TunnelTest() { proxy.answer = "HTTP/1.1 200 Connection established\r\n\r\n"; }
    tornado::httpserver::HTTPServerOptions get_httpserver_options() override {
        return {.ssl_options = {.certfile = identity->certfile, .keyfile = identity->keyfile}};
    }
    HTTPRequest request() {
        proxy.tunnel_to = get_http_port();
        HTTPRequest request{"https://localhost:" + std::to_string(get_http_port()) + "/secret"};
        request.ca_certs(authority().ca.certfile).proxy("127.0.0.1", server.port);
        return request;
    }
    const ssl_test::Identity* identity = &authority().server;
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

BOOST_AUTO_TEST_CASE(and_another_are_kept_apart) {
    Proxy other;
    ScriptedServer second{other.script()};
    HTTPRequest request{"http://example.com/"};
    BOOST_TEST(!reuses(request.proxy("127.0.0.1", server.port)));
    BOOST_TEST(!reuses(request.proxy("127.0.0.1", second.port)));
    BOOST_TEST(reuses(request.proxy("127.0.0.1", server.port)));
    BOOST_TEST(reuses(request.proxy("127.0.0.1", second.port)));
    BOOST_TEST(proxy.heads.size() == 2U);
    BOOST_TEST(other.heads.size() == 2U);
}

BOOST_AUTO_TEST_CASE(and_the_straight_way_are_kept_apart) {
    HTTPRequest request{"/"};
    BOOST_TEST(!reuses(request));
    BOOST_TEST(!reuses(request.proxy("127.0.0.1", server.port)));
    BOOST_TEST(reuses(request.proxy("", 0)));
    BOOST_TEST(reuses(request.proxy("127.0.0.1", server.port)));
    BOOST_TEST(proxy.heads.size() == 2U);
    BOOST_TEST(app->got.size() == 2U);
}

BOOST_AUTO_TEST_CASE(has_a_connection_for_each_user) {
    HTTPRequest request{"http://example.com/"};
    request.proxy("127.0.0.1", server.port);
    BOOST_TEST(!reuses(request.proxy_username("a")));
    BOOST_TEST(!reuses(request.proxy_username("b")));
    BOOST_TEST(!reuses(request.proxy_password("x")));
    BOOST_TEST(reuses(request.proxy_username("a").proxy_password("")));
    BOOST_TEST(server.connections == 3);
}

BOOST_AUTO_TEST_CASE(keeps_its_own_field_when_a_redirect_leads_elsewhere) {
    HTTPRequest request{"http://a.com/"};
    request.header("Proxy-Authorization", "Bearer one").header("Authorization", "secret");
    proxy.answer = "HTTP/1.1 302 Found\r\nLocation: http://b.com/\r\nContent-Length: 0\r\n\r\n";
    request.max_redirects(1);
    for (const bool is_default : {false, true}) {
        proxy.heads.clear();
        client.reset();
        if (is_default) {
            options.defaults.proxy_host = "127.0.0.1";
            options.defaults.proxy_port = server.port;
            BOOST_TEST(fetch_from(request, false).code == 302);
        } else {
            BOOST_TEST(
                fetch_from(HTTPRequest{request}.proxy("127.0.0.1", server.port), false).code == 302
            );
        }
        BOOST_TEST_REQUIRE(proxy.heads.size() == 2U);
        const auto& head = proxy.heads[1];
        BOOST_TEST(head.starts_with("GET http://b.com/ "));
        BOOST_TEST(head.find("\r\nProxy-Authorization: Bearer one\r\n") != std::string::npos);
        BOOST_TEST(head.find("\r\nAuthorization:") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(is_none_when_its_host_is_empty) {
    options.defaults.proxy_host = "127.0.0.1";
    options.defaults.proxy_port = server.port;
    HTTPRequest request{"/"};
    BOOST_TEST(fetch_from(request).body == "ok");
    BOOST_TEST(fetch_from(request.proxy("", 0).method("POST").body("server")).body == "server");
    BOOST_TEST(proxy.heads.size() == 1U);
    options.defaults.proxy_host = "";
    options.defaults.proxy_port.reset();
    client.reset();
    BOOST_TEST(fetch_from("/").code == 200);
    BOOST_TEST(proxy.heads.size() == 1U);
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
    const auto& head = proxy.heads[0];
    BOOST_TEST(
        head.find("CONNECT localhost:" + port + " HTTP/1.1\r\nHost: localhost:" + port + "\r\n") ==
        0U
    );
    BOOST_TEST(head.find("\r\nProxy-Authorization: Basic bWU6\r\n") != std::string::npos);
    BOOST_TEST(head.find("Cookie") == std::string::npos);
    BOOST_TEST(head.find("secret") == std::string::npos);
    BOOST_TEST(fetch_from(request().proxy_username("me")).time_info.connection_reused);
}

BOOST_AUTO_TEST_CASE(shows_the_requests_own_authorization_to_the_proxy_alone) {
    const auto own = [&](const std::string& value) {
        return request().header("Proxy-Authorization", value);
    };
    BOOST_TEST(fetch_from(own("Bearer one")).code == 200);
    BOOST_TEST(last().header("Proxy-Authorization") == "(none)");
    BOOST_TEST_REQUIRE(proxy.heads.size() == 1U);
    BOOST_TEST(proxy.heads[0].find("\r\nProxy-Authorization: Bearer one\r\n") != std::string::npos);
    BOOST_TEST(fetch_from(own("Bearer one")).time_info.connection_reused);
}

BOOST_AUTO_TEST_CASE(and_the_straight_way_are_kept_apart) {
    const auto straight = request().proxy("", 0);
    BOOST_TEST(!reuses(request()));
    BOOST_TEST(!reuses(straight));
    BOOST_TEST(reuses(request()));
    BOOST_TEST(reuses(straight));
    BOOST_TEST(proxy.heads.size() == 1U);
}

const std::string endings[] = {"", "Connection: close\r\n"};

BOOST_DATA_TEST_CASE_F(TunnelTest, opens_after_a_digest_challenge, data::make(endings), ending) {
    proxy.challenge =
        "HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Digest realm=p, nonce=n, qop=auth\r\n"
        "Content-Length: 2\r\n" +
        ending + "\r\nno";
    auto digest = request();
    digest.proxy_auth_mode("digest").proxy_username("user").proxy_password("pass");
    BOOST_TEST(fetch_from(digest).code == 200);
    BOOST_TEST(last().target == "/secret");
    BOOST_TEST(last().header("Proxy-Authorization") == "(none)");
    BOOST_TEST_REQUIRE(proxy.heads.size() == 2U);
    BOOST_TEST(proxy.heads[0].find("Proxy-Authorization") == std::string::npos);
    BOOST_TEST(proxy.heads[1].find("username=\"user\"") != std::string::npos);
    BOOST_TEST(server.connections == (ending.empty() ? 1 : 2));
    BOOST_TEST(reuses(digest));
}

BOOST_AUTO_TEST_CASE(that_is_refused_is_no_response) {
    proxy.answer = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 5\r\n\r\nphish";
    const auto error = failure<HTTPProxyError>(request());
    BOOST_TEST(error.code() == 599);
    BOOST_TEST(error.proxy_code() == 407);
    BOOST_TEST(error.message().find("407") != std::string::npos);
    BOOST_TEST(error.response() == nullptr);
}

const std::string endless_refusals[] = {
    "HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\n",
    "HTTP/1.1 403 Forbidden\r\n\r\n",
    "HTTP/1.1 403 Forbidden\r\nContent-Length: 1000000\r\n\r\nno"};

BOOST_DATA_TEST_CASE_F(
    TunnelTest,
    that_is_refused_is_told_before_the_body_has_come,
    data::make(endless_refusals),
    text
) {
    const testing::VirtualTime time{io_loop()};
    proxy.answer = text;
    const auto error = failure<HTTPProxyError>(request());
    BOOST_TEST(error.proxy_code() == 403);
    BOOST_TEST(error.message().ends_with(": 403 Forbidden"));
    BOOST_CHECK(time.elapsed() == 0s);
    BOOST_TEST(the_client().active_count() == 0U);
}

BOOST_AUTO_TEST_CASE(that_is_refused_for_now_is_asked_for_again) {
    const testing::VirtualTime time{io_loop()};
    proxy.answer = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
    BOOST_TEST(failure<HTTPProxyError>(request().max_retries(2)).proxy_code() == 503);
    BOOST_TEST(proxy.heads.size() == 3U);
    proxy.answer = "HTTP/1.1 403 Never\r\nContent-Length: 0\r\n\r\n";
    BOOST_TEST(failure<HTTPProxyError>(request().max_retries(2)).proxy_code() == 403);
    BOOST_TEST(proxy.heads.size() == 4U);
}

BOOST_AUTO_TEST_CASE(that_is_refused_for_now_is_asked_for_when_the_proxy_says) {
    const testing::VirtualTime time{io_loop()};
    proxy.answer = "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n";
    failure<HTTPProxyError>(request().max_retries(1));
    BOOST_CHECK(time.elapsed() >= 7s);
    failure<HTTPProxyError>(request().max_retries(1).request_timeout(5s));
    BOOST_CHECK(time.elapsed() < 8s);  // there was no time for it
    BOOST_TEST(proxy.heads.size() == 3U);
}

std::string many_interim_responses() {
    std::string all;
    for (int i = 0; i < 65; ++i) {
        all += "HTTP/1.1 102 Processing\r\n\r\n";
    }
    return all;
}

struct NoAnswer {
    std::string text;
    httputil::Errc reason;
};
std::ostream& operator<<(std::ostream& out, const NoAnswer& each) {
    return out << each.text.substr(0, 40);
}
const NoAnswer no_answers[] = {
    {"SSH-2.0-x\r\n\r\n", httputil::Errc::malformed_start_line},
    {"HTTP/1.1 101 x\r\n\r\n", httputil::Errc::unasked_upgrade},
    {"HTTP/1.1 407 x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
     httputil::Errc::bad_content_length},
    {"HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x'), httputil::Errc::header_too_large},
    {many_interim_responses(), httputil::Errc::too_many_interim_responses}};

BOOST_DATA_TEST_CASE_F(
    TunnelTest,
    that_is_answered_with_nonsense_is_a_bad_response,
    data::make(no_answers),
    each
) {
    proxy.answer = each.text;
    BOOST_TEST(failure<HTTPBadResponseError>(request()).reason() == make_error_code(each.reason));
    BOOST_TEST(the_client().active_count() == 0U);
}

BOOST_AUTO_TEST_CASE(that_nobody_is_there_to_open_names_the_proxy) {
    auto [socket, port] = testing::bind_unused_port();
    socket.close();
    const auto error = failure<std::system_error>(request().proxy("127.0.0.1", port));
    BOOST_CHECK(error.code() == std::errc::connection_refused);
    BOOST_TEST(std::string{error.what()}.find(std::to_string(port)) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(begins_with_nobody_s_bytes) {
    proxy.answer = "HTTP/1.1 200 OK\r\n\r\npoison";
    BOOST_CHECK_THROW(fetch_from(request()), HTTPBadResponseError);
}

BOOST_AUTO_TEST_CASE(that_is_never_opened_is_given_up_in_time) {
    proxy.answer = "";
    const auto error = failure<HTTPTimeoutError>(request().connect_timeout(100ms));
    BOOST_TEST(error.code() == 599);
    BOOST_TEST(the_client().active_count() == 0U);
}

BOOST_AUTO_TEST_CASE(that_is_cut_off_as_it_opens_is_an_error) {
    const std::string whole = "HTTP/1.1 200 OK\r\n\r\n";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        ScriptedServer cutting{ScriptedServer::says(whole.substr(0, size))};
        const auto cut_off = request().proxy("127.0.0.1", cutting.port);
        BOOST_TEST_CONTEXT("after " << size << " bytes") {
#ifdef TORNADO_TEST_CURL
            BOOST_CHECK_THROW(fetch_from(cut_off), HTTPStreamClosedError);
#else
            using httputil::Errc;
            BOOST_CHECK(
                refusal(cut_off) == (size == 0 ? Errc::no_response : Errc::incomplete_message)
            );
#endif
        }
    }
    BOOST_TEST(the_client().active_count() == 0U);
}

BOOST_AUTO_TEST_CASE(that_is_promised_for_ever_is_refused) {
    ScriptedServer promising{[](IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        while (true) {
            co_await stream.write("HTTP/1.1 102 Processing\r\n\r\n");
            co_await gen::moment();
        }
    }};
    BOOST_CHECK_THROW(
        fetch_from(request().proxy("127.0.0.1", promising.port).request_timeout(2s)),
        HTTPClientError
    );
}

BOOST_AUTO_TEST_CASE(whose_refusal_never_ends_is_an_error) {
    ScriptedServer refusing{[](IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        co_await stream.write("HTTP/1.1 403 No\r\n\r\n");
        while (true) {
            co_await stream.write(std::string(1000, 'x'));
            co_await gen::moment();
        }
    }};
    BOOST_CHECK_THROW(
        fetch_from(request().proxy("127.0.0.1", refusing.port).request_timeout(2s)), HTTPClientError
    );
}

BOOST_AUTO_TEST_CASE(to_an_expired_certificate_is_refused) {
    static const auto old = authority().make({.begins = -7200, .ends = -3600});
    identity = &old;
    BOOST_CHECK(refusal(request()) == SSLErrc::certificate_expired);
    BOOST_TEST(app->got.empty());
}

BOOST_AUTO_TEST_CASE(leads_to_whom_it_was_asked_for) {
    auto wrong = request();
    wrong.url("https://example.com/");
    BOOST_CHECK(refusal(wrong) == SSLErrc::certificate_wrong_host);
}

BOOST_AUTO_TEST_CASE(that_one_authorization_has_opened_is_not_for_another) {
    fetch_from(request().header("Proxy-Authorization", "Bearer one"));
    const auto other = fetch_from(request().header("Proxy-Authorization", "Bearer two"));
    BOOST_TEST(!other.time_info.connection_reused);
    BOOST_TEST(proxy.heads.size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(unix_sockets, UnixSocketTest)

BOOST_AUTO_TEST_CASE(are_places_to_fetch_from) {
    HTTPRequest request{"http://example.com/path"};
    BOOST_TEST(fetch_from(request.unix_socket(path)).code == 200);
    BOOST_TEST(last().header("Host") == "example.com");
    BOOST_TEST(last().target == "/path");
    BOOST_TEST(fetch_from(request).time_info.connection_reused);
    const auto error = failure<std::system_error>(request.unix_socket(path + ".not"));
    BOOST_CHECK(error.code() == std::errc::no_such_file_or_directory);
}

BOOST_AUTO_TEST_CASE(and_ports_are_kept_apart) {
    const auto local = HTTPRequest{"/"}.unix_socket(path);
    BOOST_TEST(!reuses("/"));
    BOOST_TEST(!reuses(local));
    BOOST_TEST(reuses("/"));
    BOOST_TEST(reuses(local));
}

BOOST_FIXTURE_TEST_CASE(may_speak_tls_to_whom_the_url_names, TunnelTest) {
    const ssl_test::Folder folder;
    const auto path = folder.file("socket");
    http_server().add_socket(netutil::bind_unix_socket(path));
    HTTPRequest request{"https://localhost/secret"};
    request.ca_certs(authority().ca.certfile).unix_socket(path);
    BOOST_TEST(fetch_from(request).code == 200);
    BOOST_TEST(last().header("Host") == "localhost");
    BOOST_CHECK(refusal(request.url("https://example.com/")) == SSLErrc::certificate_wrong_host);
    http_server().stop();
}

BOOST_AUTO_TEST_CASE(of_a_request_win_over_a_default_proxy) {
    options.defaults.proxy_host = "127.0.0.1";
    options.defaults.proxy_port = server.port;
    HTTPRequest request{"http://example.com/path"};
    BOOST_TEST(fetch_from(request.unix_socket(path)).code == 200);
    BOOST_TEST(last().target == "/path");
    BOOST_TEST(proxy.heads.empty());
    const auto error = failure<std::system_error>(request.unix_socket(path + ".not"));
    BOOST_TEST(std::string{error.what()}.find("proxy") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(of_the_defaults_give_way_to_a_request_s_proxy) {
    options.defaults.unix_socket = path;
    HTTPRequest request{"http://example.com/"};
    BOOST_TEST(fetch_from(request).code == 200);
    BOOST_TEST(last().header("Host") == "example.com");
    BOOST_TEST(fetch_from(request.proxy("", 0)).time_info.connection_reused);
    BOOST_TEST(fetch_from(request.proxy("127.0.0.1", server.port)).body == "ok");
    BOOST_TEST(proxy.heads.size() == 1U);
    BOOST_TEST(app->got.size() == 2U);
}

BOOST_AUTO_TEST_CASE(and_a_proxy_are_one_too_many) {
    HTTPRequest request{"/"};
    request.proxy("127.0.0.1", server.port).unix_socket(path);
    BOOST_CHECK_THROW(fetch_from(request), std::invalid_argument);
    options.defaults = request.settings();
    client.reset();
    BOOST_CHECK_THROW(fetch_from("/"), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(without_a_path_are_no_way_to_the_network) {
    BOOST_CHECK_THROW(fetch_from(HTTPRequest{"/"}.unix_socket("")), std::invalid_argument);
    BOOST_TEST(app->got.empty());
    const auto error =
        failure<std::system_error>(HTTPRequest{"/"}.unix_socket(std::string{"\0nobody", 7}));
    BOOST_CHECK(error.code() == std::errc::connection_refused);
    BOOST_TEST(app->got.empty());
}

BOOST_AUTO_TEST_SUITE_END()
