#include <tornado/web/templates.hpp>

#include <any>
#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <tornado/locale.hpp>
#include <tornado/template/datetime.hpp>
#include <tornado/template/described.hpp>

#include "../locale/msgfmt.hpp"
#include "../temporary_folder.hpp"
#include "template_support.hpp"

BOOST_AUTO_TEST_SUITE(rendering)

using web::User;

/// Renders page.html with the names that H gives it.
template <typename H>
struct Rendering : TemplateTest {
    std::string
    page(std::string text, std::string_view path = "/", httputil::HTTPHeaders headers = {}) {
        templates["page.html"] = std::move(text);
        serve<H>();
        return get(path, std::move(headers)).body;
    }
};
using PageTest = Rendering<PageHandler>;

BOOST_FIXTURE_TEST_CASE(render_is_the_whole_response, TemplateTest) {
    struct Handler : web::RequestHandler {
        void get() {
            write("before ");
            render("page.html", {{"name", "Tom & Jerry"}, {"count", 2}});
            BOOST_TEST(finished());
            BOOST_CHECK_THROW(render("page.html", {{"name", ""}}), std::logic_error);
            BOOST_CHECK_THROW(write("after"), std::logic_error);
        }
    };
    templates["page.html"] = "<p>{{ name }}, {{ count }}</p>";
    serve<Handler>();
    const auto response = get();
    BOOST_TEST(response.body == "before <p>Tom &amp; Jerry, 2</p>");
    BOOST_TEST(header(response, "Content-Type") == "text/html; charset=UTF-8");
    BOOST_TEST(header(response, "Content-Length") == "32");
    BOOST_TEST(header(response, "Etag") != "(none)");
}

BOOST_FIXTURE_TEST_CASE(what_a_template_has_written_comes_before_it, TemplateTest) {
    templates["page.html"] = "<p>{{ say('x') }}</p>";
    settings.ui_methods = {
        web::ui_method("say", [](web::RequestHandler& handler, std::string word) {
            handler.write("[" + word + "]");
            return word;
        })};
    serve<PageHandler>();
    BOOST_TEST(get().body == "[x]<p>x</p>");
}

BOOST_FIXTURE_TEST_CASE(render_string_gives_the_text, TemplateTest) {
    struct Handler : web::RequestHandler {
        void get() {
            const std::vector<std::string> words{"a", "b"};
            write(render_string("list.txt", {{"words", std::cref(words)}}));
            write(render_string("list.txt", {{"words", words}}));
            write(render_string("plain.txt"));
        }
    };
    templates["list.txt"] = "{% for word in words %}{{ word }},{% end %}";
    templates["plain.txt"] = "end";
    serve<Handler>();
    BOOST_TEST(get().body == "a,b,a,b,end");
}

struct Story {
    std::string title;
    std::chrono::sys_seconds published;
};
BOOST_DESCRIBE_STRUCT(Story, (), (title, published))

BOOST_FIXTURE_TEST_CASE(structs_and_moments_are_values, TemplateTest) {
    struct Handler : web::RequestHandler {
        void get() {
            const Story story{"<One>", std::chrono::sys_days{std::chrono::year{2013} / 4 / 28}};
            render("page.html", {{"story", std::cref(story)}});
        }
    };
    templates["page.html"] =
        "{{ story.title }} {{ story.published.year }} "
        "{{ locale.format_date(story.published, full_format=True) }} "
        "{{ locale.format_day(story.published, dow=False) }}";
    serve<Handler>();
    BOOST_TEST(get().body == "&lt;One&gt; 2013 April 28, 2013 at 12:00 am April 28");
}

BOOST_FIXTURE_TEST_CASE(templates_know_the_handler, PageTest) {
    settings.extra["blog_title"] = std::string{"Blog & more"};
    settings.extra["secret"] = std::vector<int>{1};
    const auto body = page(
        "{{ handler.settings['blog_title'] }} {{ handler.application.settings['debug'] }} "
        "{{ 'secret' in handler.settings }} {{ handler.get_argument('a') }} "
        "{{ handler.get_argument('b', None) }} {{ handler.get_arguments('a') }} "
        "{{ handler.get_cookie('c', 'none') }} {{ handler.get_status() }}",
        "/?a=1&a=2"
    );
    BOOST_TEST(
        body == "Blog &amp; more False False 2 None [&#x27;1&#x27;, &#x27;2&#x27;] none 200"
    );
}

BOOST_FIXTURE_TEST_CASE(templates_know_the_request, PageTest) {
    const auto body = page(
        "{{ request.method }} {{ request.path }} {{ request.query }} {{ request.uri }} "
        "{{ request.protocol }} {{ request.headers['x-ONE'] }} {{ request.headers.get('X-Two', "
        "'-') }} "
        "{{ request.arguments['a'][0] }} {{ request.full_url().endswith(request.uri) }} "
        "{{ request.remote_ip }} {{ request.version }}",
        "/?a=b",
        {{"X-One", "1"}}
    );
    BOOST_TEST(body == "GET / a=b /?a=b http 1 - b True 127.0.0.1 HTTP/1.1");
}

BOOST_FIXTURE_TEST_CASE(templates_know_what_was_posted_and_the_cookies, TemplateTest) {
    settings.cookie_secret = "a secret of some length for tests";
    settings.login_url = "/login";
    templates["page.html"] =
        "{{ handler.get_body_argument('a') }} {{ handler.get_body_arguments('a') }} "
        "{{ handler.get_body_argument('q', 'none') }} {{ handler.get_query_argument('q') }} "
        "{{ handler.get_query_arguments('a') }} {{ request.query_arguments['q'][0] }} "
        "{{ request.body_arguments['a'][1] }} {{ request.body }} {{ request.cookies['c'].value }} "
        "{{ request.request_time() < 60 }} {{ handler.get_signed_cookie('user') }} "
        "{{ handler.get_secure_cookie('user') }} {{ handler.get_signed_cookie('c') }} "
        "{{ handler.get_login_url() }}";
    serve<PageHandler>();
    const auto user = web::create_signed_value(settings.cookie_secret, "user", "anna");
    const auto response = fetch(
        "/?q=query",
        {.body = "a=1&a=2",
         .headers =
             {{"Content-Type", "application/x-www-form-urlencoded"},
              {"Cookie", "c=cookie; user=" + user}},
         .method = "POST"}
    );
    BOOST_TEST(
        response.body ==
        "2 [&#x27;1&#x27;, &#x27;2&#x27;] none query [] query 2 a=1&amp;a=2 cookie True anna anna "
        "None /login"
    );
}

BOOST_FIXTURE_TEST_CASE(an_argument_that_is_missing_is_the_clients_mistake, PageTest) {
    templates["page.html"] = "{{ handler.get_argument('a') }}";
    serve<PageHandler>();
    testing::ExpectLog log{logging::gen_log(), "Missing argument a"};
    BOOST_TEST(get().code == 400);
}

BOOST_FIXTURE_TEST_CASE(an_http_error_of_a_function_is_the_answer, TemplateTest) {
    templates["page.html"] = "{% include 'part.html' %}";
    templates["part.html"] = "{{ load(7) }}";
    settings.ui_methods = {web::ui_method("load", [](web::RequestHandler&, int) -> std::string {
        throw web::HTTPError{404};
    })};
    serve<PageHandler>();
    BOOST_TEST(get().code == 404);
}

BOOST_FIXTURE_TEST_CASE(an_error_of_a_template_is_logged_with_its_place, TemplateTest) {
    templates["page.html"] = "\n{{ nobody }}";
    serve<PageHandler>();
    const auto log = expect_uncaught("nobody.*page.html:2");
    BOOST_TEST(get().code == 500);
}

BOOST_FIXTURE_TEST_CASE(
    a_template_that_is_broken_or_missing_is_an_error_of_the_server,
    TemplateTest
) {
    struct Handler : web::RequestHandler {
        void get() { render(get_argument("name")); }
    };
    templates["broken.html"] = "\n\n{{ a";
    serve<Handler>();
    {
        const auto log = expect_uncaught("Missing end expression }} at broken.html:3");
        BOOST_TEST(get("/?name=broken.html").code == 500);
    }
    const auto log = expect_uncaught("nowhere.html");
    BOOST_TEST(get("/?name=nowhere.html").code == 500);
}

BOOST_FIXTURE_TEST_CASE(without_templates_the_error_says_what_to_set, WebTest) {
    serve<PageHandler>();
    const auto log = expect_uncaught("template_path");
    BOOST_TEST(get().code == 500);
}

BOOST_FIXTURE_TEST_CASE(the_current_user_is_what_it_is_in_python, TemplateTest) {
    templates["text.html"] = "{{ current_user }} {{ handler.current_user }}";
    templates["json.html"] = "{{ current_user['name'] }} {{ current_user.name }}";
    templates["nobody.html"] = "{% if current_user %}{% else %}{{ current_user }}{% end %}";
    struct Handler : web::RequestHandler {
        explicit Handler(User is_user) : user{std::move(is_user)} {}
        User get_current_user() override { return user; }
        void get() { render(get_argument("name")); }
        User user;
    };
    routes.push_back(web::url<Handler>("/text", User{"anna"}));
    routes.push_back(web::url<Handler>("/number", User{7}));
    routes.push_back(web::url<Handler>("/json", User{boost::json::value{{"name", "anna"}}}));
    routes.push_back(web::url<Handler>("/value", User{templating::Value::dict({{"name", "eva"}})}));
    routes.push_back(web::url<Handler>("/nobody", User{}));
    BOOST_TEST(get("/text?name=text.html").body == "anna anna");
    BOOST_TEST(get("/number?name=text.html").body == "7 7");
    BOOST_TEST(get("/json?name=json.html").body == "anna anna");
    BOOST_TEST(get("/value?name=json.html").body == "eva eva");
    BOOST_TEST(get("/nobody?name=nobody.html").body == "None");
}

BOOST_FIXTURE_TEST_CASE(a_user_of_another_type_is_there_and_tells_how_to_show_it, TemplateTest) {
    struct Handler : web::RequestHandler {
        User get_current_user() override { return Story{"anna", {}}; }
        void get() { render(get_argument("name")); }
    };
    templates["there.html"] = "{% if current_user %}there{% end %}";
    templates["attribute.html"] = "{{ current_user.title }}";
    serve<Handler>();
    BOOST_TEST(get("/?name=there.html").body == "there");
    const auto log = expect_uncaught("get_template_namespace");
    BOOST_TEST(get("/?name=attribute.html").code == 500);
}

BOOST_FIXTURE_TEST_CASE(a_handler_may_add_names_to_all_its_templates, TemplateTest) {
    struct Handler : web::RequestHandler {
        User get_current_user() override { return Story{"anna", {}}; }
        templating::Namespace get_template_namespace() override {
            auto names = RequestHandler::get_template_namespace();
            names.set("current_user", current_user().get<Story>());
            names.set("a", 1);
            names.set("b", 2);
            return names;
        }
        void get() { render("page.html", {{"b", 3}}); }
    };
    templates["page.html"] = "{{ current_user.title }} {{ a }} {{ b }} {{ request.path }}";
    serve<Handler>();
    BOOST_TEST(get().body == "anna 1 3 /");
}

BOOST_FIXTURE_TEST_CASE(get_current_user_is_asked_for_the_namespace_only, TemplateTest) {
    struct Handler : web::RequestHandler {
        User get_current_user() override {
            asked = true;
            return {};
        }
        templating::Namespace get_template_namespace() override { return ui(); }
        void get() {
            const auto text = render_string("page.html");
            write(text + (asked ? "asked" : "not asked"));
        }
        bool asked = false;
    };
    templates["page.html"] = "{% module Template('other.html') %}";
    templates["other.html"] = "other ";
    serve<Handler>();
    BOOST_TEST(get().body == "other not asked");
}

BOOST_FIXTURE_TEST_CASE(urls_are_made_by_the_handlers_functions, PageTest) {
    TemporaryFolder folder;
    folder.put("a.css", "a {}", 0644);
    settings.static_path = folder.path();
    struct UserHandler : web::RequestHandler {
        void get(const web::PathArguments&) {}
    };
    routes.push_back(web::url<UserHandler>(R"(/user/(\w+)/([0-9]+))", {.name = "user"}));
    templates["page.html"] =
        "{{ reverse_url('user', 'anna', 7) }} "
        "{{ static_url('a.css', include_version=False) }} "
        "{{ static_url('a.css').startswith('/static/a.css?v=') }} "
        "{{ static_url('a.css', include_host=True).startswith('http://127.0.0.1') }}";
    serve<PageHandler>();
    BOOST_TEST(get().body == "/user/anna/7 /static/a.css True True");
}

BOOST_FIXTURE_TEST_CASE(the_xsrf_cookie_is_set_only_by_pages_that_use_it, TemplateTest) {
    struct Handler : web::RequestHandler {
        void get() { render(get_argument("name")); }
    };
    templates["none.html"] = "none";
    templates["form.html"] = "{% raw xsrf_form_html() %}";
    templates["module.html"] = "{% module xsrf_form_html() %}";
    templates["token.html"] = "{{ xsrf_token }}";
    templates["handler.html"] = "{{ handler.xsrf_token }}";
    serve<Handler>();
    BOOST_TEST(header(get("/?name=none.html"), "Set-Cookie") == "(none)");
    for (const std::string name : {"form", "module"}) {
        const auto response = get("/?name=" + name + ".html");
        BOOST_TEST(header(response, "Set-Cookie").starts_with("_xsrf=2|"));
        BOOST_TEST(response.body.starts_with(R"(<input type="hidden" name="_xsrf" value="2|)"));
        BOOST_TEST(response.body.ends_with("\"/>"));
    }
    for (const std::string name : {"token", "handler"}) {
        const auto response = get("/?name=" + name + ".html");
        BOOST_TEST(header(response, "Set-Cookie").starts_with("_xsrf=2|"));
        BOOST_TEST(response.body.starts_with("2|"));
    }
}

BOOST_FIXTURE_TEST_CASE(text_is_in_the_clients_language, PageTest) {
    TemporaryFolder folder;
    folder.put(
        "de_DE.csv",
        "\"Sign out\",\"Abmelden\"\n\"%(n)d apple\",\"%(n)d Äpfel\",\"plural\"\n"
        "\"%(n)d apple\",\"%(n)d Apfel\",\"singular\"\n",
        0644
    );
    tornado::locale::load_translations(folder.path());
    const auto body = page(
        "{{ _('Sign out') }} {{ _('%(n)d apple', '%(n)d apple', 2) % {'n': 2} }} "
        "{{ locale.translate('%(n)d apple', '%(n)d apple', 1) % {'n': 1} }} {{ locale.code }} "
        "{{ locale.list(['A', 'B']) }} {{ locale.friendly_number(1000) }} {{ _('Unknown') }}",
        "/",
        {{"Accept-Language", "de-DE"}}
    );
    BOOST_TEST(body == "Abmelden 2 Äpfel 1 Apfel de_DE A and B 1000 Unknown");
    tornado::locale::load_translations(TemporaryFolder{}.path());
}

BOOST_FIXTURE_TEST_CASE(text_has_its_context, PageTest) {
    TemporaryFolder folder;
    msgfmt(
        po_header() +
            "msgctxt \"law\"\nmsgid \"right\"\nmsgstr \"le droit\"\n\n"
            "msgctxt \"organization\"\nmsgid \"club\"\nmsgid_plural \"clubs\"\n"
            "msgstr[0] \"le club\"\nmsgstr[1] \"les clubs\"\n",
        folder / "fr_FR/LC_MESSAGES/site.mo"
    );
    tornado::locale::load_gettext_translations(folder.path(), "site");
    const auto body = page(
        "{{ pgettext('law', 'right') }}, {{ pgettext('else', 'right') }}, "
        "{{ pgettext('organization', 'club', 'clubs', 1) }}, "
        "{{ locale.pgettext('organization', 'club', 'clubs', count=3) }} {{ locale.rtl }}",
        "/",
        {{"Accept-Language", "fr-FR"}}
    );
    BOOST_TEST(body == "le droit, right, le club, les clubs False");
    tornado::locale::load_translations(TemporaryFolder{}.path());
}

BOOST_FIXTURE_TEST_CASE(the_direction_of_text_is_that_of_the_language, PageTest) {
    TemporaryFolder folder;
    folder.put("ar.csv", "\"right\",\"x\"\n", 0644);
    tornado::locale::load_translations(folder.path());
    const auto body = page("{{ locale.rtl }} {{ locale.code }}", "/", {{"Accept-Language", "ar"}});
    BOOST_TEST(body == "True ar");
    tornado::locale::load_translations(TemporaryFolder{}.path());
}

BOOST_FIXTURE_TEST_CASE(a_date_may_be_seconds_and_nothing_that_is_no_date, TemplateTest) {
    struct Handler : web::RequestHandler {
        void get() {
            const auto number = get_argument<double>("date", 0.0);
            render("page.html", {{"date", number}, {"text", get_argument("text", "")}});
        }
    };
    templates["page.html"] =
        "{% if text %}{{ locale.format_date(text) }}{% end %}"
        "{{ locale.format_date(date, full_format=True) }}";
    serve<Handler>();
    BOOST_TEST(get().body == "January 1, 1970 at 12:00 am");
    for (const std::string wrong : {"date=1e300", "date=-1e12", "text=x"}) {
        const auto log = expect_uncaught("a date is");
        BOOST_TEST(get("/?" + wrong).code == 500);
    }
}

BOOST_FIXTURE_TEST_CASE(files_are_found_below_template_path, WebTest) {
    TemporaryFolder folder;
    folder.put(
        "page.html", "{% extends 'base/layout.html' %}{% block body %}{{ '<b>' }}{% end %}", 0644
    );
    folder.put("base/layout.html", "<i>{% block body %}{% end %}</i>", 0644);
    settings.template_path = folder.path();
    serve<PageHandler>();
    BOOST_TEST(get().body == "<i>&lt;b&gt;</i>");
    folder.put("base/layout.html", "changed", 0644);
    BOOST_TEST(get().body == "<i>&lt;b&gt;</i>");
}

BOOST_FIXTURE_TEST_CASE(debug_sees_changed_files, WebTest) {
    TemporaryFolder folder;
    folder.put("page.html", "one", 0644);
    settings.template_path = folder.path();
    settings.debug = true;
    settings.autoreload = false;
    serve<PageHandler>();
    BOOST_TEST(get().body == "one");
    folder.put("page.html", "two", 0644);
    BOOST_TEST(get().body == "two");
}

BOOST_FIXTURE_TEST_CASE(settings_say_how_files_are_read, WebTest) {
    TemporaryFolder folder;
    folder.put("page.html", "{{ '<b>' }}\n\n  x", 0644);
    settings.autoescape = "None";
    settings.template_path = folder.path();
    settings.template_whitespace = "oneline";
    serve<PageHandler>();
    BOOST_TEST(get().body == "<b> x");
}

BOOST_FIXTURE_TEST_CASE(a_handler_may_have_templates_of_its_own, TemplateTest) {
    struct Handler : web::RequestHandler {
        explicit Handler(int& is_made) : made{is_made} {}
        std::string get_template_path() const override { return "elsewhere"; }
        std::shared_ptr<templating::BaseLoader> create_template_loader(const std::string& path
        ) override {
            ++made;
            return std::make_shared<templating::DictLoader>(templating::DictLoader::Texts{
                {"page.html", "own in " + path}});
        }
        void get() { render("page.html"); }
        int& made;
    };
    int made = 0;
    templates["page.html"] = "shared";
    routes.push_back(web::url<Handler>("/own", std::ref(made)));
    serve<PageHandler>();
    BOOST_TEST(get("/own").body == "own in elsewhere");
    BOOST_TEST(get("/own").body == "own in elsewhere");
    BOOST_TEST(made == 1);
    BOOST_TEST(get("/").body == "shared");
}

BOOST_FIXTURE_TEST_CASE(an_error_page_may_be_a_template, TemplateTest) {
    struct Handler : web::RequestHandler {
        void get() { throw web::HTTPError{404}; }
        void write_error(int status_code, std::exception_ptr) override {
            render("error.html", {{"status", status_code}});
        }
    };
    templates["error.html"] = "sorry: {{ status }}";
    serve<Handler>();
    const auto response = get();
    BOOST_TEST(response.code == 404);
    BOOST_TEST(response.body == "sorry: 404");
}

BOOST_FIXTURE_TEST_CASE(head_gets_the_head_only, TemplateTest) {
    struct Handler : web::RequestHandler {
        void get() { render("page.html"); }
        void head() { get(); }
    };
    templates["page.html"] = "text";
    serve<Handler>();
    const auto response = get("/", {}, "HEAD");
    BOOST_TEST(header(response, "Content-Length") == "4");
    BOOST_TEST(response.body == "");
}

BOOST_AUTO_TEST_SUITE_END()
