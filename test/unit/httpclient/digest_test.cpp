#include "../../../libs/httpclient/src/digest.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "../iostream/certificates.hpp"
#include "support.hpp"

namespace data = boost::unit_test::data;
using httpclient::Credentials;
using httpclient::DigestChallenge;
using httpclient::DigestSessions;
using httputil::HTTPHeaders;
using Algorithm = DigestChallenge::Algorithm;

namespace {

std::optional<DigestChallenge> parse(const std::string& value) {
    return httpclient::parse_digest_challenge({{"WWW-Authenticate", value}}, "WWW-Authenticate");
}

bool holds(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

/// The value of a parameter of a Digest field, without quotes.
std::string param(const std::string& field, const std::string& name) {
    const auto place = field.find(name + "=");
    const auto begin = place + name.size() + 1;
    if (place == field.npos) {
        return "(none)";
    }
    if (field[begin] == '"') {
        return field.substr(begin + 1, field.find('"', begin + 1) - begin - 1);
    }
    return field.substr(begin, field.find(',', begin) - begin);
}

struct Vector {
    std::string algorithm;
    std::string qop;
    std::uint32_t count;
    std::string response;
};

std::ostream& operator<<(std::ostream& out, const Vector& vector) {
    return out << vector.algorithm << " " << vector.qop << " " << vector.count;
}

/// The first and the sixth are those of RFC 7616, 3.9.1.
const Vector vectors[] = {
    {"MD5", "auth", 1, "8ca523f5e9506fed4657c9700eebdbec"},
    {"MD5", "auth-int, auth", 10, "c6c7fe4805f94693cf246790d3b2afe2"},
    {"MD5", "", 1, "7b2cc3b30e75b4777ea31027084363fd"},
    {"md5-sess", "auth", 1, "e783283f46242139c486a698fec7211d"},
    {"", "auth", 1, "8ca523f5e9506fed4657c9700eebdbec"},
    {"SHA-256", "auth", 1, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
    {"SHA-256-sess", "auth", 1, "2fd51b3a77ad75bad6afad6003e818d767133c46d9e2749e7f5232ae1ea3efd7"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(digest)

BOOST_DATA_TEST_CASE(answers_as_the_rfc_says, data::make(vectors), vector) {
    std::string field =
        "Digest realm=\"http-auth@example.org\", "
        "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
        "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
    field += vector.algorithm.empty() ? "" : ", algorithm=" + vector.algorithm;
    field += vector.qop.empty() ? "" : ", qop=\"" + vector.qop + "\"";
    const auto challenge = parse(field);
    BOOST_TEST_REQUIRE(challenge.has_value());
    const auto answer = httpclient::digest_authorization(
        *challenge,
        {"Mufasa", "Circle of Life"},
        {"GET", "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", vector.count}
    );
    BOOST_TEST(param(answer, "response") == vector.response);
    BOOST_TEST(holds(answer, "Digest username=\"Mufasa\", realm=\"http-auth@example.org\""));
    BOOST_TEST(holds(answer, "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""));
    BOOST_TEST(holds(answer, ", qop=auth, nc=0000000") == !vector.qop.empty());
}

BOOST_AUTO_TEST_CASE(answers_with_the_hash_of_a_name_where_that_is_wanted) {
    // The example of RFC 7616, 3.9.2, computed with Python: the RFC's own took another hash.
    const auto challenge = parse(
        "Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256, "
        "nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", charset=UTF-8, userhash=true"
    );
    BOOST_TEST_REQUIRE(challenge.has_value());
    const auto answer = httpclient::digest_authorization(
        *challenge,
        {"J\xc3\xa4s\xc3\xb8n Doe", "Secret, or not?"},
        {"GET", "/doe.json", "NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm", 1}
    );
    BOOST_TEST(
        param(answer, "username") ==
        "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"
    );
    BOOST_TEST(
        param(answer, "response") ==
        "7a4e1192babbba02e91182d2895bfdbf7adafc6e48d4e517ca301974843d840c"
    );
    BOOST_TEST(holds(answer, ", userhash=true"));
}

BOOST_AUTO_TEST_CASE(writes_a_name_so_that_it_can_be_read) {
    const auto named = [](const std::string& extra, std::string name) {
        const auto challenge = parse("Digest realm=r, nonce=n" + extra);
        return httpclient::digest_authorization(*challenge, {std::move(name), "p"}, {"GET", "/"});
    };
    BOOST_TEST(holds(named("", R"(a"b\c)"), R"(username="a\"b\\c", )"));
    BOOST_TEST(holds(named(", charset=UTF-8", "\xc3\xa4/b"), "username*=UTF-8''%C3%A4%2Fb, "));
    BOOST_TEST(holds(named("", "\xc3\xa4"), "username=\"\xc3\xa4\", "));
}

BOOST_AUTO_TEST_CASE(reads_challenges_among_others) {
    const auto challenge = parse(
        "Negotiate abc==, Basic realm=\"a, Digest b\", dIgEsT ReAlM = \"c, \\\"d\\\"\" ,"
        "nonce=\"e\",qop=auth , stale=TRUE, Bearer, NTLM x"
    );
    BOOST_TEST_REQUIRE(challenge.has_value());
    BOOST_TEST(challenge->realm == "c, \"d\"");
    BOOST_TEST(challenge->nonce == "e");
    BOOST_TEST((challenge->quality && challenge->stale));
    BOOST_TEST((!challenge->session && !challenge->userhash && !challenge->opaque));
}

BOOST_AUTO_TEST_CASE(takes_the_best_challenge_that_it_can_answer) {
    HTTPHeaders headers;
    headers.add("WWW-Authenticate", "Digest realm=a, nonce=a, algorithm=MD5");
    headers.add(
        "WWW-Authenticate",
        "Digest realm=b, nonce=b, algorithm=SHA-256, Digest realm=c, nonce=c, algorithm=SHA3-999"
    );
    headers.add("WWW-Authenticate", "Digest realm=d, nonce=d, algorithm=SHA-512-256, qop=auth-int");
    const auto best = httpclient::parse_digest_challenge(headers, "WWW-Authenticate");
    BOOST_TEST_REQUIRE(best.has_value());
    BOOST_TEST(best->realm == "b");
    BOOST_TEST((best->algorithm == Algorithm::sha256));
}

const std::string unanswerable[] = {
    "",
    "Basic realm=x",
    "Digest",
    "Digest realm=x",
    "nonce=x",
    "Digest realm=x, nonce=y, qop=\"auth-int\"",
    "Digest realm=x, nonce=y, qop=\"\"",
    "Digest realm=x, nonce=y, algorithm=SHA-1",
    "Digest realm=x, nonce=y, algorithm=\"-sess\"",
    "DigestX nonce=x",
    "\"Digest nonce=x",
};

BOOST_DATA_TEST_CASE(has_no_answer_to, data::make(unanswerable), value) {
    BOOST_TEST(!parse(value).has_value());
}

BOOST_AUTO_TEST_CASE(answers_again_only_if_nothing_but_the_nonce_was_wrong) {
    DigestSessions sessions;
    const Credentials user{"u", "p"};
    const auto challenged = [&](const std::string& value, int rounds) {
        return sessions.challenged("place", user, {{"X", value}}, "X", rounds);
    };
    BOOST_TEST(!sessions.answer("place", user, "GET", "/").has_value());
    BOOST_TEST(challenged("Digest realm=r, nonce=n, stale=false", 0));
    BOOST_TEST(sessions.answer("place", user, "GET", "/").has_value());
    BOOST_TEST(!sessions.answer("elsewhere", user, "GET", "/").has_value());
    BOOST_TEST(!sessions.answer("place", {"u", "q"}, "GET", "/").has_value());
    BOOST_TEST(challenged("Digest realm=r, nonce=n, stale=true", 1));
    BOOST_TEST(challenged("Digest realm=r, nonce=n, stale=true", 2));
    BOOST_TEST(!challenged("Digest realm=r, nonce=n, stale=true", 3));
    BOOST_TEST(!sessions.answer("place", user, "GET", "/").has_value());
    BOOST_TEST(!challenged("Digest realm=r, nonce=n", 1));
}

BOOST_AUTO_TEST_CASE(forgets_the_sessions_that_were_used_least_recently) {
    DigestSessions sessions;
    const Credentials user{"u", "p"};
    const HTTPHeaders headers{{"X", "Digest realm=r, nonce=n"}};
    for (int i = 0; i < 65; ++i) {
        BOOST_TEST(sessions.challenged(std::to_string(i), user, headers, "X", 0));
        BOOST_TEST(sessions.answer("0", user, "GET", "/").has_value());
    }
    BOOST_TEST(!sessions.answer("1", user, "GET", "/").has_value());
    BOOST_TEST(sessions.answer("2", user, "GET", "/").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

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
    int calls = 0;
    client.reset();
    const auto produce = [&](httpclient::BodyWriter write) -> Future<void> {
        ++calls;
        co_await write("pro");
        co_await write("duced");
    };
    post.body(std::nullopt).body_producer(produce);
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
