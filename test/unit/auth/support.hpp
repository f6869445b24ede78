#pragma once

#include <boost/json.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tornado/auth/errors.hpp>
#include <tornado/escape.hpp>
#include <tornado/gen.hpp>
#include <tornado/httpclient/async_http_client.hpp>
#include <tornado/log.hpp>
#include <tornado/testing.hpp>
#include <tornado/web.hpp>
#include <utility>
#include <vector>

namespace auth = tornado::auth;
namespace gen = tornado::gen;
namespace httputil = tornado::httputil;
namespace json = boost::json;
namespace logging = tornado::log;
namespace testing = tornado::testing;
namespace web = tornado::web;
using namespace std::chrono_literals;
using auth::Errc;
using tornado::Future;
using tornado::Promise;

/// A test that says in its body what to serve: our pages, and those of a provider.
struct AuthTest : testing::AsyncHTTPTestCase {
    AuthTest() {
        logging::access_log().set_level(std::nullopt);
        settings.cookie_secret = "secret";
    }
    ~AuthTest() override { logging::access_log().clear_level(); }

    App get_app() override {
        return std::make_shared<web::Application>(routes, std::move(settings));
    }

    /// What a browser gets: it sends the cookies it has, and keeps those it is given.
    testing::HTTPResponse get(std::string_view path) {
        auto response =
            fetch(path, {.follow_redirects = false, .headers = cookie_header(), .timeout = 1h});
        for (const auto& field : response.headers.get_list("Set-Cookie")) {
            const auto name_end = field.find('=');
            const auto name = std::string{field.substr(0, name_end)};
            const auto value =
                std::string{field.substr(name_end + 1, field.find(';') - name_end - 1)};
            if (value.empty() || value == "\"\"") {
                cookies.erase(name);
            } else {
                cookies[name] = value;
            }
        }
        return response;
    }
    [[nodiscard]] httputil::HTTPHeaders cookie_header() const {
        std::string all;
        for (const auto& [name, value] : cookies) {
            all += (all.empty() ? "" : "; ") + name + "=" + value;
        }
        return all.empty() ? httputil::HTTPHeaders{} : httputil::HTTPHeaders{{"Cookie", all}};
    }

    std::vector<web::Route> routes;
    web::ApplicationSettings settings;
    std::map<std::string, std::string> cookies;
};

/// A client that providers know from that of the loop.
inline tornado::httpclient::AsyncHTTPClient own_client() {
    tornado::httpclient::HTTPClientOptions options;
    options.defaults.user_agent = "our own";
    return tornado::httpclient::AsyncHTTPClient{tornado::httpclient::force_instance, options};
}

/// A response's header, or "(none)".
inline std::string header(const testing::HTTPResponse& response, std::string_view name) {
    return response.headers.get(name).value_or("(none)");
}

/// An argument of the URL that a response redirects to, or "(none)".
inline std::string redirect_argument(const testing::HTTPResponse& response, std::string_view name) {
    const auto url = header(response, "Location");
    const auto query = httputil::parse_arguments(
        std::string_view{url}.substr(std::min(url.find('?'), url.size() - 1) + 1)
    );
    return std::string{query.last(name).value_or("(none)")};
}

inline json::object object_of(const testing::HTTPResponse& response) {
    return json::parse(response.body).as_object();
}
