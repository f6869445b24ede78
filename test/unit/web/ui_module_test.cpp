#include <tornado/web/ui_module.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <tornado/locale.hpp>
#include <tornado/template/described.hpp>

#include "template_support.hpp"

BOOST_AUTO_TEST_SUITE(ui_modules)

using templating::Value;

struct ValueHandler : web::RequestHandler {
    void get() { render("page.html"); }
    std::string value() { return get_argument("value"); }
};

struct MyModule : web::UIModule {
    std::string render(int x) {
        return "In MyModule(" + std::to_string(x) + ") with handler value " +
               dynamic_cast<ValueHandler&>(handler()).value() + ".";
    }
};

BOOST_FIXTURE_TEST_CASE(methods_and_modules_have_their_handler, TemplateTest) {
    templates["page.html"] = "{{ my_ui_method(42) }} {% module MyModule(123) %}";
    settings.ui_methods = {web::ui_method("my_ui_method", [](ValueHandler& handler, int x) {
        return "In my_ui_method(" + std::to_string(x) + ") with handler value " + handler.value() +
               ".";
    })};
    settings.ui_modules = {web::ui_module<MyModule>("MyModule")};
    serve<ValueHandler>();
    BOOST_TEST(
        get("/?value=asdf").body ==
        "In my_ui_method(42) with handler value asdf. In MyModule(123) with handler value asdf."
    );
}

struct Song {
    std::string title;
};
BOOST_DESCRIBE_STRUCT(Song, (), (title))

struct SongModule : web::UIModule {
    std::string render(const Song& song) { return "<i>" + song.title + "</i>"; }
};

struct LaterSongModule : web::UIModule {
    Future<std::string> render(Song song) {
        co_await gen::moment();
        co_return "<b>" + song.title + "</b>";
    }
};

struct SongHandler : web::RequestHandler {
    Future<void> get() {
        templating::Namespace names;
        names.set("songs", std::vector<Song>{{"One"}, {"Two"}});
        co_await render_async("page.html", names);
    }
};

BOOST_FIXTURE_TEST_CASE(a_module_takes_a_struct, TemplateTest) {
    templates["page.html"] =
        "{% for song in songs %}{% module Song(song) %}{% module LaterSong(song) %}{% end %}";
    settings.ui_modules = {
        web::ui_module<SongModule>("Song"), web::ui_module<LaterSongModule>("LaterSong")};
    serve<SongHandler>();
    BOOST_TEST(get("/").body == "<i>One</i><b>One</b><i>Two</i><b>Two</b>");
}

struct LinkModule : web::UIModule {
    std::string
    render(std::string text, std::optional<std::string> title, std::optional<bool> bold) {
        return "<a>" + text + "|" + title.value_or("-") + (bold.value_or(false) ? "|bold" : "") +
               "</a>";
    }
};

BOOST_AUTO_TEST_CASE(parameters_have_one_name_each) {
    BOOST_CHECK_THROW(
        static_cast<void>(web::ui_module<LinkModule>("Link", {.parameters = {"text"}})),
        std::invalid_argument
    );
    const auto plain = [](web::RequestHandler&, int number) { return number; };
    BOOST_CHECK_THROW(
        static_cast<void>(web::ui_method("m", {"a", "b"}, plain)), std::invalid_argument
    );
    BOOST_CHECK_THROW(
        static_cast<void>(templating::named({"a", "b"}, [](int a) { return a; })),
        std::invalid_argument
    );
}

BOOST_FIXTURE_TEST_CASE(arguments_may_be_left_out_and_named, TemplateTest) {
    templates["page.html"] =
        "{% module Link('a') %}{% module Link('a', 'b') %}"
        "{% module Link('a', bold=True) %}{% module Link(title='t', text='x') %}"
        "{{ tab('a') }}{{ tab(name='b', here=True) }}";
    settings.ui_modules = {
        web::ui_module<LinkModule>("Link", {.parameters = {"text", "title", "bold"}})};
    settings.ui_methods = {web::ui_method(
        "tab",
        {"name", "here"},
        [](web::RequestHandler&, std::string name, std::optional<bool> here) {
            return "[" + name + (here.value_or(false) ? "*]" : "]");
        }
    )};
    serve<PageHandler>();
    BOOST_TEST(get().body == "<a>a|-</a><a>a|b</a><a>a|-|bold</a><a>x|t</a>[a][b*]");
}

BOOST_FIXTURE_TEST_CASE(wrong_arguments_are_an_error_with_the_place, TemplateTest) {
    templates["page.html"] = "\n{% module Link() %}";
    settings.ui_modules = {web::ui_module<LinkModule>("Link")};
    serve<PageHandler>();
    const auto log = expect_uncaught("TypeError.*page.html:2");
    BOOST_TEST(get().code == 500);
}

BOOST_FIXTURE_TEST_CASE(a_module_that_is_not_there_is_an_error_with_the_place, TemplateTest) {
    templates["page.html"] = "\n\n{% module Nothing() %}";
    serve<PageHandler>();
    const auto log = expect_uncaught("there is no UI module .Nothing. at page.html:3");
    BOOST_TEST(get().code == 500);
}

BOOST_FIXTURE_TEST_CASE(modules_are_not_escaped_and_expressions_are, TemplateTest) {
    templates["page.html"] =
        "{% module Link('a') %}{{ modules.Link('b') }}{% raw modules.Link('c') %}";
    settings.ui_modules = {web::ui_module<LinkModule>("Link")};
    serve<PageHandler>();
    BOOST_TEST(get().body == "<a>a|-</a>&lt;a&gt;b|-&lt;/a&gt;<a>c|-</a>");
}

BOOST_FIXTURE_TEST_CASE(linkify_is_a_module, TemplateTest) {
    templates["page.html"] =
        "{% module linkify(handler.get_argument('m')) %} "
        "{% module linkify('www.a.com', require_protocol=True) %}";
    serve<PageHandler>();
    BOOST_TEST(
        get("/?m=http://example.com").body ==
        "<a href=\"http://example.com\">http://example.com</a> www.a.com"
    );
}

/// Counts how often it is made and used.
struct CountingModule : web::UIModule {
    explicit CountingModule(Events& happened) : events{happened} { events.push_back("made"); }
    ~CountingModule() override { events.push_back("gone"); }
    std::string render() {
        events.push_back("used");
        return "x";
    }
    std::string embedded_css() override {
        events.push_back("css");
        return {};
    }
    Events& events;
};

BOOST_FIXTURE_TEST_CASE(there_is_one_module_for_a_name_and_request, TemplateTest) {
    Events events;
    templates["page.html"] = "{% module A() %}{% module A() %}{% module B() %}";
    settings.ui_modules = {
        web::ui_module<CountingModule>("A", std::ref(events)),
        web::ui_module<CountingModule>("B", std::ref(events))};
    serve<PageHandler>();
    BOOST_TEST(get().body == "xxx");
    BOOST_TEST(joined(events).starts_with("made used used made used css css"));
}

BOOST_FIXTURE_TEST_CASE(of_one_name_the_last_counts_and_may_replace_a_builtin, TemplateTest) {
    templates["page.html"] = "{% module Link('a') %}{% module linkify('b') %}";
    settings.ui_modules = {
        web::ui_module<MyModule>("Link"),
        web::ui_module<LinkModule>("Link"),
        web::ui_module<LinkModule>("linkify")};
    serve<PageHandler>();
    BOOST_TEST(get().body == "<a>a|-</a><a>b|-</a>");
}

BOOST_AUTO_TEST_CASE(a_module_in_no_page_has_no_handler) {
    LinkModule module;
    BOOST_CHECK_THROW(static_cast<void>(module.handler()), std::logic_error);
}

BOOST_FIXTURE_TEST_CASE(a_module_has_request_locale_user_and_templates, TemplateTest) {
    struct Module : web::UIModule {
        std::string render(const Value& names) {
            const auto* const user = current_user().get_if<std::string>();
            return render_string("part.html", {{"names", names}}) + std::string{request().path()} +
                   " " + locale().code() + " " + (user != nullptr ? *user : "nobody");
        }
    };
    struct Anna : PageHandler {
        web::User get_current_user() override {
            return get_argument("anna", "").empty() ? web::User{} : web::User{"anna"};
        }
    };
    templates["page.html"] = "{% module Part(['<a>', 'b']) %}";
    templates["part.html"] = "{% for name in names %}{{ name }} {% end %}";
    settings.ui_modules = {web::ui_module<Module>("Part")};
    serve<Anna>();
    BOOST_TEST(get().body == "&lt;a&gt; b / en_US nobody");
    BOOST_TEST(get("/?anna=1").body == "&lt;a&gt; b / en_US anna");
}

// Resources

BOOST_FIXTURE_TEST_CASE(resources_of_templates_stand_once_in_head_and_body, TemplateTest) {
    templates["page.html"] =
        "<html><head></head><body>\n{% for e in [1, 2] %}\n"
        "{% module Template('entry.html', entry=e) %}\n{% end %}\n</body></html>";
    templates["entry.html"] =
        "{{ set_resources(embedded_css='.entry { margin-bottom: 1em; }', "
        "embedded_javascript='js_embed()', css_files=['/base.css', '/foo.css'], "
        "javascript_files='/common.js', html_head='<meta>', "
        "html_body='<script src=\"/analytics.js\"/>') }}\n"
        "<div class=\"entry\">{{ entry }}</div>";
    serve<PageHandler>();
    BOOST_TEST(
        get().body ==
        "<html><head><link href=\"/base.css\" type=\"text/css\" rel=\"stylesheet\"/>"
        "<link href=\"/foo.css\" type=\"text/css\" rel=\"stylesheet\"/>\n"
        "<style type=\"text/css\">\n.entry { margin-bottom: 1em; "
        "}\n</style>\n<meta>\n</head><body>\n\n"
        "\n<div class=\"entry\">1</div>\n\n\n<div class=\"entry\">2</div>\n\n"
        "<script src=\"/common.js\" type=\"text/javascript\"></script>\n"
        "<script type=\"text/javascript\">\n//<![CDATA[\njs_embed()\n//]]>\n</script>\n"
        "<script src=\"/analytics.js\"/>\n</body></html>"
    );
}

BOOST_FIXTURE_TEST_CASE(resources_of_one_template_must_not_differ, TemplateTest) {
    templates["page.html"] =
        "<head></head>{% for e in [1, 2] %}{% module Template('entry.html', e=e) %}{% end %}";
    templates["entry.html"] = "{{ set_resources(html_head=str(e)) }}";
    serve<PageHandler>();
    const auto log = expect_uncaught("different resources for the same template");
    BOOST_TEST(get().code == 500);
}

BOOST_FIXTURE_TEST_CASE(a_resource_of_no_such_kind_is_an_error, TemplateTest) {
    templates["page.html"] = "{% module Template('entry.html') %}";
    templates["entry.html"] = "{{ set_resources(js_files='/a.js') }}";
    serve<PageHandler>();
    const auto log = expect_uncaught("set_resources.. has no argument 'js_files'");
    BOOST_TEST(get().code == 500);
}

BOOST_FIXTURE_TEST_CASE(a_template_module_has_names_of_its_own, TemplateTest) {
    templates["page.html"] = "{% set a = 1 %}{% module Template('entry.html', b=2) %}";
    templates["entry.html"] =
        "{% try %}{{ a }}{% except NameError %}no a{% end %} {{ b }} {{ request.path }}";
    serve<PageHandler>();
    BOOST_TEST(get().body == "no a 2 /");
}

struct ResourceModule : web::UIModule {
    explicit ResourceModule(std::string its_id) : id{std::move(its_id)} {}
    std::string render() { return id; }
    std::string embedded_javascript() override { return "js" + id; }
    std::vector<std::string> javascript_files() override { return {"/all.js", "/" + id + ".js"}; }
    std::string embedded_css() override { return "css" + id; }
    std::vector<std::string> css_files() override { return {"http://a/" + id + ".css?a&b"}; }
    std::string html_head() override { return "<head" + id + ">"; }
    std::string html_body() override { return "<body" + id + ">"; }
    std::string id;
};

const std::string resource_page = "<head></head><body>{% module One() %}{% module Two() %}</body>";

struct ResourceTest : TemplateTest {
    ResourceTest() {
        settings.ui_modules = {
            web::ui_module<ResourceModule>("One", "1"), web::ui_module<ResourceModule>("Two", "2")};
        templates["page.html"] = resource_page;
    }
};

BOOST_FIXTURE_TEST_CASE(resources_keep_the_order_of_first_use_and_files_come_once, ResourceTest) {
    serve<PageHandler>();
    BOOST_TEST(
        get().body ==
        "<head><link href=\"http://a/1.css?a&amp;b\" type=\"text/css\" rel=\"stylesheet\"/>"
        "<link href=\"http://a/2.css?a&amp;b\" type=\"text/css\" rel=\"stylesheet\"/>\n"
        "<style type=\"text/css\">\ncss1\ncss2\n</style>\n<head1><head2>\n</head><body>12"
        "<script src=\"/all.js\" type=\"text/javascript\"></script>"
        "<script src=\"/1.js\" type=\"text/javascript\"></script>"
        "<script src=\"/2.js\" type=\"text/javascript\"></script>\n"
        "<script type=\"text/javascript\">\n//<![CDATA[\njs1\njs2\n//]]>\n</script>\n"
        "<body1><body2>\n</body>"
    );
}

BOOST_FIXTURE_TEST_CASE(a_handler_may_write_resources_in_its_own_way, ResourceTest) {
    struct Handler : web::RequestHandler {
        void get() { render("page.html"); }
        std::string render_linked_js(const std::vector<std::string>& files) override {
            return joined(files);
        }
        std::string render_embed_js(const std::vector<std::string>& pieces) override {
            return joined(pieces);
        }
        std::string render_linked_css(const std::vector<std::string>& files) override {
            return joined(files);
        }
        std::string render_embed_css(const std::vector<std::string>& pieces) override {
            return joined(pieces);
        }
    };
    serve<Handler>();
    BOOST_TEST(
        get().body ==
        "<head>http://a/1.css?a&b http://a/2.css?a&b\ncss1 css2\n<head1><head2>\n</head>"
        "<body>12/all.js /1.js /all.js /2.js\njs1 js2\n<body1><body2>\n</body>"
    );
}

BOOST_FIXTURE_TEST_CASE(resources_without_a_place_are_an_error_that_names_the_tag, ResourceTest) {
    templates["page.html"] = "<head></head>{% module One() %}";
    serve<PageHandler>();
    {
        const auto log = expect_uncaught("no </body>");
        BOOST_TEST(get().code == 500);
    }
}

BOOST_FIXTURE_TEST_CASE(render_string_leaves_resources_to_the_page, ResourceTest) {
    struct Handler : web::RequestHandler {
        void get() { write(render_string("page.html")); }
    };
    serve<Handler>();
    BOOST_TEST(get().body == "<head></head><body>12</body>");
}

struct StyledModule : web::UIModule {
    std::string render() { return "styled"; }
    std::string embedded_css() override { return ".only-the-failed-page {}"; }
};

struct ErrorPageHandler : web::RequestHandler {
    void get() { render(get_argument("page")); }
    void write_error(int, std::exception_ptr) override { render("error.html"); }
};

BOOST_FIXTURE_TEST_CASE(an_error_page_has_nothing_of_the_page_that_failed, TemplateTest) {
    templates["error.html"] = "<html><head></head><body>sorry</body></html>";
    templates["fails.html"] = "{% module Styled() %}{{ 1 / 0 }}";
    templates["has_no_head.html"] = "{% module Styled() %}";  // for the style to be put into
    settings.ui_modules = {web::ui_module<StyledModule>("Styled")};
    serve<ErrorPageHandler>();
    for (const auto* const page : {"fails.html", "has_no_head.html"}) {
        const auto log = expect_uncaught();
        const auto response = get(std::string{"/?page="} + page);
        BOOST_TEST(response.code == 500);
        BOOST_TEST(response.body == templates["error.html"]);
    }
}

BOOST_AUTO_TEST_SUITE_END()
