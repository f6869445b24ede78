#include <tornado/http1connection/server_connection.hpp>

#include "../log_capture.hpp"
#include "support.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

namespace {

struct Bad {
    std::string_view what;
    int status;
    std::string input;
};
std::ostream& operator<<(std::ostream& out, const Bad& bad) {
    return out << bad.what;
}

std::string get(std::string_view fields) {
    return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string{fields} + "\r\n";
}
std::string post(std::string_view fields, std::string_view body = "hello") {
    return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string{fields} + "\r\n" + std::string{body};
}
std::string chunked(std::string_view body) {
    return post("Transfer-Encoding: chunked\r\n", body);
}
using namespace std::string_literals;

const Bad bad_heads[] = {
    {"no Host", 400, "GET / HTTP/1.1\r\n\r\n"},
    {"two Hosts", 400, get("Host: b\r\n")},
    {"the same Host twice", 400, get("Host: a\r\n")},
    {"bad characters in Host", 400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
    {"a path in Host", 400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
    {"two members in Host", 400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"},
    {"HTTP/2.0", 505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
    {"HTTP/0.9 with a version", 505, "GET / HTTP/0.9\r\nHost: a\r\n\r\n"},
    {"lower-case version", 400, "GET / http/1.1\r\nHost: a\r\n\r\n"},
    {"three digits in the version", 400, "GET / HTTP/1.10\r\nHost: a\r\n\r\n"},
    {"two spaces in the request line", 400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"two spaces before the version", 400, "GET /  HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a tab in the request line", 400, "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a space after the version", 400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
    {"a space before the method", 400, " GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"no version", 400, "GET /\r\nHost: a\r\n\r\n"},
    {"no target", 400, "GET HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a method that is no token", 400, "G@T / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a control character in the target", 400, "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a fragment in the target", 400, "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a target without its slash", 400, "GET a HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"an asterisk with GET", 400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"an authority with GET", 400, "GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a path with CONNECT", 400, "CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"an absolute target with a user", 400, "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"an absolute target of another kind", 400, "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a TLS greeting", 400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s},
    {"bytes of nothing", 400, "\x00\x00\x00\x00"s},
    {"too many blank lines", 400, "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a bare CR in a value", 400, get("A: b\rc\r\n")},
    {"NUL in a value", 400, get("A: b\0c\r\n"s)},
    {"a control character in a value", 400, get("A: b\x01\r\n")},
    {"a space before the colon", 400, get("A : b\r\n")},
    {"a space in a name", 400, get("A B: c\r\n")},
    {"a control character in a name", 400, get("A\x01: c\r\n")},
    {"no colon", 400, get("Ab\r\n")},
    {"an empty name", 400, get(": b\r\n")},
    {"a first line that is folded", 400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
    {"an empty Host", 400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
    {"a folded Host", 400, "GET / HTTP/1.1\r\nHost:\r\n a\r\n\r\n"},
    {"a quote in the target", 400, "GET /a\"b HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a high byte in the target", 400, "GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n"},
};

const Bad bad_framings[] = {
    {"a folded length", 400, post("Content-Length:\r\n 5\r\n")},
    {"a folded coding", 400, post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")},
    {"a coding before a fold", 400, post("Transfer-Encoding: chunked\r\n \r\n", "0\r\n\r\n")},
    {"Content-Length twice, different", 400, post("Content-Length: 5\r\nContent-Length: 6\r\n")},
    {"Content-Length a list, different", 400, post("Content-Length: 5, 6\r\n")},
    {"Content-Length with plus", 400, post("Content-Length: +5\r\n")},
    {"Content-Length with minus", 400, post("Content-Length: -5\r\n")},
    {"Content-Length with underscore", 400, post("Content-Length: 0_5\r\n")},
    {"Content-Length in hexadecimal", 400, post("Content-Length: 0x5\r\n")},
    {"Content-Length with a fraction", 400, post("Content-Length: 5.0\r\n")},
    {"Content-Length with an inner space", 400, post("Content-Length: 1 0\r\n")},
    {"Content-Length empty", 400, post("Content-Length: \r\n")},
    {"Content-Length with an empty member", 400, post("Content-Length: 5,\r\n")},
    {"Content-Length beyond 64 bits", 400, post("Content-Length: 18446744073709551621\r\n")},
    {"Content-Length of 2^63", 400, post("Content-Length: 9223372036854775808\r\n")},
    {"Content-Length above the limit", 413, post("Content-Length: 104857601\r\n", "")},
    {"both framings", 400, post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")},
    {"both framings, the other order",
     400,
     post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")},
    {"gzip as transfer coding", 400, post("Transfer-Encoding: gzip\r\n")},
    {"gzip before chunked", 501, post("Transfer-Encoding: gzip, chunked\r\n")},
    {"chunked before gzip", 400, post("Transfer-Encoding: chunked, gzip\r\n")},
    {"identity", 400, post("Transfer-Encoding: identity\r\n")},
    {"chunked twice", 400, post("Transfer-Encoding: chunked, chunked\r\n")},
    {"chunked in two fields",
     400,
     post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
    {"chunked in quotes", 400, post("Transfer-Encoding: \"chunked\"\r\n")},
    {"chunked with a vertical tab",
     400,
     post("Transfer-Encoding: \x0b"
          "chunked\r\n")},
    {"chunked with a parameter", 400, post("Transfer-Encoding: chunked;q=1\r\n")},
    {"almost chunked", 400, post("Transfer-Encoding: xchunked\r\n")},
    {"an empty coding", 400, post("Transfer-Encoding:\r\n")},
    {"chunked with a space before the colon", 400, post("Transfer-Encoding : chunked\r\n")},
    {"chunked from HTTP/1.0",
     400,
     "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"an unknown expectation", 417, post("Expect: miracles\r\nContent-Length: 5\r\n")},
};

const Bad bad_chunks[] = {
    {"0x before a size", 400, chunked("0x5\r\nhello\r\n0\r\n\r\n")},
    {"a size with a plus", 400, chunked("+5\r\nhello\r\n0\r\n\r\n")},
    {"a size with a minus", 400, chunked("-5\r\nhello\r\n0\r\n\r\n")},
    {"a size with an underscore", 400, chunked("0_5\r\nhello\r\n0\r\n\r\n")},
    {"a space before a size", 400, chunked(" 5\r\nhello\r\n0\r\n\r\n")},
    {"an empty size", 400, chunked("\r\nhello\r\n0\r\n\r\n")},
    {"a size of 17 digits", 400, chunked("10000000000000005\r\nhello\r\n0\r\n\r\n")},
    {"a size of 2^64 - 1", 413, chunked("ffffffffffffffff\r\nhello\r\n0\r\n\r\n")},
    {"a size above the limit", 413, chunked("6400001\r\nhello")},
    {"data without its line end", 400, chunked("5\r\nhelloo\r\n0\r\n\r\n")},
    {"a line that ends in LF", 400, chunked("5\nhello\r\n0\r\n\r\n")},
    {"data that end in LF", 400, chunked("5\r\nhello\n0\r\n\r\n")},
    {"a control character in an extension", 400, chunked("5;a=\x01\r\nhello\r\n0\r\n\r\n")},
    {"LF in a quoted extension", 400, chunked("5;a=\"\n\"\r\nhello\r\n0\r\n\r\n")},
    {"a trailer without a colon", 400, chunked("0\r\nab\r\n\r\n")},
    {"a trailer with a space in its name", 400, chunked("0\r\na : b\r\n\r\n")},
    {"extensions beyond all measure",
     400,
     chunked("5;" + std::string(8200, 'a') + "\r\nhello\r\n0\r\n\r\n")},
    {"trailers beyond all measure", 431, chunked("0\r\na: " + std::string(9000, 'a') + "\r\n\r\n")},
};

/// Has the connection answer with the status and close, having handed no complete request on.
void check_refused(const Bad& bad, const Outcome& outcome) {
    BOOST_TEST(
        outcome.text.starts_with("HTTP/1.1 " + std::to_string(bad.status) + " "), outcome.text
    );
    BOOST_TEST(count(outcome.text, "HTTP/1.1 ") == 1U);
    BOOST_TEST(outcome.text.find("\r\nConnection: close\r\n") != std::string::npos);
    const auto body = outcome.text.substr(outcome.text.find("\r\n\r\n") + 4);
    BOOST_TEST(body.starts_with(std::to_string(bad.status) + " "));
    BOOST_TEST(body.find(": ") != body.npos);  // and why
    BOOST_TEST(
        count(outcome.text, "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n") == 1U
    );
    BOOST_TEST(outcome.ended);
    BOOST_TEST(outcome.events.find("finish") == std::string::npos);
}

/// What a smuggler would like to see answered.
constexpr std::string_view smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(bad_input)

BOOST_DATA_TEST_CASE(
    a_bad_head_gets_its_status_and_a_close,
    boost::unit_test::data::make(bad_heads),
    bad
) {
    Server server;
    check_refused(bad, outcome_in_pieces(server, bad.input));
    BOOST_TEST(server.application.events.empty());
    check_refused(bad, outcome_of(server, bad.input + std::string{smuggled}));
}

BOOST_DATA_TEST_CASE(
    a_bad_framing_gets_its_status_and_a_close,
    boost::unit_test::data::make(bad_framings),
    bad
) {
    Server server;
    check_refused(bad, outcome_in_pieces(server, bad.input));
    check_refused(bad, outcome_of(server, bad.input + std::string{smuggled}));
}

BOOST_DATA_TEST_CASE(
    a_bad_chunk_gets_its_status_and_a_close,
    boost::unit_test::data::make(bad_chunks),
    bad
) {
    Server server;
    if (bad.input.size() < 1000) {
        check_refused(bad, outcome_in_pieces(server, bad.input));
    }
    const auto outcome = outcome_of(server, bad.input + std::string{smuggled});
    check_refused(bad, outcome);
    BOOST_TEST(outcome.events == "headers POST /; close; ");
}

BOOST_AUTO_TEST_CASE(what_came_before_bad_input_is_answered) {
    Server server;
    const auto outcome = outcome_in_pieces(
        server, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET\r\n\r\n"
    );
    BOOST_TEST(outcome.text.starts_with(ok("GET a/1 []") + ok("GET a/2 []") + "HTTP/1.1 400 "));
    BOOST_TEST(outcome.ended);
}

BOOST_AUTO_TEST_CASE(a_head_above_the_limit_gets_431_and_a_long_target_414) {
    Server server;
    server.parameters.max_header_size = 1024;
    const auto status_of = [&](const std::string& input, std::size_t cut = 0) {
        return outcome_of(server, input, cut).text.substr(9, 3);
    };
    for (const std::size_t cut : {std::size_t{0}, std::size_t{1000}, std::string::npos}) {
        BOOST_TEST(status_of(get("A: " + std::string(2000, 'a') + "\r\n"), cut) == "431");
        BOOST_TEST(status_of(get("A: " + std::string(2000, 'a')), cut) == "431");
        BOOST_TEST(status_of("GET /" + std::string(2000, 'a') + " HTTP/1.1\r\n", cut) == "414");
        BOOST_TEST(status_of("GET /" + std::string(2000, 'a'), cut) == "414");
    }
    const auto head_of = [&](std::size_t size) {
        return get("A: " + std::string(size - get("A: \r\n").size(), 'a') + "\r\n");
    };
    BOOST_TEST(status_of(head_of(1024)) == "200");
    BOOST_TEST(status_of(head_of(1024), 1020) == "200");
    BOOST_TEST(status_of(head_of(1025)) == "431");
    BOOST_TEST(status_of(head_of(1025), 1020) == "431");
}

BOOST_AUTO_TEST_CASE(heads_may_be_larger_than_what_is_read_ahead) {
    Server server;
    server.parameters.max_header_size = 300'000;
    const auto outcome =
        outcome_of(server, get("A: " + std::string(250'000, 'a') + "\r\n"), 80'000);
    BOOST_TEST(outcome.text == ok("GET a/ []"));
}

BOOST_AUTO_TEST_CASE(more_fields_than_a_thousand_get_431) {
    Server server;
    std::string fields;
    for (int i = 0; i < 1000; ++i) {
        fields += "A: b\r\n";
    }
    BOOST_TEST(outcome_of(server, get(fields)).text.substr(9, 3) == "431");
}

BOOST_AUTO_TEST_CASE(what_drips_is_refused_as_soon_as_a_line_is_wrong) {
    const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
    const std::string chunks = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const auto& input :
         {std::string{"GARBAGE\r\n"},
          std::string{"GET / HTTP/1.1 \r\n"},
          head + "A : b\r\n",
          head + "A\r\n",
          chunks + "0\r\nA : b\r\n"}) {
        Server server;
        Client client{server};
        for (const char c : input) {
            client.send({&c, 1});
        }
        BOOST_TEST(client.text.substr(0, 12) == "HTTP/1.1 400", input);
    }
}

BOOST_AUTO_TEST_CASE(an_https_target_without_tls_gets_421) {
    const auto status = [](std::string_view scheme, const auto& set) {
        Server server;
        set(server.parameters);
        const auto input = "GET " + std::string{scheme} + "://a/ HTTP/1.1\r\nHost: a\r\n\r\n";
        return outcome_of(server, input).text.substr(9, 3);
    };
    using Parameters = http1connection::HTTP1ConnectionParameters;
    const auto usual = [](Parameters&) {};
    BOOST_TEST(status("https", usual) == "421");
    BOOST_TEST(status("HTTPS", usual) == "421");
    BOOST_TEST(status("http", usual) == "200");
    BOOST_TEST(status("https", [](Parameters& set) { set.protocol = "https"; }) == "200");
    BOOST_TEST(status("https", [](Parameters& set) { set.serves_https_targets = true; }) == "200");
}

BOOST_AUTO_TEST_CASE(a_refusal_says_why) {
    const auto body = [](const std::string& input) {
        Server server;
        const auto text = outcome_of(server, input).text;
        return text.substr(text.find("\r\n\r\n") + 4);
    };
    BOOST_TEST(
        body("GET / HTTP/3.0\r\nHost: a\r\n\r\n") ==
        "505 HTTP Version Not Supported: the HTTP version is not supported: speak HTTP/1.0 or "
        "HTTP/1.1\n"
    );
    BOOST_TEST(
        body(post("Content-Length: 104857601\r\n", "")) ==
        "413 Request Entity Too Large: Content-Length too long: the limit is 104857600\n"
    );
    BOOST_TEST(
        body(post("Expect: miracles\r\nContent-Length: 5\r\n")) ==
        "417 Expectation Failed: the only expectation that is known is 100-continue\n"
    );
}

BOOST_AUTO_TEST_CASE(a_refused_head_gets_a_head_only) {
    const std::string inputs[] = {
        "HEAD / HTTP/3.0\r\nHost: a\r\n\r\n",
        "\r\nHEAD / HTTP/1.1\r\nHost : a\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nContent-Length: 1\r\n\r\n",
        "HEAD https://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 104857601\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"};
    for (const auto& input : inputs) {
        Server server;
        const auto outcome = outcome_of(server, input);
        BOOST_TEST(outcome.text.starts_with("HTTP/1.1 "), input);
        BOOST_TEST(outcome.text.ends_with("\r\n\r\n"), outcome.text);
        BOOST_TEST(count(outcome.text, "\r\nContent-Length: 0\r\n") == 0U);
        BOOST_TEST(outcome.ended);
    }
}

BOOST_AUTO_TEST_CASE(a_refusal_is_logged_with_its_reason) {
    Server server;
    const DebugLogCapture logged;
    outcome_of(server, "asdf\r\n\r\n");
    BOOST_TEST(
        logged.count("Malformed HTTP message from 0.0.0.0: the start line is malformed") == 1
    );
}

BOOST_AUTO_TEST_SUITE_END()
