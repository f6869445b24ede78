#include <tornado/web/route.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <optional>

#include "support.hpp"

namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(route)

template <typename T>
struct Show : web::RequestHandler {
    void get(T value) {
        if constexpr (std::is_arithmetic_v<T>) {
            write(std::to_string(value));
        } else {
            write(value);
        }
    }
};

struct TypedTest : WebTest {
    TypedTest() {
        routes = {
            web::url<Show<int>>("/int/([^/]*)"),
            web::url<Show<std::int64_t>>("/int64/([^/]*)"),
            web::url<Show<unsigned>>("/unsigned/([^/]*)"),
            web::url<Show<double>>("/double/([^/]*)"),
            web::url<Show<bool>>("/bool/([^/]*)"),
            web::url<Show<std::string>>("/string/(.*)"),
            web::url<Show<std::string_view>>("/view/(.*)"),
            web::url<Show<const std::string&>>("/reference/(.*)")};
    }
};

const std::pair<const char*, const char*> fitting[] = {
    {"/int/42", "42"},
    {"/int/-7", "-7"},
    {"/int/%34%32", "42"},
    {"/int64/9007199254740993", "9007199254740993"},
    {"/unsigned/4000000000", "4000000000"},
    {"/double/2.5", "2.500000"},
    {"/double/-1e3", "-1000.000000"},
    {"/bool/true", "1"},
    {"/bool/0", "0"},
    {"/string/abc", "abc"},
    {"/string/", ""},
    {"/string/a%20b", "a b"},
    {"/string/a+b", "a+b"},
    {"/string/a%2Fb", "a/b"},
    {"/string/%3F", "?"},
    {"/string/%C3%A9", "\xC3\xA9"},
    {"/view/%C3%A9/x", "\xC3\xA9/x"},
    {"/view/plain", "plain"},
    {"/reference/some", "some"}};

BOOST_DATA_TEST_CASE_F(
    TypedTest,
    path_argument_arrives_in_its_type,
    data::xrange(std::size(fitting)),
    i
) {
    const auto response = get(fitting[i].first);
    BOOST_TEST(response.code == 200);
    BOOST_TEST(response.body == fitting[i].second);
}

const std::string misfits[] = {
    "/int/",
    "/int/x",
    "/int/12x",
    "/int/+5",
    "/int/1.5",
    "/int/99999999999",
    "/int/%2042",
    "/unsigned/-1",
    "/double/x",
    "/double/nan",
    "/double/inf",
    "/double/-infinity",
    "/double/1e999",
    "/bool/yes"};

BOOST_DATA_TEST_CASE_F(
    TypedTest,
    path_argument_that_does_not_fit_is_a_404,
    data::make(misfits),
    path
) {
    BOOST_TEST(get(path).code == 404);
}

BOOST_FIXTURE_TEST_CASE(path_argument_that_is_not_utf8_is_a_400, TypedTest) {
    const testing::ExpectLog expected{logging::gen_log(), "a path argument is not UTF-8"};
    BOOST_TEST(get("/string/%E9").code == 400);
    BOOST_TEST(get("/view/a%FFb").code == 400);
}

struct Pages : web::RequestHandler {
    void get(std::optional<int> page, std::optional<std::string> title) {
        write(page ? std::to_string(*page) : "no page");
        write(", " + title.value_or("no title"));
    }
};

BOOST_FIXTURE_TEST_CASE(optional_path_argument_may_be_absent, WebTest) {
    routes = {web::url<Pages>(R"(/list(?:/(\d+))?(?:/([a-z]+))?)")};
    BOOST_TEST(get("/list").body == "no page, no title");
    BOOST_TEST(get("/list/3").body == "3, no title");
    BOOST_TEST(get("/list/3/news").body == "3, news");
    BOOST_TEST(get("/list/news").body == "no page, news");
    BOOST_TEST(get("/list/99999999999").code == 404);
}

BOOST_FIXTURE_TEST_CASE(all_path_arguments_come_at_once_when_asked_for, WebTest) {
    struct Handler : web::RequestHandler {
        void get(const web::PathArguments& groups) {
            for (std::size_t i = 0; i < groups.size(); ++i) {
                write("[" + std::string{groups[i].value_or("none")} + "]");
            }
            write(groups[99] ? "?" : "");
        }
    };
    routes = {
        web::url<Handler>("/six/(.)(.)(.)([^/]+)(.)(.)"), web::url<Handler>("/maybe/(a)?(b)?")};
    BOOST_TEST(get("/six/abc%64ef").body == "[a][b][c][d][e][f]");
    BOOST_TEST(get("/six/ab%2Fde").body == "[a][b][%][2F][d][e]");  // matched as it was sent
    BOOST_TEST(get("/maybe/b").body == "[none][b]");
}

BOOST_FIXTURE_TEST_CASE(path_arguments_are_there_in_prepare, WebTest) {
    struct Handler : web::RequestHandler {
        void prepare() { write(std::string{path_args()[0].value()} + "|"); }
        void get(int) { write("verb"); }
    };
    routes = {web::url<Handler>("/(.*)")};
    BOOST_TEST(get("/1%30").body == "10|verb");
}

BOOST_FIXTURE_TEST_CASE(path_arguments_are_found_by_name_and_as_they_were_sent, WebTest) {
    struct Handler : web::RequestHandler {
        void get(const web::PathArguments& groups) {
            write(std::string{groups["name"].value()} + " ");
            write(groups.undecoded(0).value());
            write(groups["none"] || groups.undecoded(2) || groups.index_of("none") ? "?" : " ");
            write(std::to_string(groups.index_of("number").value()));
        }
    };
    routes = {web::url<Handler>("/(?P<name>[^/]+)/(?P<number>[0-9]+)")};
    BOOST_TEST(get("/a%20b/12").body == "a b a%20b 1");
}

BOOST_FIXTURE_TEST_CASE(path_arguments_are_decoded_by_the_handlers_own_rule, WebTest) {
    struct Handler : web::RequestHandler {
        void get(std::string_view first, std::optional<std::string> second) {
            write(std::string{first} + "|" + second.value_or("none"));
        }
        std::string decode_argument(std::string_view value, std::string_view name) const override {
            return "<" + std::string{name} + ":" + std::to_string(value.size()) + ">";
        }
    };
    routes = {
        web::url<Handler>("/(?P<a>[^/]+)/(?P<b>[^/]+)?"), web::url<Handler>("/x/([^/]+)/([^/]+)?")};
    BOOST_TEST(get("/plain/%E9%E9").body == "<a:5>|<b:2>");
    BOOST_TEST(get("/plain/").body == "<a:5>|none");
    BOOST_TEST(get("/x/%41/").body == "<:1>|none");
}

BOOST_FIXTURE_TEST_CASE(named_groups_arrive_in_their_order, WebTest) {
    struct Handler : web::RequestHandler {
        void prepare() { write(std::string{path_args()[1].value()} + " "); }
        void get(std::string_view first, int second) {
            write(std::string{first} + std::to_string(second));
        }
    };
    routes = {web::url<Handler>("/(?P<name>[a-z]+)/(?P<number>[0-9]+)")};
    BOOST_TEST(get("/abc/12").body == "12 abc12");
}

struct TwoVerbs : web::RequestHandler {
    void get(int) {}
    void post(int, std::string_view) {}
};
struct Any : web::RequestHandler {
    void get(const web::PathArguments&) {}
    void propfind(int) {}
};

/// What url() throws, or "".
template <typename H>
std::string refusal(std::string_view pattern) {
    try {
        static_cast<void>(web::url<H>(pattern));
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

BOOST_AUTO_TEST_CASE(arity_must_fit_the_pattern) {
    const auto too_few = refusal<TwoVerbs>("/(.*)");
    BOOST_TEST(too_few.find("POST takes 2") != std::string::npos);
    BOOST_TEST(too_few.find("has 1") != std::string::npos);
    BOOST_TEST(too_few.find("TwoVerbs /(.*)") != std::string::npos);
    BOOST_TEST(refusal<TwoVerbs>("/").find("GET takes 1") != std::string::npos);
    BOOST_TEST(refusal<TwoVerbs>("/(?:a)").find("has 0") != std::string::npos);
    BOOST_TEST(refusal<Any>("/(a)(b)(c)") == "");
    BOOST_CHECK_THROW(web::url<Any>("/").method("PROPFIND", &Any::propfind), std::invalid_argument);
    BOOST_TEST(refusal<Any>("/(a").find("/(a") != std::string::npos);
}

struct TakesPrepareArgument : web::RequestHandler {
    void prepare(int) {}
};

BOOST_AUTO_TEST_CASE(prepare_takes_no_arguments) {
    BOOST_TEST(refusal<TakesPrepareArgument>("/(a)").find("prepare()") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(all_verbs_are_found, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { write("get"); }
        void head() { set_header("X-Verb", "head"); }
        void post() noexcept { write("post"); }
        void delete_() { write("delete"); }
        void patch() { write("patch"); }
        void put() const {}
        Future<void> options() {
            write("options");
            co_return;
        }
    };
    serve<Handler>();
    BOOST_TEST(get().body == "get");
    BOOST_TEST(header(get("/", {}, "HEAD"), "X-Verb") == "head");
    BOOST_TEST(post("").body == "post");
    BOOST_TEST(get("/", {}, "DELETE").body == "delete");
    BOOST_TEST(get("/", {}, "PATCH").body == "patch");
    BOOST_TEST(get("/", {}, "PUT").code == 200);
    BOOST_TEST(get("/", {}, "OPTIONS").body == "options");
}

struct Base : web::RequestHandler {
    void get() { write("base"); }
    virtual void post() { write("base"); }
};
struct Derived : Base {
    void post() override { write("derived"); }
};
struct Final final : web::RequestHandler {
    void get() { write("final"); }
};

BOOST_FIXTURE_TEST_CASE(verbs_may_be_inherited_and_virtual, WebTest) {
    serve<Derived>();
    routes.push_back(web::url<Final>("/final"));
    BOOST_TEST(get().body == "base");
    BOOST_TEST(post("").body == "derived");
    BOOST_TEST(get("/", {}, "PUT").code == 405);
    BOOST_TEST(get("/final").body == "final");
}

struct Dav : web::RequestHandler {
    void get(std::string_view) {}
    void propfind(std::string_view path) { write("found " + std::string{path}); }
    Future<void> report(std::string_view path) {
        co_await gen::moment();
        write("report " + std::string{path});
    }
};
struct NotDav : web::RequestHandler {
    void propfind() {}
};

BOOST_FIXTURE_TEST_CASE(other_methods_are_served_when_named, WebTest) {
    routes = {
        web::url<Dav>("/(.*)").method("PROPFIND", &Dav::propfind).method("REPORT", &Dav::report)};
    BOOST_TEST(get("/a", {}, "PROPFIND").body == "found a");
    BOOST_TEST(get("/b", {}, "REPORT").body == "report b");
    BOOST_TEST(get("/b", {}, "MKCOL").code == 405);
    BOOST_TEST(get("/b", {}, "propfind").code == 405);
    BOOST_TEST(get("/b").code == 200);
}

BOOST_FIXTURE_TEST_CASE(method_of_another_class_is_a_500, WebTest) {
    routes = {web::url<Final>("/").method("PROPFIND", &NotDav::propfind)};
    const auto expected = expect_uncaught("bad_cast");
    BOOST_TEST(get("/", {}, "PROPFIND").code == 500);
}

BOOST_FIXTURE_TEST_CASE(arguments_of_url_go_to_each_handler, WebTest) {
    struct Handler : web::RequestHandler {
        Handler(std::string a, int& b) : text{std::move(a)}, counter{b} {}
        void get() { write(text + std::to_string(++counter)); }
        std::string text;
        int& counter;
    };
    int counter = 0;
    serve<Handler>("n", std::ref(counter));
    BOOST_TEST(get().body == "n1");
    BOOST_TEST(get().body == "n2");
    BOOST_TEST(counter == 2);
}

BOOST_FIXTURE_TEST_CASE(redirect_handler_sends_get_elsewhere, WebTest) {
    routes = {
        web::url<web::RedirectHandler>("/old", "/new"),
        web::url<web::RedirectHandler>("/temporary", "/new", false),
        web::url<web::RedirectHandler>("/a/(.*)/b/(.*)", "/b/{1}/a/{0}"),
        web::url<web::RedirectHandler>("/query/(.*)", "/new/{0}?x=1"),
        web::url<web::RedirectHandler>("/bad/(.*)", "/new/{1}")};
    BOOST_TEST(get("/old").code == 301);
    BOOST_TEST(header(get("/old"), "Location") == "/new");
    BOOST_TEST(get("/temporary").code == 302);
    BOOST_TEST(header(get("/a/1/b/2"), "Location") == "/b/2/a/1");
    BOOST_TEST(header(get("/old?foo=bar&a=%26"), "Location") == "/new?foo=bar&a=%26");
    BOOST_TEST(header(get("/query/z?y=2"), "Location") == "/new/z?x=1&y=2");
    BOOST_TEST(get("/old", {{"Content-Length", "0"}}, "POST").code == 405);
    const auto expected = expect_uncaught("no group for \\{1\\}");
    BOOST_TEST(get("/bad/x").code == 500);
}

BOOST_FIXTURE_TEST_CASE(redirect_handler_fills_in_named_groups, WebTest) {
    routes = {
        web::url<web::RedirectHandler>("/(?P<user>[^/]+)/blog/(?P<id>.*)", "/blogs/{id}/{user}"),
        web::url<web::RedirectHandler>("/x/(?P<user>.*)", "/{other}")};
    BOOST_TEST(header(get("/ada/blog/7"), "Location") == "/blogs/7/ada");
    const auto expected = expect_uncaught("no group for \\{other\\}");
    BOOST_TEST(get("/x/y").code == 500);
}

const std::pair<const char*, const char*> crossings[] = {
    {"/old/a%20b", "/new/a%20b"},
    {"/old/a%0d%0ab", "/new/a%0d%0ab"},
    {"/old/a%3Fb%23c%25", "/new/a%3Fb%23c%25"},
    {"/old/a|b^[", "/new/a%7Cb%5E%5B"},
    {"/top/%2Fevil.com", "/%2Fevil.com"},
    {"/top/%5Cevil.com", "/%5Cevil.com"},
    {"/top//evil.com", "/.//evil.com"},
    {"/top/a//b", "/a//b"},
    {"/all//evil.com", "/.//evil.com"},
    {"/host/x", "//other.com/x"},
    {"/any/http://evil.com", "./http://evil.com"},
    {"/any/a/b:c", "a/b:c"}};

BOOST_DATA_TEST_CASE_F(
    WebTest,
    redirect_handler_leads_to_no_other_host,
    data::xrange(std::size(crossings)),
    i
) {
    routes = {
        web::url<web::RedirectHandler>("/old/(.*)", "/new/{0}"),
        web::url<web::RedirectHandler>("/top/(.*)", "/{0}"),
        web::url<web::RedirectHandler>("/all(/.*)", "{0}"),
        web::url<web::RedirectHandler>("/any/(.*)", "{0}"),
        web::url<web::RedirectHandler>("/host/(.*)", "//other.com/{0}")};
    const auto response = get(crossings[i].first);
    BOOST_TEST(response.code == 301);
    BOOST_TEST(header(response, "Location") == crossings[i].second);
}

BOOST_AUTO_TEST_SUITE_END()
