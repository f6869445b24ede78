#include <tornado/template/compiled_loader.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "template_support.hpp"

namespace {

namespace data = boost::unit_test::data;

struct PartModule : web::UIModule {
    explicit PartModule(Events& all) : events{all} {}
    Future<std::string> render(std::string name) {
        events.push_back(name);
        co_await gen::moment();
        co_return "<" + name + ">";
    }
    Events& events;
};

struct LinkModule : web::UIModule {
    std::string render(std::string text, std::optional<bool> bold) {
        return "<a>" + text + (bold.value_or(false) ? "!" : "") + "</a>";
    }
};

/// Renders the page that the path names.
struct PagesHandler : web::RequestHandler {
    explicit PagesHandler(Events& all) : events{all} {}
    Future<void> get(std::string page) {
        templating::Namespace names{
            {"names", std::vector<std::string>{"c", "skip", "d"}}, {"title", "Pages"}};
        names.set("load", [this](std::string name) { return load(std::move(name)); });
        names.set("count", [this] { return static_cast<int>(events.size()); });
        names.set("fail", []() -> Future<int> {
            co_await gen::moment();
            throw std::invalid_argument{"no"};
        });
        names.set("not_found", []() -> int { throw web::HTTPError{404}; });
        co_await render_async(page + ".html", names);
    }
    Future<std::string> load(std::string name) {
        events.push_back(name);
        co_await gen::moment();
        co_return "<" + name + ">";
    }
    Events& events;
};

/// Pages that were compiled with this program, or the same pages as files.
struct PagesTest : WebTest {
    explicit PagesTest(bool is_compiled) {
        if (is_compiled) {
            settings.template_loader = std::make_shared<templating::CompiledLoader>("web_pages");
        } else {
            settings.template_path = TEST_PAGES;
        }
        settings.extra["site"] = std::string{"Notes"};
        settings.ui_methods = {
            web::ui_method("tab", [](web::RequestHandler& handler, std::string text) noexcept {
                return text + std::string{handler.request().path()};
            })};
        settings.ui_modules = {
            web::ui_module<LinkModule>("Link", {.parameters = {"text", "bold"}}),
            web::ui_module<PartModule>("Part", std::ref(events))};
        routes.push_back(web::url<PagesHandler>("/(\\w+)", {.name = "page"}, std::ref(events)));
    }

    Events events;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(compiled_pages)

BOOST_DATA_TEST_CASE(
    modules_and_functions_are_those_of_files,
    data::make({false, true}),
    compiled
) {
    PagesTest test{compiled};
    BOOST_TEST(
        test.get("/modules").body ==
        "<html><head><title>Pages - Notes</title><style type=\"text/css\">\n.entry {}\n</style>\n"
        "</head>\n<body>\n<p>1</p><p>2</p>\n<a>a!</a> &lt;b&gt;/modules &lt;a&gt;c&lt;/a&gt; "
        "<a href=\"http://x.y\">http://x.y</a>\nnone /modules /a\n<hr>\n</body></html>\n"
    );
}

BOOST_DATA_TEST_CASE(what_waits_is_called_once, data::make({false, true}), compiled) {
    PagesTest test{compiled};
    BOOST_TEST(
        test.get("/waits").body ==
        "&lt;a&gt;&lt;b&gt;\n<c><d>\n&lt;e&gt;<f><g>\n<H> &lt;i&gt; "
        "[&#x27;&lt;j&gt;&#x27;, &#x27;&lt;k&gt;&#x27;]\nfailed 12\n(<l>)\n"
    );
    BOOST_TEST(joined(test.events) == "a b c d e f g h i j k l");
}

BOOST_DATA_TEST_CASE(
    an_http_error_of_a_function_is_the_answer,
    data::make({false, true}),
    compiled
) {
    PagesTest test{compiled};
    BOOST_TEST(test.get("/not_found").code == 404);
}

BOOST_DATA_TEST_CASE(a_failure_is_told_with_its_place, data::make({false, true}), compiled) {
    PagesTest test{compiled};
    const auto log = expect_uncaught("TypeError.*fails.html:2");
    BOOST_TEST(test.get("/fails").code == 500);
}

BOOST_AUTO_TEST_CASE(settings_that_a_loader_would_not_heed_are_refused) {
    web::ApplicationSettings settings;
    settings.template_loader = std::make_shared<templating::CompiledLoader>("web_pages");
    settings.autoescape = "None";
    BOOST_CHECK_THROW((web::Application{{}, std::move(settings)}), std::logic_error);
    web::ApplicationSettings others;
    others.template_loader = std::make_shared<templating::CompiledLoader>("web_pages");
    others.template_whitespace = "all";
    BOOST_CHECK_THROW((web::Application{{}, std::move(others)}), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()
