#include <tornado/httpclient/errors.hpp>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <thread>
#include <tornado/httputil/error.hpp>

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

/// Answers the first request, and ends the connection with 408 as the second one comes.
Future<void> one_answer_and_408(iostream::IOStream& stream, int /*number*/) {
    co_await stream.read_until("\r\n\r\n");
    co_await stream.write(ok);
    co_await stream.read_until("\r\n\r\n");
    co_await stream.write("HTTP/1.1 408 T\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

/// A server that does something on a kept connection while the client's loop is blocked, so that
/// nobody but the system knows of it when the next request begins.
struct BlockedLoop : TidyTest {
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

BOOST_FIXTURE_TEST_SUITE(kept_connections, TidyTest)

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

BOOST_AUTO_TEST_CASE(that_were_dead_repeat_what_may_be_done_twice) {
    std::vector<std::string> requests;
    ScriptedServer server{[&](iostream::IOStream& stream, int number) -> Future<void> {
        while (true) {
            requests.push_back(co_await stream.read_until("\r\n\r\n"));
            if (requests.back().find("Content-Length: 4") != std::string::npos) {
                requests.back() += co_await stream.read_bytes(4);
            }
            if (number == 0 && requests.size() == 2) {
                co_return;
            }
            co_await stream.write(ok);
        }
    }};
    for (const std::string method : {"PUT", "DELETE", "OPTIONS", "HEAD"}) {
        requests.clear();
        server.connections = 0;
        client.reset();
        HTTPRequest request{server.url()};
        fetch_from(request);
        request.method(method);
        if (method == "PUT") {
            request.body("text");
        }
        BOOST_TEST(!fetch_from(request).time_info.connection_reused, method);
        BOOST_TEST(server.connections == 2, method);
        BOOST_TEST_REQUIRE(requests.size() == 3U);
        BOOST_TEST(requests[2].starts_with(method + " / "));
        BOOST_TEST(requests[2] == requests[1]);
    }
}

BOOST_AUTO_TEST_CASE(that_were_dead_do_not_repeat_what_was_produced) {
    ScriptedServer server{one_answer_each};
    fetch_from(server.url());
    HTTPRequest request{server.url()};
    request.method("PUT").body_producer([](const httpclient::BodyWriter& write) {
        return write("once");
    });
    BOOST_CHECK_THROW(fetch_from(request), HTTPStreamClosedError);
    BOOST_TEST(server.connections == 1);
}

BOOST_AUTO_TEST_CASE(whose_server_was_tired_of_waiting_are_replaced) {
    ScriptedServer server{one_answer_and_408};
    fetch_from(server.url());
    const auto response = fetch_from(server.url());
    BOOST_TEST(response.body == "ok");
    BOOST_TEST(!response.time_info.connection_reused);
    BOOST_TEST(server.connections == 2);
    HTTPRequest post{server.url()};
    BOOST_TEST(fetch_from(post.method("POST").body(""), false).code == 408);
    BOOST_TEST(server.connections == 2);
}

BOOST_AUTO_TEST_CASE(that_are_new_may_say_408) {
    ScriptedServer server{
        ScriptedServer::says("HTTP/1.1 408 T\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")};
    BOOST_TEST(fetch_from(server.url(), false).code == 408);
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

BOOST_AUTO_TEST_CASE(go_with_the_client) {
    fetch_from("/");
    the_client().close();
    settle();
    BOOST_TEST(http_server().connection_count() == 0U);
    BOOST_CHECK_THROW(the_client().fetch(get_url("/")), std::logic_error);
    the_client().close();  // harmless
}

BOOST_AUTO_TEST_SUITE_END()
