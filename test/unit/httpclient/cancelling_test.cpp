#include <tornado/httpclient/async_http_client.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <utility>

#include "../http1connection/gzip.hpp"
#include "support.hpp"

namespace data = boost::unit_test::data;

BOOST_FIXTURE_TEST_SUITE(the_queue, TidyTest)

BOOST_AUTO_TEST_CASE(lets_as_many_go_as_may) {
    options.max_clients = 2;
    std::vector<Future<HTTPResponse>> all;
    for (int i = 0; i < 4; ++i) {
        all.push_back(the_client().fetch(get_url("/" + std::to_string(i))));
    }
    BOOST_TEST(the_client().active_count() == 2U);
    BOOST_TEST(the_client().queue_size() == 2U);
    for (const auto& each : all) {
        run([&] { return each; });
    }
    BOOST_TEST(the_client().active_count() == 0U);
    BOOST_TEST(app->got.size() == 4U);
    BOOST_TEST(app->got[2].target == "/2");
    BOOST_TEST(app->got[3].target == "/3");
}

BOOST_AUTO_TEST_CASE(has_room_beside_ten_fetches) {
    std::vector<Future<HTTPResponse>> all;
    for (int i = 0; i < 11; ++i) {
        all.push_back(the_client().fetch(get_url("/never")).ignore());
    }
    BOOST_TEST(the_client().active_count() == 10U);
    BOOST_TEST(the_client().queue_size() == 1U);
}

BOOST_AUTO_TEST_CASE(of_failures_is_no_recursion) {
    options.max_clients = 1;
    std::vector<Future<HTTPResponse>> all;
    const auto first = the_client().fetch(get_url("/"));
    for (int i = 0; i < 20'000; ++i) {
        all.push_back(
            the_client().fetch(HTTPRequest{"https://127.0.0.1/"}.ca_certs("/no/such/file")).ignore()
        );
    }
    run([&] { return first; });
    settle();
    BOOST_TEST(the_client().queue_size() == 0U);
    BOOST_TEST(all.back().done());
}

BOOST_AUTO_TEST_CASE(has_at_least_one_place) {
    options.max_clients = 0;
    BOOST_CHECK_THROW(TestedClient{options}, std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(cancelling, TidyTest)

BOOST_AUTO_TEST_CASE(a_fetch_frees_everything_at_once) {
    const auto response = the_client().fetch(get_url("/never"));
    while (app->got.empty()) {
        settle();
    }
    BOOST_TEST(http_server().connection_count() == 1U);
    response.cancel();
    BOOST_TEST(response.cancelled());
    BOOST_TEST(the_client().active_count() == 0U);
    settle();
    BOOST_TEST(app->vanished == 1);
}

BOOST_AUTO_TEST_CASE(one_that_connects_leaves_nothing) {
    const auto response = the_client().fetch(get_url("/"));
    response.cancel();
    BOOST_TEST(the_client().active_count() == 0U);
    settle();
    BOOST_TEST(app->got.empty());
    BOOST_TEST(http_server().connection_count() == 0U);
}

/// What a fetch may wait for, from a server that takes connections and says nothing.
const std::pair<std::string, std::function<HTTPRequest(int port)>> waits[] = {
    {"a handshake",
     [](int port) { return HTTPRequest{"https://127.0.0.1:" + std::to_string(port)}; }},
    {"a tunnel",
     [](int port) { return HTTPRequest{"https://example.com/"}.proxy("127.0.0.1", port); }},
    {"a word before the body",
     [](int port) {
         return HTTPRequest{"http://127.0.0.1:" + std::to_string(port)}
             .method("POST")
             .body("body")
             .expect_100_continue(true);
     }},
    {"a response",
     [](int port) { return HTTPRequest{"http://127.0.0.1:" + std::to_string(port)}; }},
};

BOOST_AUTO_TEST_CASE(one_that_waits_for_a_silent_server_frees_everything) {
    int open = 0;
    ScriptedServer silent{[&](iostream::IOStream& stream, int) -> Future<void> {
        ++open;
        try {
            while (true) {
                co_await stream.read_bytes(1000, true);
            }
        } catch (const iostream::StreamClosedError&) {
            --open;
        }
    }};
    for (const auto& [what, request] : waits) {
        BOOST_TEST_CONTEXT(what) {
            const auto response = the_client().fetch(request(silent.port));
            while (open == 0) {
                settle();
            }
            response.cancel();
            BOOST_TEST(response.cancelled());
            BOOST_TEST(the_client().active_count() == 0U);
            while (open != 0) {
                settle();
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(one_behind_a_redirect_frees_everything) {
    app->handlers["/from"] = [](const Got&) { return Answer{302, {{"Location", "/never"}}, ""}; };
    const auto response = the_client().fetch(get_url("/from"));
    while (app->got.size() < 2) {
        settle();
    }
    response.cancel();
    BOOST_TEST(the_client().active_count() == 0U);
    while (app->vanished == 0) {
        settle();
    }
}

BOOST_AUTO_TEST_CASE(one_in_the_queue_lets_others_by) {
    options.max_clients = 1;
    const auto first = the_client().fetch(get_url("/never"));
    const auto second = the_client().fetch(get_url("/second"));
    const auto third = the_client().fetch(get_url("/third"));
    second.cancel();
    BOOST_TEST(the_client().queue_size() == 1U);
    first.cancel();
    BOOST_TEST(run([&] { return third; }).code == 200);
    BOOST_TEST(last().target == "/third");
}

BOOST_AUTO_TEST_CASE(cancels_the_producer) {
    bool unwound = false;
    HTTPRequest request{get_url("/")};
    request.method("POST").body_producer([&](const httpclient::BodyWriter&) -> Future<void> {
        try {
            co_await gen::sleep(1h);
        } catch (const tornado::CancelledError&) {
            unwound = true;
            throw;
        }
    });
    const auto response = the_client().fetch(request);
    settle();
    response.cancel();
    settle();
    BOOST_TEST(unwound);
}

BOOST_AUTO_TEST_CASE(may_happen_in_a_callback) {
    app->handlers["/"] = [](const Got&) { return Answer{200, {}, "body"}; };
    std::optional<Future<HTTPResponse>> response;
    int calls = 0;
    HTTPRequest request{get_url("/")};
    request.streaming_callback([&](std::string_view) {
        ++calls;
        response->cancel();
    });
    response = the_client().fetch(request);
    while (!response->done()) {
        settle();
    }
    BOOST_TEST(response->cancelled());
    BOOST_TEST(calls == 1);
    HTTPRequest other{get_url("/")};
    other.header_callback([&](std::string_view) { response->cancel(); });
    response = the_client().fetch(other);
    while (!response->done()) {
        settle();
    }
    BOOST_TEST(the_client().active_count() == 0U);
}

BOOST_AUTO_TEST_CASE(a_callback_may_close_the_client) {
    app->handlers["/"] = [](const Got&) { return Answer{200, {}, "body"}; };
    HTTPRequest request{get_url("/")};
    request.streaming_callback([&](std::string_view) { the_client().close(); });
    const auto error = failure<HTTPClientError>(request);
    BOOST_TEST(error.code() == 599);
}

BOOST_AUTO_TEST_CASE(the_client_may_go_as_a_fetch_that_has_waited_begins) {
    for (const auto limit :
         {&httpclient::HTTPClientOptions::max_clients,
          &httpclient::HTTPClientOptions::max_connections_per_host}) {
        client.reset();
        options = {};
        options.*limit = 1;
        const auto first = the_client().fetch(get_url("/"));
        HTTPRequest request{get_url("/")};
        request.method("POST").body_producer([&](const httpclient::BodyWriter&) {
            client.reset();
            return Future<void>::ready();
        });
        const auto second = the_client().fetch(request);
        BOOST_TEST(run([&] { return first; }).code == 200);
        while (!second.done()) {
            settle();
        }
        BOOST_CHECK_THROW(second.result(), HTTPClientError);
    }
}

BOOST_AUTO_TEST_CASE(who_hears_that_a_producer_is_cancelled_may_close_the_client) {
    ScriptedServer refusing{
        ScriptedServer::says("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")};
    for (const bool is_refused : {true, false}) {
        client.reset();
        Promise<void> produced;
        produced.on_cancel([&] { the_client().close(); });
        HTTPRequest request{is_refused ? refusing.url() : get_url("/")};
        request.method("POST").body_producer([&](const httpclient::BodyWriter&) {
            return produced.future();
        });
        const auto response = the_client().fetch(request);
        settle();
        if (!is_refused) {
            response.cancel();
        }
        while (!response.done()) {
            settle();
        }
        response.ignore();
        BOOST_TEST(the_client().active_count() == 0U);
    }
}

BOOST_AUTO_TEST_CASE(keeps_a_callback_that_still_waits) {
    app->handlers["/"] = [](const Got&) { return Answer{200, {}, "body"}; };
    Promise<void> promise;
    const auto seen = std::make_shared<int>(0);
    std::optional<Future<HTTPResponse>> response;
    {
        HTTPRequest request{get_url("/")};
        request.streaming_callback(
            [seen, waiting = promise.future()](std::string_view) -> Future<void> {
                ++*seen;
                try {
                    co_await gen::sleep(1h);
                } catch (const tornado::CancelledError&) {
                    ++*seen;
                }
                co_await waiting;
                ++*seen;
            }
        );
        response = the_client().fetch(request);
    }
    while (*seen == 0) {
        settle();
    }
    response->cancel();
    promise.set_result();
    settle();
    BOOST_TEST(*seen == 3);
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/// A server that sends part of a body of "y", and a callback that takes its time with that.
struct WaitingCallback : TidyTest {
    HTTPRequest request(const std::string& coding) {
        text = coding.empty() ? std::string(30'000, 'y') : gzip(std::string(30'000, 'y'));
        text = "Content-Length: " + std::to_string(text.size() + 1) + "\r\n\r\n" + text;
        text = (coding.empty() ? "" : "Content-Encoding: " + coding + "\r\n") + text;
        text = "HTTP/1.1 200 OK\r\n" + text;
        calls = 0;
        was_cancelled = piece_is_good = is_over = false;
        use_piece = {};
        HTTPRequest request{server.url()};
        return request.streaming_callback([this](std::string_view piece) { return use(piece); });
    }
    Future<void> use(std::string_view piece) {
        ++calls;
        try {
            if (at_once) {
                at_once();
            }
            co_await gen::sleep(1h);
        } catch (const tornado::CancelledError&) {
            was_cancelled = true;
        }
        const auto moment = use_piece.future();
        co_await moment;
        piece_is_good = piece.find_first_not_of('y') == piece.npos;
        is_over = true;
    }
    /// Whether the callback, whose fetch has ended, has been cancelled and has its piece still.
    void check_callback() {
        BOOST_TEST(fetching->done());
        fetching->ignore();
        settle();
        BOOST_TEST(calls == 1);
        BOOST_TEST(was_cancelled);
        client.reset();
        app->handlers["/other"] = [](const Got&) {
            return Answer{200, {}, std::string(90'000, 'z')};
        };
        fetch_from("/other");  // which uses memory that is free
        use_piece.set_result();
        settle();
        BOOST_TEST(is_over);
        BOOST_TEST(piece_is_good);
    }
    void begin(const HTTPRequest& request) {
        fetching = the_client().fetch(request);
        while (calls == 0 && !fetching->done()) {
            settle();
        }
    }

    std::string text;
    ScriptedServer server{[this](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        co_await stream.write(text);
        co_await stream.read_until_close();
    }};
    std::optional<Future<HTTPResponse>> fetching;
    std::function<void()> at_once;  ///< what the callback does before it waits
    Promise<void> use_piece;
    int calls = 0;
    bool was_cancelled = false;
    bool piece_is_good = false;
    bool is_over = false;
};

const std::string codings[] = {"", "gzip"};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_callback_that_waits, WaitingCallback)

BOOST_DATA_TEST_CASE_F(
    WaitingCallback,
    keeps_its_piece_and_is_cancelled_with_its_fetch,
    data::make(codings),
    coding
) {
    begin(request(coding));
    fetching->cancel();
    check_callback();
}

BOOST_DATA_TEST_CASE_F(
    WaitingCallback,
    keeps_its_piece_and_is_cancelled_when_time_is_over,
    data::make(codings),
    coding
) {
    begin(request(coding).request_timeout(300ms));
    BOOST_CHECK_THROW(run([&] { return *fetching; }), HTTPTimeoutError);
    check_callback();
}

BOOST_DATA_TEST_CASE_F(
    WaitingCallback,
    keeps_its_piece_and_is_cancelled_as_its_client_closes,
    data::make(codings),
    coding
) {
    begin(request(coding));
    the_client().close();
    check_callback();
}

BOOST_DATA_TEST_CASE_F(
    WaitingCallback,
    keeps_its_piece_and_is_cancelled_by_itself,
    data::make(codings),
    coding
) {
    at_once = [this] { fetching->cancel(); };
    begin(request(coding));
    check_callback();
}

BOOST_AUTO_TEST_CASE(hears_of_the_end_before_whoever_fetches) {
    const auto waiting = request("").request_timeout(300ms);
    bool heard_first = false;
    run([&]() -> Future<void> {
        try {
            co_await the_client().fetch(waiting);
        } catch (const HTTPTimeoutError&) {
            heard_first = was_cancelled;
        }
    });
    BOOST_TEST(heard_first);
    use_piece.set_result();
    settle();
}

BOOST_AUTO_TEST_SUITE_END()
