// Middleware around handlers that take the body in pieces.
#include <boost/test/unit_test.hpp>

#include "middleware_support.hpp"

namespace {

struct Taker : web::RequestHandler {
    explicit Taker(Events& seen) : events{seen} {}
    Future<void> prepare() {
        co_await gen::moment();
        events.push_back("prepare");
    }
    void data_received(std::string_view chunk) {
        events.push_back(std::string{chunk});
        if (chunk == "bad") {
            throw web::HTTPError{400};
        }
        if (chunk == "end") {
            finish("early");
        }
    }
    void post() { write("taken"); }
    Events& events;
};

std::string post_head(std::size_t length) {
    return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

/// Waits before and behind.
struct SlowAround {
    Events& events;
    Future<void> operator()(web::RequestHandler&, web::Next next) {
        co_await gen::sleep(1ms);
        events.push_back("(");
        try {
            co_await next();
            events.push_back(")");
        } catch (const CancelledError&) {
            events.push_back("cancelled");
            throw;
        } catch (const web::HTTPError&) {
            events.push_back("error");
            throw;
        }
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(middleware)

BOOST_FIXTURE_TEST_CASE(is_around_a_streamed_body, MiddlewareTest) {
    middleware = {SlowAround{events}};
    serve<Taker>(std::ref(events));
    BOOST_TEST(post("body").body == "taken");
    BOOST_TEST(joined(events) == "( prepare body )");
}

BOOST_FIXTURE_TEST_CASE(hears_of_an_error_in_a_streamed_body, MiddlewareTest) {
    middleware = {SlowAround{events}};
    serve<Taker>(std::ref(events));
    BOOST_TEST(post("bad").code == 400);
    BOOST_TEST(joined(events) == "( prepare bad error");
}

BOOST_FIXTURE_TEST_CASE(hears_of_a_405_before_a_streamed_body, MiddlewareTest) {
    middleware = {SlowAround{events}};
    serve<Taker>(std::ref(events));
    auto connection = connect();
    connection.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\npart");
    BOOST_TEST(connection.read_response("PUT").code == 405);
    BOOST_TEST(joined(events) == "( prepare error");
}

BOOST_FIXTURE_TEST_CASE(ends_with_an_early_answer_to_a_streamed_body, MiddlewareTest) {
    middleware = {SlowAround{events}};
    serve<Taker>(std::ref(events));
    auto connection = connect();
    connection.send(post_head(100) + "end");
    BOOST_TEST(connection.read_response("POST").body == "early");
    turns();
    BOOST_TEST(joined(events) == "( prepare end )");
}

BOOST_FIXTURE_TEST_CASE(may_answer_a_streamed_body_by_itself, MiddlewareTest) {
    middleware = {[](web::RequestHandler&, const web::Next&) -> Future<void> {
        co_await gen::sleep(1ms);
        throw web::HTTPError{401};
    }};
    serve<Taker>(std::ref(events));
    auto connection = connect();
    connection.send(post_head(100));
    BOOST_TEST(connection.read_response("POST").code == 401);
    BOOST_TEST(joined(events) == "");
}

BOOST_FIXTURE_TEST_CASE(is_cancelled_when_the_body_will_never_come, MiddlewareTest) {
    middleware = {SlowAround{events}};
    serve<Taker>(std::ref(events));
    auto connection = connect();
    connection.send(post_head(100) + "part");
    run([&]() -> Future<void> {
        while (events.size() < 3) {
            co_await gen::moment();
        }
    });
    connection.close();
    run([&]() -> Future<void> {
        while (events.size() < 4) {
            co_await gen::moment();
        }
    });
    BOOST_TEST(joined(events) == "( prepare part cancelled");
}

BOOST_AUTO_TEST_SUITE_END()
