#include <tornado/auth/api_authentication.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <tornado/util/base64.hpp>

#include "support.hpp"

BOOST_AUTO_TEST_SUITE(api_authentication)

struct Hello : web::RequestHandler {
    void get() { write("Hello, " + current_user().get()); }
};

struct ApiTest : AuthTest {
    void serve(const web::Middleware& middleware) {
        routes = web::use(middleware, {web::url<Hello>("/")});
    }
    testing::HTTPResponse with(const std::string& authorization) {
        const testing::ExpectLog quiet{logging::gen_log(), ".", {.required = false}};
        return fetch("/", {.headers = {{"Authorization", authorization}}});
    }
    static Future<web::User> check_password(std::string username, std::string password) {
        co_await gen::moment();
        co_return auth::same_secret(password, "secret") ? web::User{username} : web::User{};
    }
    static Future<web::User> check_token(std::string token) {
        co_await gen::moment();
        if (token == "expired") {
            throw auth::AuthError{Errc::token_expired};
        }
        if (token == "unknown.state") {
            throw auth::AuthError{Errc::provider_timeout};
        }
        if (token == "reader") {
            throw auth::InsufficientScope{"write"};
        }
        co_return token == "good" ? web::User{"anna"} : web::User{};
    }
};

BOOST_FIXTURE_TEST_CASE(basic_lets_in_whom_the_check_knows, ApiTest) {
    serve(auth::basic_authentication("The \"realm\"", check_password));
    BOOST_TEST(with("Basic YW5uYTpzZWNyZXQ=").body == "Hello, anna");
    BOOST_TEST(with("basic  YW5uYTpzZWNyZXQ=").body == "Hello, anna");
    for (const std::string other :
         {"Basic YW5uYTp3cm9uZw==",
          "Basic",
          "Basic ",
          "Basic YW5uYQ==",
          "Basic ???",
          "Basic YW5uYTpzZWNyZXQ",
          "Basic YW5uYTpzZWNyZXQ= x",
          "Bearer YW5uYTpzZWNyZXQ=",
          "x"}) {
        const auto response = with(other);
        BOOST_TEST(response.code == 401);
        BOOST_TEST(
            header(response, "WWW-Authenticate") ==
            R"(Basic realm="The \"realm\"", charset="UTF-8")"
        );
        BOOST_TEST(response.body.find("Hello") == std::string::npos);
    }
    const auto without = get("/");
    BOOST_TEST(without.code == 401);
}

BOOST_FIXTURE_TEST_CASE(a_check_need_be_no_coroutine, ApiTest) {
    const auto is_known = [](const std::string& username, const std::string& password) {
        return auth::same_secret(password, "secret") ? web::User{username} : web::User{};
    };
    serve(auth::basic_authentication("realm", is_known));
    BOOST_TEST(with("Basic YW5uYTpzZWNyZXQ=").body == "Hello, anna");
    BOOST_TEST(with("Basic YW5uYTp3cm9uZw==").code == 401);
}

BOOST_FIXTURE_TEST_CASE(a_check_of_tokens_need_be_no_coroutine, ApiTest) {
    const auto is_known = [](const std::string& token) {
        if (token == "expired") {
            throw auth::AuthError{Errc::token_expired};
        }
        return token == "good" ? web::User{"anna"} : web::User{};
    };
    serve(auth::bearer_authentication("realm", is_known));
    BOOST_TEST(with("Bearer good").body == "Hello, anna");
    BOOST_TEST(with("Bearer bad").code == 401);
    BOOST_TEST(with("Bearer expired").code == 401);
}

BOOST_AUTO_TEST_CASE(a_scope_is_a_line) {
    for (const std::string scope : {"two\nlines", "tab\t", "\xc3\xa4"}) {
        BOOST_CHECK_THROW(auth::InsufficientScope{scope}, std::invalid_argument);
    }
}

struct Credentials : web::RequestHandler {
    void get() {
        const auto sent = auth::basic_credentials(*this);
        write(sent ? "<" + sent->username + "><" + sent->password + ">" : "none");
    }
};

BOOST_FIXTURE_TEST_CASE(basic_credentials_are_text, ApiTest) {
    routes = {web::url<Credentials>("/")};
    const auto of = [&](const std::string& text) {
        return with("Basic " + tornado::util::base64(text)).body;
    };
    BOOST_TEST(of("anna:a:b:") == "<anna><a:b:>");
    BOOST_TEST(of("anna:") == "<anna><>");
    BOOST_TEST(of(":") == "<><>");
    BOOST_TEST(
        of("j\xc3\xb8rn:p\xc3\xa4ss w\xc3\xb6rd") == "<j\xc3\xb8rn><p\xc3\xa4ss w\xc3\xb6rd>"
    );
    BOOST_TEST(of("anna") == "none");
    BOOST_TEST(of(std::string{"a\0b:secret", 10}) == "none");
    BOOST_TEST(of("anna:two\nlines") == "none");
    BOOST_TEST(of("anna:\x7f") == "none");
    BOOST_TEST(of("anna\xff:secret") == "none");
}

struct Writer : web::RequestHandler {
    void get() { throw auth::InsufficientScope{"write"}; }
};

BOOST_FIXTURE_TEST_CASE(a_page_says_what_scope_it_takes, ApiTest) {
    routes = web::use(auth::bearer_authentication("api", check_token), {web::url<Writer>("/")});
    const auto response = with("Bearer good");
    BOOST_TEST(response.code == 403);
    BOOST_TEST(
        header(response, "WWW-Authenticate") ==
        R"(Bearer realm="api", error="insufficient_scope", scope="write")"
    );
}

BOOST_FIXTURE_TEST_CASE(bearer_lets_in_whose_token_counts, ApiTest) {
    serve(auth::bearer_authentication("api", check_token));
    BOOST_TEST(with("Bearer good").body == "Hello, anna");
    BOOST_TEST(with("bearer good").body == "Hello, anna");
    const auto says = [&](const std::string& authorization, int code, const std::string& challenge
                      ) {
        const auto response = with(authorization);
        BOOST_TEST(response.code == code);
        BOOST_TEST(header(response, "WWW-Authenticate") == challenge);
        BOOST_TEST(response.body.find("Hello") == std::string::npos);
    };
    says("Bearer other", 401, R"(Bearer realm="api", error="invalid_token")");
    says("Bearer expired", 401, R"(Bearer realm="api", error="invalid_token")");
    says("Bearer reader", 403, R"(Bearer realm="api", error="insufficient_scope", scope="write")");
    says("Bearer", 400, R"(Bearer realm="api", error="invalid_request")");
    says("Bearer two words", 400, R"(Bearer realm="api", error="invalid_request")");
    says("Basic YW5uYTpzZWNyZXQ=", 401, R"(Bearer realm="api")");
    says("Bearer unknown.state", 504, "(none)");
    BOOST_TEST(header(get("/?access_token=good"), "WWW-Authenticate") == R"(Bearer realm="api")");
}

BOOST_AUTO_TEST_CASE(a_realm_is_a_line) {
    BOOST_CHECK_THROW(
        static_cast<void>(auth::basic_authentication("two\nlines", nullptr)), std::invalid_argument
    );
    BOOST_CHECK_THROW(
        static_cast<void>(auth::bearer_authentication("two\r\nlines", nullptr)),
        std::invalid_argument
    );
}

BOOST_AUTO_TEST_CASE(secrets_are_compared) {
    BOOST_TEST(auth::same_secret("a", "a"));
    BOOST_TEST(auth::same_secret("", ""));
    BOOST_TEST(!auth::same_secret("a", "b"));
    BOOST_TEST(!auth::same_secret("a", "aa"));
}

BOOST_AUTO_TEST_SUITE_END()
