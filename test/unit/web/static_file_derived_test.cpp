// Handlers that are derived from StaticFileHandler.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "static_file_support.hpp"

BOOST_AUTO_TEST_SUITE(static_files)

/// Overrides what says how files are sent.
struct Dressed : web::StaticFileHandler {
    using StaticFileHandler::StaticFileHandler;
    std::string parse_url_path(std::string_view url_path) const override {
        return url_path == "robots" ? "robots.txt" : std::string{url_path};
    }
    std::string get_content_type(std::string_view path) const override {
        return path.ends_with("robots.txt") ? "text/robots" : "application/x-other";
    }
    void set_extra_headers(std::string_view path) override { set_header("X-Path", path); }
};

BOOST_FIXTURE_TEST_CASE(are_sent_as_a_derived_handler_says, StaticTest) {
    routes.push_back(web::url<Dressed>("/files/(.*)", root.string()));
    const auto response = get_and_head("/files/robots");
    BOOST_TEST(response.body == robots);
    BOOST_TEST(header(response, "Content-Type") == "text/robots");
    BOOST_TEST(header(response, "X-Path") == "robots.txt");
    BOOST_TEST(header(get("/files/large.bin"), "Content-Type") == "application/x-other");
}

/// Serves what is no file.
struct Generated : web::StaticFileHandler {
    using StaticFileHandler::StaticFileHandler;
    Future<std::optional<std::string>>
    validate_absolute_path(std::string /*root*/, std::string absolute_path) override {
        return Future<std::optional<std::string>>::ready(std::move(absolute_path));
    }
    Future<web::StaticContentRef> get_content(std::string absolute_path) override {
        co_await gen::moment();
        if (absolute_path != "/virtual/foo.txt") {
            throw web::HTTPError{404};
        }
        co_return web::StaticContent::of("bar", "42");
    }
    std::chrono::seconds get_cache_time(std::string_view, std::string_view) const override {
        return std::chrono::seconds{60};
    }
    void set_extra_headers(std::string_view path) override { set_header("X-Path", path); }
    static std::string make_static_url(
        const web::ApplicationSettings& settings,
        std::string_view path,
        bool include_version
    ) {
        return settings.static_url_prefix + std::string{path} + (include_version ? "?v=42" : "");
    }
};

BOOST_FIXTURE_TEST_CASE(may_be_anything_else_to_a_derived_class, WebTest) {
    struct Urls : web::RequestHandler {
        void get() { write(static_url("foo.txt") + " " + static_url("foo.txt", false, false)); }
    };
    serve<Urls>();
    settings.static_path = "/virtual";
    settings.static_handler = web::static_handler_class<Generated>();
    BOOST_TEST(get("/").body == "/static/foo.txt?v=42 /static/foo.txt");
    const auto response = get("/static/foo.txt");
    BOOST_TEST(response.body == "bar");
    BOOST_TEST(header(response, "Etag") == "\"42\"");
    BOOST_TEST(header(response, "Content-Type") == "text/plain");
    BOOST_TEST(header(response, "Cache-Control") == "max-age=60");
    BOOST_TEST(header(response, "X-Path") == "foo.txt");
    BOOST_TEST(header(response, "Last-Modified") == "(none)");
    BOOST_TEST(get("/static/foo.txt", {{"Range", "bytes=1-1"}}).body == "a");
    BOOST_TEST(get("/static/foo.txt", {{"If-None-Match", "\"42\""}}).code == 304);
    BOOST_TEST(get("/static/other.txt").code == 404);
}

BOOST_AUTO_TEST_SUITE_END()
