#include <tornado/web/application.hpp>

#include <boost/test/unit_test.hpp>
#include <tornado/ioloop/time_limit.hpp>
#include <tornado/iostream.hpp>
#include <tornado/web/handlers.hpp>

#include "support.hpp"

namespace {

struct TimeoutTest : WebTest {
    TimeoutTest() { settings.handler_timeout = 5s; }

    /// How long a request takes.
    template <typename F>
    std::chrono::milliseconds time_of(F request) {
        const auto began = time.elapsed();
        request();
        return std::chrono::duration_cast<std::chrono::milliseconds>(time.elapsed() - began);
    }

    testing::VirtualTime time{io_loop()};
    Events events;
};

testing::ExpectLog expect_timeout(int milliseconds = 5000) {
    return testing::ExpectLog{
        logging::gen_log(), "took longer than " + std::to_string(milliseconds) + " ms"};
}

/// Takes so long.
struct Sleeper : web::RequestHandler {
    explicit Sleeper(std::chrono::milliseconds how_long) : duration{how_long} {}
    Future<void> get() {
        co_await gen::sleep(duration);
        write("slept");
    }
    std::chrono::milliseconds duration;
};

BOOST_AUTO_TEST_SUITE(handler_timeout)

BOOST_FIXTURE_TEST_CASE(is_known_to_all_that_the_handler_calls, TimeoutTest) {
    struct Handler : web::RequestHandler {
        explicit Handler(std::vector<std::chrono::nanoseconds>& all) : left{all} {}
        void note() {
            const auto* const end = tornado::stack_context::get(tornado::ioloop::must_end_by);
            left.push_back(
                end != nullptr ? *end - tornado::ioloop::IOLoop::current().time()
                               : std::chrono::nanoseconds{-1}
            );
        }
        Future<void> prepare() {
            note();
            co_await gen::sleep(1s);
        }
        Future<void> get() {
            note();
            co_await gen::sleep(1s);
            note();
        }
        std::vector<std::chrono::nanoseconds>& left;
    };
    std::vector<std::chrono::nanoseconds> left;
    serve<Handler>(std::ref(left));
    get();
    BOOST_TEST((left == std::vector<std::chrono::nanoseconds>{5s, 4s, 3s}));
    left.clear();
    settings.handler_timeout = 0s;
    WebTest unlimited;
    unlimited.serve<Handler>(std::ref(left));
    unlimited.get();
    BOOST_TEST((left == std::vector<std::chrono::nanoseconds>(3, std::chrono::nanoseconds{-1})));
}

BOOST_FIXTURE_TEST_CASE(a_handler_within_it_answers, TimeoutTest) {
    serve<Sleeper>(4900ms);
    BOOST_TEST(get().body == "slept");
}

BOOST_FIXTURE_TEST_CASE(beyond_it_the_answer_is_503, TimeoutTest) {
    const auto expected = expect_timeout();
    serve<Sleeper>(1h);
    const auto taken = time_of([this] { BOOST_TEST(get().code == 503); });
    BOOST_TEST((taken >= 5000ms && taken <= 5200ms));
}

BOOST_FIXTURE_TEST_CASE(the_handler_is_cancelled, TimeoutTest) {
    struct Handler : web::RequestHandler {
        explicit Handler(Events& seen) : events{seen} {}
        ~Handler() override { events.push_back("destroyed"); }
        Future<void> get() {
            const ScopeNote note{events};
            co_await gen::sleep(1h);
        }
        struct ScopeNote {
            ~ScopeNote() { events.push_back("unwound"); }
            Events& events;
        };
        void on_finish() override { events.push_back("on_finish"); }
        Events& events;
    };
    const auto expected = expect_timeout();
    serve<Handler>(std::ref(events));
    BOOST_TEST(get().code == 503);
    BOOST_TEST(joined(events) == "unwound on_finish destroyed");
}

BOOST_FIXTURE_TEST_CASE(the_connection_goes_on, TimeoutTest) {
    const auto expected = expect_timeout();
    routes.push_back(web::url<Sleeper>("/long", 1h));
    routes.push_back(web::url<Sleeper>("/short", 0ms));
    auto connection = connect();
    connection.send(request_for("/long") + request_for("/short"));
    BOOST_TEST(connection.read_response().code == 503);
    BOOST_TEST(connection.read_response().body == "slept");
}

BOOST_FIXTURE_TEST_CASE(prepare_and_the_verb_have_it_together, TimeoutTest) {
    struct Handler : Sleeper {
        using Sleeper::Sleeper;
        Future<void> prepare() { return gen::sleep(duration); }
    };
    const auto expected = expect_timeout();
    routes.push_back(web::url<Handler>("/fits", 2400ms));
    routes.push_back(web::url<Handler>("/does_not", 2700ms));
    BOOST_TEST(get("/fits").code == 200);
    BOOST_TEST(get("/does_not").code == 503);
}

BOOST_FIXTURE_TEST_CASE(a_response_that_has_begun_ends_broken, TimeoutTest) {
    struct Handler : web::RequestHandler {
        Future<void> get() {
            write("half");
            co_await flush();
            co_await gen::sleep(1h);
        }
    };
    const auto expected = expect_timeout();
    const testing::ExpectLog too_late{logging::gen_log(), "after headers written"};
    serve<Handler>();
    const auto text = fetch_raw(request_for("/"));
    BOOST_TEST(text.ends_with("\r\n4\r\nhalf\r\n"));  // and no last chunk
}

BOOST_FIXTURE_TEST_CASE(a_route_may_have_its_own, TimeoutTest) {
    const auto expected = expect_timeout(1000);
    routes.push_back(web::url<Sleeper>("/shorter", {.handler_timeout = 1s}, 2000ms));
    routes.push_back(web::url<Sleeper>("/longer", {.handler_timeout = 1h}, 30min));
    routes.push_back(web::url<Sleeper>("/none", {.handler_timeout = 0s}, 10h));
    BOOST_TEST(get("/shorter").code == 503);
    BOOST_TEST(fetch("/longer", {.timeout = 24h}).code == 200);
    BOOST_TEST(fetch("/none", {.timeout = 24h}).code == 200);
}

BOOST_FIXTURE_TEST_CASE(a_handler_may_say_itself, TimeoutTest) {
    struct Handler : Sleeper {
        Handler(std::chrono::milliseconds limit, std::chrono::milliseconds how_long, bool in_verb)
            : Sleeper{how_long},
              own_limit{limit},
              late{in_verb} {}
        void prepare() {
            if (!late) {
                set_handler_timeout(own_limit);
            }
        }
        Future<void> get() {
            if (late) {
                co_await gen::sleep(1s);
                set_handler_timeout(own_limit);
            }
            co_await gen::sleep(duration);
            write("slept");
        }
        std::chrono::milliseconds own_limit;
        bool late;
    };
    for (const bool late : {false, true}) {
        const std::string where = late ? "/verb" : "/prepare";
        routes.push_back(web::url<Handler>(where + "/less", 1s, 2s, late));
        routes.push_back(web::url<Handler>(where + "/more", 8s, 7s, late));
        routes.push_back(web::url<Handler>(where + "/none", 0s, 9s, late));
    }
    const auto expected = expect_timeout(1000);
    for (const std::string where : {"/prepare", "/verb"}) {
        BOOST_TEST(get(where + "/less").code == 503);
        BOOST_TEST(fetch(where + "/more", {.timeout = 1h}).code == 200);
        BOOST_TEST(fetch(where + "/none", {.timeout = 1h}).code == 200);
    }
}

BOOST_FIXTURE_TEST_CASE(a_handler_that_does_not_heed_it_is_answered_for, TimeoutTest) {
    struct Handler : web::RequestHandler {
        explicit Handler(Events& seen) : events{seen} {}
        Future<void> get() {
            try {
                co_await gen::sleep(1h);
            } catch (const CancelledError&) {
                events.push_back("cancelled");
            }
            co_await gen::sleep(1h);
            events.push_back("over");
        }
        Events& events;
    };
    const auto expected = expect_timeout();
    serve<Handler>(std::ref(events));
    const auto taken = time_of([this] { BOOST_TEST(get().code == 503); });
    BOOST_TEST((taken >= 6000ms && taken <= 6400ms));
    BOOST_TEST(joined(events) == "cancelled");
    run([] { return gen::sleep(2h); });
    BOOST_TEST(joined(events) == "cancelled over");
}

BOOST_FIXTURE_TEST_CASE(a_handler_may_answer_for_itself, TimeoutTest) {
    struct Handler : web::RequestHandler {
        Future<void> get() {
            try {
                co_await gen::sleep(1h);
            } catch (const CancelledError&) {
                set_status(202);
            }
            write("later");
        }
    };
    serve<Handler>();
    const auto response = get();
    BOOST_TEST(response.code == 202);
    BOOST_TEST(response.body == "later");
}

BOOST_FIXTURE_TEST_CASE(a_future_that_is_no_coroutine_is_cut_short_too, TimeoutTest) {
    struct Handler : web::RequestHandler {
        explicit Handler(Promise<void>& never) : promise{never} {}
        Future<void> get() { return promise.future(); }
        Promise<void>& promise;
    };
    const auto expected = expect_timeout();
    Promise<void> never;
    serve<Handler>(std::ref(never));
    BOOST_TEST(get().code == 503);
}

BOOST_FIXTURE_TEST_CASE(what_goes_on_behind_the_response_is_cancelled_too, TimeoutTest) {
    struct Handler : web::RequestHandler {
        explicit Handler(Events& seen) : events{seen} {}
        ~Handler() override { events.push_back("destroyed"); }
        Future<void> get() {
            finish("done");
            co_await gen::sleep(1h);
            events.push_back("over");
        }
        Events& events;
    };
    serve<Handler>(std::ref(events));
    BOOST_TEST(get().body == "done");
    run([] { return gen::sleep(6s); });
    BOOST_TEST(joined(events) == "destroyed");
}

BOOST_FIXTURE_TEST_CASE(waiting_for_a_streamed_body_does_not_count, TimeoutTest) {
    struct Handler : web::RequestHandler {
        Future<void> data_received(std::string_view chunk) {
            const auto duration = chunk == "slow" ? 6s : 4s;
            co_await gen::sleep(duration);
        }
        Future<void> post() {
            co_await gen::sleep(4s);
            write("done");
        }
    };
    const auto expected = expect_timeout();
    serve<Handler>();
    auto connection = connect();
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n";
    connection.send(head + "abc");
    run([] { return gen::sleep(9s); });
    connection.send("def");
    BOOST_TEST(connection.read_response("POST").body == "done");
    connection.send(head + "slow");
    BOOST_TEST(connection.read_response("POST").code == 503);
}

/// Waits for its client, and then for so long.
struct Streamer : web::RequestHandler {
    explicit Streamer(std::chrono::milliseconds how_long) : duration{how_long} {}
    Future<void> get() {
        co_await gen::sleep(2s);
        write(std::string(size, 'x'));
        co_await flush();
        co_await gen::sleep(duration);
        write("end");
    }
    static constexpr std::size_t size = 20'000'000;
    std::chrono::milliseconds duration;
};

/// Asks, and begins to read the answer so much later.
std::string read_late(TimeoutTest& test, std::chrono::milliseconds later) {
    auto connection = test.connect();
    connection.send(request_for("/", "Connection: close\r\n"));
    test.run([later] { return gen::sleep(later); });
    return connection.read_until_close();
}

BOOST_FIXTURE_TEST_CASE(waiting_for_a_slow_client_does_not_count, TimeoutTest) {
    serve<Streamer>(2500ms);
    BOOST_TEST(read_late(*this, 30s).ends_with("3\r\nend\r\n0\r\n\r\n"));
}

BOOST_FIXTURE_TEST_CASE(what_comes_before_and_after_a_slow_client_counts_together, TimeoutTest) {
    const auto expected = expect_timeout();
    const testing::ExpectLog too_late{logging::gen_log(), "after headers written"};
    serve<Streamer>(3500ms);
    const auto seen = read_late(*this, 30s);
    BOOST_TEST(seen.size() > Streamer::size);
    BOOST_TEST(!seen.ends_with("0\r\n\r\n"));
}

BOOST_FIXTURE_TEST_CASE(a_flush_that_nobody_awaits_stops_it_no_longer_than_it_lasts, TimeoutTest) {
    struct Handler : web::RequestHandler {
        Future<void> get() {
            write(std::string(Streamer::size, 'x'));
            flush();
            write("more");
            flush();
            co_await gen::sleep(1h);
        }
    };
    const auto expected = expect_timeout();
    const testing::ExpectLog too_late{logging::gen_log(), "after headers written"};
    serve<Handler>();
    const auto taken = time_of([this] { read_late(*this, 30s); });
    BOOST_TEST((taken >= 35s && taken <= 37s));
}

BOOST_FIXTURE_TEST_CASE(a_detached_stream_is_not_limited, TimeoutTest) {
    struct Handler : web::RequestHandler {
        Future<void> get() {
            co_await gen::sleep(1s);
            auto stream = detach();
            co_await gen::sleep(1h);
            co_await stream.write("an hour later");
        }
    };
    serve<Handler>();
    auto connection = connect();
    connection.send(request_for("/"));
    run([] { return gen::sleep(2h); });
    BOOST_TEST(connection.read_until_close() == "an hour later");
}

// The server's own

struct ServerTimeoutTest : TimeoutTest {
    ServerTimeoutTest() { settings.handler_timeout = 0s; }
    tornado::httpserver::HTTPServerOptions get_httpserver_options() override {
        return {.handler_timeout = 5s};
    }
};

testing::ExpectLog expect_server_timeout() {
    return testing::ExpectLog{logging::app_log(), "No response within 5000 ms: GET /"};
}

BOOST_FIXTURE_TEST_CASE(of_the_server_cancels_the_handler_as_well, ServerTimeoutTest) {
    struct Handler : web::RequestHandler {
        explicit Handler(Events& seen) : events{seen} {}
        ~Handler() override { events.push_back("destroyed"); }
        Future<void> get() {
            try {
                co_await gen::sleep(1h);
            } catch (const CancelledError&) {
                events.push_back("cancelled");
                throw;
            }
        }
        void on_connection_close() override { events.push_back("on_connection_close"); }
        void on_finish() override { events.push_back(std::to_string(get_status())); }
        Events& events;
    };
    const auto expected = expect_server_timeout();
    const auto told = expect_timeout();
    serve<Handler>(std::ref(events));
    const auto taken = time_of([this] { BOOST_TEST(get().code == 503); });
    BOOST_TEST((taken >= 5000ms && taken <= 7000ms));
    time.settle();
    BOOST_TEST(joined(events) == "cancelled 503 destroyed");
}

BOOST_FIXTURE_TEST_CASE(of_the_server_ends_one_that_does_not_heed_it, ServerTimeoutTest) {
    struct Handler : web::RequestHandler {
        Handler(Promise<void>& its, Events& seen) : promise{its}, events{seen} {}
        Future<void> get() {
            try {
                co_await gen::sleep(1h);
            } catch (const CancelledError&) {
            }
            co_await promise.future();
        }
        void on_finish() override { events.push_back(std::to_string(get_status())); }
        Promise<void>& promise;
        Events& events;
    };
    const auto expected = expect_server_timeout();
    const auto told = expect_timeout();
    Promise<void> promise;
    serve<Handler>(std::ref(promise), std::ref(events));
    BOOST_TEST(get().code == 503);
    time.advance(10s);
    BOOST_TEST(joined(events) == "503");
    promise.set_result();
    time.settle();
    BOOST_TEST(joined(events) == "503");
}

BOOST_FIXTURE_TEST_CASE(of_the_server_gives_way_to_that_of_a_handler, ServerTimeoutTest) {
    struct Handler : Sleeper {
        using Sleeper::Sleeper;
        void prepare() { set_handler_timeout(0s); }
    };
    routes.push_back(web::url<Handler>("/handler", 1h));
    routes.push_back(web::url<Sleeper>("/route", {.handler_timeout = 24h}, 1h));
    BOOST_TEST(fetch("/handler", {.timeout = 24h}).body == "slept");
    BOOST_TEST(fetch("/route", {.timeout = 24h}).body == "slept");
}

BOOST_FIXTURE_TEST_CASE(of_the_server_counts_again_for_what_is_handed_over, ServerTimeoutTest) {
    const auto expected = expect_server_timeout();
    web::Application other{{web::url<Sleeper>("/.*", 20s)}};
    settings.handler_timeout = 2s;
    routes.push_back(
        web::url<web::FallbackHandler>("/long", {.handler_timeout = 24h}, std::ref(other))
    );
    routes.push_back(web::url<web::FallbackHandler>("/.*", std::ref(other)));
    const auto taken = time_of([this] { BOOST_TEST(get().code == 503); });
    BOOST_TEST((taken >= 5000ms && taken <= 7000ms));
    BOOST_TEST(fetch("/long", {.timeout = 24h}).body == "slept");
}

BOOST_FIXTURE_TEST_CASE(of_the_application_stands_instead_of_the_servers, ServerTimeoutTest) {
    const auto told = expect_timeout(30'000);
    settings.handler_timeout = 30s;
    serve<Sleeper>(1h);
    const auto taken = time_of([this] { BOOST_TEST(fetch("/", {.timeout = 1h}).code == 503); });
    BOOST_TEST((taken >= 30s && taken <= 31s));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
