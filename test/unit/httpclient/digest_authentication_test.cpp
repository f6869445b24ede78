#include <tornado/httpclient/async_http_client.hpp>

#include <boost/test/unit_test.hpp>

#include "digest_support.hpp"
#include "support.hpp"

namespace {

/// A server that wants digests for all it has.
struct DigestTest : ClientTest {
    DigestTest() {
        for (const std::string path : {"/secret", "/other"}) {
            app->handlers[path] = [this](const Got& got) { return serve(got); };
        }
    }
    Answer serve(const Got& got) {
        fields.push_back(got.header("Authorization"));
        const auto& field = fields.back();
        if (field == "(none)" || param(field, "nonce") != nonce) {
            const std::string stale = field == "(none)" ? "false" : "true";
            return {
                401,
                {{"WWW-Authenticate",
                  "Digest realm=\"r\", qop=auth, nonce=\"" + nonce + "\", stale=" + stale}},
                "no"};
        }
        auto challenge = *parse("Digest realm=r, qop=auth, nonce=" + nonce);
        const auto wanted = httpclient::digest_authorization(
            challenge,
            {"user", password},
            {got.method,
             got.target,
             param(field, "cnonce"),
             static_cast<std::uint32_t>(std::stoul(param(field, "nc"), nullptr, 16))}
        );
        if (param(field, "response") != param(wanted, "response")) {
            return {401, {{"WWW-Authenticate", "Digest realm=\"r\", qop=auth, nonce=" + nonce}}};
        }
        return {200, {}, "welcome " + got.body};
    }
    HTTPRequest request(const std::string& path = "/secret") {
        HTTPRequest request{get_url(path)};
        request.auth_mode("digest").auth_username("user").auth_password("pass");
        return request;
    }

    std::string nonce = "one";
    std::string password = "pass";
    std::vector<std::string> fields;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(digest_authentication, DigestTest)

BOOST_AUTO_TEST_CASE(answers_when_asked) {
    BOOST_TEST(fetch_from(request()).body == "welcome ");
    BOOST_TEST_REQUIRE(fields.size() == 2U);
    BOOST_TEST(fields[0] == "(none)");
    BOOST_TEST(param(fields[1], "username") == "user");
    BOOST_TEST(param(fields[1], "uri") == "/secret");
    BOOST_TEST(param(fields[1], "nc") == "00000001");
    BOOST_TEST(fetch_from(request("/other?a=b")).body == "welcome ");
    BOOST_TEST(param(fields.back(), "uri") == "/other?a=b");
}

BOOST_AUTO_TEST_CASE(answers_when_asked_and_at_once_from_then_on) {
    BOOST_TEST(fetch_from(request()).body == "welcome ");
    BOOST_TEST(fields.size() == 2U);
    BOOST_TEST(fetch_from(request("/other?a=b")).body == "welcome ");
    BOOST_TEST_REQUIRE(fields.size() == 3U);
    BOOST_TEST(fields[0] == "(none)");
    BOOST_TEST(param(fields[1], "nc") == "00000001");
    BOOST_TEST(param(fields[2], "nc") == "00000002");
    BOOST_TEST(param(fields[2], "uri") == "/other?a=b");
    BOOST_TEST(param(fields[1], "cnonce") == param(fields[2], "cnonce"));
    BOOST_TEST(param(fields[1], "cnonce").size() == 32U);
}

BOOST_AUTO_TEST_CASE(answers_a_nonce_that_has_changed) {
    fetch_from(request());
    nonce = "two";
    BOOST_TEST(fetch_from(request()).body == "welcome ");
    BOOST_TEST(fields.size() == 4U);
    BOOST_TEST(param(fields[3], "nc") == "00000001");
}

BOOST_AUTO_TEST_CASE(gives_up_when_the_password_is_wrong) {
    const auto response = fetch_from(request().auth_password("wrong"), false);
    BOOST_TEST(response.code == 401);
    BOOST_TEST(fields.size() == 2U);
    BOOST_TEST(response.headers.contains("WWW-Authenticate"));
    BOOST_TEST(fetch_from(request()).code == 200);
}

BOOST_AUTO_TEST_CASE(answers_with_a_password_of_any_bytes) {
    password = "bar\xe3\x83\xa6\xc2\xa3";
    BOOST_TEST(fetch_from(request().auth_password(password)).code == 200);
}

BOOST_AUTO_TEST_CASE(sends_the_body_again) {
    auto post = request();
    BOOST_TEST(fetch_from(post.method("POST").body("text")).body == "welcome text");
}

BOOST_AUTO_TEST_CASE(produces_the_body_again) {
    auto post = request();
    int calls = 0;
    const auto produce = [&](httpclient::BodyWriter write) -> Future<void> {
        ++calls;
        co_await write("pro");
        co_await write("duced");
    };
    post.method("POST").body_producer(produce);
    BOOST_TEST(fetch_from(post).body == "welcome produced");
    BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_CASE(takes_the_urls_credentials) {
    HTTPRequest request{
        "http://user:pass@127.0.0.1:" + std::to_string(get_http_port()) + "/secret"};
    request.auth_mode("digest");
    BOOST_TEST(fetch_from(request).body == "welcome ");
}

BOOST_AUTO_TEST_CASE(shows_callbacks_only_the_response_that_counts) {
    std::string lines;
    std::string body;
    auto streamed = request();
    streamed.header_callback([&](std::string_view line) { lines += line; }
    ).streaming_callback([&](std::string_view chunk) { body += chunk; });
    fetch_from(streamed);
    BOOST_TEST(lines.starts_with("HTTP/1.1 200 "));
    BOOST_TEST(!holds(lines, "401"));
    BOOST_TEST(body == "welcome ");
}

BOOST_AUTO_TEST_CASE(leaves_a_challenge_that_it_cannot_answer_to_the_caller) {
    app->handlers["/basic"] = [](const Got&) {
        return Answer{401, {{"WWW-Authenticate", "Basic realm=x"}}, "basic only"};
    };
    BOOST_TEST(fetch_from(request("/basic"), false).body == "basic only");
    BOOST_TEST(last().header("Authorization") == "(none)");
}

BOOST_AUTO_TEST_CASE(is_not_for_other_origins) {
    ScriptedServer elsewhere{ScriptedServer::says(
        "HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=r, nonce=n\r\nContent-Length: 0\r\n\r\n"
    )};
    app->handlers["/away"] = [&](const Got&) {
        return Answer{302, {{"Location", elsewhere.url()}}};
    };
    BOOST_TEST(fetch_from(request("/away"), false).code == 401);
    BOOST_TEST(elsewhere.connections == 1);
}

BOOST_AUTO_TEST_CASE(a_server_that_always_finds_the_nonce_stale_is_given_up) {
    int asked = 0;
    app->handlers["/stale"] = [&](const Got&) {
        const auto nonce_of_this = std::to_string(++asked);
        return Answer{
            401, {{"WWW-Authenticate", "Digest realm=r, stale=true, nonce=" + nonce_of_this}}};
    };
    BOOST_TEST(fetch_from(request("/stale"), false).code == 401);
    BOOST_TEST(asked == 4);
}

BOOST_AUTO_TEST_CASE(an_unknown_mode_is_refused) {
    BOOST_CHECK_THROW(fetch_from(request().auth_mode("ntlm")), std::invalid_argument);
    BOOST_CHECK_THROW(fetch_from(request().proxy_auth_mode("ntlm")), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

constexpr std::string_view proxy_challenge =
    "HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Digest realm=p, nonce=n, qop=auth\r\n"
    "Content-Length: 2\r\n";

/// A proxy that wants digests, and answers by itself.
struct DigestProxyTest : ClientTest {
    Future<void> serve(iostream::IOStream& stream) {
        while (true) {
            heads.push_back(co_await stream.read_until("\r\n\r\n"));
            const auto& head = heads.back();
            std::string answer = "HTTP/1.1 502 Not here\r\nContent-Length: 0\r\n\r\n";
            if (!holds(head, "Proxy-Authorization: Digest ")) {
                answer = std::string(proxy_challenge) +
                         (closes && says_so ? "Connection: close\r\n\r\nno" : "\r\nno");
            } else if (head.starts_with("GET ")) {
                answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
            }
            const bool last = closes && answer.find(" 407 ") != answer.npos;
            co_await stream.write(answer);
            if (last) {
                co_return;
            }
        }
    }
    HTTPRequest request(const std::string& url) {
        HTTPRequest request{url};
        request.proxy("127.0.0.1", server.port)
            .proxy_username("user")
            .proxy_password("pass")
            .proxy_auth_mode("digest");
        return request;
    }

    std::vector<std::string> heads;
    bool closes = false;
    bool says_so = true;  ///< that it closes
    ScriptedServer server{[this](iostream::IOStream& stream, int) { return serve(stream); }};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(digest_for_proxies, DigestProxyTest)

BOOST_AUTO_TEST_CASE(answers_a_proxy_that_reads_requests) {
    BOOST_TEST(fetch_from(request("http://example.com/a")).body == "ok");
    BOOST_TEST_REQUIRE(heads.size() == 2U);
    BOOST_TEST(holds(heads[1], "uri=\"http://example.com/a\""));
    BOOST_TEST(fetch_from(request("http://example.com/b")).body == "ok");
    BOOST_TEST_REQUIRE(heads.size() == 3U);
    BOOST_TEST(holds(heads[2], "nc=00000002"));
    BOOST_TEST(!holds(heads[2], "\r\nAuthorization"));
    BOOST_TEST(server.connections == 1);
}

BOOST_AUTO_TEST_CASE(answers_a_proxy_that_opens_tunnels) {
    BOOST_TEST(holds(failure<HTTPClientError>(request("https://example.com/")).what(), "502"));
    BOOST_TEST_REQUIRE(heads.size() == 2U);
    BOOST_TEST(holds(heads[0], "CONNECT example.com:443 HTTP/1.1\r\n"));
    BOOST_TEST(!holds(heads[0], "Proxy-Authorization"));
    BOOST_TEST(holds(heads[1], "uri=\"example.com:443\""));
    BOOST_TEST(server.connections == 1);
}

BOOST_AUTO_TEST_CASE(connects_again_if_the_proxy_closes_after_its_challenge) {
    closes = true;
    BOOST_TEST(fetch_from(request("http://example.com/a")).body == "ok");
    BOOST_TEST(server.connections == 2);
    client.reset();
    BOOST_TEST(holds(failure<HTTPClientError>(request("https://example.com/")).what(), "502"));
    BOOST_TEST(server.connections == 4);
}

BOOST_AUTO_TEST_CASE(connects_again_if_the_proxy_closes_without_a_word) {
    closes = true;
    says_so = false;
    BOOST_TEST(holds(failure<HTTPClientError>(request("https://example.com/")).what(), "502"));
    BOOST_TEST(server.connections == 2);
}

BOOST_AUTO_TEST_SUITE_END()
