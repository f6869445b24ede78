#include <tornado/web/http_error.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <tornado/httpclient/errors.hpp>
#include <tornado/util/call_stack.hpp>
#include <tornado/util/scope_exit.hpp>

#include "support.hpp"

namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(errors)

BOOST_AUTO_TEST_CASE(http_error_says_what_it_is) {
    BOOST_TEST(web::HTTPError{404}.what() == "HTTP 404: Not Found");
    BOOST_TEST((web::HTTPError{403, "no"}.what()) == "HTTP 403: Forbidden (no)");
    BOOST_TEST((web::HTTPError{777, "", "Lucky"}.what()) == "HTTP 777: Lucky");
    BOOST_TEST(web::HTTPError{777}.what() == "HTTP 777: Unknown");
    BOOST_TEST(web::HTTPError{}.status_code() == 500);
    BOOST_TEST(
        web::MissingArgumentError{"foo"}.what() == "HTTP 400: Bad Request (Missing argument foo)"
    );
}

BOOST_FIXTURE_TEST_CASE(http_error_is_its_status_and_logs_its_message_only, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            write("dropped");
            set_header("X-Dropped", "1");
            throw web::HTTPError{403, "secret reason"};
        }
        void post() { throw web::HTTPError{404}; }
    };
    serve<Handler>();
    {
        const testing::ExpectLog expected{
            logging::gen_log(),
            "^403 GET /\\?a=b \\(127.0.0.1\\): secret reason$",
            {.level = logging::Level::warning}};
        const auto response = get("/?a=b");
        BOOST_TEST(response.code == 403);
        BOOST_TEST(response.reason == "Forbidden");
        BOOST_TEST(
            response.body == "<html><title>403: Forbidden</title><body>403: Forbidden</body></html>"
        );
        BOOST_TEST(header(response, "X-Dropped") == "(none)");
        BOOST_TEST(header(response, "Content-Type") == "text/html; charset=UTF-8");
    }
    const testing::ExpectLog silent{logging::gen_log(), "", {.required = false}};
    BOOST_TEST(post("").code == 404);
    BOOST_TEST(silent.count() == 0u);
}

BOOST_FIXTURE_TEST_CASE(http_error_may_have_its_own_reason, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { throw web::HTTPError{400, "", "Foo"}; }
        void post() { throw web::HTTPError{400, "", "<script>"}; }
        void put() { throw web::HTTPError{400, "", "a\r\nX-Evil: 1"}; }
        void patch() { throw web::HTTPError{682}; }
        void delete_() { throw web::HTTPError{400, "", "a & b"}; }
    };
    serve<Handler>();
    BOOST_TEST(get().reason == "Foo");
    BOOST_TEST(get().body.find("400: Foo") != std::string::npos);
    BOOST_TEST(post("").reason == "Unknown");
    const auto split = get("/", {}, "PUT");
    BOOST_TEST(split.reason == "Unknown");
    BOOST_TEST(header(split, "X-Evil") == "(none)");
    BOOST_TEST(get("/", {}, "PATCH").code == 682);
    BOOST_TEST(get("/", {}, "PATCH").reason == "Unknown");
    BOOST_TEST(get("/", {}, "DELETE").body.find("400: a &amp; b") != std::string::npos);
}

BOOST_DATA_TEST_CASE_F(WebTest, http_error_without_body_has_none, data::make({204, 304}), status) {
    struct Handler : web::RequestHandler {
        void get() { throw web::HTTPError{get_argument<int>("code")}; }
    };
    serve<Handler>();
    const auto response = get("/?code=" + std::to_string(status));
    BOOST_TEST(response.code == status);
    BOOST_TEST(response.body == "");
}

BOOST_FIXTURE_TEST_CASE(any_other_exception_is_a_500_and_is_logged, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { throw std::runtime_error{"disk on fire"}; }
        void post() { throw 42; }
        Future<void> put() {
            co_await gen::moment();
            throw std::runtime_error{"later"};
        }
        Future<void> patch() {
            throw std::runtime_error{"at once"};
            co_return;
        }
    };
    serve<Handler>();
    {
        const testing::ExpectLog expected{
            logging::app_log(),
            "^Uncaught exception GET / \\(127.0.0.1\\): std::runtime_error: disk on fire",
            {.level = logging::Level::error}};
        const auto response = get();
        BOOST_TEST(response.code == 500);
        BOOST_TEST(response.body.find("fire") == std::string::npos);
    }
    {
        const auto expected = expect_uncaught("exception POST");
        BOOST_TEST(post("").code == 500);
    }
    {
        const auto expected = expect_uncaught("PUT / .*later");
        BOOST_TEST(get("/", {}, "PUT").code == 500);
    }
    const auto expected = expect_uncaught("PATCH / .*at once");
    BOOST_TEST(get("/", {}, "PATCH").code == 500);
}

BOOST_FIXTURE_TEST_CASE(traceback_is_served_when_asked_for, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { throw std::runtime_error{"disk on <fire>"}; }
    };
    serve<Handler>();
    settings.serve_traceback = true;
    const auto expected = expect_uncaught();
    const auto response = get();
    BOOST_TEST(header(response, "Content-Type") == "text/plain; charset=UTF-8");
    BOOST_TEST(response.body.find("disk on <fire>") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(traceback_shows_the_calls_where_they_are_kept, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { throw std::runtime_error{"disk on fire"}; }
        Future<void> post() {
            co_await gen::moment();
            throw std::runtime_error{"disk on fire"};
        }
    };
    tornado::util::keep_call_stacks();
    const tornado::util::ScopeExit over{[] { tornado::util::keep_call_stacks(false); }};
    serve<Handler>();
    settings.serve_traceback = true;
    const testing::ExpectLog expected{logging::app_log(), "disk on fire\n#0 .*Handler"};
    const auto shows_calls = [](const testing::HTTPResponse& response) {
        return response.body.find("disk on fire\n\n#0 ") != std::string::npos &&
               response.body.find("Handler::") != std::string::npos;
    };
    BOOST_TEST(shows_calls(get()));
    BOOST_TEST(shows_calls(post("")));
    BOOST_TEST(expected.count() == 2U);
}

BOOST_FIXTURE_TEST_CASE(debug_alone_shows_the_calls, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { static_cast<void>(std::vector<int>{}.at(3)); }
    };
    const tornado::util::ScopeExit over{[] { tornado::util::keep_call_stacks(false); }};
    serve<Handler>();
    settings.debug = true;
    settings.autoreload = false;
    const testing::ExpectLog expected{logging::app_log(), "out_of_range.*\n#0 "};
    const auto response = get();
    BOOST_TEST(response.code == 500);
    BOOST_TEST(response.body.find("Handler::") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_hook_that_fails_for_the_error_page_too_is_left_out_of_it, WebTest) {
    struct Handler : web::RequestHandler {
        void prepare() {
            set_cookie("kept", "yes");
            before_headers([](RequestHandler& its) { its.set_header("X-Bad", "1\r\nX: 2"); });
        }
        void get() { write("page"); }
        Future<void> post() {
            write("begun");
            co_await flush();
        }
    };
    serve<Handler>();
    const auto expected = expect_uncaught();
    for (const auto& response : {get(), post("")}) {
        BOOST_TEST(response.code == 500);
        BOOST_TEST(header(response, "X-Bad") == "(none)");
        BOOST_TEST(header(response, "Set-Cookie") == "kept=yes; Path=/");
    }
    BOOST_TEST(get().body.find("500: Internal Server Error") != std::string::npos);
}

struct BrokenTransform : web::OutputTransform {
    void transform_first_chunk(int&, httputil::HTTPHeaders&, std::string& chunk, bool) override {
        chunk = "half changed";
        throw std::runtime_error{"cannot transform"};
    }
};

BOOST_FIXTURE_TEST_CASE(a_transform_that_fails_for_the_error_page_too_is_left_out_of_it, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { write("page"); }
    };
    serve<Handler>();
    settings.transforms.push_back([](const httputil::HTTPServerRequest& request) {
        if (request.path() == "/unmade") {
            throw std::runtime_error{"cannot make it"};
        }
        return std::make_unique<BrokenTransform>();
    });
    const auto expected = expect_uncaught();
    const auto response = get();
    BOOST_TEST(response.code == 500);
    BOOST_TEST(response.body.find("500: Internal Server Error") != std::string::npos);
    BOOST_TEST(get("/nowhere").code == 404);
    BOOST_TEST(get("/unmade").code == 404);
}

BOOST_FIXTURE_TEST_CASE(finish_ends_quietly_with_what_was_written, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            set_status(201);
            write("so far");
            throw web::Finish{};
        }
        Future<void> post() {
            co_await gen::moment();
            finish("whole");
            throw web::Finish{};
        }
    };
    serve<Handler>();
    const testing::ExpectLog silent{logging::app_log(), "", {.required = false}};
    const auto response = get();
    BOOST_TEST(response.code == 201);
    BOOST_TEST(response.body == "so far");
    BOOST_TEST(post("").body == "whole");
    BOOST_TEST(silent.count() == 0u);
}

BOOST_FIXTURE_TEST_CASE(send_error_writes_the_page, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { send_error(403); }
        void post() { send_error(); }
    };
    serve<Handler>();
    BOOST_TEST(get().code == 403);
    BOOST_TEST(post("").code == 500);
}

BOOST_FIXTURE_TEST_CASE(send_error_after_finish_changes_nothing, WebTest) {
    struct Handler : web::RequestHandler {
        explicit Handler(int& count) : finishes{count} {}
        void get() {
            finish("fine");
            send_error(500);
        }
        void on_finish() override { ++finishes; }
        int& finishes;
    };
    int finishes = 0;
    serve<Handler>(std::ref(finishes));
    const testing::ExpectLog expected{logging::gen_log(), "after headers written"};
    const auto response = get();
    BOOST_TEST(response.code == 200);
    BOOST_TEST(response.body == "fine");
    BOOST_TEST(finishes == 1);
}

struct OwnPages : web::RequestHandler {
    void get() { throw web::HTTPError{503}; }
    void post() { send_error(403); }
    Future<void> put() {
        co_await gen::moment();
        throw std::runtime_error{"x"};
    }
    void write_error(int status_code, std::exception_ptr error) override {
        set_header("Content-Type", "text/plain");
        write(std::to_string(status_code) + (error ? " with" : " without"));
    }
};

BOOST_FIXTURE_TEST_CASE(write_error_can_be_overridden, WebTest) {
    serve<OwnPages>();
    const auto response = get();
    BOOST_TEST(response.code == 503);
    BOOST_TEST(response.body == "503 with");
    BOOST_TEST(header(response, "Content-Type") == "text/plain");
    BOOST_TEST(post("").body == "403 without");
    const auto expected = expect_uncaught();
    BOOST_TEST(get("/", {}, "PUT").body == "500 with");
}

BOOST_FIXTURE_TEST_CASE(write_error_may_finish, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { throw web::HTTPError{503}; }
        void write_error(int, std::exception_ptr) override { finish("done"); }
    };
    serve<Handler>();
    BOOST_TEST(get().body == "done");
}

struct Unsendable : web::RequestHandler {
    using Spoil = void (*)(web::RequestHandler&);
    explicit Unsendable(Spoil call) : spoil{call} {}
    void get() { throw web::HTTPError{418}; }
    void write_error(int, std::exception_ptr) override {
        spoil(*this);
        write("x");
    }
    Spoil spoil;
};

BOOST_FIXTURE_TEST_CASE(an_error_page_that_cannot_be_sent_gives_way_to_the_usual_one, WebTest) {
    const auto route = [&](std::string_view path, Unsendable::Spoil spoil) {
        routes.push_back(web::url<Unsendable>(path, spoil));
    };
    route("/status", [](web::RequestHandler& its) { its.set_status(204); });
    route("/length", [](web::RequestHandler& its) { its.set_header("Content-Length", "5"); });
    route("/coding", [](web::RequestHandler& its) { its.set_header("Transfer-Encoding", "x"); });
    for (const auto* path : {"/status", "/length", "/coding"}) {
        const auto expected = expect_uncaught("The error page cannot be sent: ");
        const auto response = get(path);
        BOOST_TEST(response.code == 418, path);
        BOOST_TEST(response.body.find("418") != std::string::npos, path);
    }
}

BOOST_FIXTURE_TEST_CASE(what_a_handler_cancels_itself_is_an_error_like_others, WebTest) {
    struct Handler : web::RequestHandler {
        Future<void> get() {
            auto sleeping = gen::sleep(1h);
            sleeping.cancel();
            co_await sleeping;
        }
        void post() { throw CancelledError{}; }
    };
    serve<Handler>();
    const auto expected = expect_uncaught("Uncaught exception (GET|POST) /");
    BOOST_TEST(get().code == 500);
    BOOST_TEST(post("").code == 500);
}

BOOST_FIXTURE_TEST_CASE(exception_in_write_error_is_logged_and_the_status_is_sent, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { throw web::HTTPError{503}; }
        void write_error(int, std::exception_ptr) override {
            throw std::runtime_error{"in write_error"};
        }
    };
    serve<Handler>();
    const auto expected = expect_uncaught("Uncaught exception in write_error: .*in write_error");
    const auto response = get();
    BOOST_TEST(response.code == 503);
    BOOST_TEST(response.body == "");
}

/// Counts on_finish().
struct Counted : web::RequestHandler {
    explicit Counted(int& count) : finishes{count} {}
    void on_finish() override { ++finishes; }
    int& finishes;
};

BOOST_FIXTURE_TEST_CASE(exception_after_flush_breaks_a_chunked_response_visibly, WebTest) {
    struct Handler : Counted {
        using Counted::Counted;
        Future<void> get() {
            write("begun");
            co_await flush();
            throw std::runtime_error{"half way"};
        }
    };
    int finishes = 0;
    serve<Handler>(std::ref(finishes));
    const auto expected = expect_uncaught("half way");
    const testing::ExpectLog headers_written{logging::gen_log(), "after headers written"};
    const auto raw = fetch_raw(request_for("/"));
    BOOST_TEST(raw.find("0\r\n\r\n") == std::string::npos);
    BOOST_TEST(finishes == 1);
    BOOST_CHECK_THROW(get(), tornado::httpclient::HTTPStreamClosedError);
}

BOOST_FIXTURE_TEST_CASE(exception_after_flush_leaves_earlier_pipelined_responses_whole, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            write("fine");
            if (get_argument<bool>("break", false)) {
                flush();
                throw std::runtime_error{"half way"};
            }
        }
    };
    serve<Handler>();
    const auto expected = expect_uncaught("half way");
    const testing::ExpectLog headers_written{logging::gen_log(), "after headers written"};
    auto connection = connect();
    connection.send(
        request_for("/") + request_for("/") + request_for("/?break=1") + request_for("/")
    );
    BOOST_TEST(connection.read_response().body == "fine");
    BOOST_TEST(connection.read_response().body == "fine");
    BOOST_CHECK_THROW(static_cast<void>(connection.read_response()), iostream::StreamClosedError);
}

BOOST_FIXTURE_TEST_CASE(exception_after_finish_is_only_logged, WebTest) {
    struct Handler : Counted {
        using Counted::Counted;
        void get() {
            finish("whole");
            throw std::runtime_error{"too late"};
        }
        Future<void> post() {
            finish("whole");
            co_await gen::moment();
            throw web::HTTPError{400, "too late"};
        }
    };
    int finishes = 0;
    serve<Handler>(std::ref(finishes));
    {
        const auto expected = expect_uncaught("too late");
        BOOST_TEST(get().body == "whole");
    }
    const testing::ExpectLog expected{logging::gen_log(), "too late"};
    BOOST_TEST(post("").body == "whole");
    run([] { return gen::sleep(1ms); });
    BOOST_TEST(finishes == 2);
}

BOOST_FIXTURE_TEST_CASE(exception_in_the_constructor_is_a_500, WebTest) {
    struct Handler : web::RequestHandler {
        Handler() { throw std::runtime_error{"no database"}; }
        void get() {}
    };
    serve<Handler>();
    const auto expected = expect_uncaught("no database");
    BOOST_TEST(get().code == 500);
}

BOOST_FIXTURE_TEST_CASE(the_request_is_out_of_reach_in_the_constructor, WebTest) {
    struct Handler : web::RequestHandler {
        Handler() { write("too early"); }
        void get() {}
    };
    serve<Handler>();
    const auto expected = expect_uncaught("use prepare\\(\\)");
    BOOST_TEST(get().code == 500);
}

BOOST_FIXTURE_TEST_CASE(exception_in_log_exception_is_logged_and_the_error_is_answered, WebTest) {
    struct Handler : Counted {
        using Counted::Counted;
        void get() { throw std::runtime_error{"first"}; }
        void post() { throw web::HTTPError{403}; }
        Future<void> put() {
            co_await gen::moment();
            throw iostream::StreamClosedError{};
        }
        void log_exception(std::exception_ptr) override { throw std::runtime_error{"second"}; }
    };
    int finishes = 0;
    serve<Handler>(std::ref(finishes));
    const auto expected = expect_uncaught("Error in exception logger: .*second");
    const auto response = get();
    BOOST_TEST(response.code == 500);
    BOOST_TEST(response.body.find("500: Internal Server Error") != std::string::npos);
    BOOST_TEST(post("").code == 403);
    BOOST_TEST(get("/", {}, "PUT").code == 500);
    BOOST_TEST(finishes == 3);
    BOOST_TEST(expected.count() == 3U);
}

BOOST_FIXTURE_TEST_CASE(what_log_exception_fails_to_log_is_logged_with_its_failure, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { throw std::runtime_error{"first"}; }
        void log_exception(std::exception_ptr) override { throw std::runtime_error{"second"}; }
    };
    serve<Handler>();
    const auto expected = expect_uncaught("second; it was to log: std::runtime_error: first");
    BOOST_TEST(get().code == 500);
}

BOOST_FIXTURE_TEST_CASE(log_exception_can_be_overridden, WebTest) {
    struct Handler : web::RequestHandler {
        explicit Handler(Events& seen) : events{seen} {}
        void get() { throw std::runtime_error{"mine"}; }
        void log_exception(std::exception_ptr error) override {
            events.push_back(logging::format_exception(error));
        }
        Events& events;
    };
    Events events;
    serve<Handler>(std::ref(events));
    BOOST_TEST(get().code == 500);
    BOOST_TEST(joined(events) == "std::runtime_error: mine");
}

BOOST_FIXTURE_TEST_CASE(exception_in_on_finish_is_logged, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { write("fine"); }
        void on_finish() override { throw std::runtime_error{"in on_finish"}; }
    };
    serve<Handler>();
    const auto expected = expect_uncaught("in on_finish");
    auto connection = connect();
    connection.send(request_for("/") + request_for("/"));
    BOOST_TEST(connection.read_response().body == "fine");
    BOOST_TEST(connection.read_response().body == "fine");
}

BOOST_FIXTURE_TEST_CASE(error_handler_answers_all_methods, WebTest) {
    routes.push_back(web::url<web::ErrorHandler>("/gone", 410));
    for (const std::string method : {"GET", "POST", "PUT", "DELETE", "OPTIONS"}) {
        BOOST_TEST(get("/gone", {}, method).code == 410);
    }
    BOOST_TEST(get("/gone", {}, "FOO").code == 405);
}

BOOST_FIXTURE_TEST_CASE(exception_in_write_error_after_flush_breaks_the_page_off, WebTest) {
    struct Handler : Counted {
        using Counted::Counted;
        void get() { throw web::HTTPError{503}; }
        void write_error(int, std::exception_ptr) override {
            write("half");
            flush();
            throw std::runtime_error{"in write_error"};
        }
    };
    int finishes = 0;
    serve<Handler>(std::ref(finishes));
    const auto expected = expect_uncaught("in write_error");
    const auto raw = fetch_raw(request_for("/"));
    BOOST_TEST(raw.find("half") != std::string::npos);
    BOOST_TEST(raw.find("0\r\n\r\n") == std::string::npos);
    BOOST_TEST(finishes == 1);
}

BOOST_AUTO_TEST_SUITE_END()
