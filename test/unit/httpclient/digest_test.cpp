#include "../../../libs/httpclient/src/digest.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "digest_support.hpp"

namespace data = boost::unit_test::data;
namespace httpclient = tornado::httpclient;
using httpclient::Credentials;
using httpclient::DigestChallenge;
using httpclient::DigestSessions;
using tornado::httputil::HTTPHeaders;
using Algorithm = DigestChallenge::Algorithm;

namespace {

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
