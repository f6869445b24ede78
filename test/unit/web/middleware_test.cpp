#include <tornado/web/middleware.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "middleware_support.hpp"

namespace {

/// Notes when it is entered and left.
struct Around {
    Events& events;
    std::string name;
    Future<void> operator()(web::RequestHandler&, web::Next next) {
        events.push_back(name + "(");
        co_await next();
        events.push_back(")" + name);
    }
};

/// Notes what is called.
struct Noting : web::RequestHandler {
    explicit Noting(Events& seen) : events{seen} {}
    void prepare() { events.push_back("prepare"); }
    void get() {
        events.push_back("get");
        write("got");
    }
    void on_finish() override { events.push_back("on_finish"); }
    Events& events;
};

/// The same, but each of its calls waits.
struct Waiting : web::RequestHandler {
    explicit Waiting(Events& seen) : events{seen} {}
    Future<void> prepare() {
        co_await gen::moment();
        events.push_back("prepare");
    }
    Future<void> get() {
        co_await gen::moment();
        events.push_back("get");
        write("got");
    }
    void on_finish() override { events.push_back("on_finish"); }
    Events& events;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(middleware)

BOOST_FIXTURE_TEST_CASE(is_around_prepare_and_the_verb_the_first_outermost, MiddlewareTest) {
    middleware = {Around{events, "a"}, Around{events, "b"}};
    serve<Noting>(std::ref(events));
    BOOST_TEST(get().body == "got");
    BOOST_TEST(joined(events) == "a( b( prepare get )b )a on_finish");
}

BOOST_FIXTURE_TEST_CASE(waits_for_handlers_that_wait, MiddlewareTest) {
    middleware = {Around{events, "a"}, Around{events, "b"}};
    serve<Waiting>(std::ref(events));
    BOOST_TEST(get().body == "got");
    BOOST_TEST(joined(events) == "a( b( prepare get )b )a on_finish");
}

BOOST_FIXTURE_TEST_CASE(may_wait_itself, MiddlewareTest) {
    middleware = {[](web::RequestHandler& handler, web::Next next) -> Future<void> {
        co_await gen::sleep(1ms);
        handler.set_header("X-Before", "1");
        co_await next();
        co_await gen::sleep(1ms);
        handler.set_header("X-After", "1");
    }};
    serve<Waiting>(std::ref(events));
    const auto response = get();
    BOOST_TEST(header(response, "X-Before") == "1");
    BOOST_TEST(header(response, "X-After") == "1");
    BOOST_TEST(response.body == "got");
}

BOOST_FIXTURE_TEST_CASE(may_be_plain, MiddlewareTest) {
    middleware = {
        [](web::RequestHandler& handler) { handler.set_header("X-A", "1"); },
        [](web::RequestHandler& handler) -> Future<void> {
            co_await gen::sleep(1ms);
            handler.set_header("X-B", "1");
        },
        [](web::RequestHandler& handler, const web::Next& next) {
            handler.set_header("X-C", "1");
            return next();
        }};
    serve<Noting>(std::ref(events));
    const auto response = get();
    for (const auto* const name : {"X-A", "X-B", "X-C"}) {
        BOOST_TEST(header(response, name) == "1");
    }
    BOOST_TEST(response.body == "got");
}

BOOST_FIXTURE_TEST_CASE(may_answer_by_itself, MiddlewareTest) {
    middleware = {
        Around{events, "a"},
        [](web::RequestHandler& handler, const web::Next&) -> Future<void> {
            handler.set_status(418);
            handler.write("teapot");
            return Future<void>::ready();
        },
        Around{events, "never"}};
    serve<Noting>(std::ref(events));
    const auto response = get();
    BOOST_TEST(response.code == 418);
    BOOST_TEST(response.body == "teapot");
    BOOST_TEST(joined(events) == "a( )a on_finish");
}

BOOST_FIXTURE_TEST_CASE(that_is_plain_answers_by_finishing, MiddlewareTest) {
    middleware = {[](web::RequestHandler& handler) { handler.finish("mine"); }};
    serve<Noting>(std::ref(events));
    BOOST_TEST(get().body == "mine");
    BOOST_TEST(joined(events) == "on_finish");
}

BOOST_FIXTURE_TEST_CASE(may_throw_before_the_handler, MiddlewareTest) {
    middleware = {[](web::RequestHandler&) { throw web::HTTPError{403}; }};
    serve<Noting>(std::ref(events));
    BOOST_TEST(get().code == 403);
    BOOST_TEST(joined(events) == "on_finish");
}

BOOST_FIXTURE_TEST_CASE(may_catch_what_the_handler_throws, MiddlewareTest) {
    struct Failing : web::RequestHandler {
        Future<void> get() {
            write("half");
            co_await gen::moment();
            throw std::runtime_error{"broken"};
        }
        void post() { throw std::runtime_error{"broken"}; }
    };
    middleware = {[](web::RequestHandler& handler, web::Next next) -> Future<void> {
        std::string problem;
        try {
            co_await next();
        } catch (const std::exception& error) {
            problem = error.what();
        }
        if (!problem.empty()) {
            handler.clear();
            handler.set_status(503);
            handler.write("caught " + problem);
        }
    }};
    serve<Failing>();
    for (const auto& response : {get(), post("")}) {
        BOOST_TEST(response.code == 503);
        BOOST_TEST(response.body == "caught broken");
    }
}

Future<void> drop_next(web::RequestHandler&, web::Next next) {
    static_cast<void>(next());
    co_return;
}

Future<void> drop_next_and_wait(web::RequestHandler&, web::Next next) {
    static_cast<void>(next());
    for (int i = 0; i < 10; ++i) {
        co_await gen::moment();
    }
}

BOOST_FIXTURE_TEST_CASE(that_drops_next_hides_no_error, MiddlewareTest) {
    struct Failing : web::RequestHandler {
        void get() {
            write("secret");
            throw web::HTTPError{403};
        }
        Future<void> post() {
            write("secret");
            co_await gen::moment();
            throw web::HTTPError{403};
        }
    };
    // A coroutine that has failed keeps its `next`, and that whatever it leads to.
    const web::Middleware guard{[](web::RequestHandler&, web::Next next) -> Future<void> {
        throw web::HTTPError{403};
        co_await next();
    }};
    routes = web::use(drop_next, {web::url<Failing>("/at-once")});
    routes.push_back(web::url<Failing>("/later").use(drop_next_and_wait));
    routes.push_back(web::url<Failing>("/guarded").use(drop_next).use(guard));
    for (const auto* path : {"/at-once", "/later", "/guarded"}) {
        for (const auto& response : {get(path), post("", path)}) {
            BOOST_TEST(response.code == 403, path);
            BOOST_TEST(response.body.find("secret") == std::string::npos, path);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(sees_what_else_the_request_may_fail_with, MiddlewareTest) {
    settings.xsrf_cookies = true;
    middleware = {[this](web::RequestHandler&, web::Next next) -> Future<void> {
        try {
            co_await next();
        } catch (const web::HTTPError& error) {
            events.push_back(std::to_string(error.status_code()));
            throw;
        }
    }};
    struct Number : web::RequestHandler {
        void get(int) {}
        void post(int) {}
    };
    routes.push_back(web::url<Number>("/([^/]+)"));
    const testing::ExpectLog xsrf{logging::gen_log(), "_xsrf"};
    BOOST_TEST(get("/1").code == 200);
    BOOST_TEST(get("/x").code == 404);
    BOOST_TEST(get("/no/such").code == 404);
    BOOST_TEST(post("", "/1").code == 403);
    BOOST_TEST(get("/1", {}, "OPTIONS").code == 405);
    BOOST_TEST(get("/1", {}, "BREW").code == 405);
    BOOST_TEST(joined(events) == "404 404 403 405 405");
}

BOOST_FIXTURE_TEST_CASE(takes_a_finish_for_an_end_like_any_other, MiddlewareTest) {
    struct Finishing : web::RequestHandler {
        void get() {
            write("a");
            throw web::Finish{"b"};
        }
    };
    middleware = {[](web::RequestHandler& handler, web::Next next) -> Future<void> {
        co_await next();
        handler.set_header("X-After", "1");
    }};
    serve<Finishing>();
    const auto response = get();
    BOOST_TEST(response.code == 200);
    BOOST_TEST(response.body == "ab");
    BOOST_TEST(header(response, "X-After") == "1");
}

BOOST_FIXTURE_TEST_CASE(goes_on_after_a_handler_that_finished_itself, MiddlewareTest) {
    struct Finishing : web::RequestHandler {
        void get() { finish("done"); }
    };
    middleware = {Around{events, "a"}};
    serve<Finishing>();
    BOOST_TEST(get().body == "done");
    BOOST_TEST(joined(events) == "a( )a");
}

BOOST_FIXTURE_TEST_CASE(
    that_does_not_await_next_is_answered_when_the_verb_is_over,
    MiddlewareTest
) {
    middleware = {[](web::RequestHandler&, web::Next next) -> Future<void> {
        next();
        co_return;
    }};
    serve<Waiting>(std::ref(events));
    BOOST_TEST(get().body == "got");
    BOOST_TEST(joined(events) == "prepare get on_finish");
}

BOOST_FIXTURE_TEST_CASE(calls_next_once, MiddlewareTest) {
    middleware = {[this](web::RequestHandler&, web::Next next) -> Future<void> {
        co_await next();
        try {
            co_await next();
        } catch (const std::logic_error& error) {
            events.push_back(error.what());
        }
    }};
    serve<Noting>(std::ref(events));
    BOOST_TEST(get().body == "got");
    BOOST_TEST(events.at(2).starts_with("a middleware calls next() once"));
}

BOOST_FIXTURE_TEST_CASE(may_not_call_next_after_the_request, MiddlewareTest) {
    std::optional<web::Next> kept;
    middleware = {[&](web::RequestHandler& handler, web::Next next) -> Future<void> {
        kept = next;
        handler.write("x");
        co_return;
    }};
    serve<Noting>(std::ref(events));
    BOOST_TEST(get().body == "x");
    turns();
    BOOST_CHECK_THROW((*kept)(), std::logic_error);
}

BOOST_FIXTURE_TEST_CASE(may_limit_the_handlers_time, MiddlewareTest) {
    struct Slow : web::RequestHandler {
        explicit Slow(Events& seen) : events{seen} {}
        Future<void> get() {
            try {
                co_await gen::sleep(1h);
            } catch (const CancelledError&) {
                events.push_back("cancelled");
                throw;
            }
        }
        Events& events;
    };
    middleware = {[](web::RequestHandler& handler, web::Next next) -> Future<void> {
        bool late = false;
        try {
            co_await gen::cancel_after(1ms, next());
        } catch (const tornado::ioloop::TimeoutError&) {
            late = true;
        }
        if (late) {
            handler.send_error(504);
        }
    }};
    serve<Slow>(std::ref(events));
    BOOST_TEST(get().code == 504);
    turns();
    BOOST_TEST(joined(events) == "cancelled");
}

BOOST_FIXTURE_TEST_CASE(is_within_the_handlers_time_limit, MiddlewareTest) {
    testing::VirtualTime time{io_loop()};
    const testing::ExpectLog expected{logging::gen_log(), "took longer than 1000 ms"};
    settings.handler_timeout = 1s;
    middleware = {[this](web::RequestHandler&, web::Next next) -> Future<void> {
        co_await next();
        try {
            co_await gen::sleep(1h);
        } catch (const CancelledError&) {
            events.push_back("cancelled");
            throw;
        }
    }};
    serve<Waiting>(std::ref(events));
    BOOST_TEST(get().code == 503);
    BOOST_TEST(joined(events) == "prepare get cancelled on_finish");
}

BOOST_FIXTURE_TEST_CASE(hears_of_a_cancelled_verb, MiddlewareTest) {
    testing::VirtualTime time{io_loop()};
    const testing::ExpectLog expected{logging::gen_log(), "took longer than 1000 ms"};
    settings.handler_timeout = 1s;
    middleware = {[this](web::RequestHandler&, web::Next next) -> Future<void> {
        try {
            co_await next();
        } catch (const CancelledError&) {
            events.push_back("cancelled");
            throw;
        }
    }};
    struct Slow : web::RequestHandler {
        Future<void> get() { co_await gen::sleep(1h); }
    };
    serve<Slow>();
    BOOST_TEST(get().code == 503);
    BOOST_TEST(joined(events) == "cancelled");
}

BOOST_FIXTURE_TEST_CASE(of_a_route_is_inside_of_the_applications, MiddlewareTest) {
    middleware = {Around{events, "app"}};
    routes.push_back(web::url<Noting>("/", std::ref(events))
                         .use(Around{events, "one"})
                         .use(Around{events, "two"}));
    routes.push_back(web::url<Noting>("/other", std::ref(events)));
    get();
    BOOST_TEST(joined(events) == "app( one( two( prepare get )two )one )app on_finish");
    events.clear();
    get("/other");
    BOOST_TEST(joined(events) == "app( prepare get )app on_finish");
}

BOOST_FIXTURE_TEST_CASE(of_a_group_of_routes_is_outside_of_their_own, MiddlewareTest) {
    routes = web::use(
        Around{events, "group"},
        {web::url<Noting>("/", std::ref(events)).use(Around{events, "own"}),
         web::url<Noting>("/other", std::ref(events))}
    );
    get();
    BOOST_TEST(joined(events) == "group( own( prepare get )own )group on_finish");
    events.clear();
    get("/other");
    BOOST_TEST(joined(events) == "group( prepare get )group on_finish");
}

BOOST_FIXTURE_TEST_CASE(keeps_what_it_captures_once_for_all_requests, MiddlewareTest) {
    middleware = {[count = std::make_unique<int>(0)](web::RequestHandler& handler) {
        handler.set_header("X-Count", ++*count);
    }};
    serve<Noting>(std::ref(events));
    BOOST_TEST(header(get(), "X-Count") == "1");
    BOOST_TEST(header(get(), "X-Count") == "2");
}

BOOST_FIXTURE_TEST_CASE(sets_headers_for_error_pages_too, MiddlewareTest) {
    struct Failing : web::RequestHandler {
        void get() { throw web::HTTPError{404}; }
        Future<void> post() {
            write("x");
            co_await flush();
        }
    };
    middleware = {[](web::RequestHandler& handler) {
        handler.before_headers([](web::RequestHandler& its) {
            its.set_header("X-Status", its.get_status());
            its.set_cookie("a", "b");
        });
    }};
    serve<Failing>();
    const auto failed = get();
    BOOST_TEST(failed.code == 404);
    BOOST_TEST(header(failed, "X-Status") == "404");
    BOOST_TEST(header(failed, "Set-Cookie") == "a=b; Path=/");
    BOOST_TEST(header(post(""), "X-Status") == "200");
}

// What goes first

BOOST_FIXTURE_TEST_CASE(outlives_its_application, MiddlewareTest) {
    struct Never : web::RequestHandler {
        explicit Never(Events& seen) : events{seen} {}
        Future<void> get() {
            events.push_back("get");
            co_await gen::sleep(5ms);
            events.push_back("got");
        }
        Events& events;
    };
    struct Kept {
        std::shared_ptr<std::string> text;
        Events& events;
        Future<void> operator()(web::RequestHandler&, web::Next next) {
            try {
                co_await next();
            } catch (const CancelledError&) {
                events.push_back(*text);
                throw;
            }
        }
    };
    auto application = std::make_unique<web::Application>(
        std::vector{web::url<Never>("/", std::ref(events))}, web::ApplicationSettings{}
    );
    application->use(Kept{std::make_shared<std::string>("cancelled"), events});
    routes.push_back(web::url<web::FallbackHandler>("/", std::ref(*application)));
    auto connection = connect();
    connection.send(request_for("/"));
    run([&]() -> Future<void> {
        while (events.empty()) {
            co_await gen::moment();
        }
    });
    application.reset();
    run([&]() -> Future<void> {
        while (events.size() < 3) {
            co_await gen::moment();
        }
    });
    BOOST_TEST(joined(events) == "get got cancelled");
}

BOOST_FIXTURE_TEST_CASE(goes_with_the_loop, MiddlewareTest) {
    struct Never : web::RequestHandler {
        explicit Never(Events& seen) : events{seen} {}
        Future<void> get() {
            events.push_back("get");
            co_await gen::sleep(1h);
        }
        Events& events;
    };
    middleware = {Around{events, "a"}};
    serve<Never>(std::ref(events));
    auto connection = connect();
    connection.send(request_for("/"));
    run([&]() -> Future<void> {
        while (events.size() < 2) {
            co_await gen::moment();
        }
    });
    BOOST_TEST(joined(events) == "a( get");
}  // the test's end closes the loop; LeakSanitizer looks at what is left

BOOST_AUTO_TEST_SUITE_END()
