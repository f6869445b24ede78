// doc/guide/security.md: what its snippets take for granted, and the snippets, which compile. What
// they do is tested in test/unit/web.

#include <tornado/auth.hpp>

#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <string>
#include <tornado/testing.hpp>
#include <tornado/web.hpp>
#include <vector>

namespace security_guide {

namespace auth = tornado::auth;
namespace testing = tornado::testing;
namespace web = tornado::web;
using tornado::Future;

struct MainHandler : web::RequestHandler {
    void get() { write("Hello"); }
};

#include "security.snippets.hpp"

BOOST_AUTO_TEST_SUITE(security_guide_suite)

BOOST_AUTO_TEST_CASE(a_secret_with_versions_signs_with_the_newest) {
    const auto settings = rotated("old", "new");
    BOOST_TEST(*settings.cookie_secret.key(*settings.key_version) == "new");
    BOOST_TEST(*settings.cookie_secret.key(1) == "old");
}

struct LoginTest : testing::AsyncHTTPTestCase {
    App get_app() override {
        return std::make_shared<web::Application>(
            std::vector{web::url<coming_back::WelcomeHandler>("/login")},
            web::ApplicationSettings{.cookie_secret = "secret"}
        );
    }
    std::string place_after_login(const std::string& next) {
        const auto answer = fetch(
            "/login?next=" + next, {.body = "name=ada", .follow_redirects = false, .method = "POST"}
        );
        return answer.headers.get("Location").value_or("");
    }
};

BOOST_FIXTURE_TEST_CASE(who_has_logged_in_stays_on_this_site, LoginTest) {
    BOOST_TEST(place_after_login("/notes?page=2") == "/notes?page=2");
    for (const auto* const elsewhere :
         {"//evil.example", "/%5Cevil.example", "/%09/evil.example", "https://evil.example/", ""}) {
        BOOST_TEST(place_after_login(elsewhere) == "/");
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace security_guide
