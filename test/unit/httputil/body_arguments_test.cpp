#include <tornado/httputil/body_arguments.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <string>

namespace {

using namespace tornado::httputil;
namespace data = boost::unit_test::data;

const std::string_view urlencoded = "application/x-www-form-urlencoded";
const std::string_view multipart = "multipart/form-data; boundary=\"1234\"";
const std::string_view two_parts =
    "--1234\r\nContent-Disposition: form-data; name=\"files\"; filename=\"ab.txt\"\r\n\r\nFoo\r\n"
    "--1234\r\nContent-Disposition: form-data; name=greeting\r\n\r\nhello\r\n--1234--\r\n";

BOOST_AUTO_TEST_SUITE(body_arguments)

BOOST_AUTO_TEST_CASE(a_urlencoded_form_yields_arguments) {
    const HTTPHeaders headers{{"Content-Type", "Application/X-WWW-Form-urlencoded; charset=UTF-8"}};
    const auto form = parse_body_arguments(headers, "a=1&b=%20+x&a=&c").value();
    BOOST_TEST((form.arguments == Arguments{{"a", "1"}, {"b", "  x"}, {"a", ""}, {"c", ""}}));
    BOOST_TEST(form.files.empty());
}

BOOST_AUTO_TEST_CASE(two_content_types_make_no_form) {
    for (const auto other : {std::string_view{"text/plain"}, urlencoded, multipart}) {
        const HTTPHeaders before{{"Content-Type", other}, {"content-type", urlencoded}};
        const HTTPHeaders behind{{"Content-Type", urlencoded}, {"Content-Type", other}};
        BOOST_TEST(parse_body_arguments(before, "a=1").value().arguments.empty());
        BOOST_TEST(parse_body_arguments(behind, "a=1").value().arguments.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_multipart_form_yields_arguments_and_files) {
    const HTTPHeaders headers{{"Content-Type", multipart}};
    const auto form = parse_body_arguments(headers, two_parts).value();
    BOOST_TEST((form.arguments == Arguments{{"greeting", "hello"}}));
    BOOST_TEST_REQUIRE(form.files.size() == 1U);
    const HTTPFile expected{"ab.txt", "Foo", "application/unknown"};
    BOOST_TEST((form.files.at("files") == std::vector{expected}));
}

BOOST_AUTO_TEST_CASE(several_files_of_one_name_keep_their_order) {
    std::string body;
    for (const std::string name : {"b", "a", "c"}) {
        body += "--1234\r\nContent-Disposition: form-data; name=f; filename=" + name +
                "\r\nContent-Type: text/" + name + "\r\n\r\n" + name + "\r\n";
    }
    const auto form = parse_multipart_form_data(multipart, body + "--1234--").value();
    const auto& files = form.files.at("f");
    BOOST_TEST_REQUIRE(files.size() == 3U);
    BOOST_TEST(files[0].filename == "b");
    BOOST_TEST(files[1].content_type == "text/a");
    BOOST_TEST(files[2].body == "c");
}

const std::string file_names[] = {
    "a;b.txt",
    "a\"b.txt",
    "a\";b.txt",
    "a;\"b.txt",
    "a\";\";.txt",
    "a\\\"b.txt",
    "a\\b.txt",
    "a b.txt",
    "a\tb.txt",
    "\xe6\xb5\x8b\xe8\xaf\x95.txt",
};

BOOST_DATA_TEST_CASE(a_file_may_be_named, data::make(file_names), name) {
    std::string escaped;
    for (const char c : name) {
        escaped.append(c == '"' || c == '\\' ? "\\" : "").append(1, c);
    }
    const auto body = "--1234\r\nContent-Disposition: form-data; name=f; filename=\"" + escaped +
                      "\"\r\n\r\nFoo\r\n--1234--";
    const auto form = parse_multipart_form_data(multipart, body).value();
    BOOST_TEST(form.files.at("f").at(0).filename == name);
    BOOST_TEST(form.files.at("f").at(0).body == "Foo");
}

BOOST_AUTO_TEST_CASE(no_part_may_be_allowed) {
    ParseMultipartConfig config;
    config.max_parts = 0;
    BOOST_TEST(
        parse_multipart_form_data(multipart, two_parts, config).error() ==
        make_error_code(Errc::too_many_parts)
    );
}

BOOST_AUTO_TEST_CASE(a_file_without_a_name_is_an_argument) {
    const auto form = parse_multipart_form_data(
                          multipart,
                          "--1234\r\nContent-Disposition: form-data; name=f; filename=\"\"\r\n\r\n"
                          "x\r\n--1234--"
    )
                          .value();
    BOOST_TEST(form.files.empty());
    BOOST_TEST((form.arguments == Arguments{{"f", "x"}}));
}

BOOST_AUTO_TEST_CASE(a_body_without_its_last_delimiter_is_refused) {
    for (std::size_t size = 0; size < two_parts.size() - 2; ++size) {
        BOOST_TEST(
            parse_multipart_form_data(multipart, two_parts.substr(0, size)).error() ==
            make_error_code(Errc::malformed_multipart)
        );
    }
}

BOOST_AUTO_TEST_CASE(other_bodies_are_left_alone) {
    BOOST_TEST(parse_body_arguments({}, "a=1").value().arguments.empty());
    const HTTPHeaders json{{"Content-Type", "application/json"}, {"Content-Encoding", "br"}};
    BOOST_TEST(parse_body_arguments(json, "a=1").value().arguments.empty());
    const HTTPHeaders longer{{"Content-Type", "application/x-www-form-urlencodedx"}};
    BOOST_TEST(parse_body_arguments(longer, "a=1").value().arguments.empty());
}

BOOST_AUTO_TEST_CASE(a_form_with_a_content_encoding_is_refused) {
    for (const auto type : {urlencoded, multipart}) {
        const HTTPHeaders headers{{"Content-Type", type}, {"Content-Encoding", "gzip"}};
        BOOST_TEST(
            parse_body_arguments(headers, "a=1").error() == make_error_code(Errc::encoded_form)
        );
    }
}

BOOST_AUTO_TEST_CASE(a_urlencoded_form_has_its_limit) {
    const HTTPHeaders headers{{"Content-Type", urlencoded}};
    ParseBodyConfig config;
    config.max_arguments = 3;
    BOOST_TEST(parse_body_arguments(headers, "a&b&c", config).value().arguments.size() == 3U);
    BOOST_TEST(
        parse_body_arguments(headers, "a&b&c&d", config).error() ==
        make_error_code(Errc::too_many_parts)
    );
}

BOOST_AUTO_TEST_CASE(the_global_configuration_is_the_default) {
    ParseBodyConfig config;
    config.multipart.enabled = false;
    const auto former = parse_body_config();
    set_parse_body_config(config);
    const HTTPHeaders headers{{"Content-Type", multipart}};
    BOOST_TEST(parse_body_arguments(headers, two_parts).has_error());
    set_parse_body_config(former);
    BOOST_TEST(parse_body_arguments(headers, two_parts).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
