#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <tornado/gen.hpp>
#include <tornado/log.hpp>
#include <tornado/testing.hpp>
#include <tornado/web.hpp>
#include <utility>
#include <vector>

namespace gen = tornado::gen;
namespace logging = tornado::log;
namespace httputil = tornado::httputil;
namespace iostream = tornado::iostream;
namespace testing = tornado::testing;
namespace web = tornado::web;
using namespace std::chrono_literals;
using tornado::CancelledError;
using tornado::Future;
using tornado::Promise;

using Events = std::vector<std::string>;

/// A test that says in its body what to serve.
struct WebTest : testing::AsyncHTTPTestCase {
    WebTest() { logging::access_log().set_level(std::nullopt); }
    ~WebTest() override { logging::access_log().clear_level(); }

    App get_app() override {
        return std::make_shared<web::Application>(routes, std::move(settings));
    }

    /// Serves H, made from `args`, at "/".
    template <typename H, typename... Args>
    void serve(Args... args) {
        routes.push_back(web::url<H>("/", std::move(args)...));
    }

    /// What a request without a body gets.
    testing::HTTPResponse
    get(std::string_view path = "/", httputil::HTTPHeaders headers = {}, std::string method = "GET"
    ) {
        return fetch(
            path,
            {.follow_redirects = false, .headers = std::move(headers), .method = std::move(method)}
        );
    }
    testing::HTTPResponse post(std::string body, std::string_view path = "/") {
        return fetch(path, {.body = std::move(body), .method = "POST"});
    }

    std::vector<web::Route> routes;
    web::ApplicationSettings settings;
};

/// A response's header, or "(none)".
inline std::string header(const testing::HTTPResponse& response, std::string_view name) {
    return response.headers.get(name).value_or("(none)");
}

inline testing::ExpectLog expect_uncaught(std::string_view what = "Uncaught exception") {
    return testing::ExpectLog{logging::app_log(), what};
}

inline std::string joined(const Events& events) {
    std::string all;
    for (const auto& event : events) {
        all += (all.empty() ? "" : " ") + event;
    }
    return all;
}

/// A request line and the least of headers.
inline std::string request_for(std::string_view path, std::string_view headers = "") {
    return "GET " + std::string{path} + " HTTP/1.1\r\nHost: a\r\n" + std::string{headers} + "\r\n";
}
