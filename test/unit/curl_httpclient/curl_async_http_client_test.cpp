#include <tornado/curl_httpclient/curl_async_http_client.hpp>

#include <curl/curl.h>

#include <boost/test/unit_test.hpp>
#include <tornado/httputil/error.hpp>
#include <tornado/ioloop/time_limit.hpp>
#include <tornado/iostream/ssl_errors.hpp>
#include <tornado/stack_context.hpp>
#include <tornado/util/scope_exit.hpp>

#include "../httpclient/support.hpp"
#include "../iostream/certificates.hpp"

namespace stack_context = tornado::stack_context;
using tornado::curl_httpclient::CurlAsyncHTTPClient;
using tornado::curl_httpclient::CurlError;

BOOST_FIXTURE_TEST_SUITE(curl_async_http_client, ClientTest)

BOOST_AUTO_TEST_CASE(is_what_configure_chooses) {
    httpclient::AsyncHTTPClient::configure({}, CurlAsyncHTTPClient::factory());
    {
        httpclient::AsyncHTTPClient chosen;
        const auto& done = *chosen.implementation();
        BOOST_TEST((dynamic_cast<const CurlAsyncHTTPClient*>(&done) != nullptr));
        const auto url = get_url("/hello");
        BOOST_TEST(run([&] { return chosen.fetch(url); }).code == 200);
        chosen.close();
    }
    httpclient::AsyncHTTPClient::configure({});
}

BOOST_AUTO_TEST_CASE(refuses_what_it_cannot_do) {
    const auto refuses = [&](const HTTPRequest& request) {
        BOOST_CHECK_THROW(fetch_from(request), std::invalid_argument);
    };
    refuses(HTTPRequest{"/"}.method("PUT").body_producer([](const httpclient::BodyWriter& write) {
        return write("x");
    }));
    refuses(HTTPRequest{"/"}.ssl_options(netutil::SSLOptions{}));
    refuses(HTTPRequest{"/"}.max_retries(1));
    refuses(HTTPRequest{"/"}.proxy("127.0.0.1", 1).unix_socket("/path"));
    refuses(HTTPRequest{"/"}.allow_nonstandard_methods(true).method("HEAD").body("text"));
    options.resolver = netutil::Resolver::make();
    BOOST_CHECK_THROW(CurlAsyncHTTPClient{options}, std::invalid_argument);
    options.resolver = nullptr;
    options.hostname_mapping = {{"example.com", "127.0.0.1:80"}};
    BOOST_CHECK_THROW(CurlAsyncHTTPClient{options}, std::invalid_argument);
    options.hostname_mapping = {};
    options.max_clients = 0;
    BOOST_CHECK_THROW(CurlAsyncHTTPClient{options}, std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(refuses_text_that_would_break_the_request) {
    const auto refuses = [&](HTTPRequest request) {
        request.allow_nonstandard_methods(true);
        BOOST_CHECK_THROW(fetch_from(request), httputil::HTTPInputError);
    };
    refuses(HTTPRequest{"/"}.method("GET / HTTP/1.1\r\nX: y\r\n"));
    refuses(HTTPRequest{"/"}.method(""));
    refuses(HTTPRequest{"/"}.user_agent("a\r\nX: y"));
    refuses(HTTPRequest{"/"}.auth_mode("digest").auth_username("a\r\nX: y"));
    refuses(HTTPRequest{"/"}.proxy("127.0.0.1", 1).proxy_username("a\nb"));
}

BOOST_AUTO_TEST_CASE(lets_the_handle_be_prepared) {
    int prepared = 0;
    client.emplace(options, [&](void* easy, const HTTPRequest& request) {
        ++prepared;
        BOOST_TEST(request.method() == "GET");
        ::curl_easy_setopt(static_cast<CURL*>(easy), CURLOPT_REFERER, "http://from.here/");
    });
    fetch_from("/");
    BOOST_TEST(prepared == 1);
    BOOST_TEST(last().header("Referer") == "http://from.here/");
}

BOOST_AUTO_TEST_CASE(forgets_all_settings_between_requests) {
    options.max_clients = 1;  // so that one handle does all
    fetch_from(HTTPRequest{"/"}
                   .method("POST")
                   .body("text")
                   .header("X-Secret", "1")
                   .auth_username("u")
                   .user_agent("Mine"));
    fetch_from("/");
    BOOST_TEST(last().method == "GET");
    BOOST_TEST(last().body == "");
    for (const auto* name : {"X-Secret", "Authorization", "Content-Type", "Content-Length"}) {
        BOOST_TEST(last().header(name) == "(none)", name);
    }
    BOOST_TEST(last().header("User-Agent").starts_with("Tornado/"));
}

BOOST_AUTO_TEST_CASE(forgets_a_proxys_credentials) {
    options.max_clients = 1;
    std::vector<std::string> heads;
    ScriptedServer proxy{[&](iostream::IOStream& stream, int) -> Future<void> {
        heads.push_back(co_await stream.read_until("\r\n\r\n"));
        co_await stream.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }};
    const HTTPRequest request = HTTPRequest{"http://example.com/"}.proxy("127.0.0.1", proxy.port);
    fetch_from(HTTPRequest{request}.proxy_username("foo").proxy_password("bar"));
    fetch_from(request);
    BOOST_TEST_REQUIRE(heads.size() == 2U);
    BOOST_TEST(heads[0].find("Proxy-Authorization: Basic Zm9vOmJhcg==\r\n") != std::string::npos);
    BOOST_TEST(heads[1].find("Proxy-Authorization") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(goes_through_a_requests_proxy_whatever_the_environment_says) {
    ScriptedServer proxy{ScriptedServer::says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy")};
    HTTPRequest request{"/"};
    request.proxy("127.0.0.1", proxy.port);
    const tornado::util::ScopeExit unset{[] { ::unsetenv("NO_PROXY"); }};
    ::setenv("NO_PROXY", "*", 1);
    for (const bool from_environment : {false, true}) {
        options.proxies_from_environment = from_environment;
        client.reset();
        BOOST_TEST(fetch_from(request).body == "proxy");
    }
}

BOOST_AUTO_TEST_CASE(answers_a_digest_challenge) {
    std::vector<std::string> fields;
    app->handlers["/secret"] = [&](const Got& got) {
        fields.push_back(got.header("Authorization"));
        if (fields.back().find("username=\"user\"") != std::string::npos) {
            return Answer{200, {}, "welcome " + got.body};
        }
        return Answer{401, {{"WWW-Authenticate", "Digest realm=r, nonce=n, qop=\"auth\""}}, "no"};
    };
    HTTPRequest request{"/secret"};
    request.auth_mode("digest").auth_username("user").auth_password("pass");
    BOOST_TEST(fetch_from(request.method("POST").body("text")).body == "welcome text");
    BOOST_TEST_REQUIRE(fields.size() == 2U);
    BOOST_TEST(fields[1].starts_with("Digest "));
    BOOST_TEST(fetch_from(request.auth_username("other"), false).code == 401);
}

BOOST_AUTO_TEST_CASE(a_first_field_that_begins_with_a_space_reads_no_freed_memory) {
    options.max_clients = 1;
    ScriptedServer good{ScriptedServer::says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")};
    ScriptedServer folded{
        ScriptedServer::says("HTTP/1.1 200 OK\r\n X: a\r\nContent-Length: 0\r\n\r\n")};
    BOOST_TEST(fetch_from(good.url()).code == 200);
    failure<HTTPClientError>(folded.url());
    ScriptedServer leading{ScriptedServer::says(
        "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + folded.url() + "\r\n\r\n"
    )};
    failure<HTTPClientError>(leading.url());
}

BOOST_AUTO_TEST_CASE(a_head_that_says_nothing_certain_is_a_bad_response) {
    for (const auto* const head :
         {"HTTP/1.1 200 a\x01\r\n", "HTTP/1.1  200 OK\r\n", "HTTP/1.1 200 OK\r\nA : b\r\n"}) {
        ScriptedServer server{
            ScriptedServer::says(std::string{head} + "Content-Length: 0\r\n\r\n")};
        failure<httpclient::HTTPBadResponseError>(server.url());
    }
}

BOOST_AUTO_TEST_CASE(takes_no_longer_than_the_caller_has) {
    ScriptedServer silent{[](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until_close();
    }};
    const stack_context::StackContext limit{
        tornado::ioloop::must_end_by, io_loop().time_after(50ms)};
    failure<httpclient::HTTPTimeoutError>(silent.url());
}

BOOST_AUTO_TEST_CASE(tells_a_reason_as_it_came) {
    ScriptedServer server{
        ScriptedServer::says("HTTP/1.1 200 Custom reason\r\nContent-Length: 0\r\n\r\n")};
    BOOST_TEST(fetch_from(server.url()).reason == "Custom reason");
    ScriptedServer refusing{
        ScriptedServer::says("HTTP/1.1 400 Custom reason\r\nContent-Length: 0\r\n\r\n")};
    const std::string what = failure<HTTPClientError>(refusing.url()).what();
    BOOST_TEST(what == "HTTP 400: Custom reason");
}

BOOST_AUTO_TEST_CASE(keeps_connections) {
    BOOST_TEST(!fetch_from("/").time_info.connection_reused);
    BOOST_TEST(fetch_from("/").time_info.connection_reused);
    BOOST_TEST(http_server().connection_count() == 1U);
}

BOOST_AUTO_TEST_CASE(keeps_no_connections_when_none_may_be_idle) {
    options.max_idle_connections = 0;
    fetch_from("/");
    BOOST_TEST(!fetch_from("/").time_info.connection_reused);
}

BOOST_AUTO_TEST_CASE(leaves_the_coding_of_a_body_that_does_not_come) {
    ScriptedServer server{ScriptedServer::says(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n"
    )};
    const auto response = fetch_from(HTTPRequest{server.url()}.method("HEAD"));
    BOOST_TEST(response.headers.get("Content-Encoding").value() == "gzip");
    BOOST_TEST(!response.headers.contains("X-Consumed-Content-Encoding"));
}

BOOST_AUTO_TEST_CASE(a_proxy_that_opens_no_tunnel_is_told_by_its_status) {
    ScriptedServer proxy{
        ScriptedServer::says("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")};
    const auto request = HTTPRequest{"https://example.com/"}.proxy("127.0.0.1", proxy.port);
    BOOST_TEST(failure<httpclient::HTTPProxyError>(request).proxy_code() == 403);
}

BOOST_AUTO_TEST_CASE(a_proxy_that_is_not_there_is_named) {
    auto [socket, port] = testing::bind_unused_port();
    socket.close();
    const auto request = HTTPRequest{"http://example.com/"}.proxy("127.0.0.1", port);
    const std::string what = failure<std::system_error>(request).what();
    BOOST_TEST(what.find("the proxy 127.0.0.1 at port " + std::to_string(port)) != what.npos);
}

BOOST_AUTO_TEST_CASE(a_proxy_that_is_not_known_is_a_name_that_is_not_known) {
    const auto request = HTTPRequest{"http://example.com/"}.proxy("nobody.invalid", 80);
    const auto error = failure<std::system_error>(request);
    BOOST_CHECK(error.code() == netutil::ResolverErrc::name_not_known);
}

BOOST_AUTO_TEST_CASE(a_time_limit_of_less_than_a_millisecond_is_one) {
    ScriptedServer silent{[](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until_close();
    }};
    HTTPRequest request{"https://127.0.0.1:" + std::to_string(silent.port) + "/"};
    request.connect_timeout(1us).request_timeout(10s);
    const auto error = failure<HTTPTimeoutError>(request);
    BOOST_CHECK(error.phase() != FetchPhase::request);
}

BOOST_AUTO_TEST_CASE(a_time_limit_of_less_than_zero_leaves_no_time) {
    ScriptedServer silent{[](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until_close();
    }};
    failure<HTTPTimeoutError>(HTTPRequest{silent.url()}.request_timeout(-1s));
    HTTPRequest request{"https://127.0.0.1:" + std::to_string(silent.port) + "/"};
    failure<HTTPTimeoutError>(request.connect_timeout(-1s).request_timeout(10s));
}

BOOST_AUTO_TEST_CASE(lets_as_many_go_as_may) {
    options.max_clients = 2;
    std::vector<Future<HTTPResponse>> all;
    for (int i = 0; i < 10; ++i) {
        all.push_back(the_client().fetch(get_url("/")));
    }
    BOOST_TEST(the_client().active_count() == 2U);
    BOOST_TEST(the_client().queue_size() == 8U);
    run([&] { return gen::multi(all); });
    BOOST_TEST(the_client().active_count() == 0U);
}

BOOST_AUTO_TEST_CASE(ends_a_fetch_in_time) {
    const auto error = failure<HTTPTimeoutError>(HTTPRequest{"/never"}.request_timeout(20ms));
    BOOST_CHECK(error.phase() == FetchPhase::request);
    options.max_clients = 1;
    client.reset();
    const auto first = the_client().fetch(get_url("/never"));
    const auto second = failure<HTTPTimeoutError>(HTTPRequest{"/"}.request_timeout(20ms));
    BOOST_CHECK(second.phase() == FetchPhase::queue);
    first.cancel();
    BOOST_TEST(the_client().active_count() == 0U);
    BOOST_TEST(fetch_from("/").code == 200);
}

BOOST_AUTO_TEST_CASE(a_callback_may_end_its_fetch_or_its_client) {
    std::optional<Future<HTTPResponse>> fetching;
    HTTPRequest request{get_url("/")};
    request.method("POST").body(std::string(500'000, 'x'));
    request.streaming_callback([&](std::string_view) { fetching->cancel(); });
    fetching = the_client().fetch(request);
    BOOST_CHECK_THROW(run([&] { return *fetching; }), tornado::CancelledError);
    request.streaming_callback([&](std::string_view) { client.reset(); });
    fetching = the_client().fetch(request);
    BOOST_CHECK_THROW(run([&] { return *fetching; }), HTTPClientError);
}

BOOST_AUTO_TEST_CASE(waits_for_a_callback_that_takes_its_time) {
    std::string got;
    HTTPRequest request{get_url("/")};
    request.method("POST").body(std::string(3'000'000, 'x'));
    request.streaming_callback([&](std::string_view chunk) -> Future<void> {
        const auto* const before = chunk.data();
        co_await gen::moment();
        co_await gen::moment();
        BOOST_TEST(chunk.data() == before);
        BOOST_TEST(chunk.size() <= 300'000U);
        got += chunk;
    });
    BOOST_TEST(run([&] { return the_client().fetch(request); }).body == "");
    BOOST_TEST(got == std::string(3'000'000, 'x'));
}

BOOST_AUTO_TEST_CASE(callbacks_run_in_the_context_of_who_fetches) {
    static constexpr stack_context::Key<int> key;
    std::vector<int> seen;
    const auto note = [&] {
        const auto* const found = stack_context::get(key);
        seen.push_back(found != nullptr ? *found : 0);
    };
    HTTPRequest request{get_url("/")};
    request.method("POST").body("text");
    request.header_callback([&](std::string_view) { note(); });
    request.streaming_callback([&](std::string_view) { note(); });
    const auto fetching = [&] {
        const stack_context::StackContext context{key, 7};
        return the_client().fetch(request);
    }();
    run([&] { return fetching; });
    BOOST_TEST(seen.size() > 2U);
    BOOST_TEST(seen == std::vector<int>(seen.size(), 7), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(says_what_libcurl_says) {
    const auto error =
        failure<CurlError>(HTTPRequest{"https://127.0.0.1:" + std::to_string(get_http_port())});
    BOOST_TEST(error.code() == 599);
    BOOST_TEST(error.error_number() == CURLE_SSL_CONNECT_ERROR);
    BOOST_TEST(!error.message().empty());
}

BOOST_AUTO_TEST_CASE(logs_what_libcurl_does_without_credentials) {
    const tornado::testing::ExpectLogOptions debug{.level = tornado::log::Level::debug};
    const tornado::testing::ExpectLogOptions never{.required = false};
    const auto* const logger = "tornado.curl_httpclient";
    const tornado::testing::ExpectLog connected{logger, "^I Connected to 127.0.0.1", debug};
    const tornado::testing::ExpectLog asked{logger, "^> GET /greeting HTTP/1.1$", debug};
    const tornado::testing::ExpectLog field{logger, "^> Authorization: \\.\\.\\.$", debug};
    const tornado::testing::ExpectLog answered{logger, "^< HTTP/1.1 200 OK$", debug};
    const tornado::testing::ExpectLog cookie{logger, "^< Set-Cookie: \\.\\.\\.$", debug};
    const tornado::testing::ExpectLog secret{logger, "c2VjcmV0|the-cookie|the-session", never};
    app->handlers["/greeting"] = [](const Got&) {
        return Answer{200, {{"Set-Cookie", "id=the-session"}}, ""};
    };
    fetch_from(HTTPRequest{"/greeting"}
                   .header("Authorization", "Bearer c2VjcmV0")
                   .header("cookie", "id=the-cookie"));
    BOOST_TEST(secret.count() == 0U);
}

BOOST_AUTO_TEST_CASE(a_coding_that_is_not_known_is_told_in_other_words_than_one_that_is_damaged) {
    app->handlers["/"] = [](const Got& got) {
        return Answer{200, {{"Content-Encoding", got.body}}, "text"};
    };
    const auto coded = [](const std::string& coding) {
        return HTTPRequest{"/"}.method("POST").body(coding);
    };
    const auto error = failure<CurlError>(coded("unknown"));
    BOOST_TEST(error.error_number() == CURLE_BAD_CONTENT_ENCODING);
    BOOST_TEST(error.message().find("content encoding") != std::string::npos);
    BOOST_TEST(
        failure<HTTPBadResponseError>(coded("gzip")).reason() ==
        make_error_code(httputil::Errc::malformed_content)
    );
}

BOOST_AUTO_TEST_CASE(expects_a_word_before_a_body) {
    HTTPRequest request{"/"};
    request.method("POST").body("1234").expect_100_continue(true);
    BOOST_TEST(fetch_from(request).body == "1234");
    BOOST_TEST(last().header("Expect") == "100-continue");
}

BOOST_AUTO_TEST_CASE(hosts_may_be_mapped) {
    options.hostname_mapping = {{"Example.com", "127.0.0.1"}, {"six.example", "::1"}};
    const auto port = std::to_string(get_http_port());
    BOOST_TEST(fetch_from("http://example.com:" + port + "/").code == 200);
    BOOST_TEST(last().header("Host") == "example.com:" + port);
}

BOOST_AUTO_TEST_CASE(cookies_go_into_the_jar) {
    options.cookie_jar = std::make_shared<httpclient::CookieJar>();
    app->handlers["/login"] = [](const Got&) {
        return Answer{302, {{"Set-Cookie", "who=me; Path=/"}, {"Location", "/home"}}};
    };
    fetch_from("/login");
    BOOST_TEST(last().header("Cookie") == "who=me");
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/// A server that lets only those in who show a certificate.
struct CertificateTest : ClientTest {
    static ssl_test::Authority& authority() {
        static ssl_test::Authority shared;
        return shared;
    }
    tornado::httpserver::HTTPServerOptions get_httpserver_options() override {
        return {
            .ssl_options = {
                .ca_certs = authority().ca.certfile,
                .cert_reqs = netutil::CertReqs::required,
                .certfile = authority().server.certfile,
                .keyfile = authority().server.keyfile}};
    }
    HTTPRequest request() {
        HTTPRequest request{"https://127.0.0.1:" + std::to_string(get_http_port()) + "/"};
        return request.ca_certs(authority().ca.certfile);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(certificates_of_libcurl, CertificateTest)

BOOST_AUTO_TEST_CASE(are_shown_for_their_own_request_only) {
    options.max_clients = 1;
    static const auto me = authority().make({.name = "me"});
    auto with_mine = request().client_cert(me.certfile).client_key(me.keyfile);
    BOOST_TEST(fetch_from(with_mine).code == 200);
    BOOST_TEST(fetch_from(with_mine).time_info.connection_reused);
    BOOST_CHECK_THROW(fetch_from(request()), HTTPClientError);
}

BOOST_AUTO_TEST_CASE(of_strangers_are_refused) {
    HTTPRequest request{"https://127.0.0.1:" + std::to_string(get_http_port()) + "/"};
    const auto error = failure<std::system_error>(request);
    BOOST_CHECK(error.code() == iostream::SSLErrc::certificate_unknown_ca);
}

BOOST_AUTO_TEST_CASE(of_another_host_are_refused) {
    options.hostname_mapping = {{"example.com", "127.0.0.1"}};
    auto wrong = request();
    wrong.url("https://example.com:" + std::to_string(get_http_port()) + "/");
    const auto error = failure<std::system_error>(wrong);
    BOOST_CHECK(error.code() == iostream::SSLErrc::certificate_wrong_host);
}

BOOST_AUTO_TEST_SUITE_END()
