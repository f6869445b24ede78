#include <tornado/wsgi.hpp>

#include "fixture.hpp"

namespace {

/// Answers with what the query names of the environ.
struct EnvironTest : WSGITest {
    EnvironTest() {
        serve_validated(R"(
def application(environ, start_response):
    key = environ["PATH_INFO"][1:]
    return text(start_response, repr(environ.get(key)))
)");
    }
    std::string
    ask(const std::string& key, const std::string& fields = "Host: example.com:8000\r\n") {
        auto connection = connect();
        connection.send("GET /" + key + "?a=1&b=%20 HTTP/1.1\r\n" + fields + "\r\n");
        return connection.read_response().body;
    }
};

struct ProxiedTest : EnvironTest {
    tornado::httpserver::HTTPServerOptions get_httpserver_options() override {
        return {.xheaders = true};
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(wsgi_environ)

BOOST_FIXTURE_TEST_CASE(has_what_cgi_has, EnvironTest) {
    BOOST_TEST(ask("REQUEST_METHOD") == "'GET'");
    BOOST_TEST(ask("SCRIPT_NAME") == "''");
    BOOST_TEST(ask("PATH_INFO") == "'/PATH_INFO'");
    BOOST_TEST(ask("QUERY_STRING") == "'a=1&b=%20'");
    BOOST_TEST(ask("REQUEST_URI") == "'/REQUEST_URI?a=1&b=%20'");
    BOOST_TEST(ask("SERVER_NAME") == "'example.com'");
    BOOST_TEST(ask("SERVER_PORT") == "'8000'");
    BOOST_TEST(ask("SERVER_PROTOCOL") == "'HTTP/1.1'");
    BOOST_TEST(ask("REMOTE_ADDR") == "'127.0.0.1'");
    BOOST_TEST(ask("CONTENT_TYPE") == "None");
    BOOST_TEST(ask("CONTENT_LENGTH") == "None");
}

BOOST_FIXTURE_TEST_CASE(has_all_of_a_field_that_comes_often, EnvironTest) {
    std::string fields = "Host: localhost\r\n";
    std::string expected = "'s";
    fields.append("X-Same: s\r\n");
    for (int i = 1; i < 100; ++i) {
        fields.append("x-same: s\r\n");
        expected.append(",s");
    }
    BOOST_TEST(ask("HTTP_X_SAME", fields) == expected + "'");
}

BOOST_FIXTURE_TEST_CASE(has_what_wsgi_has, EnvironTest) {
    BOOST_TEST(ask("wsgi.version") == "(1, 0)");
    BOOST_TEST(ask("wsgi.url_scheme") == "'http'");
    BOOST_TEST(ask("wsgi.multithread") == "True");
    BOOST_TEST(ask("wsgi.multiprocess") == "True");
    BOOST_TEST(ask("wsgi.run_once") == "False");
    BOOST_TEST(ask("wsgi.input_terminated") == "True");
}

BOOST_FIXTURE_TEST_CASE(has_header_fields, EnvironTest) {
    const std::string fields =
        "Host: localhost\r\nContent-Type: text/x\r\nX-One: 1\r\nAccept: a\r\nx-one: 2\r\n"
        "Accept: b\r\nCookie: a=1\r\nCookie: b=2\r\nX-Latin: caf\xe9\r\n";
    BOOST_TEST(ask("CONTENT_TYPE", fields) == "'text/x'");
    BOOST_TEST(ask("HTTP_CONTENT_TYPE", fields) == "None");
    BOOST_TEST(ask("HTTP_X_ONE", fields) == "'1,2'");
    BOOST_TEST(ask("HTTP_ACCEPT", fields) == "'a,b'");
    BOOST_TEST(ask("HTTP_COOKIE", fields) == "'a=1; b=2'");
    BOOST_TEST(ask("HTTP_X_LATIN", fields) == "'caf\xc3\xa9'");
    BOOST_TEST(ask("HTTP_HOST", fields) == "'localhost'");
}

BOOST_FIXTURE_TEST_CASE(drops_fields_that_others_could_be_mistaken_for, EnvironTest) {
    const std::string fields = "Host: localhost\r\nX_User: mallory\r\nRemote_User: mallory\r\n";
    BOOST_TEST(ask("HTTP_X_USER", fields) == "None");
    BOOST_TEST(ask("HTTP_REMOTE_USER", fields) == "None");
}

BOOST_FIXTURE_TEST_CASE(has_the_path_decoded_to_bytes, EnvironTest) {
    auto connection = connect();
    connection.send(get("/PATH_INFO%00%20%C3%A9+"));
    BOOST_TEST(connection.read_response().body == "None");  // of a key that is not there
    container.reset();
    WSGITest other;
    other.serve_validated(R"(
def application(environ, start_response):
    return text(start_response, environ["PATH_INFO"].encode("latin-1"))
)");
    BOOST_TEST(other.fetch("/a%20b%C3%A9%2Fc+d").body == "/a b\xc3\xa9/c+d");
    BOOST_TEST(other.fetch("/%ff%").body == "/\xff%");
}

BOOST_FIXTURE_TEST_CASE(names_the_host_of_the_target_before_that_of_the_field, EnvironTest) {
    auto connection = connect();
    connection.send("GET http://target.example/HTTP_HOST HTTP/1.1\r\nHost: field.example\r\n\r\n");
    BOOST_TEST(connection.read_response().body == "'target.example'");
    connection.send("GET /SERVER_NAME HTTP/1.1\r\nHost: [::1]:81\r\n\r\n");
    BOOST_TEST(connection.read_response().body == "'[::1]'");
}

BOOST_FIXTURE_TEST_CASE(has_the_usual_port_for_an_empty_one, EnvironTest) {
    BOOST_TEST(ask("SERVER_NAME", "Host: example.com:\r\n") == "'example.com'");
    BOOST_TEST(ask("SERVER_NAME", "Host: [::1]:\r\n") == "'[::1]'");
    BOOST_TEST(ask("SERVER_PORT", "Host: example.com:\r\n") == "'80'");
    BOOST_TEST(ask("HTTP_HOST", "Host: example.com:\r\n") == "'example.com:'");
}

BOOST_FIXTURE_TEST_CASE(of_old_requests_has_no_host, EnvironTest) {
    auto connection = connect();
    connection.send("GET /SERVER_NAME HTTP/1.0\r\n\r\n");
    BOOST_TEST(connection.read_until_close().ends_with("'127.0.0.1'"));
    auto another = connect();
    another.send("GET /SERVER_PROTOCOL HTTP/1.0\r\n\r\n");
    BOOST_TEST(another.read_until_close().ends_with("'HTTP/1.0'"));
}

BOOST_FIXTURE_TEST_CASE(takes_scheme_and_client_from_a_trusted_proxy, ProxiedTest) {
    const std::string fields =
        "Host: example.com\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.7\r\n";
    BOOST_TEST(ask("wsgi.url_scheme", fields) == "'https'");
    BOOST_TEST(ask("REMOTE_ADDR", fields) == "'192.0.2.7'");
    BOOST_TEST(ask("SERVER_PORT", fields) == "'443'");
}

BOOST_FIXTURE_TEST_CASE(answers_what_is_for_no_application, EnvironTest) {
    auto connection = connect();
    connection.send("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n");
    BOOST_TEST(connection.read_response("CONNECT").code == 501);
    auto another = connect();
    another.send("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n");
    BOOST_TEST(another.read_response().code == 200);
}

BOOST_AUTO_TEST_SUITE_END()
