#include <tornado/web/event_source_handler.hpp>

#include <boost/test/unit_test.hpp>
#include <tornado/iostream.hpp>
#include <tornado/pubsub.hpp>

#include "support.hpp"

namespace {

using web::ServerSentEvent;
namespace pubsub = tornado::pubsub;

struct EventSourceTest : WebTest {
    App get_app() override {
        app = std::make_shared<web::Application>(routes, std::move(settings));
        return app;
    }
    ~EventSourceTest() override { teardown(); }

    /// A client that has sent its request.
    struct Client {
        testing::RawConnection connection;
        std::string seen = {};

        /// All up to `end`, which comes.
        std::string read_through(std::string_view end) {
            while (seen.find(end) == seen.npos) {
                seen += connection.read_bytes(1);
            }
            const auto size = seen.find(end) + end.size();
            const auto text = seen.substr(0, size);
            seen.erase(0, size);
            return text;
        }
    };
    /// Opens a stream, and reads its head.
    Client open(std::string_view headers = "") {
        Client client{connect()};
        client.connection.send(request_for("/", headers));
        head = client.read_through("\r\n\r\n");
        return client;
    }
    /// Runs the loop until something has happened.
    template <typename Happened>
    void until(Happened happened) {
        run([&]() -> Future<void> {
            while (!happened()) {
                co_await gen::moment();
            }
        });
    }

    std::shared_ptr<web::Application> app;
    std::string head;
    web::EventChannel channel{4, 10'000};
    web::EventChannel large{20, 100'000'000};
    Events events;
};

/// Follows a channel.
struct Follower : web::EventSourceHandler {
    Follower(web::EventChannel& its, Events& seen, std::size_t some = 0)
        : EventSourceHandler{web::EventSourceOptions{}},
          channel{its},
          events{seen},
          recent{some} {}
    ~Follower() override { events.push_back("destroyed"); }
    Future<void> get() {
        try {
            co_await follow(channel, recent);
        } catch (const CancelledError&) {
            events.push_back("cancelled");
            throw;
        }
    }
    void on_finish() override { events.push_back("on_finish"); }
    void on_events_missed() override {
        static_cast<void>(send_event(ServerSentEvent{"all"}.event("reload")));
    }
    web::EventChannel& channel;
    Events& events;
    std::size_t recent;
};

/// The id in an event's text.
std::string id_in(std::string_view text) {
    const auto start = text.find("id: ") + 4;
    return std::string{text.substr(start, text.find('\n', start) - start)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(server_sent_event)

BOOST_AUTO_TEST_CASE(has_its_fields_on_lines_of_their_own) {
    BOOST_TEST(ServerSentEvent{"x"}.to_string() == "data: x\n\n");
    BOOST_TEST(
        ServerSentEvent{"x"}.event("e").id("1").retry(1500ms).to_string() ==
        "id: 1\nevent: e\nretry: 1500\ndata: x\n\n"
    );
    BOOST_TEST(ServerSentEvent{}.id("").to_string() == "id: \n\n");
    BOOST_TEST(ServerSentEvent{}.retry(1s).to_string() == "retry: 1000\n\n");
    BOOST_TEST(ServerSentEvent{}.event("e").to_string() == "event: e\ndata: \n\n");
}

BOOST_AUTO_TEST_CASE(has_a_data_field_for_each_line) {
    BOOST_TEST(
        ServerSentEvent{"a\nb\r\nc\rd\n"}.to_string() ==
        "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n"
    );
    BOOST_TEST(
        ServerSentEvent{"a\n\nid: forged"}.to_string() == "data: a\ndata: \ndata: id: forged\n\n"
    );
}

BOOST_AUTO_TEST_CASE(refuses_fields_of_several_lines) {
    for (const std::string_view text : {"a\nb", "a\rb"}) {
        BOOST_CHECK_THROW(ServerSentEvent{}.id(std::string{text}), std::invalid_argument);
        BOOST_CHECK_THROW(ServerSentEvent{}.event(std::string{text}), std::invalid_argument);
    }
    BOOST_CHECK_THROW(ServerSentEvent{}.id(std::string("a\0b", 3)), std::invalid_argument);
    BOOST_CHECK_THROW(ServerSentEvent{}.retry(-1ms), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(comments_of_several_lines_stay_comments) {
    BOOST_TEST(web::event_stream_comment("a\ndata: b") == ": a\n: data: b\n\n");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(event_channel)

BOOST_AUTO_TEST_CASE(keeps_the_latest_events) {
    web::EventChannel channel{2, 10'000};
    for (const auto* const data : {"a", "b", "c"}) {
        channel.publish(data);
    }
    BOOST_TEST(channel.replay().begin() == 1u);
    BOOST_TEST(channel.replay().at(2).payload() == "data: c\n\n");
    BOOST_CHECK_THROW(web::EventChannel(0), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(gives_ids_itself) {
    web::EventChannel channel;
    BOOST_CHECK_THROW(channel.publish(ServerSentEvent{"a"}.id("1")), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(event_source_handler)

BOOST_FIXTURE_TEST_CASE(sends_events_as_they_come, EventSourceTest) {
    struct Handler : web::EventSourceHandler {
        Future<void> get() {
            co_await send_event("one");
            co_await gen::sleep(1ms);
            co_await send_event(ServerSentEvent("two").event("e").id("7"));
            co_await send_comment("hm");
        }
    };
    serve<Handler>();
    const auto response = get();
    BOOST_TEST(response.code == 200);
    BOOST_TEST(header(response, "Content-Type") == "text/event-stream");
    BOOST_TEST(header(response, "Cache-Control") == "no-store");
    BOOST_TEST(header(response, "X-Accel-Buffering") == "no");
    BOOST_TEST(header(response, "Content-Length") == "(none)");
    BOOST_TEST(response.body == "data: one\n\nid: 7\nevent: e\ndata: two\n\n: hm\n\n");
}

BOOST_FIXTURE_TEST_CASE(says_how_soon_to_come_back, EventSourceTest) {
    struct Handler : web::EventSourceHandler {
        Handler() : EventSourceHandler{{.retry = 5s}} {}
        Future<void> get() { co_await open(); }
    };
    serve<Handler>();
    BOOST_TEST(get().body == "retry: 5000\n\n");
}

BOOST_FIXTURE_TEST_CASE(fails_before_its_stream_as_others_do, EventSourceTest) {
    struct Handler : web::EventSourceHandler {
        Future<void> get() {
            co_await gen::moment();
            throw web::HTTPError{403};
        }
    };
    serve<Handler>();
    const auto response = get();
    BOOST_TEST(response.code == 403);
    BOOST_TEST(header(response, "Content-Type") == "text/html; charset=UTF-8");
}

BOOST_FIXTURE_TEST_CASE(follows_a_channel_with_many_others, EventSourceTest) {
    serve<Follower>(std::ref(channel), std::ref(events));
    auto one = open();
    auto other = open();
    until([this] { return channel.followers() == 2; });
    channel.publish("news");
    for (auto* const connection : {&one, &other}) {
        BOOST_TEST(connection->read_through("data: news\n\n").find("id: ") != std::string::npos);
    }
}

BOOST_FIXTURE_TEST_CASE(resumes_behind_the_last_event, EventSourceTest) {
    serve<Follower>(std::ref(channel), std::ref(events), std::size_t{4});
    channel.publish("a");
    const auto first = open().read_through("data: a\n\n");
    channel.publish("b");
    channel.publish("c");
    auto connection = open("Last-Event-ID: " + id_in(first) + "\r\n");
    const auto text = connection.read_through("data: c\n\n");
    BOOST_TEST(text.find("data: a") == text.npos);
    BOOST_TEST(text.find("data: b") != text.npos);
    BOOST_TEST(text.find("reload") == text.npos);
    auto nothing_missed = open("Last-Event-ID: " + id_in(text.substr(text.rfind("id: "))) + "\r\n");
    channel.publish("d");
    const auto rest = nothing_missed.read_through("data: d\n\n");
    BOOST_TEST(rest.find("data: c") == rest.npos);
    BOOST_TEST(rest.find("reload") == rest.npos);
}

BOOST_FIXTURE_TEST_CASE(resumes_where_nothing_had_come_yet, EventSourceTest) {
    serve<Follower>(std::ref(channel), std::ref(events));
    for (const auto* const former : {"nothing was ever said", "this was said before"}) {
        const auto place = open().read_through("\n\n");
        BOOST_TEST(place.ends_with("\r\nid: " + id_in(place) + "\n\n"), former);
        channel.publish("missed");
        auto connection = open("Last-Event-ID: " + id_in(place) + "\r\n");
        const auto text = connection.read_through("data: missed\n\n");
        BOOST_TEST(text.find("reload") == text.npos);
        BOOST_TEST(text.find("data: ") == text.rfind("data: "));
    }
}

BOOST_FIXTURE_TEST_CASE(tells_who_comes_back_too_late_once, EventSourceTest) {
    serve<Follower>(std::ref(channel), std::ref(events));
    channel.publish("before");
    auto connection = open("Last-Event-ID: of-another-run\r\n");
    connection.read_through("data: all\n\n");
    const auto before = connection.read_through("data: before\n\n");
    auto again = open("Last-Event-ID: " + id_in(before) + "\r\n");
    channel.publish("after");
    BOOST_TEST(again.read_through("data: after\n\n").find("reload") == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(tells_who_comes_back_too_late_to_a_quiet_channel_once, EventSourceTest) {
    serve<Follower>(std::ref(channel), std::ref(events));
    auto connection = open("Last-Event-ID: of-another-run\r\n");
    connection.read_through("data: all\n\n");
    auto again = open("Last-Event-ID: " + id_in(connection.read_through("\n\n")) + "\r\n");
    channel.publish("after");
    BOOST_TEST(again.read_through("data: after\n\n").find("reload") == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(tells_who_comes_back_too_late, EventSourceTest) {
    serve<Follower>(std::ref(channel), std::ref(events), std::size_t{4});
    channel.publish("a");
    const auto old = id_in(open().read_through("data: a\n\n"));
    for (const auto* const data : {"b", "c", "d", "e", "f"}) {
        channel.publish(data);  // the channel keeps four
    }
    for (const auto& id :
         {old,
          std::string{"of-another-run"},
          std::string{"1732600000000-0123456789abcdef.7"},
          std::string{"\xff\xfe"}}) {
        auto connection = open("Last-Event-ID: " + id + "\r\n");
        const auto text = connection.read_through("data: f\n\n");
        const auto told = text.find("event: reload\ndata: all\n\n");
        BOOST_TEST(told != text.npos);
        BOOST_TEST(told < text.find("data: c\n\n"));
    }
}

BOOST_FIXTURE_TEST_CASE(resumes_with_another_process, EventSourceTest) {
    const pubsub::PrivateFolder folder;
    pubsub::Broker one{{.host = {.folder = folder.path()}}};
    pubsub::Broker two{{.host = {.folder = folder.path()}}};
    web::EventChannel first{one, "news"};
    web::EventChannel second{two, "news"};
    routes.push_back(web::url<Follower>("/", std::ref(first), std::ref(events), std::size_t{4}));
    routes.push_back(web::url<Follower>("/two", std::ref(second), std::ref(events)));
    first.publish("a");
    const auto seen = open().read_through("data: a\n\n");
    second.publish("b");
    first.publish("c");
    until([&] { return second.replay().end() == 3 && first.replay().end() == 3; });
    Client client{connect()};
    client.connection.send(request_for("/two", "Last-Event-ID: " + id_in(seen) + "\r\n"));
    auto text = client.read_through("\n\n") + client.read_through("\n\n");
    BOOST_TEST(text.find("data: a") == text.npos);
    BOOST_TEST(text.find("data: b") != text.npos);
    BOOST_TEST(text.find("data: c") != text.npos);
    first.publish("d");
    text = client.read_through("data: d\n\n");
    BOOST_TEST(text.find("reload") == text.npos);
}

BOOST_FIXTURE_TEST_CASE(sends_newcomers_the_latest_if_asked_to, EventSourceTest) {
    for (const auto* const data : {"a", "b", "c"}) {
        channel.publish(data);
    }
    serve<Follower>(std::ref(channel), std::ref(events), std::size_t{2});
    auto connection = open();
    const auto text = connection.read_through("data: c\n\n");
    BOOST_TEST(text.find("data: a") == text.npos);
    BOOST_TEST(text.find("data: b") != text.npos);
}

BOOST_FIXTURE_TEST_CASE(is_cancelled_when_the_client_has_gone, EventSourceTest) {
    serve<Follower>(std::ref(channel), std::ref(events));
    auto connection = open();
    until([this] { return channel.followers() == 1; });
    connection.connection.close();
    until([this] { return !events.empty() && events.back() == "destroyed"; });
    BOOST_TEST(joined(events) == "cancelled on_finish destroyed");
    BOOST_TEST(channel.followers() == 0u);
}

BOOST_FIXTURE_TEST_CASE(ends_well_when_the_server_drains, EventSourceTest) {
    serve<Follower>(std::ref(channel), std::ref(events));
    auto connection = open();
    until([this] { return channel.followers() == 1; });
    const auto drained = http_server().drain();
    BOOST_TEST(connection.connection.read_until_close().ends_with("0\r\n\r\n"));
    run([&] { return drained; });
    BOOST_TEST(joined(events) == "on_finish cancelled destroyed");
}

BOOST_FIXTURE_TEST_CASE(ends_at_once_when_it_begins_in_a_drain, EventSourceTest) {
    serve<Follower>(std::ref(channel), std::ref(events));
    static_cast<void>(get_http_port());
    run([&] { return app->drain(); });
    BOOST_TEST(get().code == 200);
    BOOST_TEST(joined(events) == "on_finish destroyed");
}

BOOST_FIXTURE_TEST_CASE(pings_while_nothing_else_is_sent, EventSourceTest) {
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    serve<Follower>(std::ref(channel), std::ref(events));
    auto connection = open();
    time.advance(14s);
    channel.publish("x");
    time.advance(14s);
    const auto text = connection.read_through("data: x\n\n");
    BOOST_TEST(text.find("ping") == text.npos);
    time.advance(1s);
    BOOST_TEST(connection.read_through("\n\n").ends_with("\n: ping\n\n"));
    time.advance(15s);
    BOOST_TEST(connection.read_through("\n\n").ends_with("\n: ping\n\n"));
}

BOOST_FIXTURE_TEST_CASE(has_no_time_limit, EventSourceTest) {
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    settings.handler_timeout = 1s;
    serve<Follower>(std::ref(channel), std::ref(events));
    auto connection = open();
    time.advance(10s);
    channel.publish("x");
    connection.read_through("data: x\n\n");
}

BOOST_FIXTURE_TEST_CASE(cuts_off_a_client_that_is_too_slow, EventSourceTest) {
    struct Handler : web::EventSourceHandler {
        explicit Handler(Events& seen)
            : EventSourceHandler{{.max_backlog = 1'000'000}},
              events{seen} {}
        ~Handler() override { events.push_back("destroyed"); }
        Future<void> get() {
            Future<void> sent = open();
            std::size_t count = 0;
            while (!sent.done() || !sent.exception()) {
                sent = send_event(std::string(100'000, 'x'));
                BOOST_TEST_REQUIRE(++count < 1000u);
            }
            BOOST_CHECK_THROW(sent.result(), iostream::StreamClosedError);
            events.push_back("failed");
            co_await sent;
        }
        Events& events;
    };
    const testing::ExpectLog expected{logging::gen_log(), "the client is too slow"};
    serve<Handler>(std::ref(events));
    auto client = connect();
    client.send(request_for("/"));
    until([this] { return events.size() == 2; });
    BOOST_TEST(joined(events) == "failed destroyed");
}

BOOST_FIXTURE_TEST_CASE(that_is_awaited_waits_for_a_slow_client, EventSourceTest) {
    struct Handler : web::EventSourceHandler {
        explicit Handler(Events& seen) : EventSourceHandler{{.max_backlog = 1'000}}, events{seen} {}
        Future<void> get() {
            for (int i = 0; i < 120; ++i) {
                co_await send_event(std::string(100'000, 'x'));
            }
            events.push_back("sent");
        }
        Events& events;
    };
    serve<Handler>(std::ref(events));
    auto connection = connect();
    connection.send(request_for("/", "Connection: close\r\n"));
    const auto text = connection.read_until_close();
    BOOST_TEST(text.size() > 12'000'000u);
    BOOST_TEST(text.ends_with("0\r\n\r\n"));
    BOOST_TEST(joined(events) == "sent");
}

BOOST_FIXTURE_TEST_CASE(keeps_a_slow_clients_events_in_the_channel, EventSourceTest) {
    serve<Follower>(std::ref(large), std::ref(events));
    auto connection = open();
    until([&] { return large.followers() == 1; });
    for (int i = 0; i < 100; ++i) {
        large.publish(std::string(500'000, 'x'));
    }
    large.publish("last");
    const auto text = connection.read_through("data: last\n\n");
    BOOST_TEST(text.find("event: reload") != text.npos);  // it has missed some
    BOOST_TEST(text.size() < 25 * 500'100u);
}

BOOST_FIXTURE_TEST_CASE(costs_no_compressor_for_each_open_page, EventSourceTest) {
    settings.compress_response = true;
    serve<Follower>(std::ref(channel), std::ref(events));
    auto connection = open("Accept-Encoding: gzip, br, zstd\r\n");
    BOOST_TEST(head.find("Content-Encoding") == head.npos);
    until([this] { return channel.followers() == 1; });
    channel.publish("x");
    connection.read_through("data: x\n\n");
}

BOOST_AUTO_TEST_SUITE_END()
