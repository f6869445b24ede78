#include <tornado/web/application.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <stdexcept>
#include <tornado/routing.hpp>

#include "support.hpp"

namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(application)

struct Name : web::RequestHandler {
    explicit Name(std::string own) : name{std::move(own)} {}
    void get() { write(name); }
    std::string name;
};

BOOST_FIXTURE_TEST_CASE(the_first_route_that_matches_wins, WebTest) {
    routes = {
        web::url<Name>("/a", "literal"),
        web::url<Name>("/[ab]", "class"),
        web::url<Name>("/b", "never")};
    BOOST_TEST(get("/a").body == "literal");
    BOOST_TEST(get("/b").body == "class");
    BOOST_TEST(get("/a?x=/b").body == "literal");
}

BOOST_FIXTURE_TEST_CASE(path_without_a_route_is_a_404, WebTest) {
    routes = {web::url<Name>("/a", "a")};
    for (const std::string path : {"/", "/ab", "/a/", "/A", "//a"}) {
        BOOST_TEST(get(path).code == 404);
    }
    BOOST_TEST(post("", "/nowhere").code == 404);
    BOOST_TEST(get("/nowhere", {}, "FOO").code == 405);
    BOOST_TEST(
        get("/nowhere").body ==
        "<html><title>404: Not Found</title><body>404: Not Found</body></html>"
    );
}

BOOST_FIXTURE_TEST_CASE(default_handler_takes_what_no_route_does, WebTest) {
    routes = {web::url<Name>("/a", "a")};
    settings.default_handler = web::url<Name>(".*", "default");
    BOOST_TEST(get("/a").body == "a");
    BOOST_TEST(get("/b").body == "default");
}

BOOST_FIXTURE_TEST_CASE(unknown_method_is_a_405_and_keeps_the_connection, WebTest) {
    routes = {web::url<Name>("/", "x")};
    auto connection = connect();
    connection.send("FOO / HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(connection.read_response().code == 405);
    connection.send("OTHER / HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(connection.read_response().code == 405);
    connection.send(request_for("/"));
    BOOST_TEST(connection.read_response().code == 200);
}

BOOST_FIXTURE_TEST_CASE(method_that_a_handler_has_not_is_a_405, WebTest) {
    struct Handler : web::RequestHandler {};
    serve<Handler>();
    for (const std::string method :
         {"GET", "HEAD", "POST", "DELETE", "PATCH", "PUT", "OPTIONS", "PROPFIND"}) {
        BOOST_TEST(get("/", {}, method).code == 405);
    }
}

BOOST_FIXTURE_TEST_CASE(a_405_names_the_methods_that_are_allowed, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { throw web::HTTPError{405}; }
        void delete_() {}
        void propfind() {}
    };
    struct OwnPage : web::RequestHandler {
        void put() {}
        void write_error(int, std::exception_ptr) override { set_header("Allow", "PUT, MKCOL"); }
    };
    routes = {
        web::url<Handler>("/").method("PROPFIND", &Handler::propfind), web::url<OwnPage>("/own")};
    for (const std::string method : {"POST", "MKCOL", "GET"}) {
        BOOST_TEST(header(get("/", {}, method), "Allow") == "GET, DELETE, PROPFIND");
    }
    BOOST_TEST(header(get("/own"), "Allow") == "PUT, MKCOL");
    BOOST_TEST(header(get("/", {}, "DELETE"), "Allow") == "(none)");
    BOOST_TEST(header(get("/none", {}, "MKCOL"), "Allow") == "");
}

BOOST_AUTO_TEST_CASE(reverse_url_makes_the_path_of_a_named_route) {
    struct Decode : web::RequestHandler {
        void get(std::string_view) {}
    };
    const web::Application application{
        {web::url<Name>("/plain", {.name = "plain"}, "p"),
         web::url<Decode>("/decode/(.*)", {.name = "decode"}),
         web::url<Decode>("/nameless/(.*)")}};
    BOOST_TEST(application.reverse_url("plain") == "/plain");
    BOOST_TEST(application.reverse_url("decode", {"a b"}) == "/decode/a%20b");
    BOOST_TEST(application.reverse_url("decode", {"\xC3\xA9"}) == "/decode/%C3%A9");
    BOOST_CHECK_THROW(static_cast<void>(application.reverse_url("none")), std::invalid_argument);
    BOOST_CHECK_THROW(static_cast<void>(application.reverse_url("")), std::invalid_argument);
    BOOST_CHECK_THROW(static_cast<void>(application.reverse_url("decode")), std::invalid_argument);
    BOOST_CHECK_THROW(
        static_cast<void>(application.reverse_url("plain", {"x"})), std::invalid_argument
    );
}

BOOST_AUTO_TEST_CASE(a_router_finds_the_routes_of_an_application_by_their_names) {
    struct Page : web::RequestHandler {
        void get(std::string_view) {}
    };
    web::Application application{{web::url<Page>("/app/(.*)", {.name = "page"})}};
    const tornado::routing::ReversibleRuleRouter router{{{"/app/.*", application}}};
    const std::vector<std::string> values{"a b"};
    BOOST_TEST(router.reverse_url("page", values).value() == "/app/a%20b");
    BOOST_TEST(!router.reverse_url("none", values));
    BOOST_TEST(!router.reverse_url("", values));
}

BOOST_AUTO_TEST_CASE(two_routes_must_not_share_a_name) {
    const std::vector routes{
        web::url<Name>("/a", {.name = "x"}, "a"), web::url<Name>("/b", {.name = "x"}, "b")};
    BOOST_CHECK_THROW(web::Application{routes}, std::invalid_argument);
}

BOOST_FIXTURE_TEST_CASE(handlers_reach_application_and_settings, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            write(reverse_url("self") + (settings().serve_traceback ? " debug" : ""));
            write(&application().settings() == &settings() ? " same" : "");
        }
    };
    routes = {web::url<Handler>("/", {.name = "self"})};
    settings.serve_traceback = true;
    BOOST_TEST(get().body == "/ debug same");
}

struct Status : web::RequestHandler {
    void get(int status) { set_status(status); }
};

const std::pair<int, logging::Level> levels[] = {
    {200, logging::Level::info},
    {304, logging::Level::info},
    {399, logging::Level::info},
    {400, logging::Level::warning},
    {404, logging::Level::warning},
    {499, logging::Level::warning},
    {500, logging::Level::error},
    {599, logging::Level::error}};

BOOST_DATA_TEST_CASE_F(
    WebTest,
    requests_are_logged_at_the_level_of_their_status,
    data::xrange(std::size(levels)),
    i
) {
    routes = {web::url<Status>("/status/(.*)")};
    const auto status = std::to_string(levels[i].first);
    const testing::ExpectLog expected{
        logging::access_log(),
        "^" + status + " GET /status/" + status + "\\?a=b \\(127\\.0\\.0\\.1\\) \\d+\\.\\d\\dms$",
        {.level = levels[i].second}};
    get("/status/" + status + "?a=b");
    BOOST_TEST(expected.count() == 1u);
}

BOOST_FIXTURE_TEST_CASE(requests_that_fail_are_logged_once, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            if (get_argument<bool>("flush")) {
                flush();
            }
            throw std::runtime_error{"x"};
        }
    };
    serve<Handler>();
    const auto uncaught = expect_uncaught();
    {
        const testing::ExpectLog expected{
            logging::access_log(), "^500 GET", {.level = logging::Level::error}};
        get("/?flush=0");
        BOOST_TEST(expected.count() == 1u);
    }
    const testing::ExpectLog headers_written{logging::gen_log(), "after headers written"};
    const testing::ExpectLog expected{
        logging::access_log(), "^200 GET", {.level = logging::Level::info}};
    static_cast<void>(fetch_raw(request_for("/?flush=1")));
    BOOST_TEST(expected.count() == 1u);
}

BOOST_FIXTURE_TEST_CASE(log_function_replaces_the_access_log, WebTest) {
    Events events;
    routes = {web::url<Status>("/status/(.*)")};
    settings.log_function = [&events](web::RequestHandler& handler) {
        events.push_back(
            std::to_string(handler.get_status()) + std::string{handler.request().path()}
        );
    };
    const testing::ExpectLog silent{
        logging::access_log(), "", {.level = logging::Level::warning, .required = false}};
    get("/status/204");
    get("/none");
    BOOST_TEST(joined(events) == "204/status/204 404/none");
    BOOST_TEST(silent.count() == 0u);
}

BOOST_FIXTURE_TEST_CASE(exception_in_log_function_is_logged_and_on_finish_comes, WebTest) {
    struct Handler : web::RequestHandler {
        explicit Handler(int& count) : finishes{count} {}
        void get() {}
        void on_finish() override { ++finishes; }
        int& finishes;
    };
    int finishes = 0;
    serve<Handler>(std::ref(finishes));
    settings.log_function = [](web::RequestHandler&) { throw std::runtime_error{"in log"}; };
    const auto expected = expect_uncaught("in log_function: .*in log");
    BOOST_TEST(get().code == 200);
    BOOST_TEST(finishes == 1);
}

BOOST_FIXTURE_TEST_CASE(listen_serves_on_a_port_of_its_own, testing::AsyncTestCase) {
    logging::access_log().set_level(std::nullopt);
    web::Application app{{web::url<Name>("/", "listening")}};
    auto& server = app.listen(0, {.address = "127.0.0.1"});
    BOOST_TEST(server.port() != 0);
    testing::RawConnection connection{*this, tornado::netutil::Address{"127.0.0.1", server.port()}};
    connection.send(request_for("/"));
    BOOST_TEST(connection.read_response().body == "listening");
    BOOST_CHECK_THROW(app.listen(server.port(), {.address = "127.0.0.1"}), std::system_error);
    logging::access_log().clear_level();
}

BOOST_AUTO_TEST_CASE(an_application_that_has_listened_may_outlive_its_loop) {
    std::optional<web::Application> app{
        std::in_place, std::vector{web::url<Name>("/", "never asked")}};
    {
        tornado::ioloop::IOLoop loop;
        app->listen(0, {.address = "127.0.0.1"});
    }
    app.reset();
}

BOOST_FIXTURE_TEST_CASE(options_of_the_server_as_a_whole_are_all_methods, WebTest) {
    const auto text = fetch_raw("OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    BOOST_TEST(text.starts_with("HTTP/1.1 204 "), text);
    BOOST_TEST(
        text.find("\r\nAllow: GET, HEAD, POST, DELETE, PATCH, PUT, OPTIONS\r\n") != text.npos
    );
}

BOOST_AUTO_TEST_SUITE_END()
