#include <tornado/httpclient/simple_async_http_client.hpp>

#include <sys/eventfd.h>

#include <boost/test/unit_test.hpp>
#include <optional>
#include <tornado/testing/virtual_time.hpp>

#include "support.hpp"

namespace {

constexpr auto ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Answers the first request, and closes when it gets the second.
Future<void> one_answer_each(iostream::IOStream& stream, int /*number*/) {
    co_await stream.read_until("\r\n\r\n");
    co_await stream.write(ok);
    co_await stream.read_until("\r\n\r\n");
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(kept_connections, ClientTest)

BOOST_AUTO_TEST_CASE(serve_one_request_after_the_other) {
    for (int i = 0; i < 5; ++i) {
        BOOST_TEST(fetch_from("/").time_info.connection_reused == (i != 0));
        BOOST_TEST(the_client().idle_connection_count() == 1U);
    }
    BOOST_TEST(http_server().connection_count() == 1U);
}

BOOST_AUTO_TEST_CASE(are_not_kept_unless_wanted) {
    options.keep_alive = false;
    fetch_from("/");
    BOOST_TEST(last().header("Connection") == "close");
    BOOST_TEST(the_client().idle_connection_count() == 0U);
}

BOOST_AUTO_TEST_CASE(are_not_kept_when_a_request_says_so) {
    fetch_from(HTTPRequest{"/"}.header("Connection", "close"));
    BOOST_TEST(the_client().idle_connection_count() == 0U);
}

BOOST_AUTO_TEST_CASE(are_as_many_as_may_be) {
    options.max_clients = 5;
    options.max_idle_connections_per_host = 2;
    std::vector<Future<HTTPResponse>> all;
    for (int i = 0; i < 5; ++i) {
        all.push_back(the_client().fetch(get_url("/")));
    }
    run([&] { return gen::multi(all); });
    BOOST_TEST(the_client().idle_connection_count() == 2U);
}

BOOST_AUTO_TEST_CASE(are_as_many_as_there_may_be_fetches) {
    options.max_clients = 120;
    std::vector<Future<HTTPResponse>> all;
    for (int i = 0; i < 120; ++i) {
        all.push_back(the_client().fetch(get_url("/")));
    }
    run([&] { return gen::multi(all); });
    BOOST_TEST(the_client().idle_connection_count() == 120U);
}

BOOST_AUTO_TEST_CASE(that_are_oldest_go_first) {
    options.max_idle_connections = 2;
    std::vector<std::unique_ptr<ScriptedServer>> servers;
    for (int i = 0; i < 3; ++i) {
        servers.push_back(std::make_unique<ScriptedServer>(one_answer_each));
        fetch_from(servers.back()->url());
    }
    BOOST_TEST(the_client().idle_connection_count() == 2U);
    fetch_from(servers[0]->url());
    BOOST_TEST(servers[0]->connections == 2);
}

BOOST_AUTO_TEST_CASE(end_when_nobody_uses_them) {
    testing::VirtualTime time{io_loop()};
    options.idle_timeout = 10s;
    fetch_from("/");
    run([] { return gen::sleep(9s); });
    BOOST_TEST(the_client().idle_connection_count() == 1U);
    run([] { return gen::sleep(2s); });
    BOOST_TEST(the_client().idle_connection_count() == 0U);
    settle();
    BOOST_TEST(http_server().connection_count() == 0U);
}

BOOST_AUTO_TEST_CASE(end_with_the_server) {
    fetch_from("/");
    http_server().close_all_connections();
    settle();
    BOOST_TEST(the_client().idle_connection_count() == 0U);
    BOOST_TEST(!fetch_from("/").time_info.connection_reused);
}

BOOST_AUTO_TEST_CASE(that_end_before_a_request_has_left_let_any_method_be_sent_anew) {
    testing::VirtualTime time{io_loop()};  // in which no connection is old enough to be looked at
    fetch_from("/");
    const netutil::Socket first{::eventfd(1, EFD_CLOEXEC)};
    std::optional<Future<HTTPResponse>> posted;
    run([&]() -> Future<void> {
        Promise<void> begun;
        io_loop().add_handler(
            first.fileno(),
            [&](int fd, auto) {
                io_loop().remove_handler(fd);
                posted = the_client().fetch(HTTPRequest{get_url("/")}.method("POST").body("x"));
                begun.set_result();
            },
            tornado::ioloop::Events::read
        );
        http_server().close_all_connections();  // of which the same look of the loop tells
        co_await begun.future();
    });
    const auto response = run([&] { return *posted; });
    BOOST_TEST(response.code == 200);
    BOOST_TEST(!response.time_info.connection_reused);
    BOOST_TEST(last().body == "x");
}

BOOST_AUTO_TEST_CASE(that_speak_out_of_turn_end) {
    ScriptedServer server{[](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        co_await stream.write(ok);
        co_await gen::moment();
        co_await stream.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
        co_await stream.read_until_close();
    }};
    BOOST_TEST(fetch_from(server.url()).body == "ok");
    settle();
    BOOST_TEST(the_client().idle_connection_count() == 0U);
    BOOST_TEST(fetch_from(server.url()).body == "ok");
    BOOST_TEST(server.connections == 2);
}

BOOST_AUTO_TEST_CASE(with_bytes_behind_the_response_end) {
    ScriptedServer server{ScriptedServer::says(std::string{ok} + ok)};
    BOOST_TEST(fetch_from(server.url()).body == "ok");
    BOOST_TEST(the_client().idle_connection_count() == 0U);
}

BOOST_AUTO_TEST_CASE(differ_by_what_they_were_made_with) {
    fetch_from("/");
    fetch_from(HTTPRequest{"/"}.network_interface("127.0.0.1"));
    BOOST_TEST(http_server().connection_count() == 2U);
    fetch_from("http://localhost:" + std::to_string(get_http_port()) + "/");
    BOOST_TEST(http_server().connection_count() == 3U);
    fetch_from("/");
    BOOST_TEST(http_server().connection_count() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
