// What has just been answered, asked for again: a usual handler remembers its answers.
#include <memory>

#include "static_file_support.hpp"

namespace {

web::StaticFileOptions with_default(std::string name) {
    return {.default_filename = std::move(name)};
}

BOOST_AUTO_TEST_SUITE(static_files_asked_for_again)

BOOST_FIXTURE_TEST_CASE(have_the_same_head, StaticTest) {
    const auto first = get("/static/large.bin");
    const auto second = get("/static/large.bin");
    BOOST_TEST(second.headers.get("Etag").has_value());
    BOOST_TEST(second.headers.to_string() == first.headers.to_string());
    BOOST_TEST((second.body == first.body));
    BOOST_TEST(range("bytes=3-5", "/static/large.bin").body == large().substr(3, 3));
    const auto etag = header(second, "Etag");
    BOOST_TEST(get("/static/large.bin", {{"If-None-Match", etag}}).code == 304);
}

BOOST_FIXTURE_TEST_CASE(are_a_derived_handlers_own, StaticTest) {
    struct Marked : web::StaticFileHandler {
        using StaticFileHandler::StaticFileHandler;
        void set_extra_headers(std::string_view /*path*/) override { set_header("X-Mark", "yes"); }
    };
    routes = {
        web::url<web::StaticFileHandler>("/plain/(.*)", root.string()),
        web::url<Marked>("/marked/(.*)", root.string())};
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST(!get("/plain/robots.txt").headers.contains("X-Mark"));
        BOOST_TEST(header(get("/marked/robots.txt"), "X-Mark") == "yes");
    }
}

BOOST_FIXTURE_TEST_CASE(are_their_own_routes_default_of_a_folder, StaticTest) {
    make("root/dir/other.html", "other");
    routes = {
        web::url<web::StaticFileHandler>("/a/(.*)", root.string(), with_default("index.html")),
        web::url<web::StaticFileHandler>("/b/(.*)", root.string(), with_default("other.html")),
        web::url<web::StaticFileHandler>("/c/(.*)", root.string()),
        web::url<web::StaticFileHandler>("/d/(.*/)end", root.string(), with_default("index.html")),
        web::url<web::StaticFileHandler>("/e/(.*)/", root.string(), with_default("index.html"))};
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST(get("/a/dir/").body == "this is the index\n");
        BOOST_TEST(get("/b/dir/").body == "other");
        BOOST_TEST(get("/c/dir/").code == 403);
        BOOST_TEST(header(get("/d/dir/end"), "Location") == "/d/dir/end/");
        BOOST_TEST(get("/e/dir/").body == "this is the index\n");
        BOOST_TEST(header(get("/a/dir"), "Location") == "/a/dir/");
    }
}

BOOST_FIXTURE_TEST_CASE(are_found_without_looking_a_folders_default_too, StaticTest) {
    settings.static_file_options = with_default("index.html");
    const auto executor = std::make_shared<CountingExecutor>();
    io_loop().set_default_executor(executor);
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(get("/static/dir/").code == 200);
    }
    BOOST_TEST(executor->calls == 2);  // the folder and the file
    io_loop().set_default_executor(nullptr);
}

BOOST_FIXTURE_TEST_CASE(by_a_version_are_kept_by_caches_only_then, StaticTest) {
    BOOST_TEST(!get("/static/robots.txt").headers.contains("Cache-Control"));
    const auto version = web::StaticFileHandler::get_version(settings, "robots.txt");
    const auto by_version = get("/static/robots.txt?v=" + version);
    BOOST_TEST(header(by_version, "Cache-Control") == "max-age=315360000");
    BOOST_TEST(!get("/static/robots.txt").headers.contains("Cache-Control"));
    const std::string another(128, 'a');
    BOOST_TEST(header(get("/static/robots.txt?v=" + another), "Cache-Control") == "no-cache");
}

BOOST_FIXTURE_TEST_CASE(that_have_gone_are_missing_after_a_second, StaticTest) {
    BOOST_TEST(get("/static/dir/index.html").code == 200);
    BOOST_TEST(get("/static/dir/index.html").code == 200);
    fs::remove(root / "dir/index.html");
    testing::VirtualTime time{io_loop()};
    run([] { return tornado::gen::sleep(std::chrono::milliseconds{1'100}); });
    BOOST_TEST(get("/static/dir/index.html").code == 404);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
