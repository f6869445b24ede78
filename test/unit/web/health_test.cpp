#include <tornado/web/handlers.hpp>

#include <boost/test/unit_test.hpp>
#include <tornado/web/application.hpp>

#include "support.hpp"

BOOST_AUTO_TEST_SUITE(health)

struct HealthTest : WebTest {
    App get_app() override {
        app = std::make_shared<web::Application>(std::vector{
            web::url<web::ReadinessHandler>("/ready"), web::url<web::LivenessHandler>("/alive")});
        return app;
    }
    std::shared_ptr<web::Application> app;
};

BOOST_FIXTURE_TEST_CASE(a_program_is_ready_until_it_drains_and_alive_also_then, HealthTest) {
    BOOST_TEST(get("/ready").code == 200);
    BOOST_TEST(get("/ready", {}, "HEAD").code == 200);
    BOOST_TEST(get("/alive").body == "alive\n");
    app->drain();
    const auto draining = get("/ready");
    BOOST_TEST(draining.code == 503);
    BOOST_TEST(draining.body == "draining\n");
    BOOST_TEST(header(draining, "Cache-Control") == "no-store");
    BOOST_TEST(get("/ready", {}, "HEAD").code == 503);
    BOOST_TEST(get("/alive").code == 200);
}

BOOST_FIXTURE_TEST_CASE(a_program_with_a_delay_still_accepts_while_it_drains, HealthTest) {
    get("/ready");
    auto& server = app->listen(0, {.address = "127.0.0.1"});
    const auto url = "http://127.0.0.1:" + std::to_string(server.port()) + "/ready";
    BOOST_TEST(fetch(url).code == 200);
    auto drained = app->drain(200ms);
    BOOST_TEST(fetch(url).code == 503);
    run([&]() -> Future<void> { co_await std::move(drained); });
    BOOST_CHECK_THROW(fetch(url), std::exception);
}

BOOST_FIXTURE_TEST_CASE(neither_has_anything_to_compare, HealthTest) {
    for (const auto* path : {"/alive", "/ready"}) {
        const auto response = get(path, {{"If-None-Match", "*"}});
        BOOST_TEST(response.code == 200);
        BOOST_TEST(header(response, "Etag") == "(none)");
    }
}

BOOST_AUTO_TEST_SUITE_END()
