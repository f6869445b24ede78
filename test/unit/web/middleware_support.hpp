#pragma once

#include <memory>
#include <tornado/web/middleware.hpp>
#include <vector>

#include "support.hpp"

/// Serves with middleware around all handlers.
struct MiddlewareTest : WebTest {
    App get_app() override {
        app = std::make_shared<web::Application>(routes, std::move(settings));
        for (const auto& one : middleware) {
            app->use(one);
        }
        return app;
    }
    void turns(int count = 20) {
        run([&]() -> Future<void> {
            for (int i = 0; i < count; ++i) {
                co_await gen::moment();
            }
        });
    }

    std::vector<web::Middleware> middleware;
    std::shared_ptr<web::Application> app;
    Events events;
};
