#include <tornado/web/async_function.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "template_support.hpp"

BOOST_AUTO_TEST_SUITE(render_async)

/// What a page waits for, and what has begun and ended.
struct World {
    Events events;
    std::map<std::string, Promise<std::string>> promises;

    Future<std::string> load(std::string name) {
        events.push_back("load " + name);
        return promises[name].future();
    }
    void give(const std::string& name) { promises[name].set_result("<" + name + ">"); }
};

struct Part : web::UIModule {
    explicit Part(World& is_world) : world{is_world} {}
    Future<std::string> render(std::string name) {
        auto text = co_await world.load(name);
        world.events.push_back("loaded " + name);
        co_return text + std::string{request().path()};
    }
    World& world;
};

struct Handler : web::RequestHandler {
    explicit Handler(World& is_world) : world{is_world} {}
    Future<void> get() {
        templating::Namespace names;
        names.set("load", [this](std::string name) { return world.load(name); });
        names.set("first", [](std::string text) { return text.at(0) == '<' ? "lt" : "other"; });
        names.set("count", [this] { return static_cast<int>(world.events.size()); });
        try {
            co_await render_async("page.html", names);
        } catch (const CancelledError&) {
            world.events.push_back("cancelled");
            throw;
        }
    }
    World& world;
};

struct AsyncTest : TemplateTest {
    AsyncTest() {
        settings.ui_modules = {web::ui_module<Part>("Part", std::ref(world))};
        serve<Handler>(std::ref(world));
    }
    /// Gives the page what it waits for, in this order, once it has asked for all of it.
    std::string page(std::string text, std::vector<std::string> order) {
        templates["page.html"] = std::move(text);
        io_loop().add_callback([this, order]() -> Future<void> { return give_each(order); });
        return get().body;
    }
    Future<void> give_each(std::vector<std::string> order) {
        for (const auto& name : order) {
            while (!has_asked_for(name)) {
                co_await gen::moment();
            }
            world.give(name);
        }
    }
    [[nodiscard]] bool has_asked_for(const std::string& name) const {
        return std::count(world.events.begin(), world.events.end(), "load " + name) != 0;
    }
    World world;
};

BOOST_FIXTURE_TEST_CASE(modules_wait_side_by_side, AsyncTest) {
    const auto body = page(
        "{% module Part('a') %},{% module Part('b') %},{% module Part('a2') %}", {"b", "a2", "a"}
    );
    BOOST_TEST(body == "<a>/,<b>/,<a2>/");
    BOOST_TEST(joined(world.events) == "load a load b load a2 loaded b loaded a2 loaded a");
}

BOOST_FIXTURE_TEST_CASE(functions_wait_one_after_the_other_and_may_decide, AsyncTest) {
    const auto body = page(
        "{% set a = load('a') %}{% if a == '<a>' %}{{ a }}{{ load('b') }}{% else %}{{ load('c') "
        "}}{% end %}",
        {"a", "b"}
    );
    BOOST_TEST(body == "&lt;a&gt;&lt;b&gt;");
    BOOST_TEST(joined(world.events) == "load a load b");
}

BOOST_FIXTURE_TEST_CASE(what_returns_a_future_is_called_once_and_all_else_again, AsyncTest) {
    const auto body =
        page("{{ count() }}{% module Part('a') %}{{ load('b') }}{{ count() }}", {"a", "b"});
    BOOST_TEST(body == "3<a>/&lt;b&gt;3");
    BOOST_TEST(joined(world.events) == "load a loaded a load b");
}

BOOST_FIXTURE_TEST_CASE(a_module_in_an_expression_is_waited_for_and_escaped, AsyncTest) {
    const auto body = page(
        "{{ modules.Part('a') }}{% apply str.upper %}{% module Part('b') %}{% end %}"
        "{% if len(modules.Part('c')) == 4 %}4{% end %}",
        {"a", "b", "c"}
    );
    BOOST_TEST(body == "&lt;a&gt;/<B>/4");
}

BOOST_FIXTURE_TEST_CASE(what_is_there_at_once_is_not_waited_for, TemplateTest) {
    struct Ready : web::UIModule {
        Future<std::string> render(int number) { co_return std::to_string(number); }
    };
    struct Page : web::RequestHandler {
        Future<void> get() {
            templating::Namespace names{{"twice", [](int number) -> Future<int> {
                                             return Future<int>::ready(2 * number);
                                         }}};
            auto rendering = render_async("page.html", names);
            BOOST_TEST(rendering.done());
            co_await rendering;
        }
    };
    templates["page.html"] = "{% module Ready(1) %}{{ twice(2) + 1 }}{% module Ready(3) %}";
    settings.ui_modules = {web::ui_module<Ready>("Ready")};
    serve<Page>();
    BOOST_TEST(get().body == "153");
}

BOOST_FIXTURE_TEST_CASE(a_page_without_anything_to_wait_for_is_rendered_too, TemplateTest) {
    struct Page : web::RequestHandler {
        Future<void> get() { co_await render_async("page.html"); }
    };
    templates["page.html"] = "{{ 1 + 1 }}";
    serve<Page>();
    BOOST_TEST(get().body == "2");
}

BOOST_FIXTURE_TEST_CASE(functions_may_have_names_for_their_arguments_and_be_methods, TemplateTest) {
    struct Page : web::RequestHandler {
        Future<void> get() {
            templating::Namespace names;
            names.set(
                "join",
                templating::named(
                    {"a", "b"},
                    [](std::string a, std::string b) -> Future<std::string> {
                        return Future<std::string>::ready(a + b);
                    }
                )
            );
            co_await render_async("page.html", names);
        }
    };
    templates["page.html"] = "{{ join(b='1', a='2') }} {{ path('!') }}";
    settings.ui_methods = {web::ui_method(
        "path",
        [](web::RequestHandler& handler, std::string end) -> Future<std::string> {
            co_await gen::moment();
            co_return std::string{handler.request().path()} + end;
        }
    )};
    serve<Page>();
    BOOST_TEST(get().body == "21 /!");
}

BOOST_FIXTURE_TEST_CASE(a_failure_can_be_caught_by_the_template, AsyncTest) {
    templates["page.html"] = "{% try %}{{ load('a') }}{% except ValueError %}failed{% end %}";
    io_loop().add_callback([this]() -> Future<void> {
        while (!has_asked_for("a")) {
            co_await gen::moment();
        }
        world.promises["a"].set_exception(std::make_exception_ptr(std::invalid_argument{"no"}));
    });
    BOOST_TEST(get().body == "failed");
}

BOOST_FIXTURE_TEST_CASE(a_failure_of_a_module_is_the_answer, AsyncTest) {
    templates["page.html"] = "{% module Part('a') %}{% module Part('b') %}";
    io_loop().add_callback([this]() -> Future<void> {
        while (!has_asked_for("b")) {
            co_await gen::moment();
        }
        world.promises["a"].set_exception(std::make_exception_ptr(web::HTTPError{404}));
        co_await gen::moment();
        world.give("b");
    });
    BOOST_TEST(get().code == 404);
    BOOST_TEST(joined(world.events) == "load a load b loaded b");
}

BOOST_FIXTURE_TEST_CASE(an_error_that_a_gap_brings_about_is_none, AsyncTest) {
    const auto body = page("{% apply first %}{% module Part('a') %}{% end %}", {"a"});
    BOOST_TEST(body == "lt");
}

BOOST_FIXTURE_TEST_CASE(what_an_error_of_a_gap_has_begun_is_not_taken_for_another, AsyncTest) {
    const auto body = page(
        "{% try %}{% apply first %}{% module Part('a') %}{% end %}{% module Part('b') %}"
        "{% except %}{% module Part('c') %}{% end %}{{ load('d') }}{% module Part('b') %}",
        {"a", "c", "b", "d"}
    );
    BOOST_TEST(body == "lt<b>/&lt;d&gt;<b>/");
}

BOOST_FIXTURE_TEST_CASE(modules_after_a_gap_keep_their_order, AsyncTest) {
    const auto body = page(
        "{% module Part('a') %}{% for name in ['x', 'y', 'x'] %}{% module Part(name) %}{% end %}",
        {"a", "y", "x"}
    );
    BOOST_TEST(body == "<a>/<x>/<y>/<x>/");
    BOOST_TEST(std::count(world.events.begin(), world.events.end(), "load x") == 2);
}

struct Impatient : web::RequestHandler {
    explicit Impatient(World& is_world) : world{is_world} {}
    void get() {
        const templating::Namespace names{
            {"load", [this](std::string name) { return world.load(name); }}};
        render("page.html", names);
    }
    World& world;
};

BOOST_FIXTURE_TEST_CASE(render_refuses_what_would_have_to_wait, AsyncTest) {
    templates["page.html"] = "{{ load('a') }}";
    templates["module.html"] = "{% module Part('a') %}";
    routes.clear();
    serve<Impatient>(std::ref(world));
    const auto log = expect_uncaught("it returns a Future: render the page with render_async");
    BOOST_TEST(get().code == 500);
    BOOST_TEST(world.events.empty());
}

BOOST_FIXTURE_TEST_CASE(a_template_that_goes_another_way_is_told, AsyncTest) {
    templates["page.html"] =
        "{% if count() == 0 %}{% module Part('a') %}{% else %}{{ load('b') }}{% end %}";
    io_loop().add_callback([this]() -> Future<void> { return give_each({"a"}); });
    const auto log = expect_uncaught("must call the same functions");
    BOOST_TEST(get().code == 500);
}

BOOST_FIXTURE_TEST_CASE(a_module_may_have_a_template_that_waits, TemplateTest) {
    struct Inner : web::UIModule {
        Future<std::string> render() {
            co_await gen::moment();
            co_return "inner";
        }
        std::string embedded_css() override { return "css"; }
    };
    struct Outer : web::UIModule {
        Future<std::string> render() {
            templating::Namespace names{{"a", 1}};
            auto rendering = handler().render_string_async("outer.html", names);
            co_return co_await std::move(rendering);
        }
    };
    struct Page : web::RequestHandler {
        Future<void> get() { co_await render_async("page.html"); }
    };
    templates["page.html"] = "<head></head>{% module Outer() %}";
    templates["outer.html"] = "{{ a }}{% module Inner() %}";
    settings.ui_modules = {web::ui_module<Inner>("Inner"), web::ui_module<Outer>("Outer")};
    serve<Page>();
    BOOST_TEST(get().body == "<head><style type=\"text/css\">\ncss\n</style>\n</head>1inner");
}

BOOST_FIXTURE_TEST_CASE(templates_of_plain_modules_wait_with_the_page, AsyncTest) {
    templates["entry.html"] = "({% module Part(name) %})";
    const auto body = page("{% module Template('entry.html', name='a') %}", {"a"});
    BOOST_TEST(body == "(<a>/)");
}

BOOST_FIXTURE_TEST_CASE(cancelled_it_ends_when_all_that_it_waits_for_has, AsyncTest) {
    templates["page.html"] = "{% module Part('a') %}{% module Part('b') %}";
    settings.cancel_on_disconnect = true;
    auto connection = connect();
    connection.send(request_for("/"));
    run([this]() -> Future<void> {
        while (!has_asked_for("b")) {
            co_await gen::moment();
        }
    });
    connection.close();
    run([this]() -> Future<void> {
        while (world.events.back() != "cancelled") {
            co_await gen::sleep(1ms);
        }
    });
    BOOST_TEST(joined(world.events) == "load a load b cancelled");
}

/// Ends without what it has begun to render.
struct Leaving : web::RequestHandler {
    Leaving(World& is_world, bool ends_well) : world{is_world}, is_well{ends_well} {}
    ~Leaving() override { world.events.push_back("gone"); }
    Future<void> get() {
        render_string_async("page.html").ignore();
        co_await gen::moment();
        if (!is_well) {
            throw web::HTTPError{418};
        }
        finish("late");
    }
    World& world;
    bool is_well;
};

struct LeavingTest : AsyncTest {
    LeavingTest() { templates["page.html"] = "{% module Part('a') %}{% module Part('a') %}"; }
    template <typename H, typename... A>
    void serve_instead(A... arguments) {
        routes.clear();
        serve<H>(arguments...);
    }
    void give_until_gone() {
        run([this]() -> Future<void> {
            world.give("a");
            while (world.events.back() != "gone") {
                co_await gen::moment();
            }
        });
    }
};

BOOST_FIXTURE_TEST_CASE(a_handler_stays_until_what_it_has_begun_to_render_is_over, LeavingTest) {
    serve_instead<Leaving>(std::ref(world), true);
    BOOST_TEST(get().body == "late");
    BOOST_TEST(joined(world.events) == "load a load a");
    give_until_gone();
    BOOST_TEST(joined(world.events) == "load a load a loaded a loaded a gone");
}

BOOST_FIXTURE_TEST_CASE(so_does_one_that_has_failed, LeavingTest) {
    serve_instead<Leaving>(std::ref(world), false);
    BOOST_TEST(get().code == 418);
    give_until_gone();
    BOOST_TEST(joined(world.events) == "load a load a loaded a loaded a gone");
}

struct Forgetful : web::RequestHandler {
    explicit Forgetful(World& is_world) : world{is_world} {}
    ~Forgetful() override { world.events.push_back("gone"); }
    Future<void> get() {
        render_async("page.html").ignore();
        co_return;
    }
    World& world;
};

BOOST_FIXTURE_TEST_CASE(a_page_that_nobody_awaits_is_an_error, LeavingTest) {
    serve_instead<Forgetful>(std::ref(world));
    {
        const auto log = expect_uncaught("render_async.. has to be awaited");
        BOOST_TEST(get().code == 500);
    }
    give_until_gone();
}

BOOST_FIXTURE_TEST_CASE(a_template_that_waits_for_more_each_time_ends, TemplateTest) {
    struct Page : web::RequestHandler {
        Future<void> get() {
            templating::Namespace names;
            names.set("count", [this] { return ++count; });
            names.set("wait", [](int number) -> Future<int> {
                return number % 1'000 == 0 ? after_a_moment(number) : Future<int>::ready(number);
            });
            co_await render_async("page.html", names);
        }
        static Future<int> after_a_moment(int number) {
            co_await gen::moment();
            co_return number;
        }
        int count = 0;
    };
    templates["page.html"] = "{% while True %}{% set _ = wait(count()) %}{% end %}";
    serve<Page>();
    const auto log = expect_uncaught("a page waits for 10000 calls at most");
    BOOST_TEST(get().code == 500);
}

BOOST_FIXTURE_TEST_CASE(what_a_finally_would_begin_does_not_take_anothers_place, AsyncTest) {
    const auto body = page(
        "{% try %}{{ load('f') }}{% module Part('x') %}{% finally %}{% module Part('y') %}{% end "
        "%}",
        {"f", "x", "y"}
    );
    BOOST_TEST(body == "&lt;f&gt;<x>/<y>/");
}

struct EndingHandler : web::RequestHandler {
    Future<void> get() {
        templating::Namespace names;
        names.set("end", []() -> Future<std::string> {
            co_await gen::moment();
            throw web::Finish{"the end"};
        });
        co_await render_async("page.html", names);
    }
};

BOOST_FIXTURE_TEST_CASE(a_function_may_finish_the_response, TemplateTest) {
    templates["page.html"] = "not sent {{ end() }}";
    serve<EndingHandler>();
    const auto response = get();
    BOOST_TEST(response.code == 200);
    BOOST_TEST(response.body == "the end");
}

struct CancelledModule : web::UIModule {
    Future<std::string> render() {
        Promise<std::string> promise;
        promise.set_cancelled();
        return promise.future();
    }
};

struct SlowHandler : web::RequestHandler {
    Future<void> get() {
        const templating::Namespace names;
        try {
            co_await render_async("page.html", names);
        } catch (const CancelledError&) {
            write("cancelled");
        }
    }
};

struct SlowModule : web::UIModule {
    Future<std::string> render() {
        for (int i = 0; i < 10; ++i) {
            co_await gen::moment();
        }
        co_return std::string{request().path()};  // of a handler that is still there
    }
};

BOOST_FIXTURE_TEST_CASE(a_cancelled_module_waits_for_those_that_have_begun, TemplateTest) {
    templates["page.html"] = "{% module Slow() %}{% module Cancelled() %}";
    settings.ui_modules = {
        web::ui_module<SlowModule>("Slow"), web::ui_module<CancelledModule>("Cancelled")};
    serve<SlowHandler>();
    BOOST_TEST(get().body == "cancelled");
}

BOOST_AUTO_TEST_SUITE_END()
