// Files that lie compressed beside others.
#include <fcntl.h>
#include <sys/stat.h>

#include "static_file_support.hpp"

BOOST_AUTO_TEST_SUITE(static_files)

BOOST_FIXTURE_TEST_CASE(compressed_beforehand_go_to_those_who_take_them, StaticTest) {
    make("root/robots.txt.gz", "pretend gzip");
    make("root/robots.txt.br", "pretend br");
    settings.static_file_options.precompressed = true;
    const auto accepting = [&](std::string_view codings) {
        return get_and_head("/static/robots.txt", {{"Accept-Encoding", codings}});
    };
    const auto brotli = accepting("gzip, br");
    BOOST_TEST(brotli.body == "pretend br");
    BOOST_TEST(header(brotli, "Content-Encoding") == "br");
    BOOST_TEST(header(brotli, "Content-Type") == "text/plain");
    BOOST_TEST(header(brotli, "Vary") == "Accept-Encoding");
    BOOST_TEST(accepting("br;q=0.5, gzip").body == "pretend gzip");
    BOOST_TEST(accepting("identity;q=0.5, br;q=0.4, gzip;q=0.5").body == "pretend gzip");
    BOOST_TEST(accepting("identity, br;q=0.5").body == robots);
    const auto plain = accepting("br;q=0, gzip;q=0");
    BOOST_TEST(plain.body == robots);
    BOOST_TEST(header(plain, "Vary") == "Accept-Encoding");
    BOOST_TEST(header(plain, "Content-Encoding") == "(none)");
    BOOST_TEST(header(plain, "Etag") != header(brotli, "Etag"));
    BOOST_TEST(get("/static/robots.txt").body == robots);
    BOOST_TEST(header(get("/static/robots.txt.gz"), "Content-Type") == "application/gzip");
    BOOST_TEST(header(get("/static/large.bin"), "Vary") == "(none)");
}

BOOST_FIXTURE_TEST_CASE(compressed_beforehand_must_be_no_older_than_the_file, StaticTest) {
    make("root/robots.txt.gz", "stale");
    const timespec times[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
    BOOST_TEST_REQUIRE(::utimensat(AT_FDCWD, (root / "robots.txt.gz").c_str(), times, 0) == 0);
    settings.static_file_options.precompressed = true;
    BOOST_TEST(get("/static/robots.txt", {{"Accept-Encoding", "gzip"}}).body == robots);
}

BOOST_FIXTURE_TEST_CASE(compressed_beforehand_have_ranges_and_conditions_of_their_own, StaticTest) {
    make("root/robots.txt.gz", "pretend gzip");
    settings.static_file_options.precompressed = true;
    const auto ask = [&](httputil::HTTPHeaders headers) {
        headers.add("Accept-Encoding", "gzip");
        return get("/static/robots.txt", headers);
    };
    const auto whole = ask({});
    const auto etag = header(whole, "Etag");
    const auto plain_etag = header(get("/static/robots.txt"), "Etag");
    const auto part = ask({{"Range", "bytes=0-6"}});
    BOOST_TEST(part.code == 206);
    BOOST_TEST(part.body == "pretend");
    BOOST_TEST(header(part, "Content-Encoding") == "gzip");
    BOOST_TEST(header(part, "Content-Range") == "bytes 0-6/12");
    BOOST_TEST(ask({{"Range", "bytes=12-"}}).code == 416);
    BOOST_TEST(ask({{"If-None-Match", etag}}).code == 304);
    BOOST_TEST(ask({{"If-None-Match", plain_etag}}).code == 200);
    BOOST_TEST(ask({{"If-Match", plain_etag}}).code == 412);
    BOOST_TEST(ask({{"If-Range", etag}, {"Range", "bytes=0-6"}}).code == 206);
    BOOST_TEST(ask({{"If-Range", plain_etag}, {"Range", "bytes=0-6"}}).body == "pretend gzip");
}

BOOST_AUTO_TEST_SUITE_END()
