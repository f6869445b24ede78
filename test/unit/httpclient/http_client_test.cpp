#include <tornado/httpclient/http_client.hpp>

#include <boost/test/unit_test.hpp>
#include <future>
#include <thread>

#include "support.hpp"

namespace ioloop = tornado::ioloop;

namespace {

/// A server in a thread of its own.
class ServerThread {
public:
    ServerThread() {
        std::promise<int> started;
        auto port_of = started.get_future();
        thread_ = std::thread{[this, &started] {
            tornado::log::access_log().set_level(std::nullopt);
            tornado::ioloop::IOLoop loop;
            loop_ = &loop;
            TestApp app;
            app.handlers["/404"] = [](const Got&) { return Answer{404, {}, ""}; };
            tornado::httpserver::HTTPServer server{app};
            server.listen(0, {.address = "127.0.0.1"});
            started.set_value(server.port());
            loop.start();
        }};
        port = port_of.get();
    }
    ~ServerThread() {
        loop_->add_callback([loop = loop_] { loop->stop(); });
        thread_.join();
    }
    [[nodiscard]] std::string url(const std::string& path) const {
        return "http://127.0.0.1:" + std::to_string(port) + path;
    }
    int port = 0;

private:
    tornado::ioloop::IOLoop* loop_ = nullptr;
    std::thread thread_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(http_client)

BOOST_AUTO_TEST_CASE(waits_for_the_response) {
    const ServerThread server;
    httpclient::HTTPClient client;
    const auto response = client.fetch(HTTPRequest{server.url("/")}.method("POST").body("Hello"));
    BOOST_TEST(response.body == "Hello");
    BOOST_TEST(client.fetch(server.url("/")).time_info.connection_reused);
}

BOOST_AUTO_TEST_CASE(throws_errors) {
    const ServerThread server;
    httpclient::HTTPClient client;
    try {
        client.fetch(server.url("/404"));
        BOOST_ERROR("it did not throw");
    } catch (const HTTPClientError& error) {
        BOOST_TEST(error.code() == 404);
    }
    BOOST_TEST(client.fetch(server.url("/404"), false).code == 404);
    client.close();
    BOOST_CHECK_THROW(client.fetch(server.url("/")), std::logic_error);
}

BOOST_AUTO_TEST_CASE(takes_options) {
    const ServerThread server;
    HTTPClientOptions options;
    options.max_body_size = 3;
    httpclient::HTTPClient client{options};
    BOOST_CHECK_THROW(
        client.fetch(HTTPRequest{server.url("/")}.method("POST").body("Hello")),
        HTTPBadResponseError
    );
}

BOOST_AUTO_TEST_CASE(may_be_of_another_kind) {
    const ServerThread server;
    int made = 0;
    HTTPClientOptions options;
    options.defaults.user_agent = "Mine";
    httpclient::HTTPClient client{options, [&](const HTTPClientOptions& given) {
                                      ++made;
                                      BOOST_TEST(given.defaults.user_agent.value() == "Mine");
                                      return std::make_shared<SimpleAsyncHTTPClient>(given);
                                  }};
    BOOST_TEST(client.fetch(server.url("/")).code == 200);
    BOOST_TEST(made == 1);
}

BOOST_AUTO_TEST_CASE(leaves_the_threads_loop_to_others) {
    std::thread{[] {
        const ioloop::IOLoop* beside = nullptr;
        {
            const httpclient::HTTPClient client;
            beside = &ioloop::IOLoop::current();
        }
        BOOST_TEST(beside == &ioloop::IOLoop::current());
        BOOST_CHECK_THROW(
            httpclient::HTTPClient{HTTPClientOptions{.max_clients = 0}}, std::invalid_argument
        );
        BOOST_TEST(beside == &ioloop::IOLoop::current());
        BOOST_TEST(!ioloop::IOLoop::current().closed());
    }}.join();
}

BOOST_AUTO_TEST_CASE(blocks_no_loop_that_runs) {
    tornado::ioloop::IOLoop loop;
    httpclient::HTTPClient before;
    BOOST_TEST(tornado::ioloop::IOLoop::current_or_null() == &loop);
    loop.run_sync([&] {
        BOOST_CHECK_THROW(httpclient::HTTPClient{}, std::logic_error);
        BOOST_CHECK_THROW(before.fetch("http://127.0.0.1/"), std::logic_error);
    });
}

BOOST_AUTO_TEST_SUITE_END()
