#include <tornado/httpclient/simple_async_http_client.hpp>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <thread>
#include <tornado/httputil/error.hpp>
#include <tornado/testing/virtual_time.hpp>

#include "../iostream/certificates.hpp"
#include "support.hpp"

namespace data = boost::unit_test::data;
using httputil::Errc;

namespace {

constexpr auto ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Answers the first request, and closes when it gets the second.
Future<void> one_answer_each(iostream::IOStream& stream, int /*number*/) {
    co_await stream.read_until("\r\n\r\n");
    co_await stream.write(ok);
    co_await stream.read_until("\r\n\r\n");
}

/// A server that does something on a kept connection while the client's loop is blocked, so that
/// nobody but the system knows of it when the next request begins.
struct BlockedLoop : ClientTest {
    enum class Deed { speaks, ends, resets };

    Future<void> serve(iostream::IOStream& stream) {
        last_stream = &stream;
        while (true) {
            co_await stream.read_until("\r\n\r\n");
            co_await stream.write(ok);
        }
    }
    /// Returns when the client's system knows of it, which may take some time.
    void block(Deed deed, int port) {
        const int descriptor = connected_to(port);
        if (deed == Deed::speaks) {
            last_stream->write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
        } else {
            const linger at_once{deed == Deed::resets ? 1 : 0, 0};
            ::setsockopt(last_stream->fileno(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
            last_stream->close();
        }
        pollfd waiting{.fd = descriptor, .events = POLLIN, .revents = 0};
        BOOST_REQUIRE(::poll(&waiting, 1, -1) == 1);
        std::this_thread::sleep_for(2ms);  // longer than a connection is used again unseen
    }
    /// The descriptor of this program's last socket that is connected to that port.
    static int connected_to(int port) {
        int found = -1;
        for (int descriptor = 0; descriptor < 1024; ++descriptor) {
            sockaddr_in peer{};
            socklen_t size = sizeof peer;
            if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) == 0 &&
                peer.sin_family == AF_INET && ntohs(peer.sin_port) == port) {
                found = descriptor;
            }
        }
        return found;
    }
    static ssl_test::Authority& authority() {
        static ssl_test::Authority shared;
        return shared;
    }

    iostream::IOStream* last_stream = nullptr;
    ScriptedServer::Script script = [this](iostream::IOStream& stream, int) {
        return serve(stream);
    };
    ScriptedServer server{script};
};

const BlockedLoop::Deed deeds[] = {
    BlockedLoop::Deed::speaks,
    BlockedLoop::Deed::ends,
    BlockedLoop::Deed::resets};

std::ostream& operator<<(std::ostream& out, BlockedLoop::Deed deed) {
    return out << static_cast<int>(deed);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(kept_connections, ClientTest)

BOOST_DATA_TEST_CASE_F(
    BlockedLoop,
    answer_no_request_with_what_came_unasked_nor_take_one_after_their_end,
    data::make(deeds),
    deed
) {
    fetch_from(server.url());
    block(deed, server.port);
    HTTPRequest post{server.url()};
    const auto response = fetch_from(post.method("POST").body(""));
    BOOST_TEST(response.body == "ok");
    BOOST_TEST(!response.time_info.connection_reused);
    BOOST_TEST(server.connections == 2);
}

BOOST_DATA_TEST_CASE_F(BlockedLoop, with_tls_are_looked_at_too, data::make(deeds), deed) {
    ScriptedServer secure{
        script,
        netutil::ssl_options_to_context(
            {.certfile = authority().server.certfile, .keyfile = authority().server.keyfile},
            netutil::SSLSide::server
        )};
    HTTPRequest request{"https://127.0.0.1:" + std::to_string(secure.port) + "/"};
    request.ca_certs(authority().ca.certfile);
    fetch_from(request);
    std::this_thread::sleep_for(5ms);
    BOOST_TEST(fetch_from(request).time_info.connection_reused);
    block(deed, secure.port);
    const auto response = fetch_from(request.method("POST").body(""));
    BOOST_TEST(response.body == "ok");
    BOOST_TEST(!response.time_info.connection_reused);
    BOOST_TEST(secure.connections == 2);
}

BOOST_FIXTURE_TEST_CASE(that_are_quiet_serve_again, BlockedLoop) {
    fetch_from(server.url());
    std::this_thread::sleep_for(5ms);
    BOOST_TEST(fetch_from(server.url()).time_info.connection_reused);
}

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

BOOST_AUTO_TEST_CASE(that_were_dead_are_replaced) {
    ScriptedServer server{one_answer_each};
    BOOST_TEST(fetch_from(server.url()).body == "ok");
    const auto response = fetch_from(server.url());
    BOOST_TEST(response.body == "ok");
    BOOST_TEST(!response.time_info.connection_reused);
    BOOST_TEST(server.connections == 2);
}

BOOST_AUTO_TEST_CASE(that_were_dead_do_not_repeat_a_post) {
    ScriptedServer server{one_answer_each};
    fetch_from(server.url());
    HTTPRequest request{server.url()};
    request.method("POST").body("once");
    const auto error = failure<HTTPStreamClosedError>(request);
    BOOST_TEST(error.code() == 599);
    BOOST_TEST(server.connections == 1);
}

BOOST_AUTO_TEST_CASE(that_die_within_a_response_are_an_error) {
    ScriptedServer server{[](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        co_await stream.write(ok);
        co_await stream.read_until("\r\n\r\n");
        co_await stream.write("HTTP");
    }};
    fetch_from(server.url());
    const auto error = failure<HTTPStreamClosedError>(server.url());
    BOOST_TEST(error.reason() == make_error_code(Errc::incomplete_message));
    BOOST_TEST(server.connections == 1);
}

BOOST_AUTO_TEST_CASE(a_new_one_is_not_replaced) {
    ScriptedServer server{[](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
    }};
    const auto error = failure<HTTPStreamClosedError>(server.url());
    BOOST_TEST(error.reason() == make_error_code(Errc::no_response));
    BOOST_TEST(server.connections == 1);
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

BOOST_AUTO_TEST_CASE(go_with_the_client) {
    fetch_from("/");
    the_client().close();
    settle();
    BOOST_TEST(http_server().connection_count() == 0U);
    BOOST_CHECK_THROW(the_client().fetch(get_url("/")), std::logic_error);
    the_client().close();  // harmless
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(hostile_servers, ClientTest)

const std::string cut_off[] = {
    "",
    "HTTP",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"};

BOOST_DATA_TEST_CASE_F(ClientTest, that_close_early_are_errors, data::make(cut_off), text) {
    ScriptedServer server{ScriptedServer::says(text)};
    const auto error = failure<HTTPStreamClosedError>(server.url());
    BOOST_TEST(
        error.reason() ==
        make_error_code(text.empty() ? Errc::no_response : Errc::incomplete_message)
    );
    BOOST_TEST(the_client().active_count() == 0U);
}

BOOST_AUTO_TEST_CASE(with_endless_interim_responses_are_refused) {
    ScriptedServer server{[](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        while (true) {
            co_await stream.write("HTTP/1.1 102 Processing\r\n\r\n");
        }
    }};
    BOOST_TEST(
        failure<HTTPBadResponseError>(server.url()).reason() ==
        make_error_code(Errc::too_many_interim_responses)
    );
}

BOOST_AUTO_TEST_CASE(that_do_not_speak_http_are_refused) {
    ScriptedServer server{ScriptedServer::says("220 mail.example.com ESMTP\r\n")};
    const auto error = failure<HTTPBadResponseError>(server.url());
    BOOST_TEST(error.reason() == make_error_code(Errc::malformed_start_line));
    BOOST_TEST(error.message() == "Bad response: the start line is malformed");
}

BOOST_AUTO_TEST_CASE(that_are_not_there_are_told_as_they_are) {
    auto [socket, port] = testing::bind_unused_port();
    socket.close();
    const auto error = failure<std::system_error>("http://127.0.0.1:" + std::to_string(port));
    BOOST_CHECK(error.code() == std::errc::connection_refused);
    BOOST_TEST(std::string{error.what()}.find(std::to_string(port)) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(that_switch_protocols_unasked_are_refused) {
    ScriptedServer server{ScriptedServer::says(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"
    )};
    BOOST_TEST(
        failure<HTTPBadResponseError>(server.url()).reason() ==
        make_error_code(Errc::unasked_upgrade)
    );
}

BOOST_AUTO_TEST_CASE(that_switch_protocols_before_they_have_read_the_body_are_left) {
    bool ended = false;
    ScriptedServer server{[&](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        co_await stream.write(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"
        );
        try {
            while (true) {
                co_await stream.read_bytes(65'536, true);
            }
        } catch (const iostream::StreamClosedError&) {
            ended = true;
        }
    }};
    HTTPRequest request{server.url()};
    request.method("POST").body(std::string(20'000'000, 'x'));
    request.header("Connection", "Upgrade").header("Upgrade", "h2c");
    BOOST_TEST(failure<HTTPClientError>(request).code() == 101);
    while (!ended) {
        settle();
    }
    BOOST_TEST(the_client().active_count() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
