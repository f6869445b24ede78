// doc/guide/structure.md: what its snippets take for granted, and the snippets, which compile. What
// they do is tested in test/unit/web, except for what stands at the end.

#include <tornado/testing.hpp>
#include <tornado/web.hpp>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace structure_guide {

namespace web = tornado::web;
using tornado::Future;

const std::string secret = "a secret of the tests only, and not a short one";

struct Stories {
    const std::string* find(int id) const {
        const auto found = all.find(id);
        return found == all.end() ? nullptr : &found->second;
    }
    std::map<int, std::string> all = {{7, "seven"}};
};
struct UsersHandler : web::RequestHandler {
    void get() { write("users"); }
};
struct LogsHandler : web::RequestHandler {
    void get() { write("logs"); }
};
inline std::vector<web::Route> admin_routes() {
    return {web::url<UsersHandler>("/")};
}
Future<void> send_mail(std::string, std::string) {
    return Future<void>::ready();
}

#include "structure.snippets.hpp"

BOOST_AUTO_TEST_SUITE(structure_guide)

struct StoriesTest : tornado::testing::AsyncHTTPTestCase {
    App get_app() override {
        auto app = meeting::make_app(stories);
        use_it(*app);
        with_cors(*app);
        app->add_handlers(".*", grouping::admin_routes());
        return app;
    }
    Stories stories;
};

BOOST_FIXTURE_TEST_CASE(the_parts_make_an_application, StoriesTest) {
    const auto story = fetch("/story/7");
    BOOST_TEST(story.body == "seven");
    BOOST_TEST(story.headers.get("Server-Timing").value_or("").starts_with("app;dur="));
    BOOST_TEST(story.headers.get("X-Frame-Options").value_or("") == "DENY");
    BOOST_TEST(story.headers.get("Vary").value_or("") == "Origin");
    BOOST_TEST(fetch("/story/8").code == 404);
    BOOST_TEST(fetch("/users").code == 403);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace structure_guide
