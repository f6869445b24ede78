// doc/guide/rendering.md: what its snippets take for granted, the snippets, and their results.

#include <tornado/gen.hpp>
#include <tornado/template/described.hpp>
#include <tornado/testing.hpp>
#include <tornado/web.hpp>
#include <tornado/web/templates.hpp>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../temporary_folder.hpp"

namespace rendering_guide {

namespace gen = tornado::gen;
namespace templating = tornado::templating;
namespace web = tornado::web;
using namespace std::chrono_literals;
using tornado::Future;

#include "rendering.snippets.hpp"

BOOST_AUTO_TEST_SUITE(rendering_guide)

struct GuideTest : tornado::testing::AsyncHTTPTestCase {
    App get_app() override {
        return std::make_shared<web::Application>(std::move(routes), std::move(settings));
    }

    TemporaryFolder folder;
    std::vector<web::Route> routes;
    web::ApplicationSettings settings;
};

BOOST_FIXTURE_TEST_CASE(a_handler_adds_names, GuideTest) {
    folder.put(
        "author.html", "{{ site }}: {{ current_user.name }}, {{ current_user.entries }}", 0644
    );
    settings.template_path = folder.path();
    routes.push_back(web::url<own_names::AuthorHandler>("/"));
    BOOST_TEST(fetch("/").body == "Notes: Ada, 3");
}

struct ModulesHandler : web::RequestHandler {
    void get() { render("page.html"); }
};

BOOST_FIXTURE_TEST_CASE(modules_bring_their_css_along, GuideTest) {
    folder.put(
        "page.html",
        "<head></head>{{ is_here('/') }}{% module Entry('a') %}{% module Entry('b', full=True) %}",
        0644
    );
    folder.put("modules/entry.html", "<p>{{ entry }}{% if full %} in full{% end %}</p>", 0644);
    folder.put("entry.css", "", 0644);
    settings = modules::settings(folder.path(), folder.path());
    routes.push_back(web::url<ModulesHandler>("/"));
    const auto body = fetch("/").body;
    BOOST_TEST(body.starts_with("<head><link href=\"/static/entry.css?v="));
    BOOST_TEST(body.ends_with("</head>True<p>a</p><p>b in full</p>"));
}

BOOST_FIXTURE_TEST_CASE(modules_and_functions_may_wait, GuideTest) {
    folder.put(
        "entry.html", "{{ slug }}: {% module Comments(slug) %} = {{ count_comments(slug) }}", 0644
    );
    folder.put("modules/comments.html", "{{ count }}", 0644);
    settings.template_path = folder.path();
    settings.ui_modules = {web::ui_module<waiting::CommentsModule>("Comments")};
    routes.push_back(web::url<waiting::EntryHandler>("/"));
    BOOST_TEST(fetch("/").body == "first: 5 = 5");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rendering_guide
