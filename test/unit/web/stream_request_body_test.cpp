#include <tornado/web/request_handler.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <tornado/tcpclient.hpp>

#include "support.hpp"

namespace data = boost::unit_test::data;

namespace {

std::string post_head(std::size_t length, std::string_view path = "/") {
    return "POST " + std::string{path} +
           " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

std::string chunked_head(std::string_view path = "/") {
    return "POST " + std::string{path} +
           " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
}
/// Of less than ten bytes.
std::string chunk(const std::string& text) {
    return std::to_string(text.size()) + "\r\n" + text + "\r\n";
}
const std::string last_chunk = "0\r\n\r\n";

/// Writes down what happens to it.
struct Witness : web::RequestHandler {
    explicit Witness(Events& seen) : events{seen} {}
    ~Witness() override { events.push_back("destroyed"); }
    void on_finish() override { events.push_back("on_finish"); }
    void on_connection_close() override { events.push_back("closed"); }
    Events& events;
};

/// Takes each piece.
struct Taker : Witness {
    using Witness::Witness;
    void prepare() { events.push_back("prepare"); }
    void data_received(std::string_view chunk) { events.push_back(std::string{chunk}); }
    void post() { finish("body: " + request().body() + "."); }
    void get() { finish("got"); }
};

struct StreamTest : WebTest {
    tornado::httpserver::HTTPServerOptions get_httpserver_options() override { return options; }

    /// Runs the loop until the handler has told so much.
    void await(std::size_t count) {
        run([&]() -> Future<void> {
            while (events.size() < count) {
                co_await gen::moment();
            }
        });
    }
    void turns(int count = 20) {
        run([&]() -> Future<void> {
            for (int i = 0; i < count; ++i) {
                co_await gen::moment();
            }
        });
    }

    tornado::httpserver::HTTPServerOptions options;
    Events events;
};

BOOST_AUTO_TEST_SUITE(stream_request_body)

BOOST_FIXTURE_TEST_CASE(pieces_come_between_prepare_and_the_verb, StreamTest) {
    serve<Taker>(std::ref(events));
    auto connection = connect();
    connection.send(post_head(5));
    await(1);
    connection.send("he");
    await(2);
    connection.send("llo");
    BOOST_TEST(connection.read_response("POST").body == "body: .");
    BOOST_TEST(joined(events) == "prepare he llo on_finish destroyed");
}

BOOST_FIXTURE_TEST_CASE(a_request_without_a_body_has_no_pieces, StreamTest) {
    serve<Taker>(std::ref(events));
    BOOST_TEST(get().body == "got");
    BOOST_TEST(joined(events) == "prepare on_finish destroyed");
}

BOOST_FIXTURE_TEST_CASE(chunked_bodies_come_without_their_framing, StreamTest) {
    serve<Taker>(std::ref(events));
    auto connection = connect();
    connection.send(chunked_head() + chunk("abc") + chunk("de") + last_chunk);
    BOOST_TEST(connection.read_response("POST").body == "body: .");
    BOOST_TEST(joined(events) == "prepare abc de on_finish destroyed");
}

BOOST_FIXTURE_TEST_CASE(trailers_are_there_when_the_verb_comes, StreamTest) {
    struct Handler : web::RequestHandler {
        void data_received(std::string_view) {}
        void post() {
            const auto& trailers = request().trailers();
            write(
                trailers.get("Digest").value_or("none") + " of " + std::to_string(trailers.size())
            );
            write(request().headers().contains("Digest") ? " among the headers" : "");
        }
    };
    serve<Handler>();
    auto connection = connect();
    connection.send(chunked_head() + chunk("abc") + "0\r\nDigest: x\r\nContent-Length: 9\r\n\r\n");
    BOOST_TEST(connection.read_response("POST").body == "x of 1");
    connection.send(chunked_head() + chunk("abc") + last_chunk);
    BOOST_TEST(connection.read_response("POST").body == "none of 0");
}

BOOST_FIXTURE_TEST_CASE(the_connection_goes_on_with_the_next_request, StreamTest) {
    serve<Taker>(std::ref(events));
    auto connection = connect();
    connection.send(post_head(1) + "a" + post_head(1) + "b" + request_for("/"));
    BOOST_TEST(connection.read_response("POST").body == "body: .");
    BOOST_TEST(connection.read_response("POST").body == "body: .");
    BOOST_TEST(connection.read_response().body == "got");
}

BOOST_FIXTURE_TEST_CASE(pieces_are_no_larger_than_chunk_size, StreamTest) {
    struct Handler : web::RequestHandler {
        void data_received(std::string_view chunk) {
            largest = std::max(largest, chunk.size());
            total += chunk.size();
        }
        void post() { finish(std::to_string(largest) + " " + std::to_string(total)); }
        std::size_t largest = 0;
        std::size_t total = 0;
    };
    options.chunk_size = 1000;
    serve<Handler>();
    BOOST_TEST(post(std::string(100'000, 'x')).body == "1000 100000");
}

BOOST_FIXTURE_TEST_CASE(no_form_is_read, StreamTest) {
    struct Handler : web::RequestHandler {
        void data_received(std::string_view) {}
        void post() { finish(get_argument("a", "none")); }
    };
    serve<Handler>();
    const auto response = fetch(
        "/",
        {.body = "a=1",
         .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
         .method = "POST"}
    );
    BOOST_TEST(response.body == "none");
}

BOOST_FIXTURE_TEST_CASE(a_compressed_body_comes_as_it_is_by_default, StreamTest) {
    serve<Taker>(std::ref(events));
    const auto response =
        fetch("/", {.body = "raw", .headers = {{"Content-Encoding", "gzip"}}, .method = "POST"});
    BOOST_TEST(response.code == 200);
    BOOST_TEST(joined(events) == "prepare raw on_finish destroyed");
}

BOOST_FIXTURE_TEST_CASE(a_compressed_body_comes_decompressed_where_the_server_does_so, StreamTest) {
    const std::string alphabet{
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\x4c\x4a\x4e\x49\x4d\x4b\xcf\xc8\xcc\xca\xce"
        "\xc9"
        "\xcd\xcb\x2f\x28\x2c\x2a\x2e\x29\x2d\x2b\xaf\xa8\xac\x02\x00\xbd\x50\x27\x4c\x1a\x00\x00"
        "\x00",
        46};
    options.chunk_size = 10;
    options.decompress_request = true;
    serve<Taker>(std::ref(events));
    const auto response =
        fetch("/", {.body = alphabet, .headers = {{"Content-Encoding", "gzip"}}, .method = "POST"});
    BOOST_TEST(response.code == 200);
    BOOST_TEST(events.size() >= 6U);  // three pieces at least
    std::string all;
    for (const auto& event : events) {
        all += event;
    }
    BOOST_TEST(all == "prepareabcdefghijklmnopqrstuvwxyzon_finishdestroyed");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(streaming_with_back_pressure)

BOOST_FIXTURE_TEST_CASE(an_asynchronous_prepare_holds_the_body_back, StreamTest) {
    struct Handler : Witness {
        Handler(Events& seen, Promise<void>& promise) : Witness{seen}, prepared{promise} {}
        Future<void> prepare() {
            events.push_back("preparing");
            co_await prepared.future();
            events.push_back("prepared");
        }
        void data_received(std::string_view chunk) { events.push_back(std::string{chunk}); }
        void post() { events.push_back("post"); }
        Promise<void>& prepared;
    };
    Promise<void> prepared;
    serve<Handler>(std::ref(events), std::ref(prepared));
    auto connection = connect();
    connection.send(post_head(5) + "hello");
    turns();
    BOOST_TEST(joined(events) == "preparing");
    prepared.set_result();
    BOOST_TEST(connection.read_response("POST").code == 200);
    BOOST_TEST(joined(events) == "preparing prepared hello post on_finish destroyed");
}

BOOST_DATA_TEST_CASE_F(
    StreamTest,
    a_piece_is_valid_and_no_other_comes_until_its_future_is_done,
    data::make({false, true}),
    chunked
) {
    struct Handler : Witness {
        Handler(Events& seen, std::optional<Promise<void>>& promise)
            : Witness{seen},
              taken{promise} {}
        Future<void> data_received(std::string_view chunk) {
            taken.emplace();
            auto done = taken->future();
            events.push_back("(");
            co_await done;
            events.push_back(std::string{chunk} + ")");
        }
        void post() { events.push_back("post"); }
        std::optional<Promise<void>>& taken;
    };
    std::optional<Promise<void>> taken;
    serve<Handler>(std::ref(events), std::ref(taken));
    auto connection = connect();
    connection.send(chunked ? chunked_head() + chunk("abc") : post_head(6) + "abc");
    await(1);
    connection.send(chunked ? chunk("def") + last_chunk : "def");
    turns();
    BOOST_TEST(joined(events) == "(");
    std::exchange(taken, std::nullopt)->set_result();
    await(3);
    turns();
    BOOST_TEST(joined(events) == "( abc) (");
    taken->set_result();
    BOOST_TEST(connection.read_response("POST").code == 200);
    BOOST_TEST(joined(events) == "( abc) ( def) post on_finish destroyed");
}

BOOST_FIXTURE_TEST_CASE(a_handler_that_waits_stops_the_client, StreamTest) {
    struct Handler : web::RequestHandler {
        Handler(std::size_t& count, Promise<void>& promise) : received{count}, go_on{promise} {}
        Future<void> data_received(std::string_view chunk) {
            received += chunk.size();
            co_await go_on.future();
        }
        void post() { finish(std::to_string(received)); }
        std::size_t& received;
        Promise<void>& go_on;
    };
    constexpr std::size_t size = 50'000'000;
    std::size_t received = 0;
    Promise<void> go_on;
    serve<Handler>(std::ref(received), std::ref(go_on));
    tornado::tcpclient::TCPClient connector;
    auto client = run([&] { return connector.connect("127.0.0.1", get_http_port()); });
    client.write(post_head(size) + std::string(size, 'x'));
    run([&]() -> Future<void> {
        while (received == 0) {
            co_await gen::moment();
        }
    });
    turns(100);
    BOOST_TEST(received <= 65'536U);
    BOOST_TEST(client.writing());
    go_on.set_result();
    const auto head = run([&] { return client.read_until("\r\n\r\n"); });
    BOOST_TEST(head.starts_with("HTTP/1.1 200 "));
    BOOST_TEST(received == size);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(limits_of_a_streamed_body)

struct Limited : Taker {
    Limited(Events& seen, std::uint64_t bytes) : Taker{seen}, most{bytes} {}
    void prepare() { request().connection().set_max_body_size(most); }
    std::uint64_t most;
};

/// The statuses of two requests on one connection.
std::string statuses(StreamTest& test, const std::string& first, const std::string& second) {
    auto connection = test.connect();
    connection.send(first);
    const auto one = connection.read_response("POST").code;
    connection.send(second);
    return std::to_string(one) + " " + std::to_string(connection.read_response("POST").code);
}

BOOST_FIXTURE_TEST_CASE(prepare_may_allow_less, StreamTest) {
    serve<Limited>(std::ref(events), std::uint64_t{4});
    BOOST_TEST(statuses(*this, post_head(4) + "four", post_head(5) + "fives") == "200 413");
    BOOST_TEST(
        statuses(
            *this,
            chunked_head() + chunk("four") + last_chunk,
            chunked_head() + chunk("four") + chunk("5") + last_chunk
        ) == "200 413"
    );
}

BOOST_FIXTURE_TEST_CASE(prepare_may_allow_more, StreamTest) {
    options.max_body_size = 4;
    serve<Limited>(std::ref(events), std::uint64_t{5});
    BOOST_TEST(statuses(*this, post_head(5) + "fives", post_head(6) + "sixsix") == "200 413");
    BOOST_TEST(
        statuses(
            *this,
            chunked_head() + chunk("four") + chunk("5") + last_chunk,
            chunked_head() + chunk("four") + chunk("56") + last_chunk
        ) == "200 413"
    );
}

BOOST_FIXTURE_TEST_CASE(what_prepare_allows_is_for_its_request_only, StreamTest) {
    options.max_body_size = 4;
    serve<Taker>(std::ref(events));
    routes.push_back(web::url<Limited>("/more", std::ref(events), std::uint64_t{5}));
    BOOST_TEST(
        statuses(*this, post_head(5, "/more") + "fives", post_head(5) + "fives") == "200 413"
    );
}

BOOST_FIXTURE_TEST_CASE(prepare_may_give_it_less_time, StreamTest) {
    struct Handler : Taker {
        using Taker::Taker;
        void prepare() { request().connection().set_body_timeout(1000); }
    };
    serve<Handler>(std::ref(events));
    testing::VirtualTime time{io_loop()};
    auto connection = connect();
    connection.send(post_head(10) + "half");
    BOOST_TEST(connection.read_response("POST").code == 408);
    BOOST_TEST(joined(events) == "half closed destroyed");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(streaming_that_ends_early)

BOOST_FIXTURE_TEST_CASE(a_response_in_prepare_ends_the_connection, StreamTest) {
    struct Handler : Taker {
        using Taker::Taker;
        void prepare() {
            set_status(401);
            finish("early");
        }
    };
    serve<Handler>(std::ref(events));
    auto connection = connect();
    connection.send(post_head(100'000) + "some");
    const auto response = connection.read_response("POST");
    BOOST_TEST(response.code == 401);
    BOOST_TEST(response.body == "early");
    BOOST_TEST(header(response, "Connection") == "close");
    connection.send("more");
    BOOST_TEST(connection.read_until_close() == "");
    BOOST_TEST(joined(events) == "on_finish destroyed");
}

BOOST_FIXTURE_TEST_CASE(a_client_that_waits_for_100_is_not_told_to_go_on, StreamTest) {
    struct Handler : Taker {
        using Taker::Taker;
        Future<void> prepare() {
            co_await gen::moment();
            throw web::HTTPError{403};
        }
    };
    serve<Handler>(std::ref(events));
    const auto text =
        fetch_raw("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
        );
    BOOST_TEST(text.starts_with("HTTP/1.1 403 "));
}

BOOST_FIXTURE_TEST_CASE(a_response_in_data_received_is_the_last_thing, StreamTest) {
    struct Handler : Witness {
        using Witness::Witness;
        void data_received(std::string_view) {
            events.push_back("data");
            finish("enough");
        }
        void post() { events.push_back("post"); }
    };
    serve<Handler>(std::ref(events));
    auto connection = connect();
    connection.send(post_head(10) + "half");
    BOOST_TEST(connection.read_response("POST").body == "enough");
    connection.send("a half");
    BOOST_TEST(connection.read_until_close() == "");
    BOOST_TEST(joined(events) == "data on_finish destroyed");
}

enum class Where { prepare, data_received, verb };
std::ostream& operator<<(std::ostream& out, Where where) {
    return out << static_cast<int>(where);
}

/// Throws somewhere, at once or later.
struct Thrower : Witness {
    Thrower(Events& seen, Where here, bool wait) : Witness{seen}, where{here}, waits{wait} {}
    Future<void> prepare() { return reach(Where::prepare); }
    Future<void> data_received(std::string_view) { return reach(Where::data_received); }
    Future<void> post() { return reach(Where::verb); }
    Future<void> reach(Where here) {
        if (waits) {
            co_await gen::moment();
        }
        if (here == where) {
            throw web::HTTPError{418};
        }
    }
    Where where;
    bool waits;
};

BOOST_DATA_TEST_CASE_F(
    StreamTest,
    an_error_is_the_response_wherever_it_is,
    data::make({Where::prepare, Where::data_received, Where::verb}) * data::make({false, true}),
    where,
    waits
) {
    serve<Thrower>(std::ref(events), where, waits);
    auto connection = connect();
    connection.send(post_head(4) + "body");
    const auto response = connection.read_response("POST");
    BOOST_TEST(response.code == 418);
    BOOST_TEST(joined(events) == "on_finish destroyed");
    BOOST_TEST((header(response, "Connection") == "close") == (where != Where::verb));
}

BOOST_FIXTURE_TEST_CASE(an_uncaught_exception_is_a_500, StreamTest) {
    struct Handler : Witness {
        using Witness::Witness;
        void data_received(std::string_view) { throw std::runtime_error{"broken"}; }
        void post() {}
    };
    const auto expected = expect_uncaught("broken");
    serve<Handler>(std::ref(events));
    BOOST_TEST(post("body").code == 500);
}

BOOST_FIXTURE_TEST_CASE(a_method_that_nobody_knows_is_refused_before_the_body, StreamTest) {
    serve<Taker>(std::ref(events));
    auto connection = connect();
    connection.send("BREW / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n");
    BOOST_TEST(connection.read_response().code == 405);
    BOOST_TEST(joined(events) == "on_finish destroyed");
}

// It is prepared first, as without streaming: prepare() may answer itself.
BOOST_FIXTURE_TEST_CASE(a_method_that_its_handler_lacks_is_refused_before_the_body, StreamTest) {
    serve<Taker>(std::ref(events));
    const auto text =
        fetch_raw("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n");
    BOOST_TEST(text.starts_with("HTTP/1.1 405 "));
    BOOST_TEST(joined(events) == "prepare on_finish destroyed");
    events.clear();
    auto connection = connect();
    connection.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\npart");
    BOOST_TEST(connection.read_response("PUT").code == 405);
    BOOST_TEST(joined(events) == "prepare on_finish destroyed");
}

BOOST_FIXTURE_TEST_CASE(a_client_that_vanishes_ends_it_without_the_verb, StreamTest) {
    serve<Taker>(std::ref(events));
    {
        auto connection = connect();
        connection.send(post_head(10) + "half");
        await(2);
    }
    await(4);
    BOOST_TEST(joined(events) == "prepare half closed destroyed");
}

BOOST_FIXTURE_TEST_CASE(a_piece_may_still_be_at_work_when_the_client_vanishes, StreamTest) {
    struct Handler : Witness {
        Handler(Events& seen, Promise<void>& promise) : Witness{seen}, stored{promise} {}
        Future<void> data_received(std::string_view chunk) {
            events.push_back("storing");
            co_await stored.future();
            events.push_back(std::string{chunk});
        }
        void post() { events.push_back("post"); }
        Promise<void>& stored;
    };
    Promise<void> stored;
    serve<Handler>(std::ref(events), std::ref(stored));
    {
        auto connection = connect();
        connection.send(post_head(10) + "half");
        await(1);
    }
    http_server().close_all_connections();  // reading is held back: nobody would notice the end
    turns();
    BOOST_TEST(joined(events) == "storing closed");
    stored.set_result();
    await(4);
    BOOST_TEST(joined(events) == "storing closed half destroyed");
}

BOOST_FIXTURE_TEST_CASE(
    a_vanished_client_cancels_what_waits_if_the_application_says_so,
    StreamTest
) {
    struct Handler : Witness {
        using Witness::Witness;
        Future<void> data_received(std::string_view) {
            events.push_back("storing");
            bool cancelled = false;
            try {
                co_await gen::sleep(1h);
            } catch (const CancelledError&) {
                cancelled = true;
            }
            if (cancelled) {
                events.push_back("cancelled");
                throw CancelledError{};
            }
        }
        void post() { events.push_back("post"); }
    };
    settings.cancel_on_disconnect = true;
    serve<Handler>(std::ref(events));
    auto connection = connect();
    connection.send(post_head(10) + "half");
    await(1);
    http_server().close_all_connections();
    await(5);
    BOOST_TEST(joined(events) == "storing closed cancelled on_finish destroyed");
}

BOOST_FIXTURE_TEST_CASE(prepare_may_take_the_stream_with_the_body, StreamTest) {
    struct Handler : Witness {
        using Witness::Witness;
        Future<void> prepare() {
            auto stream = detach();
            const auto raw = co_await stream.read_bytes(4);
            co_await stream.write("raw: " + raw);
        }
        void data_received(std::string_view) { events.push_back("data"); }
        void post() { events.push_back("post"); }
    };
    serve<Handler>(std::ref(events));
    BOOST_TEST(fetch_raw(post_head(4) + "body") == "raw: body");
    BOOST_TEST(joined(events) == "destroyed");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
