// doc/guide/handlers.md: what its snippets take for granted, and the snippets, some of them tests.

#include <tornado/log.hpp>
#include <tornado/testing.hpp>
#include <tornado/web.hpp>

#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace handlers_guide {

namespace testing = tornado::testing;
namespace web = tornado::web;
using tornado::Future;

struct Notes {
    std::string text_of(int id) { return "note " + std::to_string(id); }
    Future<void> save(int /*id*/, std::string /*text*/) { return Future<void>::ready(); }
};
struct News {
    Future<std::string> next() { return Future<std::string>::ready("news"); }
};

BOOST_AUTO_TEST_SUITE(handlers_guide_suite)

#include "handlers.snippets.hpp"

struct AllTest : testing::AsyncHTTPTestCase {
    App get_app() override {
        return std::make_shared<web::Application>(std::vector{
            web::url<verbs::NoteHandler>("/note/([0-9]+)", std::ref(notes)),
            web::url<waiting::NewsHandler>("/news", std::ref(news)),
            web::url<answering::ReportHandler>("/report")});
    }
    Notes notes;
    News news;
};

BOOST_FIXTURE_TEST_CASE(the_handlers_answer, AllTest) {
    BOOST_TEST(fetch("/note/7").body == "note 7");
    BOOST_TEST(fetch("/note/7", {.body = "text", .method = "PUT"}).code == 204);
    BOOST_TEST(fetch("/note/7", {.body = "text", .method = "POST"}).code == 405);
    BOOST_TEST(fetch("/news").body == "news");
    BOOST_TEST(fetch("/report").body == "line 0\nline 1\nline 2\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace handlers_guide
