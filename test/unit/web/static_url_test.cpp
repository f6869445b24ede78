#include <tornado/web/request_handler.hpp>

#include <boost/test/unit_test.hpp>
#include <tornado/web/templates.hpp>

#include "static_file_support.hpp"

namespace templating = tornado::templating;

namespace {

/// Writes a file's URL as it comes by default, with a host, and without.
struct Urls : web::RequestHandler {
    void get() {
        write(static_url("robots.txt", std::nullopt, false) + "\n");
        write(static_url("robots.txt", true, false) + "\n");
        write(static_url("robots.txt", false, false) + "\n");
    }
    void post() { render("page.html"); }
};
struct AbsoluteUrls : Urls {
    [[nodiscard]] bool include_host() const override { return true; }
};

struct LinkedModule : web::UIModule {
    std::string render() { return "module"; }
    std::vector<std::string> css_files() override { return {"robots.txt"}; }
};

struct StaticURLTest : StaticTest {
    StaticURLTest() {
        settings.template_loader =
            std::make_shared<templating::DictLoader>(templating::DictLoader::Texts{
                {"page.html",
                 "{% autoescape None %}"
                 "{{ static_url('robots.txt', include_version=False) }}\n"
                 "{{ static_url('robots.txt', True, False) }}\n"
                 "{{ static_url('robots.txt', False, False) }}\n"
                 "{{ static_url('robots.txt') }}\n"},
                {"module.html", "<head></head>{% module Linked() %}"}});
    }
    std::string lines(const std::string& by_default) {
        return by_default + "\n" + get_url("/static/robots.txt") + "\n/static/robots.txt\n";
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(static_urls)

BOOST_FIXTURE_TEST_CASE(have_the_host_where_the_handler_says_so, StaticURLTest) {
    routes.push_back(web::url<Urls>("/plain"));
    routes.push_back(web::url<AbsoluteUrls>("/absolute"));
    const std::string path = "/static/robots.txt";
    BOOST_TEST(get("/plain").body == lines(path));
    BOOST_TEST(get("/absolute").body == lines(get_url(path)));
    BOOST_TEST(post("", "/plain").body.starts_with(lines(path) + path + "?v="));
    const auto absolute = post("", "/absolute").body;
    BOOST_TEST(absolute.starts_with(lines(get_url(path)) + get_url(path) + "?v="));
}

BOOST_FIXTURE_TEST_CASE(of_ui_modules_files_have_it_too, StaticURLTest) {
    struct Page : AbsoluteUrls {
        void get() { render("module.html"); }
    };
    serve<Page>();
    settings.ui_modules = {web::ui_module<LinkedModule>("Linked")};
    BOOST_TEST(get().body.find("href=\"" + get_url("/static/robots.txt?v=")) != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
