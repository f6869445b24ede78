#include <tornado/web/request_handler.hpp>

#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <tornado/locale.hpp>

#include "support.hpp"

namespace data = boost::unit_test::data;

// What is thrown at each step of a handler's life.
namespace {

/// Where a handler fails: at once or after it has waited, before or after its first flush.
struct Step {
    std::string where;
    bool waits = false;
    bool flushed = false;
};

struct Failing : web::RequestHandler {
    Failing(Step its, Events& seen) : step{std::move(its)}, events{seen} {}

    Future<void> prepare() { return at("prepare"); }
    Future<void> get() {
        if (step.waits) {
            co_await gen::moment();
        }
        events.push_back("verb");
        write("body");
        if (step.flushed) {
            flush();
        }
        fail_in("verb");
        static_cast<void>(current_user());
        static_cast<void>(get_argument("a"));
        static_cast<void>(locale());
    }
    Future<void> post() { return get(); }

    void check_xsrf_cookie() override {
        if (step.where == "check_xsrf_cookie") {
            flush_and_fail();
        }
    }
    web::User get_current_user() override {
        fail_in("get_current_user");
        return {};
    }
    [[nodiscard]] std::string decode_argument(std::string_view value, std::string_view name)
        const override {
        fail_in("decode_argument");
        return RequestHandler::decode_argument(value, name);
    }
    std::shared_ptr<const tornado::locale::Locale> get_user_locale() override {
        fail_in("get_user_locale");
        return nullptr;
    }
    [[nodiscard]] std::optional<std::string> compute_etag() const override {
        fail_in("compute_etag");
        return std::nullopt;
    }
    void on_finish() override { events.push_back("on_finish"); }

    /// Fails here, if this is the step.
    Future<void> at(std::string_view where) {
        if (where != step.where) {
            return Future<void>::ready();
        }
        if (!step.waits) {
            flush_and_fail();
        }
        return fail_later();
    }
    void fail_in(std::string_view where) const {
        if (where == step.where) {
            throw std::runtime_error{"failed"};
        }
    }
    void flush_and_fail() {
        if (step.flushed) {
            write("begun");
            flush();
        }
        fail_in(step.where);
    }
    Future<void> fail_later() {
        co_await gen::moment();
        flush_and_fail();
    }

    const Step step;
    Events& events;
};

struct Loading : Failing {
    using Failing::Failing;
    Future<web::User> load_current_user() override {
        co_await at("load_current_user");
        co_return web::User{};
    }
};

struct Streaming : Failing {
    using Failing::Failing;
    Future<void> data_received(std::string_view) { return at("data_received"); }
};

Future<void> fail_around(web::RequestHandler& handler, web::Next next) {
    auto* const failing = dynamic_cast<Failing*>(&handler);
    if (failing != nullptr) {
        co_await failing->at("before_next");
    }
    co_await next();
    if (failing != nullptr) {
        co_await failing->at("behind_next");
    }
}

struct Fine : web::RequestHandler {
    void get() { write("fine"); }
};

struct LifecycleErrorsTest : WebTest {
    App get_app() override {
        app = std::make_shared<web::Application>(routes, std::move(settings));
        if (wrapped) {
            app->use(fail_around);
        }
        return app;
    }
    void serve_failing(const Step& step) {
        settings.xsrf_cookies = true;
        routes = {
            web::url<Failing>("/", step, std::ref(events)),
            web::url<Loading>("/user", step, std::ref(events)),
            web::url<Streaming>("/body", step, std::ref(events)),
            web::url<Fine>("/fine")};
    }
    static std::string request_to_fail(std::string_view where) {
        const std::string method = where == "compute_etag" ? "GET" : "POST";
        const std::string path = where == "load_current_user" ? "/user"
                                 : where == "data_received"   ? "/body"
                                                              : "/";
        return method + " " + path + "?a=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";
    }

    bool wrapped = false;
    std::shared_ptr<web::Application> app;
    Events events;
};

const std::string before_the_verb[] =
    {"check_xsrf_cookie", "load_current_user", "prepare", "data_received", "before_next"};
const std::string from_the_verb_on[] = {
    "verb",
    "get_current_user",
    "decode_argument",
    "get_user_locale",
    "compute_etag",
    "behind_next"};
const auto places = data::make(before_the_verb) + data::make(from_the_verb_on);
const auto either = data::make({false, true});

}  // namespace

BOOST_AUTO_TEST_SUITE(lifecycle_errors)

BOOST_DATA_TEST_CASE_F(
    LifecycleErrorsTest,
    wherever_a_handler_throws_it_is_answered,
    places* either* either* either,
    where,
    waits,
    flushed,
    around
) {
    const bool needs_wrapping = where.ends_with("_next");
    const bool comes = !(where == "compute_etag" && flushed) && (around || !needs_wrapping);
    if (!comes) {
        return;
    }
    wrapped = around;
    serve_failing({where, waits, flushed});
    const auto uncaught = expect_uncaught("Uncaught exception .*std::runtime_error: failed");
    const testing::ExpectLog broken_off{
        logging::gen_log(), "after headers written", {.required = flushed}};
    if (flushed) {
        const auto raw = fetch_raw(request_to_fail(where));
        BOOST_TEST(raw.starts_with("HTTP/1.1 200 OK\r\n"));
        BOOST_TEST(raw.find("\r\n0\r\n\r\n") == raw.npos);
    } else {
        auto connection = connect();
        connection.send(request_to_fail(where));
        const auto response = connection.read_response();
        BOOST_TEST(response.code == 500);
        BOOST_TEST(response.body.find("500: Internal Server Error") != std::string::npos);
    }
    const bool has_verb =
        std::find(std::begin(from_the_verb_on), std::end(from_the_verb_on), where) !=
        std::end(from_the_verb_on);
    BOOST_TEST(joined(events) == (has_verb ? "verb on_finish" : "on_finish"));
    BOOST_TEST(uncaught.count() == 1U);
    BOOST_TEST(broken_off.count() == (flushed ? 1U : 0U));
    BOOST_TEST(get("/fine").body == "fine");
}

BOOST_FIXTURE_TEST_CASE(
    what_a_middleware_throws_behind_a_finished_response_is_only_logged,
    LifecycleErrorsTest
) {
    struct Finishing : web::RequestHandler {
        void get() { finish("whole"); }
    };
    serve<Finishing>();
    routes.front().use([](web::RequestHandler&, web::Next next) -> Future<void> {
        co_await next();
        throw std::runtime_error{"too late"};
    });
    const auto expected = expect_uncaught("too late");
    auto connection = connect();
    connection.send(request_for("/") + request_for("/"));
    BOOST_TEST(connection.read_response().body == "whole");
    BOOST_TEST(connection.read_response().body == "whole");
    BOOST_TEST(expected.count() == 2U);
}

// A drain

/// Waits until it is told to end, by the test or by the drain.
struct LongPoll : web::RequestHandler {
    LongPoll(Events& seen, bool fails) : events{seen}, fails_in_drain{fails} {}
    Future<void> get() {
        events.push_back("get");
        co_await end.future();
        write("over");
    }
    void on_drain() override {
        events.push_back("on_drain");
        end.set_result();
        if (fails_in_drain) {
            throw std::runtime_error{"in on_drain"};
        }
    }
    Events& events;
    const bool fails_in_drain;
    Promise<void> end;
};

BOOST_DATA_TEST_CASE_F(LifecycleErrorsTest, what_waits_hears_of_a_drain_once, either, fails) {
    serve<LongPoll>(std::ref(events), fails);
    routes.push_back(web::url<Fine>("/fine"));
    auto first = connect();
    auto second = connect();
    auto over = connect();
    over.send(request_for("/fine"));
    BOOST_TEST(over.read_response().body == "fine");
    for (auto* const connection : {&first, &second}) {
        connection->send(request_for("/"));
    }
    run([&]() -> Future<void> {
        while (events.size() < 2) {
            co_await gen::moment();
        }
    });
    const testing::ExpectLog expected{logging::app_log(), "in on_drain", {.required = fails}};
    const auto drained = http_server().drain();
    BOOST_TEST(first.read_response().body == "over");
    BOOST_TEST(second.read_response().body == "over");
    run([&] { return drained; });
    BOOST_TEST(joined(events) == "get get on_drain on_drain");
    BOOST_TEST(expected.count() == (fails ? 2U : 0U));
}

BOOST_AUTO_TEST_SUITE_END()
