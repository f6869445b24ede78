// doc/guide/json.md: what its snippets take for granted, and the snippets, which compile. What
// they do is tested in test/unit/web, except for what stands at the end.

#include <tornado/log.hpp>
#include <tornado/testing.hpp>
#include <tornado/web.hpp>
#include <tornado/web/json.hpp>

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace json_guide {

namespace web = tornado::web;

#include "json.snippets.hpp"

BOOST_AUTO_TEST_SUITE(json_guide)

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
         .headers = {{"Content-Type", "application/json"}},
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
         .headers = {{"Content-Type", "application/json"}},
         .method = "POST"}
    );
    BOOST_TEST(
        refused.body ==
        R"({"title": "Unprocessable Entity", "status": 422, "detail": "address.city: expected a string"})"
    );
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace json_guide
