#include <tornado/httpserver/http_server.hpp>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <tornado/http1connection/detach.hpp>
#include <tornado/httputil/http_server_request.hpp>

#include "../iostream/ssl_support.hpp"
#include "../log_capture.hpp"

namespace {

namespace httputil = tornado::httputil;
using tornado::Future;
using tornado::httpserver::HTTPServer;
using tornado::httpserver::HTTPServerOptions;
using tornado::iostream::IOStream;
using tornado::iostream::SSLIOStream;
using tornado::netutil::CertReqs;
using tornado::netutil::SSLContext;
using tornado::netutil::SSLOptions;

/// Tells how a request came, and by whom.
class Witness final : public httputil::HTTPServerConnectionDelegate {
public:
    class Request final : public httputil::HTTPMessageDelegate {
    public:
        explicit Request(httputil::HTTPConnection& exchange) : exchange_{exchange} {}
        void finish() override {
            const auto certificate = exchange_.get_ssl_certificate();
            exchange_.send_response(
                200,
                "",
                {},
                std::string{exchange_.protocol()} + ' ' +
                    (certificate ? certificate->subject_field("commonName") : "nobody")
            );
        }

    private:
        httputil::HTTPConnection& exchange_;
    };

    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection& exchange
    ) override {
        return std::make_unique<Request>(exchange);
    }
};

/// Answers /big in full, and breaks off what only the connection's end would complete.
class BreakingOff final : public httputil::HTTPServerConnectionDelegate {
public:
    class Request final : public httputil::HTTPMessageDelegate {
    public:
        Request(httputil::HTTPConnection& exchange, tornado::Promise<void>& broken_off)
            : exchange_{exchange},
              broken_off_{broken_off} {}
        Future<void> headers_received(httputil::RequestHead&, const httputil::Target& target)
            override {
            is_big_ = target.path == "/big";
            return Future<void>::ready();
        }
        void finish() override {
            if (is_big_) {
                exchange_.send_response(200, "", {}, std::string(big, 'x'));
                return;
            }
            const httputil::ExchangeRef alive{&exchange_};
            exchange_.write_headers(200, "", {}, "part");
            exchange_.abort();
            broken_off_.set_result();
        }

    private:
        httputil::HTTPConnection& exchange_;
        tornado::Promise<void>& broken_off_;
        bool is_big_ = false;
    };

    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection& exchange
    ) override {
        return std::make_unique<Request>(exchange, broken_off);
    }

    static constexpr std::size_t big = 200'000;  // more than a client has room for unasked
    tornado::Promise<void> broken_off;
};

SSLOptions server_options() {
    return {
        .certfile = ssl_test::authority().server.certfile,
        .keyfile = ssl_test::authority().server.keyfile};
}

/// An https server and its clients.
struct HTTPSFixture {
    ~HTTPSFixture() { server.reset(); }

    void serve(HTTPServerOptions options) {
        server.emplace(witness, std::move(options));
        server->listen(0, {.address = "127.0.0.1"});
    }
    template <typename F>
    auto run(F&& function) {
        return loop.run_sync(std::forward<F>(function), much_too_long);
    }
    SSLIOStream connect(const SSLContext& context) {
        return SSLIOStream{connect_to(server->port()), context, "localhost"};
    }
    std::string answer(IOStream stream, std::string request) {
        return run([&]() -> Future<std::string> {
            co_await stream.write(request);
            auto text = co_await stream.read_until_close();
            co_return text;
        });
    }
    std::string body(IOStream stream) {
        const auto text =
            answer(std::move(stream), "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        return text.substr(text.find("\r\n\r\n") + 4);
    }

    tornado::ioloop::IOLoop loop;
    Witness witness;
    std::optional<HTTPServer> server;
};

BOOST_FIXTURE_TEST_SUITE(https, HTTPSFixture)

BOOST_AUTO_TEST_CASE(requests_come_by_https) {
    serve({.ssl_options = server_options()});
    BOOST_TEST(body(connect(ssl_test::client_context())) == "https nobody");
    BOOST_TEST(server->url().starts_with("https://"), server->url());
}

BOOST_AUTO_TEST_CASE(a_given_protocol_wins) {
    serve({.protocol = "http", .ssl_options = server_options()});
    BOOST_TEST(body(connect(ssl_test::client_context())) == "http nobody");
}

BOOST_AUTO_TEST_CASE(a_protocol_that_is_not_http_is_refused) {
    BOOST_CHECK_THROW(serve({.protocol = "gopher"}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_context_can_be_given_as_well) {
    serve({.ssl_context = ssl_test::server_context()});
    BOOST_TEST(body(connect(ssl_test::client_context())) == "https nobody");
}

BOOST_AUTO_TEST_CASE(the_request_tells_who_the_client_is) {
    auto options = server_options();
    options.ca_certs = ssl_test::authority().ca.certfile;
    options.cert_reqs = CertReqs::required;
    serve({.ssl_options = options});
    const auto client = ssl_test::authority().make({.name = "Alice", .alternatives = ""});
    const auto context =
        ssl_test::client_context({.certfile = client.certfile, .keyfile = client.keyfile});
    BOOST_TEST(body(connect(context)) == "https Alice");
}

BOOST_AUTO_TEST_CASE(http_is_agreed_on) {
    serve({.ssl_options = server_options()});
    auto stream = connect(ssl_test::client_context({.alpn = {"h2", "http/1.1"}}));
    run([&] { return stream.wait_for_handshake(); });
    BOOST_TEST(stream.alpn_protocol() == "http/1.1");
}

BOOST_AUTO_TEST_CASE(a_plain_request_is_told_to_use_https) {
    serve({.ssl_options = server_options()});
    for (const std::string request :
         {"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
          "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"}) {
        const auto text = answer(IOStream{connect_to(server->port())}, request);
        BOOST_TEST(text.starts_with("HTTP/1.1 400 Bad Request\r\n"));
        BOOST_TEST(text.find("Connection: close\r\n") != text.npos);
        BOOST_TEST(text.find("\r\n\r\n400 Bad Request: this port speaks HTTPS") != text.npos);
    }
}

BOOST_AUTO_TEST_CASE(a_broken_answer_takes_nothing_from_those_before_it) {
    BreakingOff application;
    server.emplace(application, HTTPServerOptions{.ssl_options = server_options()});
    server->listen(0, {.address = "127.0.0.1"});
    auto stream = connect(ssl_test::client_context());
    const auto text = run([&]() -> Future<std::string> {
        co_await stream.write("GET /big HTTP/1.1\r\nHost: a\r\n\r\nGET /broken HTTP/1.0\r\n\r\n");
        co_await application.broken_off.future();  // before the client reads
        auto all = co_await stream.read_until_close();
        co_return all;
    });
    BOOST_TEST(std::count(text.begin(), text.end(), 'x') == BreakingOff::big);
    BOOST_TEST(text.ends_with("\r\n\r\npart"));
    BOOST_TEST(stream.error() == std::errc::connection_reset);
    server.reset();
}

BOOST_AUTO_TEST_CASE(whatever_else_is_no_handshake_is_dropped_without_a_word) {
    const DebugLogCapture logged;
    serve({.ssl_options = server_options()});
    for (const std::string bytes :
         {"SSH-2.0-OpenSSH_9.2\r\n", "get / HTTP/1.1\r\n\r\n", "\xff\xff"}) {
        BOOST_TEST(answer(IOStream{connect_to(server->port())}, bytes + "0123456789") == "");
    }
    run([&]() -> Future<void> {
        while (server->connection_count() != 0) {
            co_await tornado::gen::moment();
        }
    });
    BOOST_TEST(logged.count("TLS with 127.0.0.1 has failed: wrong version number") == 3);
    BOOST_TEST(logged.count("Uncaught exception") == 0);
}

BOOST_AUTO_TEST_CASE(a_connection_can_be_detached_within_tls) {
    struct Taker final : httputil::HTTPServerConnectionDelegate {
        struct Request final : httputil::HTTPMessageDelegate {
            Request(Taker& owner, httputil::HTTPConnection& where)
                : taker{owner},
                  exchange{where} {}
            void finish() override {
                taker.stream = tornado::http1connection::upgrade(exchange, "echo");
            }
            Taker& taker;
            httputil::HTTPConnection& exchange;
        };
        std::unique_ptr<httputil::HTTPMessageDelegate> start_request(
            httputil::HTTPConnection& exchange
        ) override {
            return std::make_unique<Request>(*this, exchange);
        }
        IOStream stream;
    } taker;
    server.emplace(taker, HTTPServerOptions{.ssl_options = server_options()});
    server->listen(0, {.address = "127.0.0.1"});
    auto client = connect(ssl_test::client_context());
    run([&]() -> Future<void> {
        co_await client.write(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nfirst\n"
        );
        const auto head = co_await client.read_until("\r\n\r\n");
        BOOST_TEST(head.starts_with("HTTP/1.1 101 "));
        BOOST_TEST(taker.stream.tls() != nullptr);
        const auto first = co_await taker.stream.read_until("\n");
        BOOST_TEST(first == "first\n");
        co_await client.write("second\n");
        const auto second = co_await taker.stream.read_until("\n");
        BOOST_TEST(second == "second\n");
        co_await taker.stream.write("answer\n");
        const auto answer = co_await client.read_until("\n");
        BOOST_TEST(answer == "answer\n");
    });
    BOOST_TEST(server->connection_count() == 1U);
    taker.stream.close();
    BOOST_TEST(server->connection_count() == 0U);
}

BOOST_AUTO_TEST_CASE(a_response_that_is_broken_off_does_not_end_as_a_whole_one) {
    struct Breaker final : httputil::HTTPServerConnectionDelegate {
        struct Request final : httputil::HTTPMessageDelegate {
            Request(Breaker& owner, httputil::HTTPConnection& where)
                : breaker{owner},
                  exchange{where} {}
            void finish() override {
                breaker.held = httputil::ExchangeRef{&exchange};
                exchange.write_headers(200, "", {}, "part");
            }
            Breaker& breaker;
            httputil::HTTPConnection& exchange;
        };
        std::unique_ptr<httputil::HTTPMessageDelegate> start_request(
            httputil::HTTPConnection& exchange
        ) override {
            return std::make_unique<Request>(*this, exchange);
        }
        httputil::ExchangeRef held;
    } breaker;
    server.emplace(breaker, HTTPServerOptions{.ssl_options = server_options()});
    server->listen(0, {.address = "127.0.0.1"});
    auto client = connect(ssl_test::client_context());
    run([&]() -> Future<void> {
        co_await client.write("GET / HTTP/1.0\r\n\r\n");
        co_await client.read_until("\r\n\r\npart");
        std::exchange(breaker.held, {})->abort();
        co_await client.read_until_close();
    });
    BOOST_TEST(client.error() != std::error_code{});  // truncated, or reset
}

BOOST_AUTO_TEST_CASE(options_are_checked_before_the_server_exists) {
    BOOST_CHECK_THROW(serve({.ssl_options = {.keyfile = "x"}}), std::invalid_argument);
    BOOST_CHECK_THROW(serve({.ssl_context = ssl_test::client_context()}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(large_bodies_come_whole) {
    serve({.ssl_options = server_options()});
    const std::string form(100'000, 'x');
    const auto text = answer(
        connect(ssl_test::client_context()),
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n" + form
    );
    BOOST_TEST(text.ends_with("https nobody"));
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_one_record) {
    serve({.ssl_options = server_options()});
    std::string requests;
    for (int i = 0; i < 20; ++i) {
        requests += "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    auto stream = connect(ssl_test::client_context());
    run([&]() -> Future<void> {
        co_await stream.write(requests);
        auto first = co_await stream.read_until("https nobody");
        // What is decrypted is there at once.
        for (int i = 1; i < 20; ++i) {
            auto next = stream.read_until("https nobody");
            BOOST_TEST(next.done());
            co_await next;
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
