#include <tornado/httpclient/async_http_client.hpp>

#include <boost/test/unit_test.hpp>

#include "support.hpp"

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
    BOOST_TEST(*seen == 2);
}

BOOST_AUTO_TEST_SUITE_END()
