#include <tornado/web/request_handler.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "../log_capture.hpp"
#include "support.hpp"

namespace data = boost::unit_test::data;

/// Notes how much of a body it has when all is over.
struct BodyHolder : web::RequestHandler {
    explicit BodyHolder(std::vector<std::size_t>& to) : sizes{to} {}
    void get() {}
    void post() {}
    void on_finish() override { sizes.push_back(request().body().size()); }
    std::vector<std::size_t>& sizes;
};

/// Does so in its prepare(), whatever the method.
struct PreparedHolder : BodyHolder {
    using BodyHolder::BodyHolder;
    void prepare() { write("prepared "); }
};

BOOST_AUTO_TEST_SUITE(lifecycle)

BOOST_FIXTURE_TEST_CASE(a_body_that_nobody_wants_is_not_kept, WebTest) {
    std::vector<std::size_t> sizes;
    serve<BodyHolder>(std::ref(sizes));
    routes.push_back(web::url<PreparedHolder>("/prepared", std::ref(sizes)));
    const auto code = [&](std::string method, std::string_view path) {
        return fetch(path, {.body = std::string(100'000, 'x'), .method = std::move(method)}).code;
    };
    BOOST_TEST(code("POST", "/") == 200);
    BOOST_TEST(code("PUT", "/") == 405);
    BOOST_TEST(code("PUT", "/prepared") == 405);  // prepare() might have looked at it
    const std::vector<std::size_t> expected{100'000, 0, 100'000};
    BOOST_TEST(sizes == expected, boost::test_tools::per_element());
    BOOST_TEST(code("POST", "/nowhere") == 404);
}

BOOST_FIXTURE_TEST_CASE(a_body_that_nobody_wants_is_not_asked_for, WebTest) {
    std::vector<std::size_t> sizes;
    serve<BodyHolder>(std::ref(sizes));
    const std::string fields =
        " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 104857600\r\n\r\n";
    for (const auto& [line, code] :
         {std::pair{"POST /nowhere", 404}, {"PUT /", 405}, {"BREW /", 405}}) {
        auto connection = connect();
        connection.send(line + fields);
        const auto response = connection.read_response();
        BOOST_TEST(response.code == code, line);
        BOOST_TEST(header(response, "Connection") == "close");
    }
    auto connection = connect();
    connection.send(
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    );
    BOOST_TEST(connection.read_bytes(25) == "HTTP/1.1 100 Continue\r\n\r\n");
    connection.send("hi");
    BOOST_TEST(connection.read_response().code == 200);
    connection.send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n");
    const auto bodiless = connection.read_response();
    BOOST_TEST(bodiless.code == 405);
    BOOST_TEST(header(bodiless, "Connection") == "(none)");
}

/// Writes down what happens to it.
struct Witness : web::RequestHandler {
    explicit Witness(Events& seen) : events{seen} {}
    void set_default_headers() override { events.push_back("defaults"); }
    void on_finish() override { events.push_back("on_finish"); }
    void on_connection_close() override { events.push_back("closed"); }
    ~Witness() override { events.push_back("destroyed"); }
    Events& events;
};

BOOST_FIXTURE_TEST_CASE(hooks_come_in_order, WebTest) {
    struct Handler : Witness {
        explicit Handler(Events& seen) : Witness{seen} { events.push_back("made"); }
        void prepare() { events.push_back("prepare"); }
        void get() {
            events.push_back("get");
            finish("x");
            events.push_back("after_finish");
        }
    };
    Events events;
    serve<Handler>(std::ref(events));
    get();
    BOOST_TEST(joined(events) == "made defaults prepare get on_finish after_finish destroyed");
}

BOOST_FIXTURE_TEST_CASE(the_verb_waits_for_an_asynchronous_prepare, WebTest) {
    struct Handler : Witness {
        using Witness::Witness;
        Future<void> prepare() {
            events.push_back("prepare");
            co_await gen::sleep(1ms);
            events.push_back("prepared");
        }
        Future<void> get() {
            events.push_back("get");
            co_await gen::sleep(1ms);
            events.push_back("got");
            write("body");
        }
    };
    Events events;
    serve<Handler>(std::ref(events));
    BOOST_TEST(get().body == "body");
    BOOST_TEST(joined(events) == "defaults prepare prepared get got on_finish destroyed");
}

BOOST_FIXTURE_TEST_CASE(prepare_may_answer_itself, WebTest) {
    struct Handler : Witness {
        using Witness::Witness;
        void prepare() { finish("from prepare"); }
        void get() { events.push_back("get"); }
    };
    Events events;
    serve<Handler>(std::ref(events));
    BOOST_TEST(get().body == "from prepare");
    BOOST_TEST(joined(events) == "defaults on_finish destroyed");
}

BOOST_FIXTURE_TEST_CASE(asynchronous_prepare_may_answer_itself, WebTest) {
    struct Handler : Witness {
        using Witness::Witness;
        Future<void> prepare() {
            co_await gen::moment();
            redirect("/elsewhere");
            co_await gen::moment();
        }
        void get() { events.push_back("get"); }
    };
    Events events;
    serve<Handler>(std::ref(events));
    BOOST_TEST(get().code == 302);
    run([] { return gen::sleep(1ms); });
    BOOST_TEST(joined(events) == "defaults on_finish destroyed");
}

BOOST_DATA_TEST_CASE_F(
    WebTest,
    exception_in_prepare_keeps_the_verb_from_running,
    data::make({"GET", "POST"}),
    method
) {
    struct Handler : Witness {
        using Witness::Witness;
        Future<void> prepare() {
            if (request().method() == "POST") {
                co_await gen::moment();
            }
            throw web::HTTPError{403};
        }
        void get() { events.push_back("verb"); }
        void post() { get(); }
    };
    Events events;
    serve<Handler>(std::ref(events));
    BOOST_TEST(get("/", {}, method).code == 403);
    BOOST_TEST(joined(events) == "defaults defaults on_finish destroyed");
}

BOOST_FIXTURE_TEST_CASE(prepare_runs_before_a_405_of_a_known_method, WebTest) {
    struct Handler : Witness {
        using Witness::Witness;
        void prepare() { events.push_back("prepare"); }
    };
    Events events;
    serve<Handler>(std::ref(events));
    BOOST_TEST(get().code == 405);
    BOOST_TEST(joined(events) == "defaults prepare defaults on_finish destroyed");
    events.clear();
    BOOST_TEST(get("/", {}, "FOO").code == 405);
    BOOST_TEST(joined(events) == "defaults defaults on_finish destroyed");
}

struct Slow : Witness {
    Slow(Events& seen, Promise<void>& gate) : Witness{seen}, go_on{gate} {}
    Future<void> get() {
        events.push_back("get");
        try {
            co_await go_on.future();
        } catch (const CancelledError&) {
            events.push_back("cancelled");
            throw;
        }
        write("slow");
    }
    Promise<void>& go_on;
};

/// Lets the loop run until `events` has `last`.
void wait_for(WebTest& test, const Events& events, std::string_view last) {
    test.run([&events, last]() -> Future<void> {
        while (events.empty() || events.back() != last) {
            co_await gen::sleep(1ms);
        }
    });
}

BOOST_FIXTURE_TEST_CASE(client_that_leaves_is_reported_and_the_verb_goes_on, WebTest) {
    Events events;
    Promise<void> go_on;
    serve<Slow>(std::ref(events), std::ref(go_on));
    auto connection = connect();
    connection.send(request_for("/"));
    wait_for(*this, events, "get");
    connection.close();
    wait_for(*this, events, "closed");
    go_on.set_result();
    wait_for(*this, events, "destroyed");
    BOOST_TEST(joined(events) == "defaults get closed on_finish destroyed");
}

BOOST_FIXTURE_TEST_CASE(client_that_leaves_cancels_the_verb_when_so_set, WebTest) {
    Events events;
    Promise<void> go_on;
    serve<Slow>(std::ref(events), std::ref(go_on));
    settings.cancel_on_disconnect = true;
    auto connection = connect();
    connection.send(request_for("/"));
    wait_for(*this, events, "get");
    connection.close();
    wait_for(*this, events, "destroyed");
    BOOST_TEST(joined(events) == "defaults get closed cancelled on_finish destroyed");
}

BOOST_FIXTURE_TEST_CASE(client_that_leaves_after_the_response_is_not_reported, WebTest) {
    struct Handler : Witness {
        using Witness::Witness;
        void get() {}
    };
    Events events;
    serve<Handler>(std::ref(events));
    auto connection = connect();
    connection.send(request_for("/"));
    static_cast<void>(connection.read_response());
    connection.close();
    run([] { return gen::sleep(5ms); });
    BOOST_TEST(joined(events) == "defaults on_finish destroyed");
}

BOOST_FIXTURE_TEST_CASE(client_that_ends_its_side_still_gets_its_response, WebTest) {
    Events events;
    Promise<void> go_on;
    serve<Slow>(std::ref(events), std::ref(go_on));
    auto connection = connect();
    connection.send(request_for("/"));
    connection.shutdown_output();
    wait_for(*this, events, "closed");
    go_on.set_result();
    BOOST_TEST(connection.read_response().body == "slow");
}

BOOST_FIXTURE_TEST_CASE(client_that_ends_its_side_cancels_the_verb_when_so_set, WebTest) {
    Events events;
    Promise<void> go_on;
    serve<Slow>(std::ref(events), std::ref(go_on));
    settings.cancel_on_disconnect = true;
    auto connection = connect();
    connection.send(request_for("/"));
    connection.shutdown_output();  // all that can be seen of a client that closes, too
    wait_for(*this, events, "destroyed");
    BOOST_TEST(joined(events) == "defaults get closed cancelled on_finish destroyed");
    BOOST_CHECK_THROW(static_cast<void>(connection.read_response()), iostream::StreamClosedError);
}

BOOST_FIXTURE_TEST_CASE(on_connection_close_may_finish, WebTest) {
    struct Handler : Slow {
        using Slow::Slow;
        void on_connection_close() override {
            events.push_back("closed");
            finish("nobody reads this");
        }
    };
    Events events;
    Promise<void> go_on;
    serve<Handler>(std::ref(events), std::ref(go_on));
    auto connection = connect();
    connection.send(request_for("/"));
    wait_for(*this, events, "get");
    connection.close();
    wait_for(*this, events, "on_finish");
    const auto expected =
        expect_uncaught("write\\(\\) after finish");  // by the verb, when it goes on
    go_on.set_result();
    wait_for(*this, events, "destroyed");
    BOOST_TEST(joined(events) == "defaults get closed on_finish destroyed");
}

BOOST_FIXTURE_TEST_CASE(exception_in_on_connection_close_is_logged, WebTest) {
    struct Handler : Slow {
        using Slow::Slow;
        void on_connection_close() override {
            events.push_back("closed");
            throw std::runtime_error{"in close"};
        }
    };
    Events events;
    Promise<void> go_on;
    serve<Handler>(std::ref(events), std::ref(go_on));
    const auto expected = expect_uncaught("in on_connection_close: .*in close");
    auto connection = connect();
    connection.send(request_for("/"));
    wait_for(*this, events, "get");
    connection.close();
    wait_for(*this, events, "closed");
    go_on.set_result();
    wait_for(*this, events, "destroyed");
}

BOOST_FIXTURE_TEST_CASE(writing_to_a_client_that_has_left_is_harmless, WebTest) {
    struct Handler : Slow {
        using Slow::Slow;
        Future<void> get() {
            write("unread");  // when the client closes, this makes it reset the connection
            co_await flush();
            events.push_back("get");
            co_await go_on.future();
            write("one");
            try {
                co_await flush();
            } catch (const iostream::StreamClosedError&) {
                events.push_back("refused");
            }
            write("two");
        }
    };
    Events events;
    Promise<void> go_on;
    serve<Handler>(std::ref(events), std::ref(go_on));
    auto connection = connect();
    connection.send(request_for("/"));
    wait_for(*this, events, "get");
    connection.close();
    wait_for(*this, events, "closed");
    go_on.set_result();
    wait_for(*this, events, "destroyed");
    BOOST_TEST(joined(events) == "defaults get closed refused on_finish destroyed");
}

BOOST_FIXTURE_TEST_CASE(a_client_that_left_while_written_to_is_no_error_of_the_handlers, WebTest) {
    struct Handler : Slow {
        using Slow::Slow;
        Future<void> get() {
            write("unread");  // when the client closes, this makes it reset the connection
            co_await flush();
            events.push_back("get");
            co_await go_on.future();
            write("more");
            co_await flush();
        }
    };
    Events events;
    Promise<void> go_on;
    serve<Handler>(std::ref(events), std::ref(go_on));
    const LogCapture logged;
    auto connection = connect();
    connection.send(request_for("/"));
    wait_for(*this, events, "get");
    connection.close();
    wait_for(*this, events, "closed");
    go_on.set_result();
    wait_for(*this, events, "destroyed");
    BOOST_TEST(joined(events) == "defaults get closed on_finish destroyed");
    BOOST_TEST(logged.size() == 0U);
}

BOOST_FIXTURE_TEST_CASE(handler_may_go_on_after_finish, WebTest) {
    struct Handler : Slow {
        using Slow::Slow;
        Future<void> get() {
            finish("early");
            co_await go_on.future();
            events.push_back("went on: " + std::string{request().uri()});
        }
    };
    Events events;
    Promise<void> go_on;
    serve<Handler>(std::ref(events), std::ref(go_on));
    auto connection = connect();
    connection.send(request_for("/"));
    BOOST_TEST(connection.read_response().body == "early");
    connection.send(request_for("/?second"));  // the connection is free for others
    BOOST_TEST(connection.read_response().body == "early");
    connection.close();
    go_on.set_result();
    wait_for(*this, events, "destroyed");
    BOOST_TEST(
        joined(events) ==
        "defaults on_finish defaults on_finish went on: / destroyed went on: /?second destroyed"
    );
}

BOOST_FIXTURE_TEST_CASE(views_stay_valid_while_the_handler_waits, WebTest) {
    struct Handler : web::RequestHandler {
        Future<void> get(std::string_view plain, std::string_view decoded) {
            const auto uri = request().uri();
            const auto agent = request().headers().first("User-Agent").value_or("");
            const auto path = request().path();
            co_await gen::sleep(2ms);
            for (const auto view : {plain, decoded, uri, agent, path}) {
                write(view);
                write("|");
            }
        }
    };
    routes = {web::url<Handler>("/(.*)/(.*)")};
    auto connection = connect();
    const auto request = request_for("/first/a%20b", "User-Agent: me\r\n");
    connection.send(request + request_for("/" + std::string(3000, 'x') + "/y"));
    connection.send(request);
    const std::string expected = "first|a b|/first/a%20b|me|/first/a%20b|";
    BOOST_TEST(connection.read_response().body == expected);
    BOOST_TEST(connection.read_response().body.starts_with("xxx"));
    BOOST_TEST(connection.read_response().body == expected);
}

BOOST_FIXTURE_TEST_CASE(pipelined_requests_are_answered_in_order, WebTest) {
    struct Handler : web::RequestHandler {
        Future<void> get(int number) {
            if (number % 3 == 1) {
                co_await gen::moment();
            } else if (number % 7 == 2) {
                co_await gen::sleep(1ms);
            }
            if (number % 5 == 4) {
                write("flushed ");
                flush();
            }
            write(std::to_string(number));
        }
    };
    struct Sync : web::RequestHandler {
        void get(int number) { write("sync " + std::to_string(number)); }
    };
    routes = {web::url<Handler>("/async/(.*)"), web::url<Sync>("/sync/(.*)")};
    constexpr int count = 200;
    std::string requests;
    for (int i = 0; i < count; ++i) {
        requests += request_for((i % 2 == 0 ? "/async/" : "/sync/") + std::to_string(i));
    }
    auto connection = connect();
    connection.send(requests);
    for (int i = 0; i < count; ++i) {
        const auto body = connection.read_response().body;
        const std::string flushed = i % 2 == 0 && i % 5 == 4 ? "flushed " : "";
        BOOST_TEST(body == (i % 2 == 0 ? flushed : "sync ") + std::to_string(i));
    }
}

BOOST_FIXTURE_TEST_CASE(handlers_of_several_connections_run_side_by_side, WebTest) {
    Events events;
    Promise<void> go_on;
    serve<Slow>(std::ref(events), std::ref(go_on));
    auto first = connect();
    auto second = connect();
    first.send(request_for("/"));
    wait_for(*this, events, "get");
    events.clear();
    second.send(request_for("/"));
    wait_for(*this, events, "get");
    go_on.set_result();
    BOOST_TEST(first.read_response().body == "slow");
    BOOST_TEST(second.read_response().body == "slow");
}

BOOST_FIXTURE_TEST_CASE(verb_may_return_a_future_that_is_no_coroutine, WebTest) {
    struct Handler : Slow {
        using Slow::Slow;
        Future<void> get() {
            write("late");
            events.push_back("get");
            return go_on.future();
        }
    };
    Events events;
    Promise<void> go_on;
    serve<Handler>(std::ref(events), std::ref(go_on));
    auto connection = connect();
    connection.send(request_for("/"));
    wait_for(*this, events, "get");
    go_on.set_result();
    BOOST_TEST(connection.read_response().body == "late");
}

BOOST_FIXTURE_TEST_CASE(loop_that_closes_unwinds_waiting_handlers, WebTest) {
    Events events;
    Promise<void> go_on;
    serve<Slow>(std::ref(events), std::ref(go_on));
    auto connection = connect();
    connection.send(request_for("/"));
    wait_for(*this, events, "get");
    connection.close();
    teardown();
    BOOST_TEST(joined(events) == "defaults get closed cancelled on_finish destroyed");
}

BOOST_AUTO_TEST_CASE(handler_that_waits_may_outlive_the_application) {
    Events events;
    Promise<void> go_on;
    {
        testing::AsyncTestCase test;
        {
            auto application = std::make_unique<web::Application>(std::vector{
                web::url<Slow>("/", std::ref(events), std::ref(go_on))});
            auto& server = application->listen(0, {.address = "127.0.0.1"});
            testing::RawConnection connection{
                test, tornado::netutil::Address{"127.0.0.1", server.port()}};
            connection.send(request_for("/"));
            test.run([&events]() -> Future<void> {
                while (events.empty() || events.back() != "get") {
                    co_await gen::sleep(1ms);
                }
            });
            application.reset();
        }
        BOOST_TEST(joined(events) == "defaults get closed");
    }
    BOOST_TEST(joined(events) == "defaults get closed cancelled destroyed");
}

BOOST_AUTO_TEST_SUITE_END()
