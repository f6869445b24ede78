#include <tornado/httpclient/async_http_client.hpp>

#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "support.hpp"

namespace {

/// Sets a variable of the environment for a while.
class Variable {
public:
    Variable(const char* name, const std::string& value) : name_{name} {
        ::setenv(name, value.c_str(), 1);
    }
    ~Variable() { ::unsetenv(name_); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

private:
    const char* name_;
};

struct EnvironmentTest : ClientTest {
    ScriptedServer proxy{ScriptedServer::says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy")};
    Variable variable{"http_proxy", "user:pass@127.0.0.1:" + std::to_string(proxy.port)};
    Variable spared{"no_proxy", "127.0.0.0/8"};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(proxies_of_the_environment, EnvironmentTest)

BOOST_AUTO_TEST_CASE(are_taken_when_asked_for) {
    options.proxies_from_environment = true;
    BOOST_TEST(fetch_from("http://example.com/").body == "proxy");
    BOOST_TEST(proxy.connections == 1);
    BOOST_TEST(fetch_from(HTTPRequest{"/"}.method("POST").body("server")).body == "server");
    BOOST_TEST(proxy.connections == 1);
}

BOOST_AUTO_TEST_CASE(give_way_to_the_requests_own) {
    options.proxies_from_environment = true;
    ScriptedServer other{ScriptedServer::says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother")};
    HTTPRequest request{"http://example.com/"};
    BOOST_TEST(fetch_from(request.proxy("127.0.0.1", other.port)).body == "other");
    BOOST_TEST(proxy.connections == 0);
}

BOOST_AUTO_TEST_CASE(are_none_for_a_request_with_an_empty_one) {
    const Variable nothing{"no_proxy", ""};
    options.proxies_from_environment = true;
    HTTPRequest request{"/"};
    BOOST_TEST(fetch_from(request).body == "proxy");
    BOOST_TEST(fetch_from(request.proxy("", 0).method("POST").body("server")).body == "server");
    BOOST_TEST(proxy.connections == 1);
}

BOOST_AUTO_TEST_CASE(spare_no_host_from_the_requests_own) {
    ScriptedServer other{ScriptedServer::says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother")};
    for (const bool asked : {false, true}) {
        options.proxies_from_environment = asked;
        client.reset();
        BOOST_TEST(fetch_from(HTTPRequest{"/"}.proxy("127.0.0.1", other.port)).body == "other");
    }
    BOOST_TEST(app->got.empty());
}

BOOST_AUTO_TEST_CASE(are_left_unless_asked_for) {
    const Variable all{"no_proxy", ""};
    BOOST_TEST(fetch_from(HTTPRequest{"/"}.method("POST").body("server")).body == "server");
    BOOST_TEST(proxy.connections == 0);
}

BOOST_AUTO_TEST_SUITE_END()
