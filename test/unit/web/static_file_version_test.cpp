#include <tornado/web/static_file_handler.hpp>

#include <boost/test/unit_test.hpp>
#include <thread>
#include <tornado/ioloop.hpp>

#include "../temporary_folder.hpp"
#include "support.hpp"

BOOST_AUTO_TEST_SUITE(static_file_versions)

namespace {

constexpr std::string_view ten_years = "max-age=315360000";

struct VersionTest : WebTest {
    VersionTest() {
        settings.static_path = folder.path();
        web::StaticFileHandler::reset();
    }
    void make(const std::string& name, const std::string& content) const {
        write_file(folder / name, content);
    }
    /// The version of a file as another thread's static_url() has it.
    [[nodiscard]] std::string version_elsewhere(std::string_view name) const {
        std::string version;
        std::thread{[&] {
            const tornado::ioloop::IOLoop loop;
            version = web::StaticFileHandler::get_version(its_settings(), name);
        }}.join();
        return version;
    }
    [[nodiscard]] web::ApplicationSettings its_settings() const {
        web::ApplicationSettings its;
        its.static_path = folder.path();
        its.static_hash_cache = true;
        return its;
    }

    TemporaryFolder folder;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(
    of_a_change_that_another_thread_saw_first_is_not_the_old_file,
    VersionTest
) {
    make("site.css", "old");
    BOOST_TEST(get("/static/site.css").body == "old");
    make("site.css", "newer");
    const auto response = get("/static/site.css?v=" + version_elsewhere("site.css"));
    BOOST_TEST(response.body == "newer");
    BOOST_TEST(header(response, "Cache-Control") == ten_years);
}

BOOST_FIXTURE_TEST_CASE(that_stand_for_another_content_are_not_cached, VersionTest) {
    make("site.css", "here");
    const auto response = get("/static/site.css?v=" + std::string(128, 'a'));
    BOOST_TEST(response.body == "here");
    BOOST_TEST(header(response, "Cache-Control") == "no-cache");
    BOOST_TEST(header(response, "Expires") == "(none)");
    BOOST_TEST(header(response, "Etag") != "(none)");
}

BOOST_FIXTURE_TEST_CASE(that_are_written_by_hand_are_cached_for_good, VersionTest) {
    make("site.css", "here");
    for (const std::string version : {"3", "2026-11-26"}) {
        BOOST_TEST(header(get("/static/site.css?v=" + version), "Cache-Control") == ten_years);
    }
    BOOST_TEST(
        header(get("/static/site.css?v=" + std::string(128, 'x')), "Cache-Control") == ten_years
    );
}

BOOST_FIXTURE_TEST_CASE(of_the_plain_file_count_for_the_compressed_one, VersionTest) {
    make("site.css", "plain");
    make("site.css.gz", "compressed");
    settings.static_file_options.precompressed = true;
    const auto response =
        get("/static/site.css?v=" + version_elsewhere("site.css"), {{"Accept-Encoding", "gzip"}});
    BOOST_TEST(response.body == "compressed");
    BOOST_TEST(header(response, "Cache-Control") == ten_years);
}

// What a handler of one's own says about conditions

struct Insistent : web::StaticFileHandler {
    using StaticFileHandler::StaticFileHandler;
    [[nodiscard]] bool should_return_304() const override { return false; }
};

BOOST_FIXTURE_TEST_CASE(a_handler_that_wants_no_304_sends_files_of_all_sizes, VersionTest) {
    make("small", "0123456789");
    make("large", std::string(100'000, 'x'));
    routes.push_back(web::url<Insistent>("/own/(.*)", folder.path()));
    for (const std::string name : {"small", "large"}) {
        const auto whole = get("/own/" + name);
        BOOST_TEST(whole.code == 200);
        const auto again = get("/own/" + name, {{"If-None-Match", header(whole, "Etag")}});
        BOOST_TEST(again.code == 200);
        BOOST_TEST(again.body == whole.body);
        const auto usual = get("/static/" + name, {{"If-None-Match", header(whole, "Etag")}});
        BOOST_TEST(usual.code == 304);
    }
}

BOOST_AUTO_TEST_SUITE_END()
