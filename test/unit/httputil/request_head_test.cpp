#include <tornado/httputil/request_head.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <memory>
#include <string>

namespace {

using namespace tornado::httputil;
namespace data = boost::unit_test::data;

/// A parser's result together with the bytes that the head views.
struct Parsed {
    std::string text;
    RequestHead head;
    HeadResult result;
};

std::unique_ptr<Parsed> parse(std::string text, const HeadLimits& limits = {}) {
    auto parsed = std::make_unique<Parsed>();
    parsed->text = std::move(text);
    parsed->result =
        parse_request_head(parsed->text.data(), parsed->text.size(), parsed->head, limits);
    return parsed;
}

bool is_complete(const HeadResult& result) {
    return result.status == HeadStatus::complete;
}
bool is_incomplete(const HeadResult& result) {
    return result.status == HeadStatus::incomplete;
}
bool fails(const HeadResult& result, Errc error) {
    return result.status == HeadStatus::error && result.error == error;
}

const std::string usual_head =
    "GET /path?a=b HTTP/1.1\r\nHost: example.com\r\nX-Empty:\r\nAccept:\t*/* \t\r\n\r\n";

BOOST_AUTO_TEST_SUITE(request_head)

BOOST_AUTO_TEST_CASE(a_head_is_taken_apart) {
    const auto parsed = parse(usual_head + "body");
    const auto& head = parsed->head;
    BOOST_TEST(is_complete(parsed->result));
    BOOST_TEST(parsed->result.consumed == usual_head.size());
    BOOST_TEST(head.method == "GET");
    BOOST_TEST(head.target == "/path?a=b");
    BOOST_TEST(head.version_major == 1);
    BOOST_TEST(head.version_minor == 1);
    BOOST_TEST(head.headers.size() == 3U);
    BOOST_TEST(head.headers.first(KnownHeader::host).value() == "example.com");
    BOOST_TEST(head.headers.first("x-empty").value() == "");
    BOOST_TEST(head.headers.first("accept").value() == "*/*");
    BOOST_TEST((
        head.headers.first("accept").value().data() == parsed->text.data() + usual_head.find("*/*")
    ));
}

BOOST_AUTO_TEST_CASE(every_shorter_prefix_is_incomplete) {
    for (std::size_t size = 0; size < usual_head.size(); ++size) {
        BOOST_TEST(is_incomplete(parse(usual_head.substr(0, size))->result), size);
    }
    for (std::size_t more = 0; more < 200; ++more) {
        const auto parsed = parse(usual_head + std::string(more, 'x'));
        BOOST_TEST(parsed->result.consumed == usual_head.size());
    }
}

BOOST_AUTO_TEST_CASE(lines_may_end_in_lf_alone) {
    const auto parsed = parse("GET / HTTP/1.0\nA: b\r\nC: d\n\n");
    BOOST_TEST(is_complete(parsed->result));
    BOOST_TEST(parsed->head.version_minor == 0);
    BOOST_TEST(parsed->head.headers.first("C").value() == "d");
}

BOOST_AUTO_TEST_CASE(up_to_four_blank_lines_may_come_first) {
    const std::string head = "GET / HTTP/1.1\r\n\r\n";
    BOOST_TEST(parse("\r\n" + head)->result.consumed == head.size() + 2);
    BOOST_TEST(is_complete(parse("\r\n\n\r\n\n" + head)->result));
    BOOST_TEST(fails(parse("\r\n\r\n\r\n\r\n\r\n" + head)->result, Errc::malformed_start_line));
    BOOST_TEST(fails(parse("\r" + head)->result, Errc::malformed_start_line));
    BOOST_TEST(is_incomplete(parse("\r\n\r\n\r\n\r\n\r")->result));
    BOOST_TEST(fails(parse("\r\n\r\n\r\n\r\n\r\n")->result, Errc::malformed_start_line));
}

BOOST_AUTO_TEST_CASE(a_folded_field_is_unfolded_in_place) {
    const auto parsed = parse("GET / HTTP/1.1\r\nA: b\r\n  c\n\td\r\nE: f\r\n \r\n\r\n");
    BOOST_TEST(is_complete(parsed->result));
    BOOST_TEST(parsed->head.headers.size() == 2U);
    BOOST_TEST(parsed->head.headers.first("A").value() == "b c d");
    BOOST_TEST(parsed->head.headers.first("E").value() == "f");
    BOOST_TEST(fails(parse("GET / HTTP/1.1\r\n A: b\r\n\r\n")->result, Errc::malformed_header));
    BOOST_TEST(
        fails(parse("GET / HTTP/1.1\r\nA: b\r\n c\x01\r\n\r\n")->result, Errc::malformed_header)
    );
}

const std::string folded_values[] = {
    " b\r\n c",
    " b\r\n\tc",
    " b\t\r\n c",
    " b \t \r\n\t \tc\t",
    "\r\n b\r\n c",
    " b\r\n \r\n\t\r\n c\r\n ",
    "b\n c",
    " b\r\n c d\t e\r\n f",
};

BOOST_DATA_TEST_CASE(
    a_fold_becomes_one_space_with_the_blanks_around_it,
    data::make(folded_values),
    value
) {
    const std::string text = "GET / HTTP/1.1\r\nA:" + value + "\r\nB: g\r\n\r\n";
    const auto parsed = parse(text);
    const auto lines = HTTPHeaders::parse("A:" + value + "\r\nB: g\r\n").value();
    BOOST_TEST(is_complete(parsed->result));
    BOOST_TEST(parsed->head.headers.first("A").value() == lines.first("A").value());
    BOOST_TEST(parsed->head.headers.first("B").value() == "g");
}

BOOST_DATA_TEST_CASE(
    a_fold_reads_the_same_however_often_it_is_looked_at,
    data::make(folded_values),
    value
) {
    const std::string text = "GET / HTTP/1.1\r\nA:" + value + "\r\nB: g\r\n\r\n";
    const auto whole = parse(text);
    auto bytes = text;
    RequestHead head;
    for (std::size_t size = 0; size < text.size(); ++size) {
        BOOST_TEST(is_incomplete(parse_request_head(bytes.data(), size, head)));
    }
    BOOST_TEST(is_complete(parse_request_head(bytes.data(), bytes.size(), head)));
    BOOST_TEST((head.headers == whole->head.headers));
}

const std::string fields_of_one_line[] =
    {"Connection", "content-length", "Expect", "HOST", "Transfer-Encoding", "Upgrade"};

BOOST_DATA_TEST_CASE(
    a_fold_in_a_field_that_frames_or_routes_is_refused,
    data::make(fields_of_one_line),
    name
) {
    for (const std::string value :
         {"\r\n 5", " 5\r\n ", " 5\r\n\t", "\n 5", " 1\r\n 5", "5\r\n \r\n "}) {
        for (const std::string before : {"", "A: b\r\n", "A: b\r\n c\r\n"}) {
            const auto text = "GET / HTTP/1.1\r\n" + before + name + ":" + value + "\r\n\r\n";
            BOOST_TEST(fails(parse(text)->result, Errc::malformed_header), text);
        }
    }
}

BOOST_AUTO_TEST_CASE(bare_lf_can_be_refused) {
    HeadLimits limits;
    limits.bare_lf = false;
    BOOST_TEST(is_complete(parse(usual_head, limits)->result));
    BOOST_TEST(is_complete(parse("\r\n" + usual_head, limits)->result));
    BOOST_TEST(is_complete(parse("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", limits)->result));
    const auto refused = [&](const std::string& text) {
        const auto result = parse(text, limits)->result;
        return result.status == HeadStatus::error && is_complete(parse(text)->result);
    };
    BOOST_TEST(refused("GET / HTTP/1.1\nA: b\r\n\r\n"));
    BOOST_TEST(refused("GET / HTTP/1.1\r\nA: b\n\r\n"));
    BOOST_TEST(refused("GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n"));
    BOOST_TEST(refused("GET / HTTP/1.1\r\nA: b\r\n\n"));
    BOOST_TEST(refused("GET / HTTP/1.1\r\nA: b\n c\r\n\r\n"));
    BOOST_TEST(refused("\nGET / HTTP/1.1\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(a_head_leaves_it_to_parse_target_which_visible_bytes_make_a_target) {
    std::string target = "/";
    for (int c = 0x21; c < 0x100; ++c) {
        target += c == 0x7f ? '/' : static_cast<char>(c);
    }
    const auto parsed = parse("GET " + target + " HTTP/1.1\r\n\r\n");
    BOOST_TEST(is_complete(parsed->result));
    BOOST_TEST(parsed->head.target == target);
}

BOOST_AUTO_TEST_CASE(each_byte_is_accepted_exactly_where_it_may_stand) {
    const std::string token_marks = "!#$%&'*+-.^_`|~";
    for (int value = 0; value < 256; ++value) {
        const char c = static_cast<char>(value);
        const std::string byte(1, c);
        const bool visible = value > 0x20 && value != 0x7f;
        const bool token =
            value < 0x80 &&
            (std::isalnum(value) != 0 || (value != 0 && token_marks.find(c) != token_marks.npos));
        for (const std::size_t before : {0U, 1U, 30U, 62U, 63U, 64U, 130U}) {
            const std::string fill(before, 'a');
            BOOST_TEST(
                is_complete(parse(fill + byte + "a / HTTP/1.1\r\n\r\n")->result) ==
                    (token || (value == '\n' && before == 0)),
                value
            );
            BOOST_TEST(
                is_complete(parse("GET /" + fill + byte + "a HTTP/1.1\r\n\r\n")->result) == visible,
                value
            );
            BOOST_TEST(
                is_complete(parse("GET / HTTP/1.1\r\n" + fill + byte + "a: b\r\n\r\n")->result) ==
                    (token || (value == ':' && before != 0) || (value == '\n' && before == 0)),
                value
            );
            BOOST_TEST(
                is_complete(parse("GET / HTTP/1.1\r\na: " + fill + byte + "a: b\r\n\r\n")->result
                ) == (visible || c == ' ' || c == '\t' || c == '\n'),
                value
            );
        }
    }
}

const std::string malformed_start_lines[] = {
    "GET /  HTTP/1.1\r\n\r\n",
    "GET  / HTTP/1.1\r\n\r\n",
    " GET / HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1 \r\n\r\n",
    "GET / http/1.1\r\n\r\n",
    "GET / HTTP/1.1\rA: b\r\n\r\n",
    "GET / HTTP/1.10\r\n\r\n",
    "GET / HTTP/1.\r\n\r\n",
    "GET / HTTP/1\r\n\r\n",
    "GET / HTTP/x.1\r\n\r\n",
    "GET / HTTP/1,1\r\n\r\n",
    "GET / HTP/1.1\r\n\r\n",
    "GET / X\r\n",
    "GET / HTTP/\n\n",
    "GET / HTTP/1.\n",
    "GET /\r\n\r\n",
    "GET\r\n\r\n",
    "GET \r\n\r\n",
    "G(T / HTTP/1.1\r\n\r\n",
    "GET /\x7f HTTP/1.1\r\n\r\n",
    "GET\t/ HTTP/1.1\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00",
};

BOOST_DATA_TEST_CASE(a_malformed_start_line_is_refused, data::make(malformed_start_lines), text) {
    BOOST_TEST(fails(parse(text)->result, Errc::malformed_start_line));
}

BOOST_AUTO_TEST_CASE(other_versions) {
    for (const std::string version : {"2.0", "0.9", "3.0", "9.9"}) {
        BOOST_TEST(
            fails(parse("GET / HTTP/" + version + "\r\n\r\n")->result, Errc::unsupported_version)
        );
    }
    BOOST_TEST(fails(parse("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")->result, Errc::unsupported_version));
    BOOST_TEST(parse("GET / HTTP/1.2\r\n\r\n")->head.version_minor == 1);
    BOOST_TEST(parse("GET / HTTP/1.9\r\n\r\n")->head.version_minor == 1);
}

const std::string malformed_fields[] = {
    "no colon\r\n",
    "nocolon\r\n",
    ": no name\r\n",
    "Name : value\r\n",
    "Na me: value\r\n",
    "Name: val\rue\r\n",
    "Name: value\r\r\n",
    "A: b\r\nName\r\n",
    "\x01: b\r\n",
    "A: b\r\n:\r\n",
};

BOOST_DATA_TEST_CASE(a_malformed_field_is_refused, data::make(malformed_fields), field) {
    BOOST_TEST(fails(parse("GET / HTTP/1.1\r\n" + field + "\r\n")->result, Errc::malformed_header));
}

BOOST_AUTO_TEST_CASE(limits_hold_as_soon_as_they_are_certain) {
    HeadLimits limits;
    limits.max_header_size = usual_head.size();
    BOOST_TEST(is_complete(parse(usual_head + "x", limits)->result));
    limits.max_header_size = usual_head.size() - 1;
    BOOST_TEST(fails(parse(usual_head, limits)->result, Errc::header_too_large));
    BOOST_TEST(is_incomplete(parse(usual_head.substr(0, limits.max_header_size - 1), limits)->result
    ));
    BOOST_TEST(fails(
        parse(usual_head.substr(0, limits.max_header_size), limits)->result, Errc::header_too_large
    ));

    limits = {};
    limits.max_target_size = 9;
    BOOST_TEST(is_complete(parse(usual_head, limits)->result));
    limits.max_target_size = 8;
    BOOST_TEST(fails(parse(usual_head, limits)->result, Errc::target_too_long));
    BOOST_TEST(fails(parse("GET /12345678", limits)->result, Errc::target_too_long));
    BOOST_TEST(is_incomplete(parse("GET /1234567", limits)->result));

    limits = {};
    limits.max_fields = 3;
    BOOST_TEST(is_complete(parse(usual_head, limits)->result));
    limits.max_fields = 2;
    BOOST_TEST(fails(parse(usual_head, limits)->result, Errc::header_too_large));

    BOOST_TEST(fails(parse("GET /" + std::string(70000, 'a'))->result, Errc::target_too_long));
    BOOST_TEST(fails(parse(std::string(70000, 'a'))->result, Errc::header_too_large));
    BOOST_TEST(fails(
        parse("GET / HTTP/1.1\r\na: " + std::string(70000, 'a'))->result, Errc::header_too_large
    ));
    limits = {};
    limits.max_header_size = 1 << 20;
    const std::string long_name(65536, 'n');
    BOOST_TEST(fails(
        parse("GET / HTTP/1.1\r\n" + long_name + ": b\r\n\r\n", limits)->result,
        Errc::header_too_large
    ));
    BOOST_TEST(is_complete(
        parse("GET / HTTP/1.1\r\n" + long_name.substr(1) + ": b\r\n\r\n", limits)->result
    ));
}

BOOST_DATA_TEST_CASE(
    a_copy_is_written_the_same_however_the_lines_were_spaced,
    data::make(std::vector<std::string>{
        "B: 2\r\n",
        "B:2\r\n",
        "B:  2\r\n",
        "B:\t2\r\n",
        "B: 2 \r\n",
        "B: 2\n",
        "B: 2 \n",
        "B: 2\t\n"}),
    line
) {
    const std::string expected = "A: 1\r\nB: 2\r\nC: 3\r\n";
    for (const auto& fields :
         {"A: 1\r\n" + line + "C: 3\r\n", line + "A: 1\r\nC: 3\r\n", "A: 1\r\nC: 3\r\n" + line}) {
        const auto parsed = parse("GET / HTTP/1.1\r\n" + fields + "\r\n");
        BOOST_TEST_REQUIRE(is_complete(parsed->result));
        auto copy = parsed->head.headers;
        std::string written;
        std::string sorted;
        copy.append_to(written);
        for (const auto name : {"A", "B", "C"}) {
            sorted.append(name).append(": ").append(copy.first(name).value()).append("\r\n");
        }
        BOOST_TEST(written.size() == expected.size());
        BOOST_TEST(sorted == expected);
        copy.set("A", "longer");
        BOOST_TEST(copy.first("B").value() == "2");
        BOOST_TEST(copy.first("C").value() == "3");
    }
}

BOOST_AUTO_TEST_CASE(pipelined_heads_follow_each_other) {
    auto text = usual_head + usual_head + usual_head;
    RequestHead head;
    std::size_t at = 0;
    for (int i = 0; i < 3; ++i) {
        const auto result = parse_request_head(text.data() + at, text.size() - at, head);
        BOOST_TEST_REQUIRE(is_complete(result));
        BOOST_TEST(head.headers.first("Host").value() == "example.com");
        BOOST_TEST(head.headers.size() == 3U);
        at += result.consumed;
    }
    BOOST_TEST(at == text.size());
}

BOOST_AUTO_TEST_CASE(rebase_follows_bytes_that_move) {
    auto text = usual_head;
    RequestHead head;
    BOOST_TEST_REQUIRE(is_complete(parse_request_head(text.data(), text.size(), head)));
    const std::string copy = text;
    head.rebase(text.data(), copy.data());
    text.assign(text.size(), '?');
    BOOST_TEST(head.method == "GET");
    BOOST_TEST(head.target == "/path?a=b");
    BOOST_TEST(head.headers.first("accept").value() == "*/*");
    head.clear();
    BOOST_TEST(head.method.empty());
    BOOST_TEST(head.headers.empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(head_end)

BOOST_AUTO_TEST_CASE(is_behind_the_blank_line) {
    BOOST_TEST(find_head_end(usual_head + "body\r\n\r\n") == usual_head.size());
    BOOST_TEST(find_head_end("A\n\nB") == 3U);
    BOOST_TEST(find_head_end("A\n\r\nB") == 4U);
    BOOST_TEST(find_head_end("A\r\n\nB") == 4U);
    BOOST_TEST(find_head_end("A\r\n\r") == std::string::npos);
    BOOST_TEST(find_head_end("") == std::string::npos);
    BOOST_TEST(find_head_end("\r\n\r\nA\r\n\r\n") == 9U);
    BOOST_TEST(find_head_end("\r\n\r\n") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(is_found_wherever_the_search_went_on) {
    const std::string heads[] = {usual_head, "\r\n\r\nA / HTTP/1.1\n\r\n", "A\n\n"};
    for (const auto& head : heads) {
        for (std::size_t from = 0; from < head.size(); ++from) {
            BOOST_TEST(find_head_end(std::string_view{head}.substr(0, from)) == std::string::npos);
            BOOST_TEST(find_head_end(head, from) == head.size());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_bare_cr_ends_the_search_as_no_end_may_come) {
    for (const std::string text : {"A\r\n\rB", "A\r\r\n", "A: b\rc", "A\r\nB\r\r"}) {
        for (std::size_t from = 0; from < text.size(); ++from) {
            BOOST_TEST(find_head_end(text, from) != std::string::npos, text);
        }
        auto copy = "GET / HTTP/1.1\r\n" + text;
        RequestHead head;
        BOOST_TEST((parse_request_head(copy.data(), copy.size(), head).status == HeadStatus::error)
        );
    }
    BOOST_TEST(find_head_end("A\r") == std::string::npos);
    BOOST_TEST(find_head_end("A\r\nB\r\n") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(too_many_blank_lines_end_the_search) {
    std::string text;
    for (int i = 0; i < 4; ++i) {
        text += "\r\n";
        BOOST_TEST(find_head_end(text) == std::string::npos);
    }
    BOOST_TEST(find_head_end(text + "\r") == std::string::npos);
    BOOST_TEST(find_head_end(text + "\r\n") != std::string::npos);
    BOOST_TEST(find_head_end(text + "\n") != std::string::npos);
    BOOST_TEST(find_head_end("\rG") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
