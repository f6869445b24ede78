#include <tornado/httpclient/async_http_client.hpp>

#include <boost/test/unit_test.hpp>

#include "../iostream/used_memory.hpp"
#include "support.hpp"

using httpclient::AsyncHTTPClient;

namespace {

struct SharedTest : ClientTest {
    SharedTest() { AsyncHTTPClient::configure({}); }
    ~SharedTest() override { AsyncHTTPClient::configure({}); }
};

/// Says what it was asked for.
class Parrot final : public httpclient::HTTPClientImplementation {
public:
    Future<HTTPResponse> fetch_impl(HTTPRequest request, bool) override {
        HTTPResponse response{request};
        response.code = 200;
        response.body = request.url();
        return Future<HTTPResponse>::ready(std::move(response));
    }
    void close() override {}
};

class CountingResolver final : public netutil::Resolver {
public:
    int asked = 0;

protected:
    Future<Addresses> look_up(std::string, std::uint16_t port, netutil::Family) override {
        ++asked;
        return Future<Addresses>::ready(Addresses{netutil::Address{"127.0.0.1", port}});
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(async_http_client, SharedTest)

BOOST_AUTO_TEST_CASE(is_one_for_each_loop) {
    const AsyncHTTPClient one;
    const AsyncHTTPClient other;
    BOOST_TEST(one.implementation() == other.implementation());
    std::shared_ptr<httpclient::HTTPClientImplementation> of_another_loop;
    {
        tornado::ioloop::IOLoop loop;
        const AsyncHTTPClient there;
        BOOST_TEST(there.implementation() != one.implementation());
        of_another_loop = there.implementation();
    }
    BOOST_CHECK_THROW(of_another_loop->fetch_impl("http://x/", true), std::logic_error);
    BOOST_TEST(AsyncHTTPClient{}.implementation() == one.implementation());
}

BOOST_AUTO_TEST_CASE(may_be_one_s_own) {
    const AsyncHTTPClient own{httpclient::force_instance};
    BOOST_TEST(own.implementation() != AsyncHTTPClient{}.implementation());
}

BOOST_AUTO_TEST_CASE(fetches) {
    const auto url = get_url("/hello");
    const auto response = run([&]() -> Future<HTTPResponse> {
        AsyncHTTPClient fresh;
        co_return co_await fresh.fetch(url);
    });
    BOOST_TEST(response.code == 200);
    AsyncHTTPClient{}.close();
}

BOOST_AUTO_TEST_CASE(is_replaced_when_it_is_closed) {
    AsyncHTTPClient one;
    one.close();
    one.close();
    BOOST_CHECK_THROW(one.fetch("http://x/"), std::logic_error);
    BOOST_TEST(AsyncHTTPClient{}.implementation() != one.implementation());
}

BOOST_AUTO_TEST_CASE(leaves_no_memory_behind_each_time_it_is_closed) {
    const auto make_and_close = [this](int times) {
        for (int i = 0; i < times; ++i) {
            AsyncHTTPClient{}.close();
        }
        settle();
        return used_memory();
    };
    const auto before = make_and_close(10);
    BOOST_TEST(make_and_close(1'000) < before + 50'000);
}

BOOST_AUTO_TEST_CASE(is_as_configured) {
    AsyncHTTPClient::configure({.defaults = {.user_agent = "Configured"}, .max_clients = 1});
    AsyncHTTPClient mine{httpclient::force_instance};
    const auto url = get_url("/");
    const auto one = mine.fetch(url);
    const auto two = mine.fetch(url);
    const auto& simple = dynamic_cast<SimpleAsyncHTTPClient&>(*mine.implementation());
    BOOST_TEST(simple.queue_size() == 1U);
    run([&] { return two; });
    BOOST_TEST(last().header("User-Agent") == "Configured");
}

BOOST_AUTO_TEST_CASE(own_options_win_over_configured_ones) {
    AsyncHTTPClient::configure({.max_clients = 1});
    HTTPClientOptions more;
    more.max_clients = 7;
    AsyncHTTPClient mine{httpclient::force_instance, more};
    const auto url = get_url("/");
    std::vector<Future<HTTPResponse>> all;
    for (int i = 0; i < 7; ++i) {
        all.push_back(mine.fetch(url));
    }
    const auto& simple = dynamic_cast<SimpleAsyncHTTPClient&>(*mine.implementation());
    BOOST_TEST(simple.active_count() == 7U);
    run([&] { return gen::multi(all); });
}

BOOST_AUTO_TEST_CASE(may_be_of_another_kind) {
    AsyncHTTPClient::configure({}, [](const HTTPClientOptions&) {
        return std::make_shared<Parrot>();
    });
    AsyncHTTPClient mine{httpclient::force_instance};
    BOOST_TEST(run([&] { return mine.fetch("http://hello/"); }).body == "http://hello/");
}

BOOST_AUTO_TEST_CASE(hosts_may_be_mapped) {
    options.hostname_mapping = {
        {"WWW.example.com", "127.0.0.1"},
        {"six.example:80", "[::1]:1"},
        {"foo.example.com:8000", "127.0.0.1:" + std::to_string(get_http_port())}};
    const auto port = std::to_string(get_http_port());
    BOOST_TEST(fetch_from("http://www.example.com:" + port + "/hello").code == 200);
    BOOST_TEST(last().header("Host") == "www.example.com:" + port);
    BOOST_TEST(fetch_from("http://foo.example.com:8000/hello").code == 200);
    BOOST_TEST(last().header("Host") == "foo.example.com:8000");
    const auto error = failure<std::system_error>("http://six.example/");
    BOOST_CHECK(error.code().category() == std::system_category());
    HTTPClientOptions bad;
    bad.hostname_mapping = {{"foo.example.com:8000", "127.0.0.1"}};
    BOOST_CHECK_THROW(SimpleAsyncHTTPClient{bad}, std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(addresses_may_be_known_for_ever) {
    const auto resolver = std::make_shared<CountingResolver>();
    options.resolver = resolver;
    options.dns_cache_time = std::chrono::milliseconds::max();
    options.keep_alive = false;
    const auto url = "http://example.com:" + std::to_string(get_http_port()) + "/";
    fetch_from(url);
    fetch_from(url);
    BOOST_TEST(resolver->asked == 1);
}

BOOST_AUTO_TEST_CASE(an_unknown_host_is_told_by_name) {
    options.resolver = nullptr;
    const auto error = failure<std::system_error>("http://host.invalid/");
    BOOST_TEST(std::string{error.what()}.find("host.invalid") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(http_request)

BOOST_AUTO_TEST_CASE(copies_do_not_see_changes) {
    HTTPRequest one{"http://example.com/"};
    const HTTPRequest other = one;
    one.method("PUT").body("b").header("X-Y", "z").max_redirects(1);
    BOOST_TEST(other.method() == "GET");
    BOOST_TEST(!other.body().has_value());
    BOOST_TEST(other.headers().empty());
    BOOST_TEST(!other.settings().max_redirects.has_value());
    BOOST_TEST(one.body().value() == "b");
    BOOST_TEST(one.headers().get("x-y").value() == "z");
}

BOOST_AUTO_TEST_CASE(bodies_can_be_replaced) {
    HTTPRequest request{"http://example.com/"};
    BOOST_TEST(request.body("foo").body().value() == "foo");
    BOOST_TEST(!request.body(std::nullopt).body().has_value());
}

BOOST_AUTO_TEST_CASE(headers_can_be_replaced) {
    HTTPRequest request{"http://example.com/"};
    request.headers({{"foo", "bar"}});
    BOOST_TEST(request.headers().get("Foo").value() == "bar");
    BOOST_TEST(request.headers({}).headers().empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(http_client_error)

BOOST_AUTO_TEST_CASE(says_code_and_reason) {
    BOOST_TEST(HTTPClientError{403}.what() == "HTTP 403: Forbidden");
    BOOST_TEST(HTTPClientError(403, "No!").what() == "HTTP 403: No!");
    BOOST_TEST(HTTPClientError{599}.code() == 599);
}

BOOST_AUTO_TEST_CASE(copies_have_the_same_response) {
    const auto response = std::make_shared<const HTTPResponse>(HTTPRequest{"http://example.com/"});
    const HTTPClientError error{403, "", response};
    const auto copy = error;
    BOOST_TEST(copy.response() == response);
    BOOST_TEST(copy.code() == 403);
}

BOOST_AUTO_TEST_SUITE_END()
