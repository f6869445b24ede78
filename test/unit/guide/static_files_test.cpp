// doc/guide/static_files.md: its snippets, served.

#include <tornado/testing.hpp>
#include <tornado/web.hpp>

#include <fcntl.h>

#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../temporary_folder.hpp"

namespace static_files_guide {

namespace testing = tornado::testing;
namespace web = tornado::web;
using tornado::Future;

#include "static_files.snippets.hpp"

struct ServedTest : testing::AsyncHTTPTestCase {
    ServedTest() {
        write_file(folder / "page.html", "<p>content</p>");
        file = ::open((folder / "page.html").c_str(), O_RDONLY | O_CLOEXEC);
    }
    ~ServedTest() override { ::close(file); }
    App get_app() override {
        return std::make_shared<web::Application>(std::vector{
            web::url<downloads::DownloadHandler>("/downloads/(.*)", folder.path()),
            web::url<generated::GreetingHandler>("/greet/(.*)"),
            web::url<report::ReportHandler>("/report", file, std::size_t{14})});
    }

    TemporaryFolder folder;
    int file = -1;
};

BOOST_AUTO_TEST_SUITE(static_files_guide_suite)

BOOST_AUTO_TEST_CASE(the_routes_can_be_made) {
    BOOST_TEST(folders::routes().size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(downloads_are_no_pages, ServedTest) {
    const auto response = fetch("/downloads/page.html");
    BOOST_TEST(response.body == "<p>content</p>");
    BOOST_TEST(response.headers.get("Content-Disposition").value() == "attachment");
}

BOOST_FIXTURE_TEST_CASE(what_is_generated_has_conditions_and_ranges, ServedTest) {
    const auto whole = fetch("/greet/ada");
    BOOST_TEST(whole.body == "Hello from /ada\n");
    const auto etag = whole.headers.get("Etag").value();
    BOOST_TEST(fetch("/greet/ada", {.headers = {{"If-None-Match", etag}}}).code == 304);
    BOOST_TEST(fetch("/greet/ada", {.headers = {{"Range", "bytes=0-4"}}}).body == "Hello");
}

BOOST_FIXTURE_TEST_CASE(a_report_is_sent_as_it_lies_on_the_disk, ServedTest) {
    BOOST_TEST(fetch("/report").body == "<p>content</p>");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace static_files_guide
