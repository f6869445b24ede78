#include <tornado/web/request_handler.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "template_support.hpp"

// Hooks of a handler that come to ask for what they are to answer.
BOOST_AUTO_TEST_SUITE(hooks)

BOOST_FIXTURE_TEST_CASE(send_error_in_write_error_answers_with_the_usual_page, WebTest) {
    struct Handler : web::RequestHandler {
        explicit Handler(Events& seen) : events{seen} {}
        void get() { throw web::HTTPError{404}; }
        void post() { throw web::HTTPError{410}; }
        void write_error(int status_code, std::exception_ptr) override {
            events.push_back(std::to_string(status_code));
            send_error(status_code == 410 ? 410 : 500);
        }
        void on_finish() override { events.push_back("on_finish"); }
        Events& events;
    };
    Events events;
    serve<Handler>(std::ref(events));
    const auto response = get();
    BOOST_TEST(response.code == 500);
    BOOST_TEST(response.body.find("500: Internal Server Error") != std::string::npos);
    BOOST_TEST(post("").code == 410);
    BOOST_TEST(joined(events) == "404 on_finish 410 on_finish");
}

BOOST_FIXTURE_TEST_CASE(send_error_in_write_error_serves_the_next_errors_own_page_again, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { throw web::HTTPError{404}; }
        void write_error(int, std::exception_ptr) override {
            if (get_argument<bool>("plain", false)) {
                send_error(403);
            } else {
                write("own");
            }
        }
    };
    serve<Handler>();
    auto connection = connect();
    connection.send(request_for("/?plain=1") + request_for("/"));
    BOOST_TEST(connection.read_response().code == 403);
    const auto second = connection.read_response();
    BOOST_TEST(second.code == 404);
    BOOST_TEST(second.body == "own");
}

BOOST_FIXTURE_TEST_CASE(send_error_in_set_default_headers_is_the_answer, WebTest) {
    struct Handler : web::RequestHandler {
        explicit Handler(Events& seen) : events{seen} {}
        void set_default_headers() override {
            events.push_back("defaults");
            send_error(403);
        }
        void get() { events.push_back("get"); }
        Events& events;
    };
    Events events;
    serve<Handler>(std::ref(events));
    BOOST_TEST(get().code == 403);
    BOOST_TEST(joined(events) == "defaults");
}

BOOST_FIXTURE_TEST_CASE(clear_in_set_default_headers_drops_what_that_has_set, WebTest) {
    struct Handler : web::RequestHandler {
        void set_default_headers() override {
            set_header("X-Dropped", "1");
            clear();
            set_header("X-Kept", "1");
        }
        void get() { write("got"); }
    };
    serve<Handler>();
    const auto response = get();
    BOOST_TEST(response.body == "got");
    BOOST_TEST(header(response, "X-Dropped") == "(none)");
    BOOST_TEST(header(response, "X-Kept") == "1");
}

BOOST_FIXTURE_TEST_CASE(send_error_in_before_headers_takes_the_responses_place, WebTest) {
    struct Handler : web::RequestHandler {
        explicit Handler(Events& seen) : events{seen} {}
        void prepare() {
            before_headers([this](web::RequestHandler& its) {
                events.push_back("refuse");
                its.send_error(400);
            });
            before_headers([](web::RequestHandler& its) { its.set_header("X-Later", "1"); });
        }
        void get() { write("never sent"); }
        Future<void> post() {
            write("never sent");
            co_await flush();
            events.push_back("flushed");
        }
        void put() { throw web::HTTPError{404}; }
        void on_finish() override { events.push_back("on_finish"); }
        Events& events;
    };
    Events events;
    serve<Handler>(std::ref(events));
    const testing::ExpectLog silent{logging::app_log(), "", {.required = false}};
    for (const auto& response : {get(), post(""), get("/", {}, "PUT")}) {
        BOOST_TEST(response.code == 400);
        BOOST_TEST(response.body.find("400: Bad Request") != std::string::npos);
        BOOST_TEST(header(response, "X-Later") == "1");
    }
    BOOST_TEST(joined(events) == "refuse on_finish refuse on_finish refuse on_finish");
    BOOST_TEST(silent.count() == 0U);
}

BOOST_FIXTURE_TEST_CASE(clear_in_before_headers_ends, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            set_header("X-Dropped", "1");
            before_headers([](web::RequestHandler& its) {
                its.clear();
                its.set_header("X-Kept", "1");
            });
        }
    };
    serve<Handler>();
    const auto response = get();
    BOOST_TEST(response.code == 200);
    BOOST_TEST(header(response, "X-Dropped") == "(none)");
    BOOST_TEST(header(response, "X-Kept") == "1");
}

BOOST_FIXTURE_TEST_CASE(get_current_user_that_asks_current_user_is_a_500, WebTest) {
    struct Handler : web::RequestHandler {
        web::User get_current_user() override { return current_user() ? "again" : "first"; }
        void get() { write(current_user().get()); }
        void post() { write(xsrf_token()); }
    };
    serve<Handler>();
    const auto expected = expect_uncaught("get_current_user\\(\\) cannot ask current_user");
    BOOST_TEST(get().code == 500);
    BOOST_TEST(post("").code == 500);
    BOOST_TEST(expected.count() == 2U);
}

BOOST_FIXTURE_TEST_CASE(get_current_user_that_sets_the_user_may_ask_for_it, WebTest) {
    struct Handler : web::RequestHandler {
        web::User get_current_user() override {
            set_current_user("anna");
            return current_user();
        }
        void get() { write(current_user().get()); }
    };
    serve<Handler>();
    BOOST_TEST(get().body == "anna");
}

BOOST_FIXTURE_TEST_CASE(get_user_locale_that_asks_locale_is_a_500, TemplateTest) {
    struct Handler : web::RequestHandler {
        std::shared_ptr<const tornado::locale::Locale> get_user_locale() override {
            static_cast<void>(render_string("page.html"));
            return nullptr;
        }
        void get() { render("page.html"); }
    };
    templates["page.html"] = "{{ _('word') }}";
    serve<Handler>();
    const auto expected = expect_uncaught("get_user_locale\\(\\) cannot ask locale");
    BOOST_TEST(get().code == 500);
}

BOOST_FIXTURE_TEST_CASE(what_is_rendered_for_the_namespace_knows_the_usual_names, TemplateTest) {
    struct Handler : web::RequestHandler {
        templating::Namespace get_template_namespace() override {
            auto names = RequestHandler::get_template_namespace();
            names.set("side", render_string("side.html"));
            return names;
        }
        void get() { render("page.html"); }
        Future<void> post() { return render_async("page.html"); }
    };
    templates["page.html"] = "{{ side }} page";
    templates["side.html"] = "{{ request.path }}";
    serve<Handler>();
    BOOST_TEST(get().body == "/ page");
    BOOST_TEST(post("").body == "/ page");
}

BOOST_AUTO_TEST_SUITE_END()
