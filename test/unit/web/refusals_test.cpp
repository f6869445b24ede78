#include <tornado/web/request_handler.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>
#include <stdexcept>

#include "static_file_support.hpp"

namespace data = boost::unit_test::data;

namespace {

struct Picky : web::RequestHandler {
    void get() { write(get_argument("a") + std::to_string(get_argument("n", 1))); }
    void post() { write("posted"); }
    void options() { authenticated(); }
    void delete_() { check_preconditions("\"1\""); }
};
struct OfText : web::RequestHandler {
    void get(std::string_view) {}
};
struct OfNumber : web::RequestHandler {
    void get(int) {}
};
struct Broken : web::RequestHandler {
    void get() { throw std::runtime_error{"broken"}; }
    Future<void> options() {
        co_await gen::moment();
        throw std::runtime_error{"broken later"};
    }
    void head() { set_header("Content-Length", "many"); }
};

struct Refused {
    int code;
    std::string start;      ///< method and target
    std::string rest = {};  ///< further headers, the empty line, and the body
};
std::ostream& operator<<(std::ostream& out, const Refused& refused) {
    return out << refused.code << " of " << refused.start;
}

std::string form(std::string_view type, std::string_view body) {
    return "Content-Type: " + std::string{type} +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}

const Refused refused_ones[] = {
    {400, "GET /"},
    {400, "GET /?a=%FF"},
    {400, "GET /?a=1&n=x"},
    {400, "GET /text/%FF"},
    {400, "POST /", form("multipart/form-data; boundary=b", "--b\r\nno head")},
    {400, "POST /", form("multipart/form-data", "a=1")},
    {403, "POST /", form("application/x-www-form-urlencoded", "a=1")},
    {403, "OPTIONS /"},
    {403, "GET /static/dir"},
    {404, "GET /nowhere"},
    {404, "GET /number/x"},
    {404, "GET /static/nothing.txt"},
    {405, "OPTIONS /fine"},
    {405, "BREW /"},
    {412, "GET /fine", "If-Match: \"x\"\r\n\r\n"},
    {412, "GET /static/robots.txt", "If-Match: \"x\"\r\n\r\n"},
    {416, "GET /static/robots.txt", "Range: bytes=99999-\r\n\r\n"},
    {500, "GET /broken"},
    {500, "OPTIONS /broken"},
    {500, "HEAD /broken"},
};

struct Fine : web::RequestHandler {
    void get() { write("fine"); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(refusals)

BOOST_DATA_TEST_CASE_F(
    StaticTest,
    a_refused_request_leaves_the_connection,
    data::make(refused_ones),
    refused
) {
    const testing::ExpectLog warnings{logging::gen_log(), "", {.required = false}};
    const testing::ExpectLog failures{logging::app_log(), "", {.required = false}};
    settings.xsrf_cookies = true;
    routes = {
        web::url<Picky>("/"),
        web::url<OfText>("/text/(.*)"),
        web::url<OfNumber>("/number/(.*)"),
        web::url<Broken>("/broken"),
        web::url<Fine>("/fine")};
    const auto method = refused.start.substr(0, refused.start.find(' '));
    const auto request =
        refused.start + " HTTP/1.1\r\nHost: a\r\n" + (refused.rest.empty() ? "\r\n" : refused.rest);
    auto connection = connect();
    for (const int time : {1, 2}) {
        connection.send(request);
        const auto response = connection.read_response(method);
        BOOST_TEST(response.code == refused.code, "time " << time);
        BOOST_TEST(header(response, "Connection") == "(none)");
    }
    connection.send(request + request_for("/fine"));
    BOOST_TEST(connection.read_response(method).code == refused.code);
    BOOST_TEST(connection.read_response().body == "fine");
}

BOOST_AUTO_TEST_SUITE_END()
