#pragma once

#include <boost/test/unit_test.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tornado/gen.hpp>
#include <tornado/httpclient.hpp>
#include <tornado/httpserver/http_server.hpp>
#include <tornado/iostream.hpp>
#include <tornado/log.hpp>
#include <tornado/simple_httpclient.hpp>
#include <tornado/tcpserver.hpp>
#include <tornado/testing.hpp>
#include <utility>
#include <vector>

#include "../descriptors.hpp"

namespace gen = tornado::gen;
namespace httpclient = tornado::httpclient;
namespace httputil = tornado::httputil;
namespace iostream = tornado::iostream;
namespace netutil = tornado::netutil;
namespace testing = tornado::testing;
using namespace std::chrono_literals;
using httpclient::FetchPhase;
using httpclient::HTTPBadResponseError;
using httpclient::HTTPClientError;
using httpclient::HTTPClientOptions;
using httpclient::HTTPRequest;
using httpclient::HTTPResponse;
using httpclient::HTTPStreamClosedError;
using httpclient::HTTPTimeoutError;
using tornado::Future;
using tornado::Promise;
using tornado::simple_httpclient::SimpleAsyncHTTPClient;

// The same claims are proved of both clients, by two programs.
#ifdef TORNADO_TEST_CURL
#include <tornado/curl_httpclient.hpp>
using TestedClient = tornado::curl_httpclient::CurlAsyncHTTPClient;
#else
using TestedClient = SimpleAsyncHTTPClient;
#endif

/// A request as the test's server got it.
struct Got {
    std::string method;
    std::string target;
    httputil::HTTPHeaders headers;
    std::string body;
    std::string certificate = {};  ///< the name in the client's, empty: it has shown none
    [[nodiscard]] std::string header(std::string_view name) const {
        return headers.get(name).value_or("(none)");
    }
};

/// What the test's server answers.
struct Answer {
    int status = 200;
    httputil::HTTPHeaders headers = {};
    std::string body = {};
};

/// A server whose answers are the test's: by path, or else the request's body.
class TestApp final : public httputil::HTTPServerConnectionDelegate {
public:
    using Handler = std::function<Answer(const Got&)>;

    class Exchange final : public httputil::HTTPMessageDelegate {
    public:
        Exchange(TestApp& app, httputil::HTTPConnection& connection)
            : app_{app},
              connection_{connection} {}
        Future<void> headers_received(httputil::RequestHead& head, const httputil::Target& target)
            override {
            got_.method = head.method;
            got_.target = head.target;
            got_.headers = head.headers;
            path_ = target.path;
            if (const auto shown = connection_.get_ssl_certificate()) {
                got_.certificate = shown->subject_field("commonName");
            }
            return Future<void>::ready();
        }
        Future<void> data_received(std::string_view chunk) override {
            got_.body += chunk;
            return Future<void>::ready();
        }
        void finish() override {
            app_.got.push_back(got_);
            if (path_ == "/never") {
                return;
            }
            const auto handler = app_.handlers.find(path_);
            const auto answer =
                handler != app_.handlers.end() ? handler->second(got_) : Answer{200, {}, got_.body};
            connection_.send_response(answer.status, "", answer.headers, std::string{answer.body});
        }

        void on_connection_close() override { ++app_.vanished; }

    private:
        TestApp& app_;
        httputil::HTTPConnection& connection_;
        Got got_;
        std::string path_;
    };

    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(
        httputil::HTTPConnection& connection
    ) override {
        return std::make_unique<Exchange>(*this, connection);
    }

    std::map<std::string, Handler> handlers;
    std::vector<Got> got;
    int vanished = 0;  ///< clients, before their answer
};

/// A test with a server of our own, and a client.
struct ClientTest : testing::AsyncHTTPTestCase {
    ClientTest() {
        tornado::log::access_log().set_level(std::nullopt);
        tornado::log::gen_log().set_level(std::nullopt);
    }
    ~ClientTest() override {
        client.reset();
        tornado::log::access_log().clear_level();
        tornado::log::gen_log().clear_level();
    }
    void teardown() override {
        client.reset();
        AsyncHTTPTestCase::teardown();
    }
    App get_app() override { return app; }

    TestedClient& the_client() {
        if (!client) {
            client.emplace(options);
        }
        return *client;
    }
    /// The response to a request for a path, or a whole URL.
    HTTPResponse fetch_from(HTTPRequest request, bool raise_error = true) {
        if (request.url().starts_with('/')) {
            request.url(get_url(request.url()));
        }
        static_cast<void>(http_server());
        return run([&] { return the_client().fetch(request, raise_error); });
    }
    /// What the fetch fails with, which must be an E.
    template <typename E>
    E failure(const HTTPRequest& request) {
        try {
            fetch_from(request);
        } catch (const E& error) {
            return error;
        }
        throw std::runtime_error{"it did not fail"};
    }
    /// What keeps the client from connecting.
    std::error_code refusal(const HTTPRequest& request) {
        return failure<std::system_error>(request).code();
    }
    [[nodiscard]] const Got& last() const { return app->got.back(); }
    /// Runs the loop until it has nothing to do.
    void settle() {
        run([]() -> Future<void> {
            for (int i = 0; i < 30; ++i) {
                co_await gen::moment();
            }
        });
    }

    std::shared_ptr<TestApp> app = std::make_shared<TestApp>();
    HTTPClientOptions options;
    std::optional<TestedClient> client;
};

/// Hands on what comes, until one of both ends.
inline Future<void> pump(iostream::IOStream& from, iostream::IOStream& to) {
    try {
        while (true) {
            const auto bytes = co_await from.read_bytes(65'536, true);
            co_await to.write(bytes);
        }
    } catch (const iostream::StreamClosedError&) {
        to.close();
    }
}

/// A server that speaks as the test says, on each of its connections.
class ScriptedServer final : public tornado::tcpserver::TCPServer {
public:
    using Script = std::function<Future<void>(iostream::IOStream&, int number)>;

    explicit ScriptedServer(Script script, const netutil::SSLContext& tls = {})
        : TCPServer{{}, tls},
          script_{std::move(script)} {
        auto [socket, chosen] = testing::bind_unused_port();
        add_socket(std::move(socket));
        port = chosen;
    }
    /// Answers each connection's first request so, and closes it.
    static Script says(std::string text) {
        return
            [text = std::move(text)](iostream::IOStream& stream, int) { return say(stream, text); };
    }
    static Future<void> say(iostream::IOStream& stream, std::string text) {
        co_await stream.read_until("\r\n\r\n");
        co_await stream.write(text);
    }
    [[nodiscard]] std::string url(const std::string& path = "/") const {
        return "http://127.0.0.1:" + std::to_string(port) + path;
    }

    int port = 0;
    int connections = 0;

protected:
    Future<void> handle_stream(iostream::IOStream stream, netutil::Address) override {
        const int number = connections++;
        co_await script_(stream, number);
    }

private:
    Script script_;
};

/// A test after which nothing that the client had open may be left.
struct TidyTest : ClientTest {
    void setup() {
        run([]() -> Future<void> {  // what is opened but once stays
            ScriptedServer server{ScriptedServer::says("HTTP/1.1 204 No Content\r\n\r\n")};
            TestedClient first;
            co_await first.fetch(server.url());
        });
        settle();
        before = open_descriptors();
    }
    void teardown() override {
        client.reset();
        http_server().stop();
        http_server().close_all_connections();
        for (int i = 0; i < 100 && open_descriptors() != before; ++i) {
            settle();
        }
        BOOST_TEST(open_descriptors() == before);
        ClientTest::teardown();
    }
    std::ptrdiff_t before = 0;
};
