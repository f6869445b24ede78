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

BOOST_AUTO_TEST_SUITE_END()
