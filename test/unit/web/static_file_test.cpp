#include <fcntl.h>
#include <sys/stat.h>

#include <boost/test/data/test_case.hpp>
#include <cstdint>
#include <tornado/httputil/http_date.hpp>
#include <utility>

#include "static_file_support.hpp"

namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(static_files)

BOOST_FIXTURE_TEST_CASE(are_served_below_the_prefix_and_two_at_the_root, StaticTest) {
    for (const std::string path : {"/static/robots.txt", "/robots.txt"}) {
        const auto response = get_and_head(path);
        BOOST_TEST(response.code == 200);
        BOOST_TEST(response.body == robots);
        BOOST_TEST(header(response, "Content-Type") == "text/plain");
        BOOST_TEST(header(response, "Content-Length") == std::to_string(robots.size()));
        BOOST_TEST(header(response, "Accept-Ranges") == "bytes");
        BOOST_TEST(header(response, "Cache-Control") == "(none)");
        BOOST_TEST(header(response, "Expires") == "(none)");
        BOOST_TEST(header(response, "Vary") == "(none)");
    }
    BOOST_TEST(get("/favicon.ico").code == 404);
    BOOST_TEST(get("/static/a%20b%C3%A9.txt").body == "named");
    BOOST_TEST(get_and_head("/static/empty.txt").code == 200);
    BOOST_TEST(post("", "/static/robots.txt").code == 405);
}

BOOST_FIXTURE_TEST_CASE(of_any_size_arrive_whole, StaticTest) {
    BOOST_TEST(get_and_head("/static/large.bin").body == large());
    auto connection = connect();
    connection.send(request_for("/static/large.bin") + request_for("/static/robots.txt"));
    BOOST_TEST(connection.read_response().body == large());
    BOOST_TEST(connection.read_response().body == robots);
}

BOOST_FIXTURE_TEST_CASE(have_the_sha512_of_their_content_as_etag, StaticTest) {
    make("root/abc", "abc");
    const std::string of_abc =
        "\"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f\"";
    BOOST_TEST(header(get("/static/abc"), "Etag") == of_abc);
    BOOST_TEST(get_and_head("/static/abc", {{"If-None-Match", of_abc}}).code == 304);
    BOOST_TEST(get_and_head("/static/abc", {{"If-None-Match", "W/" + of_abc}}).code == 304);
    BOOST_TEST(get_and_head("/static/abc", {{"If-None-Match", "*"}}).code == 304);
    BOOST_TEST(get_and_head("/static/abc", {{"If-None-Match", "\"other\""}}).code == 200);
    BOOST_TEST(get_and_head("/static/abc", {{"If-Match", "\"other\""}}).code == 412);
    BOOST_TEST(get_and_head("/static/abc", {{"If-Match", of_abc}}).code == 200);
    const auto not_modified = get("/static/abc", {{"If-None-Match", of_abc}});
    BOOST_TEST(header(not_modified, "Etag") == of_abc);
    BOOST_TEST(header(not_modified, "Content-Length") == "(none)");
    BOOST_TEST(header(not_modified, "Last-Modified") != "(none)");
}

BOOST_FIXTURE_TEST_CASE(have_a_date_that_conditions_go_by, StaticTest) {
    const timespec times[2] = {{1'000'000'000, 500'000'000}, {1'000'000'000, 500'000'000}};
    BOOST_TEST_REQUIRE(::utimensat(AT_FDCWD, (root / "robots.txt").c_str(), times, 0) == 0);
    const auto code = [&](std::string_view name, std::string_view date) {
        return get_and_head("/static/robots.txt", {{name, date}}).code;
    };
    const std::string date = "Sun, 09 Sep 2001 01:46:40 GMT";
    BOOST_TEST(header(get("/static/robots.txt"), "Last-Modified") == date);
    BOOST_TEST(code("If-Modified-Since", date) == 304);
    BOOST_TEST(code("If-Modified-Since", "Sun, 09 Sep 2001 01:46:41 GMT") == 304);
    BOOST_TEST(code("If-Modified-Since", "Sun, 09 Sep 2001 01:46:39 GMT") == 200);
    BOOST_TEST(code("If-Modified-Since", "Sun, 09 Sep 2001 03:46:40 +0200") == 200);
    BOOST_TEST(code("If-Modified-Since", "Fri, 01 Jan 1960 00:00:00 GMT") == 200);
    BOOST_TEST(code("If-Modified-Since", "no date") == 200);
    BOOST_TEST(code("If-Unmodified-Since", "Sun, 09 Sep 2001 01:46:39 GMT") == 412);
    const auto both =
        get("/static/robots.txt", {{"If-None-Match", "\"other\""}, {"If-Modified-Since", date}});
    BOOST_TEST(both.code == 200);
}

struct RangeCase {
    std::string_view range;
    int code;
    std::string content_range;
    std::string body;
};
std::ostream& operator<<(std::ostream& out, const RangeCase& c) {
    return out << c.range;
}

const RangeCase ranges[] = {
    {"bytes=0-9", 206, "bytes 0-9/26", robots.substr(0, 10)},
    {"bytes=10-", 206, "bytes 10-25/26", robots.substr(10)},
    {"bytes=-4", 206, "bytes 22-25/26", robots.substr(22)},
    {"bytes=5-500", 206, "bytes 5-25/26", robots.substr(5)},
    {"BYTES=5-6", 206, "bytes 5-6/26", robots.substr(5, 2)},
    {"bytes=25-25", 206, "bytes 25-25/26", robots.substr(25)},
    {"bytes=0-", 200, "(none)", robots},
    {"bytes=0-25", 200, "(none)", robots},
    {"bytes=0-9999999999999999999999999", 200, "(none)", robots},
    {"bytes=-26", 200, "(none)", robots},
    {"bytes=-1000000", 200, "(none)", robots},
    {"bytes=0-1,3-4", 200, "(none)", robots},
    {"asdf", 200, "(none)", robots},
    {"items=0-4", 200, "(none)", robots},
    {"bytes=+4-5", 200, "(none)", robots},
    {"bytes=0_1-5", 200, "(none)", robots},
    {"bytes=--3", 200, "(none)", robots},
    {"bytes=26-", 416, "bytes */26", ""},
    {"bytes=26-27", 416, "bytes */26", ""},
    {"bytes=-0", 416, "bytes */26", ""},
    {"bytes=10-3", 416, "bytes */26", ""},
    {"BYTES=10-3", 416, "bytes */26", ""},
};

BOOST_DATA_TEST_CASE_F(StaticTest, are_sent_in_part_when_asked_for, data::make(ranges), expected) {
    const auto response = range(expected.range);
    BOOST_TEST(response.code == expected.code);
    BOOST_TEST(header(response, "Content-Range") == expected.content_range);
    BOOST_TEST(response.body == expected.body);
    BOOST_TEST(header(response, "Content-Length") == std::to_string(expected.body.size()));
}

BOOST_FIXTURE_TEST_CASE(that_are_large_are_sent_in_part_too, StaticTest) {
    const auto response = range("bytes=1000000-2500000", "/static/large.bin");
    BOOST_TEST(response.code == 206);
    BOOST_TEST(response.body == large().substr(1'000'000, 1'500'001));
}

BOOST_FIXTURE_TEST_CASE(
    that_are_empty_are_sent_whole_when_their_last_bytes_are_asked_for,
    StaticTest
) {
    const auto response = range("bytes=-1", "/static/empty.txt");
    BOOST_TEST(response.code == 200);
    BOOST_TEST(header(response, "Content-Length") == "0");
    BOOST_TEST(range("bytes=0-", "/static/empty.txt").code == 416);
}

BOOST_FIXTURE_TEST_CASE(have_no_parts_for_another_method_than_get, StaticTest) {
    const auto response = get("/static/robots.txt", {{"Range", "bytes=0-3"}}, "HEAD");
    BOOST_TEST(response.code == 200);
    BOOST_TEST(header(response, "Content-Range") == "(none)");
    BOOST_TEST(
        header(response, "Content-Length") == header(get("/static/robots.txt"), "Content-Length")
    );
}

BOOST_FIXTURE_TEST_CASE(are_sent_in_part_only_if_they_are_what_the_client_has, StaticTest) {
    const auto whole = get("/static/robots.txt");
    const auto with = [&](std::string_view condition) {
        return get("/static/robots.txt", {{"Range", "bytes=0-3"}, {"If-Range", condition}}).code;
    };
    BOOST_TEST(with(header(whole, "Etag")) == 206);
    BOOST_TEST(with(header(whole, "Last-Modified")) == 206);
    BOOST_TEST(with("W/" + header(whole, "Etag")) == 200);
    BOOST_TEST(with("\"other\"") == 200);
    BOOST_TEST(with("\"other\", " + header(whole, "Etag")) == 200);
    BOOST_TEST(with(header(whole, "Etag") + ", \"other\"") == 200);
    BOOST_TEST(with("Sun, 09 Sep 2001 01:46:40 GMT") == 200);
    BOOST_TEST(with("nonsense") == 200);
    const auto not_modified =
        get("/static/robots.txt",
            {{"Range", "bytes=0-3"}, {"If-None-Match", header(whole, "Etag")}});
    BOOST_TEST(not_modified.code == 304);
}

const std::string outside[] = {
    "/static/../secret.txt",
    "/static/..%2fsecret.txt",
    "/static/%2e%2e/secret.txt",
    "/static/%2e%2e%2fsecret.txt",
    "/static/.%2e%2Fsecret.txt",
    "/static/dir/../../secret.txt",
    "/static/dir/..//../secret.txt",
    "/static/../root-beside/file.txt",
    "/static/..",
    "/static//etc/passwd",
    "/static/%2fetc/passwd",
    "/static/../../../../../../../../etc/passwd",
};

BOOST_DATA_TEST_CASE_F(StaticTest, outside_the_folder_are_refused, data::make(outside), path) {
    const auto log = expect_refusal();
    auto connection = connect();
    connection.send(request_for(path));
    BOOST_TEST(connection.read_response().code == 403);
}

BOOST_FIXTURE_TEST_CASE(above_a_folder_that_is_above_are_refused_too, StaticTest) {
    settings.static_path = "..";
    const auto log = expect_refusal();
    auto connection = connect();
    connection.send(request_for("/static/../nothing.txt"));
    BOOST_TEST(connection.read_response().code == 403);
}

const std::string absent[] = {
    "/static/nothing.txt",
    "/static/robots.txt%00",
    "/static/robots.txt/more",
    "/static/robots.txt/",
    "/static/robots.txt%2F",
    "/static/robots.txt/.",
    "/static/robots.txt/more/..",
    "/static/%00",
    "/static/..%5csecret.txt",
    "/static/%252e%252e/secret.txt",
    "/static/..%c0%afsecret.txt"};

BOOST_DATA_TEST_CASE_F(StaticTest, that_are_not_there_are_not_found, data::make(absent), path) {
    const testing::ExpectLog log{
        logging::gen_log(), "", {.level = logging::Level::warning, .required = false}};
    const auto code = get(path).code;
    const bool is_utf8 = path.find("%c0") == std::string::npos;
    BOOST_TEST(code == (is_utf8 ? 404 : 400));
}

BOOST_FIXTURE_TEST_CASE(with_a_very_long_name_are_not_found, StaticTest) {
    BOOST_TEST(get("/static/" + std::string(5000, 'a')).code == 404);
}

BOOST_FIXTURE_TEST_CASE(that_are_none_are_refused, StaticTest) {
    const auto log = expect_refusal();
    BOOST_TEST_REQUIRE(::mkfifo((root / "pipe").c_str(), 0600) == 0);
    BOOST_TEST(get("/static/pipe").code == 403);
    BOOST_TEST(get("/static/dir").code == 403);
    BOOST_TEST(get("/static/dir/").code == 403);
    BOOST_TEST(get("/static/").code == 403);
}

BOOST_FIXTURE_TEST_CASE(are_not_reached_through_links_that_lead_out, StaticTest) {
    const auto log = expect_refusal();
    fs::create_symlink(folder / "secret.txt", root / "link.txt");
    fs::create_symlink("../secret.txt", root / "relative.txt");
    fs::create_symlink(folder, root / "up");
    fs::create_symlink("robots.txt", root / "inside.txt");
    fs::create_symlink(root / "robots.txt", root / "absolute.txt");
    fs::create_symlink("loop", root / "loop");
    BOOST_TEST(get("/static/link.txt").code == 403);
    BOOST_TEST(get("/static/relative.txt").code == 403);
    BOOST_TEST(get("/static/up/secret.txt").code == 403);
    BOOST_TEST(get("/static/up/root/robots.txt").body == robots);  // it leads back
    BOOST_TEST(get("/static/inside.txt").body == robots);
    BOOST_TEST(get("/static/absolute.txt").body == robots);
    BOOST_TEST(get("/static/loop").code == 404);
}

BOOST_FIXTURE_TEST_CASE(are_reached_through_links_when_that_is_allowed, StaticTest) {
    fs::create_symlink(folder / "secret.txt", root / "link.txt");
    settings.static_file_options.follow_symlinks = true;
    BOOST_TEST(get("/static/link.txt").body == "secret");
    const auto log = expect_refusal();
    BOOST_TEST(get("/static/..%2fsecret.txt").code == 403);
}

BOOST_FIXTURE_TEST_CASE(whose_place_a_handler_chooses_may_be_asked_for_as_folders, StaticTest) {
    struct OnePage : web::StaticFileHandler {
        using StaticFileHandler::StaticFileHandler;
        [[nodiscard]] std::string get_absolute_path(std::string_view base, std::string_view)
            const override {
            return std::string{base} + "/robots.txt";
        }
    };
    routes.push_back(web::url<OnePage>("/page/(.*)", root.string()));
    BOOST_TEST(get("/page/settings/").body == robots);
}

BOOST_FIXTURE_TEST_CASE(may_be_below_a_root_that_is_a_link, StaticTest) {
    fs::create_directory_symlink(root, folder / "public");
    settings.static_path = (folder / "public").string();
    BOOST_TEST(get("/static/robots.txt").body == robots);
}

BOOST_FIXTURE_TEST_CASE(may_be_all_that_there_are, StaticTest) {
    settings.static_path = "/";
    BOOST_TEST(get("/static" + (root / "robots.txt").string()).body == robots);
    BOOST_TEST(get("/static/../.." + (root / "robots.txt").string()).body == robots);
}

BOOST_FIXTURE_TEST_CASE(of_a_folder_have_a_default, StaticTest) {
    settings.static_file_options.default_filename = "index.html";
    BOOST_TEST(get_and_head("/static/dir/").body == "this is the index\n");
    BOOST_TEST(header(get("/static/dir/"), "Content-Type") == "text/html");
    const auto response = get_and_head("/static/dir?a=b");
    BOOST_TEST(response.code == 301);
    BOOST_TEST(header(response, "Location") == "/static/dir/?a=b");
    BOOST_TEST(get("/static/dir/sub/").code == 404);
}

BOOST_FIXTURE_TEST_CASE(of_a_folder_do_not_lead_to_another_host, StaticTest) {
    const auto log = expect_refusal();
    settings.static_path = "";
    fs::create_directories(root / "evil.com" / "dir");
    routes.push_back(web::url<web::StaticFileHandler>(
        "/+(.*)", root.string(), web::StaticFileOptions{.default_filename = "index.html"}
    ));
    BOOST_TEST(get("//evil.com/dir").code == 403);
    BOOST_TEST(header(get("/evil.com/dir"), "Location") == "/evil.com/dir/");
}

BOOST_FIXTURE_TEST_CASE(that_change_are_sent_anew, StaticTest) {
    settings.static_hash_cache = false;
    const auto before = get("/static/robots.txt");
    make("root/robots.txt", "changed");
    const auto after = get("/static/robots.txt");
    BOOST_TEST(after.body == "changed");
    BOOST_TEST(header(after, "Etag") != header(before, "Etag"));
    fs::remove(root / "robots.txt");
    BOOST_TEST(get("/static/robots.txt").code == 404);
}

BOOST_FIXTURE_TEST_CASE(that_change_are_noticed_within_a_second_or_so, StaticTest) {
    const auto before = get("/static/robots.txt");
    make("root/robots.txt", "changed");
    std::string body;
    while (body != "changed") {
        body = get("/static/robots.txt").body;
        BOOST_TEST_REQUIRE((body == robots || body == "changed"));
    }
    BOOST_TEST(header(get("/static/robots.txt"), "Etag") != header(before, "Etag"));
}

BOOST_FIXTURE_TEST_CASE(of_a_version_may_be_cached_for_good, StaticTest) {
    struct Urls : web::RequestHandler {
        void get() {
            write(static_url("robots.txt") + "\n" + static_url("a b") + "\n");
            write(static_url("robots.txt", true, false) + "\n" + static_url("../secret.txt"));
        }
    };
    serve<Urls>();
    const auto etag = header(get("/static/robots.txt"), "Etag");
    const auto versioned = "/static/robots.txt?v=" + etag.substr(1, etag.size() - 2);
    BOOST_TEST(
        get("/").body ==
        versioned + "\n/static/a%20b\n" + get_url("/static/robots.txt") + "\n/static/../secret.txt"
    );
    const auto response = get_and_head(versioned);
    BOOST_TEST(response.body == robots);
    BOOST_TEST(header(response, "Cache-Control") == "max-age=315360000");
    const auto expires = httputil::parse_http_date(header(response, "Expires"));
    BOOST_TEST_REQUIRE(!expires.has_error());
    BOOST_TEST((*expires - std::chrono::system_clock::now() > std::chrono::hours{24 * 365 * 9}));
}

BOOST_FIXTURE_TEST_CASE(that_are_large_have_a_version_once_the_executor_has_read_them, StaticTest) {
    struct Urls : web::RequestHandler {
        void get() { write(static_url("large.bin")); }
    };
    serve<Urls>();
    const auto executor = std::make_shared<CountingExecutor>();
    io_loop().set_default_executor(executor);
    BOOST_TEST(get("/").body == "/static/large.bin");
    BOOST_TEST(executor->calls == 1);
    auto url = get("/").body;
    while (url == "/static/large.bin") {
        url = get("/").body;
    }
    const auto etag = header(get("/static/large.bin"), "Etag");
    BOOST_TEST(url == "/static/large.bin?v=" + etag.substr(1, etag.size() - 2));
    io_loop().set_default_executor(nullptr);
}

BOOST_FIXTURE_TEST_CASE(may_stand_below_another_prefix, StaticTest) {
    struct Urls : web::RequestHandler {
        void get() { write(static_url("robots.txt", false, false)); }
    };
    settings.static_url_prefix = "/a.b+/";
    serve<Urls>();
    BOOST_TEST(get("/").body == "/a.b+/robots.txt");
    BOOST_TEST(get_and_head("/a.b+/robots.txt").body == robots);
    BOOST_TEST(get("/robots.txt").body == robots);
    for (const std::string_view path :
         {"/aXb+/large.bin", "/a.bb/large.bin", "/static/large.bin"}) {
        BOOST_TEST(get(path).code == 404, path);
    }
}

BOOST_FIXTURE_TEST_CASE(static_url_without_a_folder_names_the_setting, WebTest) {
    struct Urls : web::RequestHandler {
        void get() { write(static_url("robots.txt")); }
    };
    serve<Urls>();
    const auto log = expect_uncaught("set ApplicationSettings::static_path");
    BOOST_TEST(get("/").code == 500);
}

BOOST_FIXTURE_TEST_CASE(are_compressed_when_responses_are, StaticTest) {
    settings.compress_response = true;
    std::string text;
    while (text.size() < 300'000) {
        text += "the same again and again\n";
    }
    make("root/long.txt", text);
    make("root/short.txt", text.substr(0, 5000));
    const auto short_one = get_and_head("/static/short.txt", {{"Accept-Encoding", "gzip"}});
    BOOST_TEST(header(short_one, "Content-Encoding") == "gzip");
    BOOST_TEST(short_one.body.size() < 500u);
    const auto response = get("/static/long.txt", {{"Accept-Encoding", "gzip"}});
    BOOST_TEST(header(response, "Content-Encoding") == "gzip");
    BOOST_TEST(response.body.size() < text.size() / 10);
    BOOST_TEST(header(response, "Etag").starts_with("W/\""));
    BOOST_TEST(get("/static/long.txt").body == text);
    const auto part =
        get("/static/long.txt", {{"Accept-Encoding", "gzip"}, {"Range", "bytes=0-99999"}});
    BOOST_TEST(part.code == 206);
    BOOST_TEST(part.body == text.substr(0, 100'000));
    BOOST_TEST(header(part, "Content-Encoding") == "(none)");
    const auto tag_of_304 = [&](std::string_view path, const std::string& tag) {
        const auto same = get(path, {{"Accept-Encoding", "gzip"}, {"If-None-Match", tag}});
        BOOST_TEST(same.code == 304);
        return header(same, "Etag");
    };
    BOOST_TEST(tag_of_304("/static/long.txt", "*") == header(response, "Etag"));
    const auto binary = get("/static/large.bin", {{"Accept-Encoding", "gzip"}});
    BOOST_TEST(tag_of_304("/static/large.bin", "*") == header(binary, "Etag"));
    BOOST_TEST(header(binary, "Content-Encoding") == "(none)");
    BOOST_TEST(binary.body == large());
}

BOOST_FIXTURE_TEST_CASE(whose_folder_comes_to_lead_out_are_refused_then, StaticTest) {
    const auto log = expect_refusal();
    make("root/moved/file.txt", "here");
    testing::VirtualTime time{io_loop()};
    BOOST_TEST(get("/static/moved/file.txt").body == "here");
    fs::rename(root / "moved", folder / "moved");
    fs::create_directory_symlink(folder / "moved", root / "moved");
    run([] { return gen::sleep(2s); });
    BOOST_TEST(get("/static/moved/file.txt").code == 403);
}

const std::string beyond_a_link[] = {
    "secret.txt",
    "secret.txt/more",
    "nothing.txt",
    "nothing/nothing.txt",
    "root-beside",
    "root-beside/",
    "root-beside/file.txt",
    ""};

BOOST_DATA_TEST_CASE_F(
    StaticTest,
    beyond_a_link_that_leads_out_are_refused_whether_there_or_not,
    data::make(beyond_a_link),
    path
) {
    const auto log = expect_refusal();
    settings.static_file_options.default_filename = "index.html";
    fs::create_directory_symlink(folder, root / "up");
    BOOST_TEST(get("/static/up/" + path).code == 403);
}

BOOST_FIXTURE_TEST_CASE(of_times_beyond_the_clock_are_served, StaticTest) {
    for (const std::int64_t seconds : {99'999'999'999, -99'999'999'999}) {
        const timespec times[2] = {{seconds, 1}, {seconds, 1}};
        make("root/odd.txt", "odd");
        BOOST_TEST_REQUIRE(::utimensat(AT_FDCWD, (root / "odd.txt").c_str(), times, 0) == 0);
        web::StaticFileHandler::reset();
        const auto response = get_and_head("/static/odd.txt");
        BOOST_TEST(response.body == "odd");
        BOOST_TEST(!httputil::parse_http_date(header(response, "Last-Modified")).has_error());
    }
}

BOOST_FIXTURE_TEST_CASE(that_fail_a_condition_or_range_leave_no_error_in_caches, StaticTest) {
    const auto versioned = "/static/robots.txt?v=1";
    BOOST_TEST(header(get(versioned), "Cache-Control") == "max-age=315360000");
    const httputil::HTTPHeaders failing[] = {
        {{"If-Match", "\"x\""}},
        {{"If-Unmodified-Since", "Sun, 09 Sep 2001 01:46:40 GMT"}},
        {{"Range", "bytes=99999-"}}};
    for (const auto& headers : failing) {
        const auto response = get(versioned, headers);
        BOOST_TEST((response.code == 412 || response.code == 416));
        BOOST_TEST(header(response, "Cache-Control") == "no-store");
        BOOST_TEST(header(response, "Expires") == "(none)");
    }
}

BOOST_FIXTURE_TEST_CASE(have_the_types_that_python_knows, StaticTest) {
    const std::pair<std::string, std::string_view> types[] = {
        {"a.heif", "image/heif"},
        {"a.3gp", "video/3gpp"},
        {"a.srt", "text/plain"},
        {"a.mht", "message/rfc822"},
        {"a.rdf", "application/xml"},
        {"a.texinfo", "application/x-texinfo"},
        {"a.zst", "application/octet-stream"}};
    for (const auto& [name, type] : types) {
        make(fs::path{"root"} / name, "x");
        BOOST_TEST(header(get("/static/" + name), "Content-Type") == type);
    }
}

BOOST_AUTO_TEST_SUITE_END()
