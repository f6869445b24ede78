#include <tornado/httpclient/errors.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <tornado/ioloop/time_limit.hpp>
#include <tornado/testing/virtual_time.hpp>

#include "support.hpp"

namespace {

struct InTime : TidyTest {
    /// The phase in which a fetch runs out of time, and how long that took.
    FetchPhase phase_of(const HTTPRequest& request) {
        const auto began = time.elapsed();
        const auto error = failure<HTTPTimeoutError>(request);
        took = time.elapsed() - began;
        BOOST_TEST(error.code() == 599);
        message = error.message();
        return error.phase();
    }
    void teardown() override {
        client.reset();
        for (int i = 0; i < 3; ++i) {  // servers that sleep find that nobody is there
            time.advance(1s);
        }
        TidyTest::teardown();
    }
    testing::VirtualTime time{io_loop()};
    tornado::ioloop::Duration took = {};
    std::string message;
};

/// Never answers.
class SlowResolver final : public netutil::Resolver {
public:
    Promise<Addresses> promise;

protected:
    Future<Addresses> look_up(std::string, std::uint16_t, netutil::Family) override {
        return promise.future();
    }
};

/// Takes two seconds for any name, which is this host's.
class TwoSecondResolver final : public netutil::Resolver {
protected:
    Future<Addresses> look_up(std::string, std::uint16_t port, netutil::Family) override {
        co_await gen::sleep(2s);
        co_return Addresses(1, netutil::Address("127.0.0.1", port));
    }
};

/// A listening socket that accepts nobody, and has no room for more who wait.
class FullBacklog {
public:
    FullBacklog() {
        auto [socket, chosen] = testing::bind_unused_port();
        listener_ = std::move(socket);
        port = chosen;
        ::listen(listener_.fileno(), 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        for (int i = 0; i < 4; ++i) {
            auto& waiting =
                waiting_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
            ::connect(
                waiting.fileno(), reinterpret_cast<const sockaddr*>(&address), sizeof address
            );
        }
    }
    int port = 0;

private:
    netutil::Socket listener_;
    std::vector<netutil::Socket> waiting_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(time_limits, InTime)

BOOST_AUTO_TEST_CASE(end_a_request) {
    BOOST_CHECK(phase_of(HTTPRequest{"/never"}.request_timeout(100ms)) == FetchPhase::request);
    BOOST_CHECK(took == 100ms);
    BOOST_TEST(message == "Timeout during request");
    BOOST_TEST(the_client().active_count() == 0U);
    settle();
    BOOST_TEST(app->vanished == 1);
}

BOOST_AUTO_TEST_CASE(are_twenty_seconds_if_nothing_is_said) {
    BOOST_CHECK(phase_of("/never") == FetchPhase::request);
    BOOST_CHECK(took == 20s);
}

BOOST_AUTO_TEST_CASE(of_many_fetches_are_each_its_own) {
    constexpr int count = 40;
    options.max_clients = count;
    std::vector<tornado::ioloop::Duration> early_or_late;
    std::vector<Future<HTTPResponse>> all;
    const auto began = time.elapsed();
    for (int i = 0; i < count; ++i) {
        const auto limit = std::chrono::seconds{1 + i * 17 % count};  // in no order
        HTTPRequest request{get_url("/never")};
        request.request_timeout(limit);
        all.push_back(the_client().fetch(request));
        all.back().ignore().add_done_callback([&, limit] {
            early_or_late.push_back(time.elapsed() - began - limit);
        });
    }
    run([] { return gen::sleep(1h); }, 5min);  // of real time: there is much to do
    BOOST_TEST(early_or_late.size() == std::size_t{count});
    for (const auto difference : early_or_late) {
        BOOST_CHECK(difference == 0s);
    }
    BOOST_TEST(the_client().active_count() == 0U);
}

BOOST_AUTO_TEST_CASE(of_zero_are_none) {
    HTTPRequest request{get_url("/never")};
    request.connect_timeout(0s).request_timeout(0s);
    const auto response = the_client().fetch(request);
    run([] { return gen::sleep(1h); });
    BOOST_TEST(!response.done());
    response.cancel();
}

BOOST_AUTO_TEST_CASE(of_less_than_zero_leave_no_time) {
    for (const auto limit : {tornado::ioloop::Duration{-1s}, tornado::ioloop::Duration::min()}) {
        phase_of(HTTPRequest{"/never"}.request_timeout(limit));
        BOOST_CHECK(took == 0s);
    }
    BOOST_TEST(fetch_from("/").code == 200);
    phase_of(HTTPRequest{"/never"}.request_timeout(-1s));  // on a connection that was kept
    BOOST_CHECK(took == 0s);
}

BOOST_AUTO_TEST_CASE(end_a_name_lookup) {
    options.resolver = std::make_shared<SlowResolver>();
    BOOST_CHECK(
        phase_of(HTTPRequest{"http://example.com/"}.connect_timeout(100ms)) == FetchPhase::resolving
    );
    BOOST_CHECK(took == 100ms);
    BOOST_TEST(message.find("Timeout while connecting") == 0U);
}

BOOST_AUTO_TEST_CASE(end_a_connect) {
    const FullBacklog server;
    const auto url = "http://127.0.0.1:" + std::to_string(server.port);
    BOOST_CHECK(phase_of(HTTPRequest{url}.connect_timeout(2s)) == FetchPhase::connecting);
    BOOST_CHECK(took == 2s);
    BOOST_TEST(message == "Timeout while connecting");
    BOOST_CHECK(phase_of(HTTPRequest{url}.request_timeout(1s)) == FetchPhase::connecting);
    BOOST_CHECK(took == 1s);
}

BOOST_AUTO_TEST_CASE(end_a_handshake) {
    ScriptedServer server{[](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until_close();
    }};
    HTTPRequest request{"https://127.0.0.1:" + std::to_string(server.port) + "/"};
    BOOST_CHECK(phase_of(request.connect_timeout(3s)) == FetchPhase::tls_handshake);
    BOOST_CHECK(took == 3s);
}

BOOST_AUTO_TEST_CASE(shrink_to_what_the_caller_has_left) {
    const auto until = [&](tornado::ioloop::Duration left) {
        return tornado::stack_context::StackContext{
            tornado::ioloop::must_end_by, io_loop().time_after(left)};
    };
    {
        const auto limit = until(3s);
        BOOST_CHECK(phase_of("/never") == FetchPhase::request);
        BOOST_CHECK(took == 3s);
        phase_of(HTTPRequest{"/never"}.request_timeout(1s));
        BOOST_CHECK(took == 0s);  // none is left by now
    }
    BOOST_TEST(fetch_from("/").code == 200);
    options.max_clients = 1;
    client.reset();
    const auto busy = the_client().fetch(get_url("/never"));
    const auto limit = until(2s);
    BOOST_CHECK(phase_of("/") == FetchPhase::queue);
    BOOST_CHECK(took == 2s);
    busy.ignore().cancel();
}

BOOST_AUTO_TEST_CASE(end_the_wait_in_the_queue) {
    options.max_clients = 1;
    HTTPRequest first{get_url("/never")};
    first.request_timeout(0s);
    const auto blocking = the_client().fetch(first);
    HTTPRequest second{"/"};
    second.connect_timeout(5s).request_timeout(3s);
    BOOST_CHECK(phase_of(second) == FetchPhase::queue);
    BOOST_CHECK(took == 3s);
    BOOST_TEST(message == "Timeout in request queue");
    BOOST_TEST(the_client().queue_size() == 0U);
    BOOST_TEST(the_client().active_count() == 1U);
    blocking.cancel();
}

BOOST_AUTO_TEST_CASE(of_zero_do_not_count_in_the_queue) {
    options.max_clients = 1;
    HTTPRequest first{get_url("/never")};
    first.request_timeout(0s);
    const auto blocking = the_client().fetch(first);
    BOOST_CHECK(
        phase_of(HTTPRequest{"/"}.connect_timeout(0s).request_timeout(3s)) == FetchPhase::queue
    );
    BOOST_CHECK(took == 3s);
    BOOST_CHECK(
        phase_of(HTTPRequest{"/"}.connect_timeout(2s).request_timeout(0s)) == FetchPhase::queue
    );
    BOOST_CHECK(took == 2s);
    blocking.cancel();
}

BOOST_AUTO_TEST_CASE(begin_anew_behind_the_queue) {
    options.max_clients = 1;
    HTTPRequest first{get_url("/never")};
    first.request_timeout(4s);
    const auto blocking = the_client().fetch(first);
    blocking.ignore();
    BOOST_CHECK(phase_of(HTTPRequest{"/never"}.request_timeout(5s)) == FetchPhase::request);
    BOOST_CHECK(took == 9s);
}

BOOST_AUTO_TEST_CASE(are_for_all_redirects_together) {
    app->handlers["/from"] = [this](const Got&) {
        time.spend(2s);
        return Answer{302, {{"Location", "/never"}}, ""};
    };
    BOOST_CHECK(phase_of(HTTPRequest{"/from"}.request_timeout(5s)) == FetchPhase::request);
    BOOST_CHECK(took == 5s);
}

BOOST_AUTO_TEST_CASE(end_a_head_that_drips) {
    ScriptedServer server{[](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        co_await stream.write("HTTP/1.1 200 OK\r\nX: ");
        while (true) {
            co_await stream.write("x");
            co_await gen::sleep(1s);
        }
    }};
    BOOST_CHECK(phase_of(HTTPRequest{server.url()}.request_timeout(10s)) == FetchPhase::request);
    BOOST_CHECK(took == 10s);
}

BOOST_AUTO_TEST_CASE(end_a_body_that_never_ends) {
    ScriptedServer server{[](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        co_await stream.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while (true) {
            co_await stream.write("1\r\nx\r\n");
            co_await gen::sleep(1s);
        }
    }};
    BOOST_CHECK(phase_of(HTTPRequest{server.url()}.request_timeout(10s)) == FetchPhase::request);
    BOOST_CHECK(took == 10s);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(time_info, InTime)

BOOST_AUTO_TEST_CASE(tells_how_long_each_phase_took) {
    options.max_clients = 1;
    options.resolver = std::make_shared<TwoSecondResolver>();
    ScriptedServer server{[](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        co_await gen::sleep(3s);
        co_await stream.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }};
    HTTPRequest first{get_url("/never")};
    first.request_timeout(4s);
    const auto blocking = the_client().fetch(first);
    blocking.ignore();
    const auto response = fetch_from("http://example.com:" + std::to_string(server.port) + "/");
    const auto& times = response.time_info;
    BOOST_CHECK(times.queue == 4s);
    BOOST_CHECK(times.namelookup == 2s);
    BOOST_CHECK(times.connect == 2s);
    BOOST_CHECK(times.appconnect == 0s);
    BOOST_CHECK(times.pretransfer == 2s);
    BOOST_CHECK(times.starttransfer == 5s);
    BOOST_CHECK(times.total == 5s);
    BOOST_CHECK(response.request_time == 5s);
    BOOST_CHECK(times.redirect == 0s);
}

BOOST_AUTO_TEST_CASE(counts_until_the_end_of_a_body_that_only_closing_ends) {
    ScriptedServer server{[](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        co_await stream.write("HTTP/1.1 200 OK\r\n\r\nbody");
        co_await gen::sleep(3s);
    }};
    const auto response = fetch_from(server.url());
    BOOST_TEST(response.body == "body");
    BOOST_CHECK(response.time_info.starttransfer == 0s);
    BOOST_CHECK(response.time_info.total == 3s);
}

BOOST_AUTO_TEST_CASE(counts_the_time_that_a_streaming_callback_takes) {
    ScriptedServer server{[](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        co_await stream.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody");
    }};
    HTTPRequest request{server.url()};
    request.streaming_callback([](std::string_view) { return gen::sleep(2s); });
    BOOST_CHECK(fetch_from(request).time_info.total == 2s);
}

BOOST_AUTO_TEST_SUITE_END()
