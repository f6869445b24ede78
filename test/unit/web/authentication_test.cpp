#include <tornado/web/request_handler.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "support.hpp"

BOOST_AUTO_TEST_SUITE(authentication)

using web::User;

BOOST_AUTO_TEST_CASE(nobody_is_what_python_takes_for_false) {
    BOOST_TEST(!User{});
    BOOST_TEST(!User{std::nullopt});
    BOOST_TEST(!User{std::optional<std::string>{}});
    BOOST_TEST(!User{std::optional<std::string>{""}});
    BOOST_TEST(!User{""});
    BOOST_TEST(!User{std::shared_ptr<int>{}});
    BOOST_TEST(!User{std::unique_ptr<int>{}});
    BOOST_TEST(!User{std::optional<int>{}});
}

BOOST_AUTO_TEST_CASE(a_user_is_of_the_applications_own_type) {
    struct Person {
        std::string name;
    };
    const User person{Person{"anna"}};
    BOOST_TEST(bool{person});
    BOOST_TEST(person.get<Person>().name == "anna");
    BOOST_TEST(person.get_if<std::string>() == nullptr);
    BOOST_CHECK_THROW(static_cast<void>(person.get()), std::logic_error);
    BOOST_CHECK_THROW(static_cast<void>(User{}.get()), std::logic_error);
    BOOST_TEST(User{std::string{"anna"}}.get() == "anna");
    BOOST_TEST(User{std::optional<std::string>{"anna"}}.get() == "anna");
    BOOST_TEST(User{std::make_shared<Person>(Person{"eva"})}.get<Person>().name == "eva");
    BOOST_TEST(User{7}.get<int>() == 7);
    BOOST_TEST(User{std::make_unique<int>(8)}.get<int>() == 8);
    BOOST_TEST((!std::is_constructible_v<User, bool>));
    const User copy = person;
    BOOST_TEST(copy.get<Person>().name == "anna");
}

/// Knows its user by a signed cookie.
struct Page : web::RequestHandler {
    User get_current_user() override { return get_signed_cookie("user"); }
    void get() { write("Hello, " + authenticated().get()); }
    void head() { authenticated(); }
    void post() {
        authenticated();
        write("posted");
    }
};

struct LoginTest : WebTest {
    LoginTest() {
        settings.cookie_secret = "secret";
        settings.login_url = "/login";
        serve<Page>();
    }
    static httputil::HTTPHeaders cookie_of(std::string_view user) {
        return {{"Cookie", "user=" + web::create_signed_value("secret", "user", user)}};
    }
};

BOOST_FIXTURE_TEST_CASE(a_user_gets_the_page, LoginTest) {
    BOOST_TEST(get("/", cookie_of("anna")).body == "Hello, anna");
    BOOST_TEST(fetch("/", {.headers = cookie_of("anna"), .method = "POST"}).body == "posted");
}

BOOST_FIXTURE_TEST_CASE(nobody_is_sent_to_log_in_and_back_afterwards, LoginTest) {
    for (const std::string method : {"GET", "HEAD"}) {
        const auto response = get("/?a=b&c=%20d", {}, method);
        BOOST_TEST(response.code == 302);
        BOOST_TEST(header(response, "Location") == "/login?next=%2F%3Fa%3Db%26c%3D%2520d");
        BOOST_TEST(response.body == "");
    }
    BOOST_TEST(post("").code == 403);
}

BOOST_FIXTURE_TEST_CASE(a_login_page_elsewhere_gets_the_whole_url, LoginTest) {
    settings.login_url = "https://login.example.com/";
    const auto response = get("/");
    BOOST_TEST(
        header(response, "Location") ==
        "https://login.example.com/?next=http%3A%2F%2F127.0.0.1%3A" +
            std::to_string(get_http_port()) + "%2F"
    );
}

BOOST_FIXTURE_TEST_CASE(a_login_url_with_a_query_stays_as_it_is, LoginTest) {
    settings.login_url = "/login?via=a";
    BOOST_TEST(header(get("/"), "Location") == "/login?via=a");
}

BOOST_FIXTURE_TEST_CASE(without_a_login_url_the_error_names_the_setting, LoginTest) {
    settings.login_url = "";
    const auto log = expect_uncaught("set ApplicationSettings::login_url");
    BOOST_TEST(get("/").code == 500);
}

BOOST_FIXTURE_TEST_CASE(a_handler_may_have_its_own_login_page, LoginTest) {
    struct Own : web::RequestHandler {
        [[nodiscard]] std::string get_login_url() const override { return "/own"; }
        void get() { authenticated(); }
    };
    routes.push_back(web::url<Own>("/guarded"));
    BOOST_TEST(header(get("/guarded"), "Location") == "/own?next=%2Fguarded");
}

BOOST_FIXTURE_TEST_CASE(prepare_may_guard_all_verbs, LoginTest) {
    struct Guarded : Page {
        void prepare() { authenticated(); }
        void get() { write("never"); }
        void post() { write("never"); }
    };
    routes.push_back(web::url<Guarded>("/guarded"));
    BOOST_TEST(get("/guarded").code == 302);
    BOOST_TEST(post("", "/guarded").code == 403);
}

BOOST_FIXTURE_TEST_CASE(the_user_is_asked_for_once, WebTest) {
    struct Counting : web::RequestHandler {
        explicit Counting(int& asked) : count{asked} {}
        User get_current_user() override {
            ++count;
            return {};
        }
        void get() {
            BOOST_TEST(!current_user());
            BOOST_TEST(!current_user());
        }
        int& count;
    };
    int count = 0;
    serve<Counting>(std::ref(count));
    get();
    BOOST_TEST(count == 1);
}

BOOST_FIXTURE_TEST_CASE(the_user_can_be_set, WebTest) {
    struct Setting : web::RequestHandler {
        User get_current_user() override { throw std::runtime_error{"never asked"}; }
        void prepare() { set_current_user("eva"); }
        void get() { write(current_user().get()); }
    };
    serve<Setting>();
    BOOST_TEST(get().body == "eva");
}

/// Looks its user up somewhere else.
struct Loading : web::RequestHandler {
    Future<User> load_current_user() override {
        co_await gen::moment();
        auto name = get_cookie("user", "");
        if (name == "broken") {
            throw std::runtime_error{"no database"};
        }
        co_return User{std::move(name)};
    }
};

BOOST_FIXTURE_TEST_CASE(the_user_may_be_loaded_asynchronously_before_prepare, LoginTest) {
    struct Handler : Loading {
        void prepare() { seen = current_user() ? current_user().get() : "nobody"; }
        Future<void> get() {
            co_await gen::moment();
            write(seen + " " + authenticated().get());
        }
        std::string seen;
    };
    routes.push_back(web::url<Handler>("/loading"));
    BOOST_TEST(get("/loading", {{"Cookie", "user=anna"}}).body == "anna anna");
    BOOST_TEST(header(get("/loading"), "Location") == "/login?next=%2Floading");
    const auto log = expect_uncaught("no database");
    BOOST_TEST(get("/loading", {{"Cookie", "user=broken"}}).code == 500);
}

template <bool waits>
struct SendingAway : web::RequestHandler {
    explicit SendingAway(Events& seen) : events{seen} {}
    Future<User> load_current_user() override {
        if constexpr (waits) {
            co_await gen::moment();
        }
        redirect("/login");
        co_return User{};
    }
    void prepare() { events.push_back("prepare"); }
    void get() { events.push_back("get"); }
    Events& events;
};

BOOST_FIXTURE_TEST_CASE(who_answers_while_loading_the_user_ends_the_request, LoginTest) {
    struct Foreign : web::RequestHandler {
        explicit Foreign(Events& seen) : events{seen} {}
        void check_xsrf_cookie() override { finish("no"); }
        void prepare() { events.push_back("prepare"); }
        void post() { events.push_back("post"); }
        Events& events;
    };
    Events events;
    settings.xsrf_cookies = true;
    routes.push_back(web::url<SendingAway<false>>("/at-once", std::ref(events)));
    routes.push_back(web::url<SendingAway<true>>("/later", std::ref(events)));
    routes.push_back(web::url<Foreign>("/foreign", std::ref(events)));
    BOOST_TEST(header(get("/at-once"), "Location") == "/login");
    BOOST_TEST(header(get("/later"), "Location") == "/login");
    BOOST_TEST(post("", "/foreign").body == "no");
    BOOST_TEST(joined(events) == "");
}

BOOST_FIXTURE_TEST_CASE(the_user_is_loaded_before_a_streamed_body, WebTest) {
    struct Streaming : Loading {
        Future<void> prepare() {
            co_await gen::moment();
            write(current_user().get() + ":");
        }
        void data_received(std::string_view chunk) { write(chunk); }
        void post() { write("."); }
    };
    serve<Streaming>();
    const auto response =
        fetch("/", {.body = "body", .headers = {{"Cookie", "user=anna"}}, .method = "POST"});
    BOOST_TEST(response.body == "anna:body.");
}

BOOST_FIXTURE_TEST_CASE(a_path_gets_its_slash, WebTest) {
    struct Slash : web::RequestHandler {
        void get() {
            addslash();
            write("here");
        }
        void head() { addslash(); }
        void post() { addslash(); }
    };
    routes.push_back(web::url<Slash>(".*"));
    BOOST_TEST(get("/a/").body == "here");
    for (const std::string method : {"GET", "HEAD"}) {
        const auto response = get("/a?b=c&d", {}, method);
        BOOST_TEST(response.code == 301);
        BOOST_TEST(header(response, "Location") == "/a/?b=c&d");
    }
    BOOST_TEST(post("", "/a").code == 404);
    BOOST_TEST(header(get("//example.com"), "Location") == "/.//example.com/");
}

BOOST_FIXTURE_TEST_CASE(a_path_loses_its_slash, WebTest) {
    struct NoSlash : web::RequestHandler {
        void get() {
            removeslash();
            write("here");
        }
        void head() { removeslash(); }
        void post() { removeslash(); }
    };
    routes.push_back(web::url<NoSlash>(".*"));
    BOOST_TEST(get("/a").body == "here");
    BOOST_TEST(get("/").body == "here");
    BOOST_TEST(header(get("/a//?b=c"), "Location") == "/a?b=c");
    BOOST_TEST(header(get("/a/", {}, "HEAD"), "Location") == "/a");
    BOOST_TEST(post("", "/a/").code == 404);
    BOOST_TEST(post("", "/").code == 404);
    BOOST_TEST(header(get("//example.com/"), "Location") == "/.//example.com");
}

BOOST_AUTO_TEST_SUITE_END()
