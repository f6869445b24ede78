#include <tornado/concurrent.hpp>

#include <boost/test/unit_test.hpp>
#include <cctype>
#include <optional>
#include <stdexcept>
#include <string>
#include <tornado/tcpserver.hpp>

#include "../iostream/support.hpp"

namespace {

using tornado::Future;
using tornado::ioloop::IOLoop;
using tornado::iostream::IOStream;
using tornado::netutil::Address;
using tornado::tcpserver::TCPServer;

std::string capitals(std::string text) {
    for (auto& c : text) {
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return text;
}

/// Answers `ok`, a tab and the line in capitals, or `error` to a line that is in capitals already.
struct CapServer : TCPServer {
    CapServer() { listen(0, {.address = "127.0.0.1"}); }
    Future<void> handle_stream(IOStream stream, Address) override {
        const auto line = co_await stream.read_until("\n");
        const auto capital_line = capitals(line);
        const auto answer =
            line != capital_line ? "ok\t" + capital_line : "error\talready capitalized\n";
        co_await stream.write(answer);
        stream.close();
    }
};

struct CapError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class CapClient {
public:
    explicit CapClient(std::uint16_t port) : port_{port} {}

    Future<std::string> capitalize(std::string text) {
        IOStream stream{new_socket()};
        const auto address = loopback_address(port_);
        co_await stream.connect(address);
        co_await stream.write(text + "\n");
        const auto answer = co_await stream.read_until("\n");
        const auto tab = answer.find('\t');
        auto rest = answer.substr(tab + 1, answer.size() - tab - 2);
        if (answer.substr(0, tab) != "ok") {
            throw CapError{rest};
        }
        co_return rest;
    }

private:
    std::uint16_t port_;
};

struct Fixture {
    IOLoop loop;
    CapServer server;
    CapClient client{server.port()};
};

BOOST_FIXTURE_TEST_SUITE(cap_client, Fixture)

BOOST_AUTO_TEST_CASE(a_futures_callback_gets_the_result) {
    std::optional<Future<std::string>> done;
    loop.add_future(client.capitalize("hello"), [&](const Future<std::string>& future) {
        done = future;
        loop.stop();
    });
    loop.start();
    BOOST_TEST(done->result() == "HELLO");
}

BOOST_AUTO_TEST_CASE(a_futures_callback_gets_the_error) {
    std::optional<Future<std::string>> done;
    loop.add_future(client.capitalize("HELLO"), [&](const Future<std::string>& future) {
        done = future;
        loop.stop();
    });
    loop.start();
    BOOST_CHECK_THROW(done->result(), CapError);
}

BOOST_AUTO_TEST_CASE(a_coroutine_gets_the_result) {
    loop.run_sync([&]() -> Future<void> {
        const auto result = co_await client.capitalize("hello");
        BOOST_TEST(result == "HELLO");
    });
}

BOOST_AUTO_TEST_CASE(a_coroutine_gets_the_error) {
    loop.run_sync([&]() -> Future<void> {
        BOOST_CHECK_EXCEPTION(
            co_await client.capitalize("HELLO"),
            CapError,
            [](const CapError& error) { return std::string{error.what()} == "already capitalized"; }
        );
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
