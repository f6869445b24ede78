#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tornado/httpserver/http_server.hpp"
#include "tornado/httputil/http_connection.hpp"
#include "tornado/testing/async_test_case.hpp"
#include "tornado/testing/http_response.hpp"
#include "tornado/testing/raw_connection.hpp"

namespace tornado::httpclient {
class AsyncHTTPClient;
}

namespace tornado::testing {

/// A test's request.
struct FetchOptions {
    std::string body = {};
    bool follow_redirects = true;
    httputil::HTTPHeaders headers = {};  ///< beside, or in place of, those the client adds: Host,
                                         ///< `Connection: close`, User-Agent, and a body's length
                                         ///< and type
    int max_redirects = 5;               ///< then the redirect itself is the response
    std::string method = "GET";
    std::optional<ioloop::Duration> timeout = {};  ///< otherwise get_async_test_timeout()
};

/// A test of a server: starts one on an unused port of the loopback, and talks to it.
///
/// Derive from it and say what to serve. The server starts with the first call that needs it.
///
/// Ownership: owns application and server; both outlive the last work in the loop.
/// Thread safety: one thread. Mirrors `tornado.testing.AsyncHTTPTestCase`.
///
///     struct MainTest : testing::AsyncHTTPTestCase {
///         App get_app() override {
///             return std::make_shared<web::Application>(std::vector{web::url<Main>("/")});
///         }
///     };
///     BOOST_FIXTURE_TEST_CASE(says_hello, MainTest) {
///         BOOST_TEST(fetch("/").body == "Hello, world");
///     }
class AsyncHTTPTestCase : public AsyncTestCase {
public:
    using App = std::shared_ptr<httputil::HTTPServerConnectionDelegate>;

    AsyncHTTPTestCase();
    ~AsyncHTTPTestCase() override;

    /// What the server serves: a web::Application, or any other delegate.
    virtual App get_app() = 0;
    virtual httpserver::HTTPServerOptions get_httpserver_options() { return {}; }

    [[nodiscard]] httpserver::HTTPServer& http_server();
    [[nodiscard]] int get_http_port();
    [[nodiscard]] std::string get_protocol() const { return "http"; }
    /// The URL of a path: "http://127.0.0.1:port" and the path.
    [[nodiscard]] std::string get_url(std::string_view path);

    /// Fetches a path, or a whole URL, and waits for the response, whatever its status. A body is
    /// left as compressed as it came.
    ///
    /// Throws what AsyncHTTPClient::fetch() fails with when there is no response;
    /// ioloop::TimeoutError.
    HTTPResponse fetch(std::string_view path_or_url, FetchOptions options = {});

    /// The client that fetch() uses: for whatever else a test wants of one. It keeps no
    /// connections. Mirrors `AsyncHTTPTestCase.get_http_client`.
    [[nodiscard]] httpclient::AsyncHTTPClient& http_client();

    /// A connection to the server on which the test says every byte.
    [[nodiscard]] RawConnection connect();
    /// Sends these bytes and returns all that comes until the server closes.
    [[nodiscard]] std::string fetch_raw(std::string_view bytes);

    /// Also closes the client, the server and its connections.
    void teardown() override;

private:
    void close_all();

    App app_;
    std::unique_ptr<httpserver::HTTPServer> server_;
    std::unique_ptr<httpclient::AsyncHTTPClient> client_;
    int port_ = 0;
};

}  // namespace tornado::testing
