#include <tornado/httpserver/http_server.hpp>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <tornado/httputil/http_server_request.hpp>
#include <tornado/iostream.hpp>
#include <tornado/iostream/systemd_sockets.hpp>

#include "../iostream/support.hpp"

namespace {

namespace httputil = tornado::httputil;
using tornado::Future;
using tornado::httpserver::HTTPServer;
using tornado::httpserver::HTTPServerOptions;
using tornado::iostream::IOStream;
using tornado::netutil::systemd_sockets;

/// Answers one request.
struct Greeter final : httputil::HTTPServerConnectionDelegate {
    struct Request final : httputil::HTTPMessageDelegate {
        explicit Request(httputil::HTTPConnection& where) : exchange{where} {}
        void finish() override { exchange.send_response(200, "", {}, "served by a passed socket"); }
        httputil::HTTPConnection& exchange;
    };
    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection& exchange
    ) override {
        ++requests;
        return std::make_unique<Request>(exchange);
    }
    int requests = 0;
};

/// What a process does that has got a listening socket as descriptor 3. Nothing of Boost.Test runs
/// in there.
int serve_one_request() {
    constexpr std::chrono::milliseconds at_once{0};
    tornado::ioloop::IOLoop loop;
    Greeter greeter;
    HTTPServer server{greeter, HTTPServerOptions{}};
    for (auto& passed : systemd_sockets()) {
        server.add_socket(std::move(passed.socket));
    }
    loop.run_sync(
        [&]() -> Future<void> {
            while (greeter.requests == 0) {
                co_await tornado::gen::moment();
            }
            co_await server.drain(at_once, much_too_long);
        },
        much_too_long
    );
    return 7;
}

BOOST_FIXTURE_TEST_SUITE(passed_socket, LoopFixture)

BOOST_AUTO_TEST_CASE(a_server_serves_on_the_socket_that_systemd_passes) {
    const auto listener = listener_on_loopback();
    const auto port = port_of(listener);
    const auto child = ::fork();
    if (child == 0) {
        int outcome = 1;
        try {
            ::dup2(listener.fileno(), 100);
            ::dup2(100, 3);
            ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
            ::setenv("LISTEN_FDS", "1", 1);
            outcome = serve_one_request();
        } catch (const std::exception&) {
        }
        ::_exit(outcome);
    }
    IOStream stream{connect_to(port)};
    wait(stream.write("GET / HTTP/1.0\r\n\r\n"));
    const auto answer = wait(stream.read_until_close());
    BOOST_TEST(answer.starts_with("HTTP/1.1 200 "));
    BOOST_TEST(answer.ends_with("\r\n\r\nserved by a passed socket"));
    int status = 0;
    ::waitpid(child, &status, 0);
    BOOST_TEST((WIFEXITED(status) && WEXITSTATUS(status) == 7));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
