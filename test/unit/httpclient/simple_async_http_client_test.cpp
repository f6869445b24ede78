#include <tornado/httpclient/simple_async_http_client.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "../tcpserver/support.hpp"
#include "support.hpp"

namespace data = boost::unit_test::data;

BOOST_FIXTURE_TEST_SUITE(requests, ClientTest)

BOOST_AUTO_TEST_CASE(a_url_is_a_get) {
    app->handlers["/hello"] = [](const Got&) {
        return Answer{200, {{"Content-Type", "text/plain"}}, "Hello world!"};
    };
    const auto response = fetch_from("/hello?a=b#fragment");
    BOOST_TEST(response.code == 200);
    BOOST_TEST(response.reason == "OK");
    BOOST_TEST(response.headers.get("Content-Type").value() == "text/plain");
    BOOST_TEST(response.body == "Hello world!");
    BOOST_TEST(response.effective_url() == get_url("/hello?a=b#fragment"));
    BOOST_TEST(response.request.url() == response.effective_url());
    BOOST_TEST(last().method == "GET");
    BOOST_TEST(last().target == "/hello?a=b");
}

BOOST_AUTO_TEST_CASE(what_is_usual_is_added) {
    fetch_from("/");
    const auto port = std::to_string(get_http_port());
    BOOST_TEST(last().header("Host") == "127.0.0.1:" + port);
    BOOST_TEST(last().header("User-Agent") == "Tornado/0.1.0");
    BOOST_TEST(last().header("Accept-Encoding").starts_with("gzip, deflate"));
    BOOST_TEST(last().headers.size() == 3U);
}

BOOST_AUTO_TEST_CASE(what_the_request_says_stays) {
    const HTTPRequest request = HTTPRequest{get_url("/")}
                                    .header("Host", "example.com")
                                    .header("Accept-Encoding", "identity")
                                    .user_agent("Mine")
                                    .decompress_response(true);
    fetch_from(request);
    BOOST_TEST(last().header("Host") == "example.com");
    BOOST_TEST(last().header("User-Agent") == "Mine");
    BOOST_TEST(last().header("Accept-Encoding") == "identity");
    BOOST_TEST(request.headers().size() == 2U);
}

BOOST_AUTO_TEST_CASE(use_gzip_is_another_name_of_decompress_response) {
    fetch_from(HTTPRequest{"/"}.use_gzip(false));
    BOOST_TEST(last().header("Accept-Encoding") == "(none)");
    fetch_from(HTTPRequest{"/"}.use_gzip(true));
    BOOST_TEST(last().header("Accept-Encoding") != "(none)");
}

BOOST_AUTO_TEST_CASE(a_request_can_be_fetched_again) {
    const HTTPRequest request = HTTPRequest{get_url("/")}.header("X-Y", "z");
    const auto response = fetch_from(request);
    fetch_from(response.request);
    BOOST_TEST(last().header("X-Y") == "z");
    BOOST_TEST(app->got.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_post_sends_its_body) {
    BOOST_TEST(
        fetch_from(HTTPRequest{"/"}.method("POST").body("arg1=foo&arg2=bar")).body ==
        "arg1=foo&arg2=bar"
    );
    BOOST_TEST(last().header("Content-Type") == "application/x-www-form-urlencoded");
    BOOST_TEST(last().header("Content-Length") == "17");
}

BOOST_AUTO_TEST_CASE(a_patch_sends_its_body) {
    BOOST_TEST(fetch_from(HTTPRequest{"/"}.method("PATCH").body("some data")).body == "some data");
    BOOST_TEST(last().header("Content-Type") == "(none)");
}

BOOST_AUTO_TEST_CASE(bodies_and_headers_carry_any_bytes) {
    const std::string bytes = "\xe9\xff\x01\x80";
    BOOST_TEST(
        fetch_from(HTTPRequest{"/"}.method("POST").body(bytes).header("X-Y", "caf\xe9")).body ==
        bytes
    );
    BOOST_TEST(last().header("X-Y") == "caf\xe9");
}

const std::string all_methods[] = {"GET", "DELETE", "OPTIONS", "POST", "PUT", "PATCH", "OTHER"};

BOOST_DATA_TEST_CASE_F(ClientTest, any_method_is_possible, data::make(all_methods), method) {
    app->handlers["/"] = [](const Got& got) { return Answer{200, {}, got.method}; };
    HTTPRequest request{"/"};
    request.method(method).allow_nonstandard_methods(true);
    BOOST_TEST(fetch_from(request).body == method);
    BOOST_TEST(fetch_from(request.body("with a body")).body == method);
    BOOST_TEST(last().body == "with a body");
}

BOOST_AUTO_TEST_CASE(an_unknown_method_needs_permission) {
    const auto error = failure<std::invalid_argument>(HTTPRequest{"/"}.method("OTHER"));
    BOOST_TEST(std::string{error.what()}.find("unknown method OTHER") == 0U);
}

BOOST_AUTO_TEST_CASE(a_body_comes_where_it_is_usual) {
    for (const auto* method : {"POST", "PUT", "PATCH"}) {
        const auto error = failure<std::invalid_argument>(HTTPRequest{"/"}.method(method));
        BOOST_TEST(std::string{error.what()}.find("Body must not be empty for method") == 0U);
    }
    for (const auto* method : {"GET", "HEAD", "DELETE", "OPTIONS"}) {
        const auto error =
            failure<std::invalid_argument>(HTTPRequest{"/"}.method(method).body("b"));
        BOOST_TEST(std::string{error.what()}.find("Body must be empty for method") == 0U);
    }
}

BOOST_AUTO_TEST_CASE(what_no_server_could_answer_is_not_sent_with_any_permission) {
    const auto refused = [&](HTTPRequest request) {
        return std::string{
            failure<std::invalid_argument>(request.allow_nonstandard_methods(true)).what()};
    };
    BOOST_TEST(refused(HTTPRequest{"/"}.method("CONNECT")).starts_with("CONNECT makes a tunnel"));
    BOOST_TEST(
        refused(HTTPRequest{"/"}.method("TRACE").body("b")) == "Body must be empty for method TRACE"
    );
}

const std::string bad_urls[] = {
    "ftp://example.com/",
    "asdf://example.com/",
    "example.com",
    "//example.com",
    "",
    "http://",
    "http:///path",
    "http://exa mple.com/",
    "http://example.com:99999/",
    "http://example.com:0/",
    "http://example.com:x/",
    "http://a\\@example.com/",
    "http://example.com/\r\nX: y",
    "http://[::1/"};

BOOST_DATA_TEST_CASE_F(ClientTest, a_bad_url_is_refused, data::make(bad_urls), url) {
    BOOST_CHECK_THROW(
        run([&] { return the_client().fetch(HTTPRequest{url}); }), std::invalid_argument
    );
}

BOOST_AUTO_TEST_CASE(a_fragment_is_not_sent) {
    fetch_from(get_url("/a?b=c#d e"));
    BOOST_TEST(last().target == "/a?b=c");
    fetch_from(get_url("/#"));
    BOOST_TEST(last().target == "/");
    BOOST_CHECK_THROW(fetch_from(get_url("/a#\n")), std::invalid_argument);
    BOOST_CHECK_THROW(fetch_from(get_url("/a\x7f")), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(settings_are_checked_with_each_request) {
    fetch_from("/");
    BOOST_CHECK_THROW(fetch_from(HTTPRequest{"/"}.auth_mode("ntlm")), std::invalid_argument);
    BOOST_CHECK_THROW(fetch_from(HTTPRequest{"/"}.method("OTHER")), std::invalid_argument);
    client.reset();
    options.defaults.auth_mode = "ntlm";
    for (int i = 0; i < 2; ++i) {
        BOOST_CHECK_THROW(fetch_from("/"), std::invalid_argument);
        BOOST_TEST(fetch_from(HTTPRequest{"/"}.auth_mode("basic")).code == 200);
    }
}

BOOST_AUTO_TEST_CASE(a_url_may_be_written_as_people_do) {
    const auto port = std::to_string(get_http_port());
    fetch_from("HTTP://127.0.0.1:" + port + "?q=a b");
    BOOST_TEST(last().target == "/?q=a%20b");
    fetch_from("http://127.0.0.1:" + port + "/caf\xc3\xa9");
    BOOST_TEST(last().target == "/caf%C3%A9");
}

BOOST_AUTO_TEST_CASE(basic_credentials_are_sent) {
    fetch_from(HTTPRequest{"/"}.auth_username("Aladdin").auth_password("open sesame"));
    BOOST_TEST(last().header("Authorization") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    fetch_from(
        HTTPRequest{"/"}.auth_username("Aladdin").auth_password("open sesame").auth_mode("basic")
    );
    BOOST_TEST(last().header("Authorization") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    fetch_from(HTTPRequest{"/"}.auth_username("caf\xc3\xa9").auth_password("x"));
    BOOST_TEST(last().header("Authorization") == "Basic Y2Fmw6k6eA==");
}

// RFC 7617 section 2.1
BOOST_AUTO_TEST_CASE(basic_credentials_are_composed_unicode) {
    fetch_from(HTTPRequest{"/"}.auth_username("test").auth_password("123\xc2\xa3"));
    BOOST_TEST(last().header("Authorization") == "Basic dGVzdDoxMjPCow==");
    fetch_from(HTTPRequest{"/"}.auth_username("cafe\xcc\x81").auth_password("x"));
    BOOST_TEST(last().header("Authorization") == "Basic Y2Fmw6k6eA==");
}

BOOST_AUTO_TEST_CASE(ipv6_may_be_left_out, *boost::unit_test::precondition([](auto) {
                         return has_ipv6_loopback();
                     })) {
    auto sockets = netutil::bind_sockets(0, {.address = "::1"});
    const auto port = netutil::local_address(sockets.at(0).fileno()).port();
    http_server().add_sockets(std::move(sockets));
    const auto url = "http://[::1]:" + std::to_string(port) + "/";
    BOOST_TEST(fetch_from(HTTPRequest{url}).code == 200);
    BOOST_CHECK_THROW(fetch_from(HTTPRequest{url}.allow_ipv6(false)), std::exception);
}

BOOST_AUTO_TEST_CASE(another_auth_mode_is_refused) {
    const auto error =
        failure<std::invalid_argument>(HTTPRequest{"/"}.auth_username("a").auth_mode("asdf"));
    BOOST_TEST(error.what() == "unsupported auth_mode asdf");
}

BOOST_AUTO_TEST_CASE(credentials_in_the_url_win) {
    const auto url = "http://me:s%65cret@127.0.0.1:" + std::to_string(get_http_port()) + "/";
    fetch_from(HTTPRequest{url}.auth_username("other"));
    BOOST_TEST(last().header("Authorization") == "Basic bWU6c2VjcmV0");
    BOOST_TEST(last().header("Host").find('@') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(if_modified_since_is_a_field) {
    fetch_from(HTTPRequest{"/"}.if_modified_since(std::chrono::system_clock::from_time_t(0)));
    BOOST_TEST(last().header("If-Modified-Since") == "Thu, 01 Jan 1970 00:00:00 GMT");
}

BOOST_AUTO_TEST_CASE(headers_must_not_break_the_request) {
    for (const auto* value : {"foo\r\nbar:baz", "foo\n bar", "foo\rbar"}) {
        BOOST_CHECK_THROW(HTTPRequest{"/"}.header("X-Y", value), httputil::HTTPInputError);
    }
    BOOST_CHECK_THROW(
        fetch_from(HTTPRequest{"/"}.user_agent("x\r\nY: z")), httputil::HTTPInputError
    );
}

BOOST_AUTO_TEST_CASE(defaults_fill_what_requests_leave_open) {
    options.defaults.user_agent = "Default";
    options.defaults.decompress_response = false;
    fetch_from("/");
    BOOST_TEST(last().header("User-Agent") == "Default");
    BOOST_TEST(last().header("Accept-Encoding") == "(none)");
    fetch_from(HTTPRequest{"/"}.user_agent("Own"));
    BOOST_TEST(last().header("User-Agent") == "Own");
}

BOOST_AUTO_TEST_CASE(the_own_address_can_be_chosen) {
    std::string peer;
    ScriptedServer server{[&](iostream::IOStream& stream, int) {
        peer = stream.peer_address().host();
        return ScriptedServer::say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }};
    fetch_from(HTTPRequest{server.url()}.network_interface("127.0.0.2"));
    BOOST_TEST(peer == "127.0.0.2");
    const auto error =
        failure<std::invalid_argument>(HTTPRequest{"/"}.network_interface("not-interface-or-ip"));
    BOOST_TEST(std::string{error.what()}.find("not-interface-or-ip") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(responses, ClientTest)

BOOST_AUTO_TEST_CASE(other_statuses_are_errors) {
    app->handlers["/"] = [](const Got&) { return Answer{404, {}, "gone"}; };
    const auto error = failure<HTTPClientError>("/");
    BOOST_TEST(error.code() == 404);
    BOOST_TEST(error.message() == "Not Found");
    BOOST_TEST(error.what() == "HTTP 404: Not Found");
    BOOST_TEST_REQUIRE(error.response() != nullptr);
    BOOST_TEST(error.response()->body == "gone");
}

BOOST_AUTO_TEST_CASE(errors_can_be_told_in_the_response) {
    app->handlers["/"] = [](const Got&) { return Answer{404, {}, "gone"}; };
    const auto response = fetch_from("/", false);
    BOOST_TEST(response.code == 404);
    BOOST_TEST(response.body == "gone");
    BOOST_CHECK_THROW(response.rethrow(), HTTPClientError);
    fetch_from("/other", false).rethrow();
}

BOOST_AUTO_TEST_CASE(head_has_no_body) {
    app->handlers["/"] = [](const Got&) {
        return Answer{200, {{"Content-Length", "7"}}, "1234567"};
    };
    const auto response = fetch_from(HTTPRequest{"/"}.method("HEAD"));
    BOOST_TEST(response.headers.get("Content-Length").value() == "7");
    BOOST_TEST(response.body.empty());
}

BOOST_AUTO_TEST_CASE(a_304_may_announce_a_length) {
    ScriptedServer server{
        ScriptedServer::says("HTTP/1.1 304 Not Modified\r\nContent-Length: 42\r\n\r\n")};
    const auto response = fetch_from(server.url(), false);
    BOOST_TEST(response.code == 304);
    BOOST_TEST(response.headers.get("Content-Length").value() == "42");
}

BOOST_AUTO_TEST_CASE(a_204_has_no_body) {
    app->handlers["/"] = [](const Got&) { return Answer{204, {}, ""}; };
    const auto response = fetch_from("/");
    BOOST_TEST(response.code == 204);
    BOOST_TEST(!response.headers.contains("Content-Length"));
}

BOOST_AUTO_TEST_CASE(a_204_with_a_length_is_refused) {
    ScriptedServer server{
        ScriptedServer::says("HTTP/1.1 204 No Content\r\nContent-Length: 12\r\n\r\n")};
    const auto error = failure<HTTPBadResponseError>(server.url());
    BOOST_TEST(error.code() == 599);
    BOOST_TEST(error.reason() == make_error_code(httputil::Errc::body_not_allowed));
}

BOOST_AUTO_TEST_CASE(equal_lengths_are_one) {
    ScriptedServer server{ScriptedServer::says(
        "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\nContent-Length: 2\r\n\r\nok"
    )};
    BOOST_TEST(fetch_from(server.url()).body == "ok");
}

BOOST_AUTO_TEST_CASE(different_lengths_are_refused) {
    ScriptedServer server{ScriptedServer::says("HTTP/1.1 200 OK\r\nContent-Length: 2,3\r\n\r\nok")};
    BOOST_TEST(
        failure<HTTPBadResponseError>(server.url()).reason() ==
        make_error_code(httputil::Errc::bad_content_length)
    );
}

BOOST_AUTO_TEST_CASE(a_length_beside_chunks_is_refused) {
    ScriptedServer server{ScriptedServer::says(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nok\r\n0"
        "\r\n\r\n"
    )};
    BOOST_CHECK_THROW(fetch_from(server.url()), HTTPBadResponseError);
}

BOOST_AUTO_TEST_CASE(a_body_may_end_with_the_connection) {
    ScriptedServer server{ScriptedServer::says("HTTP/1.0 200 OK\r\n\r\nhello")};
    BOOST_TEST(fetch_from(server.url()).body == "hello");
    BOOST_TEST(!fetch_from(server.url()).time_info.connection_reused);
}

BOOST_AUTO_TEST_CASE(chunks_are_put_together) {
    ScriptedServer server{ScriptedServer::says(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n1\r\n1\r\n2\r\n0\r\n\r\n"
    )};
    BOOST_TEST(fetch_from(server.url()).body == "12");
}

BOOST_AUTO_TEST_CASE(folded_headers_are_unfolded) {
    ScriptedServer server{ScriptedServer::says(
        "HTTP/1.1 200 OK\r\nX-XSS-Protection: 1;\r\n\tmode=block\r\nContent-Length: 0\r\n\r\n"
    )};
    const auto value = fetch_from(server.url()).headers.get("X-Xss-Protection").value();
    BOOST_TEST(value.find("1;") == 0U);
    BOOST_TEST(value.find("mode=block") == value.size() - 10);
    BOOST_TEST(value.find_first_of("\r\n") == value.npos);
}

BOOST_AUTO_TEST_CASE(a_body_beyond_the_limit_is_refused) {
    options.max_body_size = 1024;
    app->handlers["/small"] = [](const Got&) { return Answer{200, {}, std::string(1024, 'a')}; };
    app->handlers["/large"] = [](const Got&) { return Answer{200, {}, std::string(1025, 'a')}; };
    BOOST_TEST(fetch_from("/small").body.size() == 1024U);
    BOOST_TEST(
        failure<HTTPBadResponseError>("/large").reason() ==
        make_error_code(httputil::Errc::body_too_large)
    );
}

BOOST_AUTO_TEST_CASE(a_head_beyond_the_limit_is_refused) {
    options.max_header_size = 1024;
    app->handlers["/small"] = [](const Got&) {
        return Answer{200, {{"X-Filler", std::string(100, 'a')}}, "ok"};
    };
    app->handlers["/large"] = [](const Got&) {
        return Answer{200, {{"X-Filler", std::string(1000, 'a')}}, "ok"};
    };
    BOOST_TEST(fetch_from("/small").body == "ok");
    BOOST_TEST(
        failure<HTTPBadResponseError>("/large").reason() ==
        make_error_code(httputil::Errc::header_too_large)
    );
}

BOOST_AUTO_TEST_CASE(header_lines_are_told_as_they_came) {
    std::vector<std::string> lines;
    std::string body;
    app->handlers["/"] = [](const Got&) {
        return Answer{200, {{"X-One", "1"}, {"Set-Cookie", "a=b"}, {"Set-Cookie", "c=d"}}, "body"};
    };
    const auto response =
        fetch_from(HTTPRequest{"/"}
                       .header_callback([&](std::string_view line) {
                           BOOST_TEST(body.empty());
                           lines.emplace_back(line);
                       })
                       .streaming_callback([&](std::string_view chunk) { body += chunk; }));
    BOOST_TEST_REQUIRE(lines.size() >= 5U);
    BOOST_TEST(lines[0] == "HTTP/1.1 200 OK\r\n");
    BOOST_TEST(lines[1] == "X-One: 1\r\n");
    BOOST_TEST(lines[3] == "Set-Cookie: c=d\r\n");
    BOOST_TEST(lines.back() == "\r\n");
    httputil::HTTPHeaders parsed;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        BOOST_TEST(parsed.parse_line(lines[i]).has_value());
    }
    BOOST_TEST(parsed.get("Set-Cookie").value() == "a=b,c=d");
    BOOST_TEST(body == "body");
    BOOST_TEST(response.body.empty());
}

BOOST_AUTO_TEST_CASE(streaming_waits_for_the_callback) {
    std::optional<Promise<void>> promise;
    std::string body;
    app->handlers["/"] = [](const Got&) { return Answer{200, {}, std::string(300'000, 'x')}; };
    HTTPRequest request{get_url("/")};
    request.streaming_callback([&](std::string_view chunk) {
        body += chunk;
        return promise.emplace().future();
    });
    const auto fetched = run([&]() -> Future<std::size_t> {
        const auto response = the_client().fetch(request);
        std::size_t waits = 0;
        while (!response.done()) {
            co_await gen::moment();
            if (promise) {
                ++waits;
                const auto size = body.size();
                co_await gen::moment();
                BOOST_TEST(body.size() == size);
                std::exchange(promise, std::nullopt)->set_result();
            }
        }
        co_return waits;
    });
    BOOST_TEST(fetched >= 5U);
    BOOST_TEST(body.size() == 300'000U);
}

BOOST_AUTO_TEST_CASE(a_callback_that_is_cancelled_is_an_error) {
    app->handlers["/"] = [](const Got&) { return Answer{200, {}, "body"}; };
    HTTPRequest request{"/"};
    request.streaming_callback([](std::string_view) -> Future<void> {
        co_await gen::moment();
        throw tornado::CancelledError{};
    });
    const auto error = failure<HTTPClientError>(request);
    BOOST_TEST(error.code() == 599);
    BOOST_TEST(error.message() == "a callback was cancelled");
}

BOOST_AUTO_TEST_CASE(what_a_callback_throws_is_the_outcome) {
    app->handlers["/"] = [](const Got&) { return Answer{200, {}, "body"}; };
    HTTPRequest request{"/"};
    request.streaming_callback([](std::string_view) { throw std::domain_error{"full"}; });
    BOOST_CHECK_THROW(fetch_from(request), std::domain_error);
    HTTPRequest other{"/"};
    other.header_callback([](std::string_view) { throw std::domain_error{"no"}; });
    BOOST_CHECK_THROW(fetch_from(other), std::domain_error);
    BOOST_TEST(the_client().active_count() == 0U);
}

BOOST_AUTO_TEST_CASE(times_are_told) {
    app->handlers["/"] = [](const Got&) { return Answer{200, {}, "body"}; };
    const auto before = std::chrono::system_clock::now();
    const auto response = fetch_from("/");
    BOOST_CHECK(response.start_time >= before);
    BOOST_CHECK(response.start_time <= std::chrono::system_clock::now());
    const auto& times = response.time_info;
    BOOST_CHECK(response.request_time >= 0s);
    BOOST_CHECK(times.queue >= 0s);
    BOOST_CHECK(times.namelookup <= times.connect);
    BOOST_CHECK(times.connect <= times.pretransfer);
    BOOST_CHECK(times.pretransfer <= times.starttransfer);
    BOOST_CHECK(times.starttransfer <= times.total);
    BOOST_CHECK(times.total == response.request_time);
    BOOST_CHECK(times.appconnect == 0s);
    BOOST_TEST(!times.connection_reused);
    BOOST_TEST(fetch_from("/").time_info.connection_reused);
    BOOST_TEST(response.to_string().find("HTTPResponse(200 OK, GET http") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
