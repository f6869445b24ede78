#include <tornado/httputil/target.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cctype>
#include <string>

namespace {

using namespace tornado::httputil;
using tornado::Result;
namespace data = boost::unit_test::data;

/// What request_target() finds, as text, or its error.
struct Found {
    std::string authority;
    std::string path;
    std::error_code error;
};

Found target_of(const std::string& line, const std::string& fields) {
    auto text = line + "\r\n" + fields + "\r\n";
    RequestHead head;
    BOOST_TEST_REQUIRE(
        (parse_request_head(text.data(), text.size(), head).status == HeadStatus::complete)
    );
    const auto target = request_target(head);
    if (target.has_error()) {
        return {"", "", target.error()};
    }
    return {std::string{target->authority}, std::string{target->path}, {}};
}

BOOST_AUTO_TEST_SUITE(target)

BOOST_AUTO_TEST_CASE(origin_form) {
    const auto found = parse_target("GET", "/a/b?c=d?e").value();
    BOOST_TEST((found.form == Target::Form::origin));
    BOOST_TEST(found.path == "/a/b");
    BOOST_TEST(found.query == "c=d?e");
    BOOST_TEST(found.authority == "");
    BOOST_TEST(parse_target("GET", "//host/x").value().path == "//host/x");
    BOOST_TEST(parse_target("GET", "//host/x").value().authority == "");
}

BOOST_AUTO_TEST_CASE(absolute_form) {
    const auto found = parse_target("GET", "HTTP://Example.com:80/a?b").value();
    BOOST_TEST((found.form == Target::Form::absolute));
    BOOST_TEST(found.scheme == "HTTP");
    BOOST_TEST(found.authority == "Example.com:80");
    BOOST_TEST(found.path == "/a");
    BOOST_TEST(found.query == "b");
    BOOST_TEST(parse_target("GET", "https://[::1]").value().path == "/");
    BOOST_TEST(parse_target("GET", "https://[::1]").value().authority == "[::1]");
    BOOST_TEST(parse_target("GET", "http://a?b").value().path == "/");
    BOOST_TEST(parse_target("GET", "http://a?b").value().query == "b");
}

BOOST_AUTO_TEST_CASE(options_of_a_host_without_a_path_asks_about_the_whole_server) {
    BOOST_TEST(parse_target("OPTIONS", "http://a").value().path == "*");
    BOOST_TEST(parse_target("OPTIONS", "http://a").value().authority == "a");
    BOOST_TEST(parse_target("OPTIONS", "http://a/").value().path == "/");
    BOOST_TEST(parse_target("OPTIONS", "http://a?").value().path == "/");
    BOOST_TEST(parse_target("GET", "http://a").value().path == "/");
}

BOOST_AUTO_TEST_CASE(a_byte_that_clients_escape_makes_no_target) {
    const std::string marks = "-._~!$&'()*+,;=:@/%[]|^";
    for (int value = 0; value < 256; ++value) {
        const char c = static_cast<char>(value);
        const bool path = value < 0x80 &&
                          (std::isalnum(value) != 0 || (value != 0 && marks.find(c) != marks.npos));
        const bool query = path || value >= 0x80 ||
                           (value != 0 && std::string{"?\\`{}"}.find(c) != std::string::npos);
        for (const std::string prefix : {"/", "http://a/", "/a/b/c"}) {
            BOOST_TEST(
                parse_target("GET", prefix + c + "b").has_value() == (path || c == '?'), value
            );
            BOOST_TEST(parse_target("GET", prefix + "?a" + c + "b").has_value() == query, value);
        }
    }
}

BOOST_AUTO_TEST_CASE(percent_signs_that_begin_no_escape_are_taken) {
    for (const auto* text : {"/%", "/%zz", "/a?b=%", "/%4", "/100%?q=50%"}) {
        BOOST_TEST(parse_target("GET", text).has_value(), text);
    }
}

BOOST_AUTO_TEST_CASE(authority_and_asterisk_forms_go_with_their_methods) {
    const auto tunnel = parse_target("CONNECT", "example.com:443").value();
    BOOST_TEST((tunnel.form == Target::Form::authority));
    BOOST_TEST(tunnel.authority == "example.com:443");
    BOOST_TEST(parse_target("CONNECT", "[::1]:443").has_value());
    BOOST_TEST((parse_target("OPTIONS", "*").value().form == Target::Form::asterisk));
    BOOST_TEST(parse_target("GET", "*").error() == make_error_code(Errc::malformed_target));
    BOOST_TEST(parse_target("GET", "example.com:443").has_error());
    for (const auto* bad :
         {"/", "example.com", "example.com:", "[::1]", ":443", "http://a:1", "u@h:1"}) {
        BOOST_TEST(parse_target("CONNECT", bad).has_error(), bad);
    }
}

const std::string bad_targets[] = {
    "",
    "a",
    "?q",
    "ftp://a/",
    "http:/a",
    "http:///a",
    "http://",
    "http://u@a/",
    "http://u:p@a/",
    "http://a:b/",
    "/a#b",
    "http://a/#b",
    "http://:80/",
    "http://a b/",
    "http://[::1/",
    "**",
};

BOOST_DATA_TEST_CASE(parse_target_refuses, data::make(bad_targets), bad) {
    BOOST_TEST(parse_target("GET", bad).has_error());
}

const std::string good_hosts[] = {
    "example.com",   "example.com:80",    "EXAMPLE.com:",     "127.0.0.1", "127.0.0.1:8888",
    "a_b",           "a-b.c~d",           "%41.com",          "[::]",      "[::1]:80",
    "[2001:db8::1]", "[1:2:3:4:5:6:7:8]", "[::ffff:1.2.3.4]", "[1::]",     "[1:2:3:4:5:6:1.2.3.4]",
    "[v1.x:y]",      "a!$&'()*+;=",       "a:65535",          "a:000080",  "[::1]:0000000065535",
};

BOOST_DATA_TEST_CASE(a_good_host_is_accepted, data::make(good_hosts), host) {
    BOOST_TEST(is_valid_host(host));
    BOOST_TEST(target_of("GET / HTTP/1.1", "Host: " + host + "\r\n").authority == host);
}

const std::string bad_hosts[] = {
    ":",
    ":80",
    "a b",
    "a,b",
    "a/b",
    "a?b",
    "a#b",
    "u@a",
    "a\"b",
    "<a>",
    "a\\b",
    "%4",
    "%4g",
    "%",
    "\xe9",
    "a:b",
    "a:1:2",
    "a:65536",
    "a:123456",
    "a:0065536",
    "a:99999999999999999999",
    "::1",
    "[::1",
    "::1]",
    "[]",
    "[::1]x",
    "[:::1]",
    "[1:2:3]",
    "[1:2:3:4:5:6:7:8:9]",
    "[1::2::3]",
    "[::1.2.3]",
    "[::1.2.3.256]",
    "[::01.2.3.4]",
    "[::1.2.3.4:1]",
    "[1.2.3.4::]",
    "[12345::]",
    "[g::]",
    "[v.x]",
    "[v1.]",
    "[vg.x]",
    "[1:2:3:4:5:6:7:8::]",
    "[fe80::1%25eth0]",
    "[::1]:",
};

BOOST_DATA_TEST_CASE(a_bad_host_is_refused, data::make(bad_hosts), host) {
    if (host == "[::1]:") {
        BOOST_TEST(is_valid_host(host));  // an empty port is in the grammar
        return;
    }
    BOOST_TEST(!is_valid_host(host));
    BOOST_TEST(
        target_of("GET / HTTP/1.1", "Host: " + host + "\r\n").error ==
        make_error_code(Errc::malformed_host)
    );
}

BOOST_AUTO_TEST_CASE(http_1_1_needs_exactly_one_host) {
    BOOST_TEST(target_of("GET / HTTP/1.1", "").error == make_error_code(Errc::missing_host));
    BOOST_TEST(
        target_of("GET http://a/ HTTP/1.1", "").error == make_error_code(Errc::missing_host)
    );
    BOOST_TEST(
        target_of("GET / HTTP/1.1", "Host: a\r\nHost: a\r\n").error ==
        make_error_code(Errc::malformed_host)
    );
    BOOST_TEST(
        target_of("GET / HTTP/1.0", "Host: a\r\nHost: a\r\n").error ==
        make_error_code(Errc::malformed_host)
    );
    BOOST_TEST(!target_of("GET / HTTP/1.0", "").error);
    BOOST_TEST(target_of("GET / HTTP/1.0", "").authority == "");
}

BOOST_AUTO_TEST_CASE(an_empty_host_names_nothing) {
    const auto malformed = make_error_code(Errc::malformed_host);
    BOOST_TEST(is_valid_host(""));  // by the grammar; but no URI of http is without one
    for (const std::string line :
         {"GET / HTTP/1.1", "GET / HTTP/1.0", "GET http://a/ HTTP/1.1", "OPTIONS * HTTP/1.1"}) {
        BOOST_TEST(target_of(line, "Host:\r\n").error == malformed, line);
        BOOST_TEST(target_of(line, "Host: \r\n").error == malformed, line);
    }
}

BOOST_AUTO_TEST_CASE(the_targets_authority_replaces_the_host) {
    const auto found = target_of("GET http://b:1/x HTTP/1.1", "Host: a\r\n");
    BOOST_TEST(found.authority == "b:1");
    BOOST_TEST(found.path == "/x");
    BOOST_TEST(
        target_of("GET http://b/ HTTP/1.1", "Host: a b\r\n").error ==
        make_error_code(Errc::malformed_host)
    );
    BOOST_TEST(target_of("OPTIONS * HTTP/1.1", "Host: a\r\n").authority == "a");
    BOOST_TEST(target_of("CONNECT b:1 HTTP/1.1", "Host: a\r\n").authority == "b:1");
}

BOOST_AUTO_TEST_CASE(a_host_is_judged_by_itself_and_not_by_the_one_before) {
    const auto error_of = [](const std::string& host) {
        return target_of("GET / HTTP/1.1", "Host: " + host + "\r\n").error;
    };
    const auto malformed = make_error_code(Errc::malformed_host);
    const std::string longest(64, 'a');
    const std::string hosts[] = {"example.com:8080", "example.com", longest, longest + "b"};
    for (const auto& valid : hosts) {
        for (int time = 0; time < 2; ++time) {
            BOOST_TEST(!error_of(valid));
            BOOST_TEST(error_of(valid.substr(1) + ",") == malformed);  // as long, and alike
            BOOST_TEST(error_of("," + valid.substr(1)) == malformed);
            BOOST_TEST(!error_of(valid.substr(0, 3)));
            BOOST_TEST(error_of("") == malformed);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
