// doc/guide/middleware.md: what its snippets take for granted, and the snippets, which compile.
// What they do is tested in test/unit/web, except for what stands at the end.

#include <tornado/testing.hpp>
#include <tornado/web.hpp>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace middleware_guide {

namespace web = tornado::web;
using tornado::Future;

struct UsersHandler : web::RequestHandler {
    void get() { write("users"); }
};
struct LogsHandler : web::RequestHandler {
    void get() { write("logs"); }
};
Future<void> send_mail(std::string, std::string) {
    return Future<void>::ready();
}

#include "middleware.snippets.hpp"

BOOST_AUTO_TEST_SUITE(middleware_guide)

struct HelloHandler : web::RequestHandler {
    void get() { write("hello"); }
};

struct WrappedTest : tornado::testing::AsyncHTTPTestCase {
    App get_app() override {
        auto app = std::make_shared<web::Application>(std::vector{web::url<HelloHandler>("/")});
        use_it(*app);
        with_cors(*app);
        app->add_handlers(".*", grouping::admin_routes());
        return app;
    }
};

BOOST_FIXTURE_TEST_CASE(middleware_goes_around_all_handlers, WrappedTest) {
    const auto hello = fetch("/");
    BOOST_TEST(hello.body == "hello");
    BOOST_TEST(hello.headers.get("Server-Timing").value_or("").starts_with("app;dur="));
    BOOST_TEST(hello.headers.get("X-Frame-Options").value_or("") == "DENY");
    BOOST_TEST(hello.headers.get("Vary").value_or("") == "Origin");
    BOOST_TEST(fetch("/users").code == 403);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace middleware_guide
