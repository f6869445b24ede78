// doc/guide/auth.md: what its snippets take for granted, and the snippets, which compile. What they
// do is tested in test/unit/auth.

#include <tornado/auth.hpp>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <tornado/escape.hpp>
#include <tornado/testing.hpp>
#include <tornado/web.hpp>
#include <vector>

namespace auth_guide {

namespace auth = tornado::auth;
namespace escape = tornado::escape;
namespace web = tornado::web;
using tornado::Future;

std::string secret(const char* name) {
    return name;
}

#include "auth.snippets.hpp"

BOOST_AUTO_TEST_SUITE(auth_guide_suite)

struct ApiTest : tornado::testing::AsyncHTTPTestCase {
    App get_app() override { return std::make_shared<web::Application>(apis::routes()); }
};

BOOST_FIXTURE_TEST_CASE(an_api_knows_its_robot, ApiTest) {
    BOOST_TEST(fetch("/reports").code == 401);
    const auto known = fetch("/reports", {.headers = {{"Authorization", "Bearer API_TOKEN"}}});
    BOOST_TEST(known.body == "Hello, the robot");
    BOOST_TEST(fetch("/reports", {.headers = {{"Authorization", "Bearer theirs"}}}).code == 401);
}

BOOST_FIXTURE_TEST_CASE(a_cheap_hash_is_made_anew, tornado::testing::AsyncTestCase) {
    auth::PasswordHasher hasher{{.log_n = 5, .p = 1}};
    const passwords::Account account{auth::hash_password("secret", {.log_n = 4, .p = 1})};
    const auto now = run([&] { return passwords::log_in(hasher, account, "secret"); });
    BOOST_REQUIRE(now.has_value());
    BOOST_TEST(now->hash.starts_with("$scrypt$ln=5,"));
    const passwords::Account nobody;
    BOOST_TEST(!run([&] { return passwords::log_in(hasher, nobody, "secret"); }).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace auth_guide
