// doc/guide/handlers.md: what its snippets take for granted, and the snippets, which compile. What
// they do is tested in test/unit/web, except for what stands at the end.

#include <tornado/gen.hpp>
#include <tornado/log.hpp>
#include <tornado/testing.hpp>
#include <tornado/web.hpp>
#include <tornado/web/json.hpp>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace handlers_guide {

namespace gen = tornado::gen;
namespace web = tornado::web;
using tornado::Future;
using namespace std::chrono_literals;

Future<bool> is_known(std::string) {
    return Future<bool>::ready(true);
}
Future<void> save(int, std::string) {
    return Future<void>::ready();
}
void count() {}

#include "handlers.snippets.hpp"

BOOST_AUTO_TEST_SUITE(handlers_guide)

struct PersonTest : tornado::testing::AsyncHTTPTestCase {
    App get_app() override {
        return std::make_shared<web::Application>(std::vector{web::url<people::PersonHandler>("/")}
        );
    }
};

BOOST_FIXTURE_TEST_CASE(people_come_as_json, PersonTest) {
    const auto known = fetch(
        "/",
        {.body =
             R"({"name": "Ada", "age": 36, "role": "writer", "address": {"city": "x"}, "tags": []})",
         .method = "POST"}
    );
    BOOST_TEST(
        known.body ==
        R"({"name": "Ada", "age": 36, "role": "writer", "address": {"city": "x", "street": null}, "tags": ["new"]})"
    );
    const tornado::testing::ExpectLog expected{
        tornado::log::gen_log(), "address.city: expected a string"};
    const auto refused = fetch(
        "/",
        {.body =
             R"({"name": "Ada", "age": 36, "role": "writer", "address": {"city": 1}, "tags": []})",
         .method = "POST"}
    );
    BOOST_TEST(
        refused.body ==
        R"({"title": "Unprocessable Entity", "status": 422, "detail": "address.city: expected a string"})"
    );
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace handlers_guide
