#pragma once

#include <functional>
#include <memory>
#include <string>
#include <tornado/concurrent/promise.hpp>
#include <tornado/gen.hpp>
#include <tornado/httpserver/http_server.hpp>
#include <tornado/testing.hpp>
#include <utility>

namespace gen = tornado::gen;
namespace httpserver = tornado::httpserver;
namespace httputil = tornado::httputil;
namespace testing = tornado::testing;
using tornado::Future;

/// Keeps the last request waiting until a test answers it.
struct WaitingApp : httputil::HTTPServerConnectionDelegate {
    struct Request : httputil::HTTPMessageDelegate {
        Request(WaitingApp& owner, httputil::HTTPConnection& where) : app{owner}, exchange{where} {}
        void finish() override {
            app.exchange = httputil::ExchangeRef{&exchange};
            if (app.arrived) {
                app.arrived();
            }
        }
        void on_connection_close() override { ++app.lost; }
        WaitingApp& app;
        httputil::HTTPConnection& exchange;
    };
    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection& where
    ) override {
        return std::make_unique<Request>(*this, where);
    }

    httputil::ExchangeRef exchange;  ///< of the request that waits
    std::function<void()> arrived;
    int lost = 0;  ///< requests whose client has gone
};

struct WaitingTest : testing::AsyncHTTPTestCase {
    ~WaitingTest() override { drop(); }

    App get_app() override { return app; }

    /// Runs the loop until a request waits.
    void await_request() {
        run([this]() -> Future<void> {
            tornado::Promise<void> arrived;
            app->arrived = [&] { arrived.set_result(); };
            if (!app->exchange) {
                co_await arrived.future();
            }
            app->arrived = nullptr;
        });
    }
    httputil::ExchangeRef take() { return std::exchange(app->exchange, {}); }
    void drop() { app->exchange = {}; }
    void answer() { take()->send_response(200, "", {}, "done"); }

    const std::string request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    std::shared_ptr<WaitingApp> app = std::make_shared<WaitingApp>();
};
