// What a handler has of its request while its WebSocket is open.
#include <tornado/web/kept_handler.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <tornado/http1connection/kept_exchange.hpp>
#include <vector>

#include "socket_support.hpp"

using tornado::http1connection::KeptExchange;

BOOST_AUTO_TEST_SUITE(kept_request)

namespace {

bool is_kept(const WebSocketHandler& handler) {
    return dynamic_cast<KeptExchange*>(&handler.request().connection()) != nullptr;
}

/// What a handler may ask, in words.
std::string all_of(WebSocketHandler& handler) {
    const auto& request = handler.request();
    std::string all;
    const auto add = [&](std::string_view text) { all.append(text).append(" "); };
    add(request.method());
    add(request.uri());
    add(request.path());
    add(request.query());
    add(request.version());
    add(request.host());
    add(request.full_url());
    add(request.protocol());
    add(request.remote_ip());
    add(*request.headers().get("X-Who"));
    add(handler.get_cookie("c", "none"));
    add(handler.get_argument("q"));
    add(handler.get_query_argument("q"));
    add(*handler.path_args()[0]);
    add(handler.reverse_url("asked", {"x"}));
    add(std::to_string(handler.get_status()));
    add(request.body());
    return all;
}

struct Counted : WebSocketHandler {
    Counted() { ++alive; }
    ~Counted() override { --alive; }
    static inline int alive = 0;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(has_all_that_there_was_to_ask, SocketTest) {
    static Events said;
    struct Asked : WebSocketHandler {
        void open(const web::PathArguments& /*groups*/) {
            said.push_back(all_of(*this));
            BOOST_TEST(is_kept(*this));
        }
        void on_message(std::string_view message) {
            said.push_back(all_of(*this));
            write_message(message);
        }
        void on_close() { said.push_back(all_of(*this)); }
    };
    said.clear();
    routes.push_back(web::url<Asked>("/in/([^/]+)", {.name = "asked"}));
    auto socket = open("/in/a%20b?q=1", "X-Who: me,\r\n too\r\nCookie: c=d\r\n");
    socket.send(masked(Opcode::text, "go on"));
    BOOST_TEST(socket.next() == "text:go on");
    socket.send(client_close(1000));
    BOOST_TEST(socket.next() == "close1000:");
    wait_until([&] { return said.size() == 3; });
    BOOST_TEST(
        said[0] ==
        "GET /in/a%20b?q=1 /in/a%20b q=1 HTTP/1.1 example.com http://example.com/in/a%20b?q=1 "
        "http 127.0.0.1 me, too d 1 1 a b /in/x 101  "
    );
    BOOST_TEST(said[1] == said[0]);
    BOOST_TEST(said[2] == said[0]);
}

BOOST_FIXTURE_TEST_CASE(has_the_client_s_address_behind_a_proxy, SocketTest) {
    struct Handler : WebSocketHandler {
        void prepare() { request().connection().set_origin("192.0.2.1", "https"); }
        void on_message(std::string_view) {
            write_message(
                request().remote_ip() + " " + std::string{request().protocol()} +
                (is_kept(*this) ? " kept" : "")
            );
        }
    };
    serve<Handler>();
    auto socket = open();
    socket.send(masked(Opcode::text, "who"));
    BOOST_TEST(socket.next() == "text:192.0.2.1 https kept");
}

BOOST_FIXTURE_TEST_CASE(views_the_same_bytes_as_before_the_handshake, SocketTest) {
    struct Handler : WebSocketHandler {
        void prepare() {
            path = request().path();
            who = *request().headers().first("X-Who");
        }
        void on_message(std::string_view) {
            BOOST_TEST((request().path().data() == path.data()));
            write_message(std::string{path} + " " + std::string{who});
        }
        std::string_view path;
        std::string_view who;
    };
    serve<Handler>();
    auto socket = open("/", "X-Who: me\r\n");
    socket.send(masked(Opcode::text, "who"));
    BOOST_TEST(socket.next() == "text:/ me");
}

BOOST_FIXTURE_TEST_CASE(has_what_was_found_out_before_the_handshake, SocketTest) {
    struct Handler : WebSocketHandler {
        Future<web::User> load_current_user() override {
            co_await gen::moment();
            co_return web::User{std::string{"somebody"}};
        }
        void on_message(std::string_view) {
            write_message(current_user().get<std::string>() + (is_kept(*this) ? " kept" : ""));
        }
    };
    serve<Handler>();
    auto socket = open();
    socket.send(masked(Opcode::text, "who"));
    BOOST_TEST(socket.next() == "text:somebody kept");
}

BOOST_FIXTURE_TEST_CASE(refuses_what_would_go_into_the_response, SocketTest) {
    struct Handler : WebSocketHandler {
        void on_message(std::string_view) {
            BOOST_CHECK_THROW(set_header("A", "b"), std::logic_error);
            BOOST_CHECK_THROW(set_cookie("a", "b"), std::logic_error);
            BOOST_CHECK_THROW(set_status(200), std::logic_error);
            BOOST_CHECK_THROW(write("text"), std::logic_error);
            BOOST_CHECK_THROW(flush(), std::logic_error);
            BOOST_CHECK_THROW(finish(), std::logic_error);
            BOOST_CHECK_THROW(static_cast<void>(detach()), std::logic_error);
            BOOST_CHECK_THROW(static_cast<void>(upgrade("websocket")), std::logic_error);
            BOOST_TEST(finished());
            BOOST_TEST(request().connection().closed());
            clear();
            set_handler_timeout(1s);
            write_message(std::to_string(get_status()));
        }
    };
    serve<Handler>();
    auto socket = open();
    socket.send(masked(Opcode::text, "what"));
    BOOST_TEST(socket.next() == "text:101");
}

BOOST_FIXTURE_TEST_CASE(stays_whole_where_somebody_has_changed_its_headers, SocketTest) {
    struct Handler : WebSocketHandler {
        void prepare() { request().headers().set("X-Who", "another"); }
        void on_message(std::string_view) {
            write_message(
                *request().headers().get("X-Who") + (is_kept(*this) ? " kept" : " whole")
            );
        }
    };
    serve<Handler>();
    auto socket = open("/", "X-Who: me\r\n");
    socket.send(masked(Opcode::text, "who"));
    BOOST_TEST(socket.next() == "text:another whole");
}

BOOST_FIXTURE_TEST_CASE(lasts_for_a_verb_of_one_s_own, SocketTest) {
    static Events events;
    struct Handler : Echo {
        Future<void> get(const web::PathArguments& arguments) {
            const auto& same = request();
            co_await WebSocketHandler::get(arguments);
            events.push_back("over " + std::string{same.path()});
        }
        void on_close() { events.emplace_back("closed"); }
    };
    events.clear();
    serve<Handler>();
    auto socket = open();
    socket.send(masked(Opcode::text, "hello"));
    BOOST_TEST(socket.next() == "text:hello");
    BOOST_TEST(events.empty());
    socket.send(client_close(1000));
    BOOST_TEST(socket.next() == "close1000:");
    wait_until([&] { return events.size() == 2; });
    BOOST_TEST(joined(events) == "closed over /");
}

namespace {

struct AroundTest : SocketTest {
    App get_app() override {
        auto application = std::make_shared<web::Application>(routes, std::move(settings));
        application->use([this](web::RequestHandler& handler, web::Next next) -> Future<void> {
            const auto& same = handler.request();
            co_await next();
            events.push_back("around " + std::string{same.path()});
        });
        return application;
    }
    Events events;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(lasts_for_the_middleware_around_it, AroundTest) {
    serve<Noting>(std::ref(events));
    auto socket = open();
    socket.send(masked(Opcode::text, "hello") + client_close(1000));
    BOOST_TEST(socket.next() == "close1000:");
    wait_until([&] { return events.size() == 5; });
    BOOST_TEST(joined(events) == "finish open hello closed:1000: around /");
}

BOOST_FIXTURE_TEST_CASE(goes_when_the_connection_is_over, SocketTest) {
    serve<Counted>();
    {
        auto one = open();
        auto other = open();
        wait_until([] { return Counted::alive == 2; });
        one.send(client_close(1000));
        BOOST_TEST(one.next() == "close1000:");
        other.close();
        wait_until([] { return Counted::alive == 0; });
    }
    BOOST_TEST(Counted::alive == 0);
}

BOOST_FIXTURE_TEST_CASE(waits_for_an_open_that_takes_time, SocketTest) {
    static std::optional<Promise<void>> opening;
    struct Slow : Counted {
        Future<void> open() {
            opening.emplace();
            const auto may_go_on = opening->future();
            co_await may_go_on;
            write_message("open " + std::string{request().path()});
        }
        void on_message(std::string_view message) { write_message(message); }
        void on_close() { write_message("never"); }
    };
    serve<Slow>();
    auto socket = open();
    wait_until([] { return opening.has_value(); });
    socket.send(masked(Opcode::text, "early"));
    opening->set_result();
    BOOST_TEST(socket.next() == "text:open /");
    BOOST_TEST(socket.next() == "text:early");
    opening.reset();
    {
        auto gone = open();
        wait_until([] { return opening.has_value(); });
        gone.reset();
    }
    opening->set_result();
    wait_until([] { return Counted::alive == 1; });
    opening.reset();
}

BOOST_FIXTURE_TEST_CASE(goes_when_the_loop_closes_whatever_it_waits_for, SocketTest) {
    static Events events;
    struct Waiting : Counted {
        Future<void> on_message(std::string message) {
            const Promise<void> never;
            events.push_back(std::move(message));
            co_await never.future();
        }
        void on_close() { events.emplace_back("closed"); }
    };
    struct Opening : Waiting {
        Future<void> open() {
            const Promise<void> never;
            events.emplace_back("opening");
            co_await never.future();
        }
    };
    events.clear();
    routes.push_back(web::url<Waiting>("/waiting"));
    routes.push_back(web::url<Opening>("/opening"));
    auto idle = open("/waiting");
    auto waiting = open("/waiting");
    auto opening = open("/opening");
    waiting.send(masked(Opcode::text, "message"));
    wait_until([] { return Counted::alive == 3 && events.size() == 2; });
    teardown();
    BOOST_TEST(Counted::alive == 0);
    BOOST_TEST(events.size() == 2);
}

BOOST_AUTO_TEST_SUITE_END()
