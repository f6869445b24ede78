#include <tornado/httpclient/simple_async_http_client.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "support.hpp"

namespace data = boost::unit_test::data;

namespace {

/// A second server, of another origin.
struct TwoOrigins : TidyTest {
    TwoOrigins() {
        auto [socket, port] = testing::bind_unused_port();
        elsewhere = "http://127.0.0.1:" + std::to_string(port);
        other = std::make_unique<tornado::httpserver::HTTPServer>(other_app);
        other->add_socket(std::move(socket));
    }
    ~TwoOrigins() override {
        other->stop();
        other->close_all_connections();
    }
    void redirect(const std::string& path, int status, const std::string& to) {
        app->handlers[path] = [status, to](const Got&) {
            return Answer{status, {{"Location", to}}, "moved"};
        };
    }
    TestApp other_app;
    std::unique_ptr<tornado::httpserver::HTTPServer> other;
    std::string elsewhere;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(redirects, TwoOrigins)

BOOST_AUTO_TEST_CASE(are_followed) {
    redirect("/from", 302, "/to?x=y");
    app->handlers["/to"] = [](const Got&) { return Answer{200, {}, "there"}; };
    const auto response = fetch_from("/from");
    BOOST_TEST(response.body == "there");
    BOOST_TEST(response.code == 200);
    BOOST_TEST(response.effective_url() == get_url("/to?x=y"));
    BOOST_TEST(response.request.url() == get_url("/from"));
    BOOST_TEST(response.time_info.connection_reused);
}

BOOST_AUTO_TEST_CASE(lead_to_targets_of_any_spelling) {
    redirect("/one", 302, "/two a");
    redirect("/two%20a", 302, "/three");
    redirect("/three", 302, "/four b#c");
    app->handlers["/four%20b"] = [](const Got&) { return Answer{200, {}, "there"}; };
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST(fetch_from("/one").body == "there");
        BOOST_TEST(last().target == "/four%20b");
    }
}

BOOST_AUTO_TEST_CASE(keep_the_fragment_unless_they_have_their_own) {
    redirect("/from", 302, "/to");
    redirect("/elsewhere", 302, "/to#other");
    BOOST_TEST(fetch_from("/from#part").effective_url() == get_url("/to#part"));
    BOOST_TEST(last().target == "/to");
    BOOST_TEST(fetch_from("/elsewhere#part").effective_url() == get_url("/to#other"));
    BOOST_TEST(fetch_from("/from").effective_url() == get_url("/to"));
}

BOOST_AUTO_TEST_CASE(begin_the_times_of_the_response_anew) {
    std::chrono::system_clock::time_point redirected;
    app->handlers["/from"] = [&](const Got&) {
        std::this_thread::sleep_for(20ms);
        redirected = std::chrono::system_clock::now();
        return Answer{302, {{"Location", "/to"}}, ""};
    };
    const auto response = fetch_from("/from");
    BOOST_CHECK(response.start_time >= redirected);
    BOOST_CHECK(
        response.start_time + response.request_time <= std::chrono::system_clock::now() + 5ms
    );
    BOOST_CHECK(response.time_info.redirect >= 20ms);
}

BOOST_AUTO_TEST_CASE(are_not_followed_unless_wanted) {
    redirect("/from", 302, "/to");
    const auto response = fetch_from(HTTPRequest{"/from"}.follow_redirects(false), false);
    BOOST_TEST(response.code == 302);
    BOOST_TEST(response.body == "moved");
    BOOST_TEST(response.headers.get("Location").value() == "/to");
    BOOST_TEST(response.effective_url() == get_url("/from"));
}

BOOST_AUTO_TEST_CASE(without_a_location_are_responses) {
    app->handlers["/from"] = [](const Got&) { return Answer{301, {}, "nowhere"}; };
    const auto response = fetch_from("/from", false);
    BOOST_TEST(response.code == 301);
    BOOST_TEST(response.body == "nowhere");
}

BOOST_AUTO_TEST_CASE(in_a_circle_come_to_an_end) {
    redirect("/one", 302, "/two");
    redirect("/two", 302, "/one");
    const auto error = failure<HTTPClientError>(HTTPRequest{"/one"}.max_redirects(3));
    BOOST_TEST(error.code() == 302);
    BOOST_TEST(app->got.size() == 4U);
    BOOST_TEST(error.response()->body == "moved");
    BOOST_TEST(error.response()->effective_url() == get_url("/two"));
    BOOST_TEST(error.response()->headers.get("Location").value() == "/one");
    BOOST_TEST(the_client().active_count() == 0U);
}

BOOST_AUTO_TEST_CASE(may_be_long) {
    const auto path = "/" + std::string(60'000, 'a');
    redirect("/from", 302, path);
    BOOST_TEST(fetch_from("/from").code == 200);
    BOOST_TEST((last().target == path));
}

BOOST_AUTO_TEST_CASE(need_no_second_place) {
    options.max_clients = 1;
    redirect("/from", 302, "/to");
    BOOST_TEST(fetch_from("/from").code == 200);
}

struct MethodCase {
    int status;
    std::string before;
    std::string after;
};
std::ostream& operator<<(std::ostream& out, const MethodCase& each) {
    return out << each.status << " " << each.before;
}

const MethodCase methods[] = {
    {301, "POST", "GET"},
    {301, "GET", "GET"},
    {301, "PUT", "PUT"},
    {302, "POST", "GET"},
    {302, "HEAD", "HEAD"},
    {302, "PUT", "PUT"},
    {303, "POST", "GET"},
    {303, "PUT", "GET"},
    {303, "HEAD", "HEAD"},
    {303, "GET", "GET"},
    {307, "POST", "POST"},
    {307, "PUT", "PUT"},
    {308, "POST", "POST"},
    {308, "HEAD", "HEAD"},
    {303, "DELETE", "GET"},
    {301, "DELETE", "DELETE"},
};

BOOST_DATA_TEST_CASE_F(TwoOrigins, change_some_methods, data::make(methods), each) {
    redirect("/from", each.status, "/to");
    HTTPRequest request{"/from"};
    request.method(each.before);
    const bool with_body = each.before[0] == 'P';
    if (with_body) {
        request.body("a body").header("Content-Type", "text/x").header("X-Y", "z");
    }
    fetch_from(request);
    const bool keeps = with_body && each.before == each.after;
    BOOST_TEST(last().method == each.after);
    BOOST_TEST(last().target == "/to");
    BOOST_TEST(last().body == (keeps ? "a body" : ""));
    BOOST_TEST(last().header("Content-Type") == (keeps ? "text/x" : "(none)"));
    BOOST_TEST(last().header("Content-Length") == (keeps ? "6" : "(none)"));
    BOOST_TEST(last().header("X-Y") == (with_body ? "z" : "(none)"));
}

BOOST_AUTO_TEST_CASE(produce_the_body_again) {
    redirect("/from", 307, "/to");
    int produced = 0;
    HTTPRequest request{"/from"};
    request.method("POST").body_producer([&](httpclient::BodyWriter write) {
        ++produced;
        write("once ");
        return write("more");
    });
    BOOST_TEST(fetch_from(request).body == "once more");
    BOOST_TEST(produced == 2);
}

BOOST_AUTO_TEST_CASE(elsewhere_take_no_credentials_along) {
    redirect("/from", 302, elsewhere + "/to");
    HTTPRequest request{"/from"};
    request.header("Authorization", "secret").header("Cookie", "a=b").header("X-Y", "z");
    fetch_from(request);
    BOOST_TEST_REQUIRE(other_app.got.size() == 1U);
    const auto& got = other_app.got[0];
    BOOST_TEST(got.header("Authorization") == "(none)");
    BOOST_TEST(got.header("Cookie") == "(none)");
    BOOST_TEST(got.header("X-Y") == "z");
    BOOST_TEST("http://" + got.header("Host") == elsewhere);
    BOOST_TEST(last().header("Authorization") == "secret");
}

BOOST_AUTO_TEST_CASE(elsewhere_take_no_user_along) {
    redirect("/from", 302, "http://you:there@" + elsewhere.substr(7) + "/to");
    fetch_from(HTTPRequest{"/from"}.auth_username("me").auth_password("x"));
    BOOST_TEST(last().header("Authorization") == "Basic bWU6eA==");
    BOOST_TEST_REQUIRE(other_app.got.size() == 1U);
    BOOST_TEST(other_app.got[0].header("Authorization") == "(none)");
}

BOOST_AUTO_TEST_CASE(to_another_name_of_the_same_place_take_no_credentials_along) {
    options.hostname_mapping = {{"other.example", "127.0.0.1"}};
    const auto there = "other.example:" + std::to_string(get_http_port());
    redirect("/from", 302, "http://" + there + "/to");
    fetch_from(HTTPRequest{"/from"}.header("Cookie", "a=b").auth_username("me"));
    BOOST_TEST(last().target == "/to");
    BOOST_TEST(last().header("Host") == there);
    BOOST_TEST(last().header("Cookie") == "(none)");
    BOOST_TEST(last().header("Authorization") == "(none)");
}

BOOST_AUTO_TEST_CASE(that_come_back_bring_no_credentials) {
    redirect("/from", 302, elsewhere + "/back");
    const auto home = get_url("/home");
    other_app.handlers["/back"] = [home](const Got&) {
        return Answer{302, {{"Location", home}}, ""};
    };
    fetch_from(HTTPRequest{"/from"}.header("Cookie", "a=b").auth_username("me"));
    BOOST_TEST(last().target == "/home");
    BOOST_TEST(last().header("Cookie") == "(none)");
    BOOST_TEST(last().header("Authorization") == "(none)");
}

BOOST_AUTO_TEST_CASE(at_home_keep_credentials) {
    redirect("/from", 302, get_url("/to"));
    fetch_from(HTTPRequest{"/from"}.header("Cookie", "a=b").auth_username("me"));
    BOOST_TEST(last().target == "/to");
    BOOST_TEST(last().header("Cookie") == "a=b");
    BOOST_TEST(last().header("Authorization") == "Basic bWU6");
}

BOOST_AUTO_TEST_CASE(forget_the_former_host) {
    redirect("/from", 302, elsewhere + "/to");
    fetch_from(HTTPRequest{"/from"}.header("Host", "example.com"));
    BOOST_TEST("http://" + other_app.got.at(0).header("Host") == elsewhere);
}

BOOST_AUTO_TEST_CASE(to_a_dead_host_fail) {
    auto [socket, port] = testing::bind_unused_port();
    socket.close();
    redirect("/from", 302, "http://127.0.0.1:" + std::to_string(port) + "/");
    const auto error = failure<std::system_error>("/from");
    BOOST_CHECK(error.code() == std::errc::connection_refused);
    BOOST_TEST(the_client().active_count() == 0U);
}

const std::string bad_places[] =
    {"ftp://example.com/", "javascript:alert(1)", "mailto:me", "http://", "http://a b/", "//"};

BOOST_DATA_TEST_CASE_F(TwoOrigins, to_nowhere_are_responses, data::make(bad_places), place) {
    redirect("/from", 302, place);
    const auto error = failure<HTTPClientError>("/from");
    BOOST_TEST(error.code() == 302);
    BOOST_TEST(error.response()->body == "moved");
    BOOST_TEST(error.response()->headers.get("Location").value() == place);
    BOOST_TEST(fetch_from("/from", false).code == 302);
    BOOST_TEST(the_client().active_count() == 0U);
}

BOOST_AUTO_TEST_CASE(hide_their_own_head_and_body) {
    redirect("/from", 302, "/to");
    app->handlers["/to"] = [](const Got&) { return Answer{200, {}, "there"}; };
    std::string body;
    std::string first;
    fetch_from(HTTPRequest{"/from"}
                   .header_callback([&](std::string_view line) {
                       first = first.empty() ? std::string{line} : first;
                   })
                   .streaming_callback([&](std::string_view chunk) { body += chunk; }));
    BOOST_TEST(body == "there");
    BOOST_TEST(first == "HTTP/1.1 200 OK\r\n");
}

struct Reference {
    std::string location;
    std::string target;
};
std::ostream& operator<<(std::ostream& out, const Reference& each) {
    return out << each.location;
}
const Reference references[] = {
    {"other", "/a/other"},
    {"./other", "/a/other"},
    {"../other", "/other"},
    {"../../x", "/x"},
    {"?c=d", "/a/b?c=d"},
    {"/x/./y/../z", "/x/z"},
    {"#part", "/a/b?q=r"},
    {"x/..", "/a/"},
    {"/..", "/"},
};

BOOST_DATA_TEST_CASE_F(TwoOrigins, may_be_relative, data::make(references), each) {
    bool redirected = false;
    app->handlers["/a/b"] = [&](const Got&) {
        return std::exchange(redirected, true) ? Answer{}
                                               : Answer{302, {{"Location", each.location}}, ""};
    };
    fetch_from("/a/b?q=r");
    BOOST_TEST(last().target == each.target);
}

BOOST_AUTO_TEST_SUITE_END()
