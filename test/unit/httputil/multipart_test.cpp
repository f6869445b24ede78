#include <tornado/httputil/multipart.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <random>
#include <string>

namespace {

using namespace std::string_literals;
using namespace tornado::httputil;
using Status = MultipartParser::Status;
namespace data = boost::unit_test::data;

const std::string form_data = "multipart/form-data; boundary=1234";

MultipartParser parser_for(std::string_view content_type, const ParseMultipartConfig& config = {}) {
    return MultipartParser::for_content_type(content_type, config).value();
}

/// What a parser tells of `input`, fed in pieces of `piece` bytes: "name=data;" for each part, then
/// how it ended.
std::string told(
    std::string_view input,
    std::size_t piece,
    const ParseMultipartConfig& config = {},
    std::string_view content_type = form_data
) {
    auto parser = parser_for(content_type, config);
    std::string text;
    while (!input.empty()) {
        auto chunk = input.substr(0, piece);
        input.remove_prefix(chunk.size());
        while (true) {
            const auto step = parser.next(chunk);
            chunk.remove_prefix(step.consumed);
            if (step.status == Status::need_more) {
                BOOST_TEST(chunk.empty());
                break;
            }
            if (step.status == Status::complete) {
                return text + "complete";
            }
            if (step.status == Status::error) {
                return text + make_error_code(step.error).message();
            }
            if (step.status == Status::part) {
                text.append(parser.head().name).append(1, '=');
            } else if (step.status == Status::part_end) {
                text.append(1, ';');
            } else {
                BOOST_TEST(!step.data.empty());
                text.append(step.data);
            }
        }
    }
    return text + "more";
}

std::string part(std::string_view name, std::string_view body) {
    std::string text{"--1234\r\nContent-Disposition: form-data; name=\""};
    return text.append(name).append("\"\r\n\r\n").append(body).append("\r\n");
}

const std::string end = "--1234--\r\n";
const std::string malformed = make_error_code(Errc::malformed_multipart).message();

BOOST_AUTO_TEST_SUITE(multipart_parser)

BOOST_AUTO_TEST_CASE(parts_are_told_in_their_order) {
    BOOST_TEST(told(part("a", "1") + part("b", "") + end, 1000) == "a=1;b=;complete");
    BOOST_TEST(told(end, 1000) == "complete");
    BOOST_TEST(told("\r\n" + part("a", "1") + end, 1000) == "a=1;complete");
}

BOOST_AUTO_TEST_CASE(whatever_the_pieces_the_parts_are_the_same) {
    const auto nearly =
        std::string{"\r\n--123\r\n--12345\r\n\r--1234\r\n--1234x\r\n--1234 \r\r\n--"} +
        "1234-\r\n-\n--1234\r\n--1234 x\r\r\r\n-";
    const auto body =
        "preamble\r\n" + part("a", nearly) + part("b", "\r\n") + part("c", "\r") + end;
    const auto whole = told(body, body.size());
    BOOST_TEST(whole == "a=" + nearly + ";b=\r\n;c=\r;complete");
    for (std::size_t piece = 1; piece < body.size(); ++piece) {
        BOOST_TEST(told(body, piece) == whole);
    }
}

BOOST_AUTO_TEST_CASE(a_parts_head_is_read) {
    auto parser = parser_for(form_data);
    BOOST_TEST(
        (parser
             .next("--1234\r\ncontent-disposition: Form-Data; name=\"f\xc3\xa9\"; "
                   "filename=\"a;\\\"b.txt\"\r\n"
                   "Content-Type: text/plain\r\nX-Y: z\r\n\r\n")
             .status == Status::part)
    );
    BOOST_TEST(parser.head().name == "f\xc3\xa9");
    BOOST_TEST(parser.head().filename == "a;\"b.txt");
    BOOST_TEST(parser.head().is_file());
    BOOST_TEST(parser.head().content_type == "text/plain");
    BOOST_TEST(parser.head().headers.get("x-y").value() == "z");
}

BOOST_AUTO_TEST_CASE(the_extended_file_name_wins_and_no_type_is_unknown) {
    auto parser = parser_for(form_data);
    BOOST_TEST(
        (parser
             .next("--1234\r\nContent-Disposition: form-data; name=f; filename=\"x\"; "
                   "filename*=UTF-8''%E2%82%AC.txt\r\n\r\n")
             .status == Status::part)
    );
    BOOST_TEST(parser.head().filename == "\xe2\x82\xac.txt");
    BOOST_TEST(parser.head().content_type == "application/unknown");
}

BOOST_AUTO_TEST_CASE(an_empty_part_may_share_its_blank_line_with_the_delimiter) {
    const std::string head = "--1234\r\nContent-Disposition: form-data; name=a\r\n\r\n";
    BOOST_TEST(told(head + end, 1000) == "a=;complete");
    BOOST_TEST(told(head + "--12x\r\n" + end, 1) == "a=--12x;complete");
}

BOOST_AUTO_TEST_CASE(padding_behind_a_delimiter_is_skipped) {
    BOOST_TEST(
        told("--1234 \t\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--1234--", 1) ==
        "a=x;complete"
    );
    const auto long_line = "\r\n--1234" + std::string(65, ' ') + "\r\n";
    BOOST_TEST(told(part("a", long_line) + end, 7) == "a=" + long_line + ";complete");
}

BOOST_AUTO_TEST_CASE(what_follows_the_last_delimiter_is_skipped) {
    auto parser = parser_for(form_data);
    BOOST_TEST((parser.next(end).status == Status::complete));
    BOOST_TEST(parser.is_complete());
    const auto step = parser.next(part("a", "1"));
    BOOST_TEST((step.status == Status::complete));
    BOOST_TEST(step.consumed == part("a", "1").size());
}

BOOST_AUTO_TEST_CASE(a_hundred_parts_are_taken_and_no_more) {
    std::string body;
    for (int i = 0; i < 100; ++i) {
        body += part("a", "");
    }
    BOOST_TEST(told(body + end, 1000).ends_with(";complete"));
    BOOST_TEST(told(body + part("a", "") + end, 1000)
                   .ends_with(make_error_code(Errc::too_many_parts).message()));
}

BOOST_AUTO_TEST_CASE(a_parts_head_has_its_limit) {
    ParseMultipartConfig config;
    const auto one = part("a", "");
    config.max_part_header_size = one.size() - std::string_view{"--1234\r\n\r\n"}.size();
    BOOST_TEST(told(one + end, 1000, config) == "a=;complete");
    --config.max_part_header_size;
    const auto too_large = make_error_code(Errc::part_header_too_large).message();
    BOOST_TEST(told(one + end, 1000, config) == too_large);
    BOOST_TEST(told(one + end, 1, config) == too_large);
    BOOST_TEST(told("--1234\r\n" + std::string(20'000, 'a'), 1000) == too_large);
}

const std::string malformed_bodies[] = {
    "--1234\r\n\r\nno head\r\n--1234--",
    "--1234\r\nContent-Type: text/plain\r\n\r\nx\r\n--1234--",
    "--1234\r\nContent-Disposition: form-data\r\n\r\nx\r\n--1234--",
    "--1234\r\nContent-Disposition: form-data; name=\"\"\r\n\r\nx\r\n--1234--",
    "--1234\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--1234--",
    "--1234\r\nno colon\r\n\r\nx\r\n--1234--",
    "--1234\r\nContent-Disposition: form-data; name=a\nX: y\r\n\r\nx\r\n--1234--",
    "--1234\r\nContent-Disposition: form-data; name=a\r\nX: a\rb\r\n\r\nx\r\n--1234--",
    "--1234\r\nContent-Disposition: form-data; name=\"a\1b\"\r\n\r\nx\r\n--1234--",
    "--1234\r\nContent-Disposition: form-data; name=\"a\0b\"\r\n\r\n"s,
};

BOOST_DATA_TEST_CASE(refuses, data::make(malformed_bodies), body) {
    BOOST_TEST(told(body, 1000) == malformed);
    BOOST_TEST(told(body, 1) == malformed);
}

BOOST_AUTO_TEST_CASE(an_error_is_said_again) {
    auto parser = parser_for(form_data);
    BOOST_TEST((parser.next("--1234\r\n\r\n").status == Status::error));
    const auto step = parser.next(part("a", "1"));
    BOOST_TEST((step.status == Status::error));
    BOOST_TEST((step.error == Errc::malformed_multipart));
    BOOST_TEST(step.consumed == part("a", "1").size());
}

const std::string good_types[] = {
    "multipart/form-data; boundary=1234",
    "Multipart/Form-Data;Boundary=\"1234\"",
    "multipart/form-data; charset=utf-8; boundary=\"1234\"",
};

BOOST_DATA_TEST_CASE(takes_the_boundary_of, data::make(good_types), type) {
    BOOST_TEST(told(part("a", "1") + end, 1000, {}, type) == "a=1;complete");
}

const std::string bad_types[] = {
    "",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=\"a \"",
    "multipart/form-data; boundary=\"a\tb\"",
    "multipart/form-data; boundary=\xc3\xa9",
    "multipart/form-data; boundary=" + std::string(71, 'a'),
    "multipart/mixed; boundary=1234",
    "text/plain; boundary=1234",
};

BOOST_DATA_TEST_CASE(finds_no_boundary_in, data::make(bad_types), type) {
    BOOST_TEST(
        MultipartParser::for_content_type(type).error() ==
        make_error_code(Errc::malformed_multipart)
    );
}

BOOST_AUTO_TEST_CASE(can_be_turned_off) {
    ParseMultipartConfig config;
    config.enabled = false;
    BOOST_TEST(MultipartParser::for_content_type(form_data, config).has_error());
}

BOOST_AUTO_TEST_CASE(random_content_comes_out_as_it_went_in) {
    std::mt19937 random{1};
    const std::string_view alphabet = "\r\n-1234 ";
    for (int round = 0; round < 300; ++round) {
        std::string content;
        const auto size = random() % 60;
        while (content.size() < size) {
            content += alphabet[random() % alphabet.size()];
        }
        const auto boundary = "12" + std::string(1 + random() % 3, '3');
        if (("\r\n" + content + "\r\n").find("\r\n--" + boundary) != content.npos) {
            continue;
        }
        const auto body = "--" + boundary + "\r\nContent-Disposition: form-data; name=a\r\n\r\n" +
                          content + "\r\n--" + boundary + "--";
        const auto type = "multipart/form-data; boundary=" + boundary;
        const auto piece = 1 + random() % body.size();
        BOOST_TEST(told(body, piece, {}, type) == "a=" + content + ";complete");
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
