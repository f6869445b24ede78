#include <tornado/websocket/websocket_connect.hpp>

#include <boost/test/unit_test.hpp>
#include <tornado/httpclient.hpp>
#include <tornado/iostream/ssl_errors.hpp>
#include <tornado/tcpclient.hpp>

#include "../iostream/certificates.hpp"
#include "socket_support.hpp"

using tornado::httpclient::HTTPClientError;
using tornado::httpclient::HTTPRequest;
using tornado::iostream::IOStream;
using tornado::iostream::SSLErrc;
using websocket::CompressionOptions;

namespace {

ssl_test::Authority& authority() {
    static ssl_test::Authority shared;
    return shared;
}

Future<void> pump(IOStream& from, IOStream& to) {
    try {
        while (true) {
            const auto bytes = co_await from.read_bytes(65'536, true);
            co_await to.write(bytes);
        }
    } catch (const tornado::iostream::StreamClosedError&) {
    }
    to.close();
}

/// A proxy that answers so, and lets through to a port of this machine.
struct Proxy {
    ScriptedServer::Script script() {
        return
            [this](IOStream& stream, std::string head) { return serve(stream, std::move(head)); };
    }
    Future<void> serve(IOStream& stream, std::string head) {
        heads.push_back(std::move(head));
        co_await stream.write(answer);
        if (!answer.starts_with("HTTP/1.1 200")) {
            co_return;
        }
        tornado::tcpclient::TCPClient client;
        auto onward = co_await client.connect("127.0.0.1", port);
        const auto back = pump(onward, stream);
        co_await pump(stream, onward);
        co_await back;
    }
    Events heads;
    std::string answer = "HTTP/1.1 200 OK\r\n\r\n";
    int port = 0;
};

struct PlainTest : SocketTest {
    PlainTest() { serve<EchoCompressed>(); }
    HTTPRequest through_proxy(const std::string& url) {
        proxy.port = get_http_port();
        return HTTPRequest{url}.proxy("127.0.0.1", proxy_server.port);
    }
    std::string
    echo_of(const std::string& text, HTTPRequest request, WebSocketOptions options = {}) {
        const auto client = run([&] { return websocket::websocket_connect(request, options); });
        client->write_message(text);
        return read(client);
    }
    Proxy proxy;
    ScriptedServer proxy_server{proxy.script()};
};

struct SecureTest : PlainTest {
    tornado::httpserver::HTTPServerOptions get_httpserver_options() override {
        return {
            .ssl_options = {
                .certfile = authority().server.certfile, .keyfile = authority().server.keyfile}};
    }
    std::string wss(const std::string& host) {
        return "wss://" + host + ":" + std::to_string(get_http_port()) + "/";
    }
    HTTPRequest trusting(const std::string& host = "localhost") {
        return HTTPRequest{wss(host)}.ca_certs(authority().ca.certfile);
    }
    std::error_code refusal(const HTTPRequest& request) {
        try {
            run([&] { return websocket::websocket_connect(request); });
        } catch (const tornado::iostream::StreamClosedError& error) {
            return error.real_error();
        }
        return {};
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(secure_websocket, SecureTest)

BOOST_AUTO_TEST_CASE(carries_messages_of_all_sizes) {
    const auto plain_client = run([&] { return websocket::websocket_connect(trusting()); });
    const auto compressing = run([&] {
        return websocket::websocket_connect(
            trusting("127.0.0.1"), WebSocketOptions().compression(CompressionOptions{})
        );
    });
    BOOST_TEST(!plain_client->is_compressed());
    BOOST_TEST(compressing->is_compressed());
    for (const std::size_t size : {0U, 1U, 125U, 126U, 16'384U, 65'535U, 65'536U, 1'000'000U}) {
        const std::string text(size, 'x');
        for (const auto& client : {plain_client, compressing}) {
            client->write_message(text);
            BOOST_TEST((read(client) == text));
        }
    }
}

BOOST_AUTO_TEST_CASE(closes_in_an_orderly_way) {
    const auto client = run([&] { return websocket::websocket_connect(trusting()); });
    client->close(1001, "bye");
    run([&] { return client->wait_closed(); });
    BOOST_TEST(client->close_code().value() == 1001);
    wait_until([&] { return http_server().connection_count() == 0; });
}

BOOST_AUTO_TEST_CASE(sends_its_last_words_when_nobody_holds_it) {
    Events events;
    routes.push_back(web::url<Noting>("/noting", std::ref(events)));
    {
        const auto url = wss("localhost") + "noting";
        const auto client = run([&] { return websocket::websocket_connect(trusting().url(url)); });
        client->write_message("bye");
        client->close(1000);
    }
    wait_until([&] { return !events.empty() && events.back().starts_with("closed"); });
    BOOST_TEST(joined(events) == "finish open bye closed:1000:");
}

BOOST_AUTO_TEST_CASE(trusts_no_stranger) {
    BOOST_CHECK(refusal(wss("localhost")) == SSLErrc::certificate_unknown_ca);
}

BOOST_AUTO_TEST_CASE(trusts_anybody_when_told_to) {
    BOOST_TEST(echo_of("x", HTTPRequest{wss("localhost")}.validate_cert(false)) == "x");
}

BOOST_AUTO_TEST_CASE(goes_through_a_proxy) {
    proxy.port = get_http_port();
    const auto port = std::to_string(proxy.port);
    BOOST_TEST(
        echo_of("through", trusting().proxy("127.0.0.1", proxy_server.port).proxy_username("me")) ==
        "through"
    );
    BOOST_TEST(
        joined(proxy.heads) == "CONNECT localhost:" + port + " HTTP/1.1\r\nHost: localhost:" +
                                   port + "\r\nProxy-Authorization: Basic bWU6\r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(asks_the_server_and_not_the_proxy_for_its_name) {
    proxy.port = get_http_port();
    const auto stranger = HTTPRequest{"wss://example.com/"}
                              .ca_certs(authority().ca.certfile)
                              .proxy("127.0.0.1", proxy_server.port);
    BOOST_CHECK(refusal(stranger) == SSLErrc::certificate_wrong_host);
}

BOOST_AUTO_TEST_CASE(takes_nothing_from_a_proxy_that_speaks_first) {
    proxy.answer = "HTTP/1.1 200 OK\r\n\r\npoison";
    proxy.port = get_http_port();
    BOOST_CHECK_THROW(
        echo_of("x", trusting().proxy("127.0.0.1", proxy_server.port)), websocket::WebSocketError
    );
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(websocket_through_a_proxy, PlainTest)

BOOST_AUTO_TEST_CASE(is_asked_for_by_connect) {
    BOOST_TEST(echo_of("through", through_proxy("ws://example.com/")) == "through");
    BOOST_TEST(
        joined(proxy.heads) == "CONNECT example.com:80 HTTP/1.1\r\nHost: example.com:80\r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(is_set_by_the_options_too) {
    proxy.port = get_http_port();
    const auto options = WebSocketOptions().proxy("127.0.0.1", proxy_server.port, "Basic eDp5");
    BOOST_TEST(echo_of("through", "ws://[::1]:81/", options) == "through");
    BOOST_TEST(
        joined(proxy.heads) ==
        "CONNECT [::1]:81 HTTP/1.1\r\nHost: [::1]:81\r\n"
        "Proxy-Authorization: Basic eDp5\r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(fails_with_the_status_of_a_proxy_that_refuses) {
    proxy.answer = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 5\r\n\r\nphish";
    try {
        echo_of("x", through_proxy("ws://example.com/"));
        BOOST_ERROR("it did not fail");
    } catch (const HTTPClientError& error) {
        BOOST_TEST(error.code() == 407);
        BOOST_TEST(error.response() == nullptr);
    }
}

BOOST_AUTO_TEST_CASE(needs_a_port) {
    tornado::httpclient::RequestSettings without_port;
    without_port.proxy_host = "127.0.0.1";
    BOOST_CHECK_THROW(
        websocket::websocket_connect(HTTPRequest{"ws://example.com/"}.settings(without_port)),
        std::invalid_argument
    );
}

BOOST_AUTO_TEST_SUITE_END()
