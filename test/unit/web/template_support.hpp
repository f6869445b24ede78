#pragma once

#include <memory>
#include <tornado/web/templates.hpp>
#include <utility>

#include "support.hpp"

namespace templating = tornado::templating;

/// A test that says in its body which templates there are.
struct TemplateTest : WebTest {
    App get_app() override {
        if (!templates.empty()) {
            settings.template_loader = std::make_shared<templating::DictLoader>(templates);
        }
        return WebTest::get_app();
    }

    templating::DictLoader::Texts templates;
};

/// Renders page.html, without names of its own.
struct PageHandler : web::RequestHandler {
    void get() { render("page.html"); }
    void post() { get(); }
};
