#include <tornado/auth/open_id_mixin.hpp>

#include <boost/test/unit_test.hpp>
#include <functional>

#include "support.hpp"

BOOST_AUTO_TEST_SUITE(open_id_mixin)

struct OpenIdProvider {
    std::string url;
    std::string answer = "ns:http://specs.openid.net/auth/2.0\nis_valid:true\n";
    httputil::Arguments form;
    std::function<Future<void>(web::RequestHandler&)> instead;  ///< of the answer
    std::error_code error;
};

struct ProviderHandler : web::RequestHandler {
    explicit ProviderHandler(OpenIdProvider& its) : provider{its} {}
    Future<void> post() {
        provider.form = request().body_arguments();
        if (provider.instead) {
            co_await provider.instead(*this);
            co_return;
        }
        write(provider.answer);
    }
    OpenIdProvider& provider;
};

struct OpenIdLogin : web::RequestHandler, auth::OpenIdMixin {
    explicit OpenIdLogin(OpenIdProvider& its) : provider{its} {}
    [[nodiscard]] std::string openid_endpoint() const override { return provider.url; }
    Future<void> get() {
        if (const auto callback = get_argument("callback", ""); !callback.empty()) {
            authenticate_redirect(callback, {"email"});
            co_return;
        }
        if (get_argument("openid.mode", "").empty()) {
            authenticate_redirect();
            co_return;
        }
        try {
            const auto user = co_await get_authenticated_user();
            write(user);
        } catch (const auth::AuthError& error) {
            provider.error = error.code();
            throw;
        }
    }
    Future<void> post() { return get(); }
    void log_exception(std::exception_ptr /*error*/) override {}
    OpenIdProvider& provider;
};

struct OpenIdTest : AuthTest {
    OpenIdTest() {
        routes = {
            web::url<ProviderHandler>("/provider", std::ref(provider)),
            web::url<OpenIdLogin>("/login", std::ref(provider)),
            web::url<OpenIdLogin>("//evil.example/login", std::ref(provider))};
        provider.url = get_url("/provider");
    }
    /// What a provider sends back with a browser, a field of it being another.
    std::string assertion(
        const std::string& return_to,
        const std::string& other = "",
        const std::string& value = ""
    ) {
        static int number = 0;
        std::map<std::string, std::string> fields{
            {"openid.ns", "http://specs.openid.net/auth/2.0"},
            {"openid.mode", "id_res"},
            {"openid.op_endpoint", provider.url},
            {"openid.claimed_id", "https://people.example/anna"},
            {"openid.return_to", return_to},
            {"openid.response_nonce", "2026-11-26T12:00:00Z" + std::to_string(++number)},
            {"openid.ns.ax", "http://openid.net/srv/ax/1.0"},
            {"openid.ax.type.mail", "http://axschema.org/contact/email"},
            {"openid.ax.value.mail", "foo@example.com"},
            {"openid.ax.type.first", "http://axschema.org/namePerson/first"},
            {"openid.ax.value.first", "Anna"},
            {"openid.ax.type.last", "http://axschema.org/namePerson/last"},
            {"openid.ax.value.last", "Berg"},
            {"openid.sig", "sig"},
            {"openid.signed",
             "op_endpoint,claimed_id,return_to,response_nonce,ns.ax,ax.type.mail,ax.value.mail,"
             "ax.type.first,ax.value.first,ax.type.last,ax.value.last"}};
        if (!other.empty()) {
            fields[other] = value;
        }
        std::string query;
        for (const auto& [name, text] : fields) {
            query +=
                "&" + tornado::escape::url_escape(name) + "=" + tornado::escape::url_escape(text);
        }
        return query;
    }
    std::string begin() { return redirect_argument(get("/login"), "openid.return_to"); }
    testing::HTTPResponse come_back(const std::string& return_to, const std::string& query) {
        return get(return_to.substr(return_to.find("/login")) + query);
    }
    OpenIdProvider provider;
};

BOOST_FIXTURE_TEST_CASE(one_is_sent_to_the_provider, OpenIdTest) {
    const auto response = get("/login");
    BOOST_TEST(response.code == 302);
    BOOST_TEST(header(response, "Location").starts_with(provider.url + "?"));
    BOOST_TEST(redirect_argument(response, "openid.mode") == "checkid_setup");
    BOOST_TEST(redirect_argument(response, "openid.realm") == get_url("/"));
    BOOST_TEST(
        redirect_argument(response, "openid.return_to").starts_with(get_url("/login?login_state="))
    );
    BOOST_TEST(
        redirect_argument(response, "openid.ax.type.email") == "http://axschema.org/contact/email"
    );
    BOOST_TEST(
        redirect_argument(response, "openid.ax.required") ==
        "firstname,fullname,lastname,email,language,username"
    );
}

BOOST_FIXTURE_TEST_CASE(the_callback_and_what_is_asked_for_are_the_handlers_choice, OpenIdTest) {
    const auto response = get("/login?callback=/back");
    BOOST_TEST(
        redirect_argument(response, "openid.return_to").starts_with(get_url("/back?login_state="))
    );
    BOOST_TEST(redirect_argument(response, "openid.ax.required") == "email");
    BOOST_TEST(redirect_argument(response, "openid.ax.type.language") == "(none)");
}

BOOST_FIXTURE_TEST_CASE(whoever_comes_back_is_known_once_the_provider_agrees, OpenIdTest) {
    for (const std::string answer :
         {"is_valid:true\nns:http://specs.openid.net/auth/2.0\n",
          "ns:http://specs.openid.net/auth/2.0\nis_valid:true\n"}) {
        provider.answer = answer;
        const auto return_to = begin();
        auto user = object_of(come_back(return_to, assertion(return_to)));
        BOOST_TEST(user["email"].as_string() == "foo@example.com");
        BOOST_TEST(user["first_name"].as_string() == "Anna");
        BOOST_TEST(user["name"].as_string() == "Anna Berg");
        BOOST_TEST(user["claimed_id"].as_string() == "https://people.example/anna");
        BOOST_TEST(user["op_endpoint"].as_string() == provider.url);
        BOOST_TEST(provider.form.last("openid.mode").value() == "check_authentication");
        BOOST_TEST(provider.form.last("openid.sig").value() == "sig");
        BOOST_TEST(provider.form.get_list("openid.mode").size() == 1U);
    }
}

BOOST_FIXTURE_TEST_CASE(a_provider_that_does_not_agree_is_not_believed, OpenIdTest) {
    for (const std::string answer :
         {"is_valid:false\n",
          "",
          "not_is_valid:true\n",
          "x:is_valid:true\n",
          "is_valid:true2\n",
          "is_valid:true\r\n"}) {
        provider.answer = answer;
        const auto return_to = begin();
        BOOST_TEST(come_back(return_to, assertion(return_to)).code == 403);
        BOOST_TEST(provider.error == Errc::not_asserted);
    }
}

BOOST_FIXTURE_TEST_CASE(what_is_not_signed_does_not_count, OpenIdTest) {
    auto return_to = begin();
    const std::string least = "op_endpoint,claimed_id,return_to,response_nonce";
    auto user = object_of(come_back(return_to, assertion(return_to, "openid.signed", least)));
    BOOST_TEST(!user.contains("email"));
    for (const auto& [names, error] : std::vector<std::pair<std::string, Errc>>{
             {"claimed_id,return_to,response_nonce", Errc::wrong_provider},
             {"op_endpoint,return_to,response_nonce", Errc::not_asserted},
             {"op_endpoint,claimed_id,response_nonce", Errc::not_asserted},
             {"op_endpoint,claimed_id,return_to", Errc::not_asserted},
             {"", Errc::not_asserted}}) {
        return_to = begin();
        come_back(return_to, assertion(return_to, "openid.signed", names));
        BOOST_TEST(provider.error == error);
    }
}

BOOST_FIXTURE_TEST_CASE(what_was_made_for_another_site_or_login_is_refused, OpenIdTest) {
    const auto first = begin();
    const auto second = begin();
    come_back(second, assertion(first));
    BOOST_TEST(provider.error == Errc::not_asserted);
    auto return_to = begin();
    come_back(return_to, assertion(return_to, "openid.op_endpoint", "https://other.example/"));
    BOOST_TEST(provider.error == Errc::wrong_provider);
    return_to = begin();
    come_back(return_to, assertion(return_to, "openid.mode", "cancel"));
    BOOST_TEST(provider.error == Errc::access_denied);
    get("/login?openid.mode=id_res");
    BOOST_TEST(provider.error == Errc::missing_state);
    return_to = begin();
    const std::string nonce = "2026-11-26T12:00:00Zsame";
    BOOST_TEST(
        come_back(return_to, assertion(return_to, "openid.response_nonce", nonce)).code == 200
    );
    return_to = begin();
    come_back(return_to, assertion(return_to, "openid.response_nonce", nonce));
    BOOST_TEST(provider.error == Errc::login_replayed);
}

BOOST_FIXTURE_TEST_CASE(a_provider_that_fails_ends_in_an_error_in_time, OpenIdTest) {
    testing::VirtualTime time{io_loop()};
    const auto error_of = [&](std::function<Future<void>(web::RequestHandler&)> answer) {
        provider.instead = std::move(answer);
        const auto return_to = begin();
        come_back(return_to, assertion(return_to));
        return provider.error;
    };
    BOOST_TEST(error_of([](web::RequestHandler& handler) {
                   handler.set_status(500);
                   handler.write("is_valid:true\n");
                   return Future<void>::ready();
               }) == Errc::provider_status);
    BOOST_TEST(error_of([](web::RequestHandler& handler) {
                   handler.redirect("https://evil.example/");
                   return Future<void>::ready();
               }) == Errc::provider_redirected);
    BOOST_TEST(error_of([](web::RequestHandler& handler) {
                   handler.write("is_valid:true\n" + std::string(1'048'576, 'x'));
                   return Future<void>::ready();
               }) == Errc::answer_too_large);
    BOOST_TEST(error_of([](web::RequestHandler&) {
                   return gen::sleep(1h);
               }) == Errc::provider_timeout);
    BOOST_CHECK(time.elapsed() < 12s);
}

// What would be believed in one way and sent to the provider in another

BOOST_FIXTURE_TEST_CASE(what_is_believed_is_what_the_provider_is_asked_about, OpenIdTest) {
    const auto return_to = begin();
    const auto query = assertion(return_to);
    BOOST_TEST(come_back(return_to, query).code == 200);
    const auto sent = httputil::parse_arguments(query);
    BOOST_TEST(provider.form.size() == sent.size());
    for (const auto& [name, value] : sent) {
        const auto asked = provider.form.get_list(name);
        BOOST_REQUIRE(asked.size() == 1U);
        BOOST_TEST(asked[0] == (name == "openid.mode" ? "check_authentication" : value));
    }
}

BOOST_FIXTURE_TEST_CASE(a_field_that_comes_twice_logs_nobody_in, OpenIdTest) {
    for (const std::string more :
         {"&openid.claimed_id=https://people.example/victim",
          "&openid.claimed_id=https://people.example/anna",
          "&openid.signed=op_endpoint,claimed_id,return_to,response_nonce,ns.ax,ax.type.mail",
          "&openid.ax.value.mail=victim@example.com",
          "&openid.mode=id_res"}) {
        const auto return_to = begin();
        BOOST_TEST(come_back(return_to, assertion(return_to) + more).code == 403);
        BOOST_TEST(provider.error == Errc::not_asserted);
        BOOST_TEST(provider.form.empty());  // it was not even asked
    }
}

BOOST_FIXTURE_TEST_CASE(a_field_in_a_body_counts_for_nothing, OpenIdTest) {
    const auto return_to = begin();
    auto headers = cookie_header();
    headers.add("Content-Type", "application/x-www-form-urlencoded");
    const auto path = return_to.substr(return_to.find("/login")) + assertion(return_to);
    const auto response = fetch(
        path,
        {.body = "openid.claimed_id=https://people.example/victim&openid.more=" +
                 std::string(100'000, 'x'),
         .headers = headers,
         .method = "POST"}
    );
    BOOST_TEST(object_of(response)["claimed_id"].as_string() == "https://people.example/anna");
    BOOST_TEST(provider.form.last("openid.claimed_id").value() == "https://people.example/anna");
    BOOST_TEST(!provider.form.contains("openid.more"));
}

BOOST_FIXTURE_TEST_CASE(a_field_that_would_have_to_be_tidied_is_refused, OpenIdTest) {
    for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
             {"openid.claimed_id", "https://people.example/victim "},
             {"openid.claimed_id", "https://people.example/victim\t"},
             {"openid.claimed_id", "https://people.example/victim\xff"},
             {"openid.ax.value.first", "Anna\nis_valid:true"},
             {"openid.ns", "http://specs.openid.net/auth/1.1"},
             {"openid.mode", "setup_needed"},
             {"openid.response_nonce", "2026-11-26T12:00:00Z" + std::string(236, 'x')},
             {"openid.more", std::string(16'384, 'x')}}) {
        const auto return_to = begin();
        BOOST_TEST(come_back(return_to, assertion(return_to, name, value)).code == 403);
        BOOST_TEST(provider.error == Errc::not_asserted);
        BOOST_TEST(provider.form.empty());
    }
}

BOOST_FIXTURE_TEST_CASE(a_refused_assertion_does_not_use_up_its_nonce, OpenIdTest) {
    const std::string nonce = "2026-11-26T12:00:00Zcounts-once";
    provider.answer = "is_valid:false\n";
    auto return_to = begin();
    come_back(return_to, assertion(return_to, "openid.response_nonce", nonce));
    BOOST_TEST(provider.error == Errc::not_asserted);
    provider.answer = "is_valid:true\n";
    return_to = begin();
    BOOST_TEST(
        come_back(return_to, assertion(return_to, "openid.response_nonce", nonce)).code == 200
    );
}

BOOST_FIXTURE_TEST_CASE(a_path_that_looks_like_a_host_is_a_path_of_ours, OpenIdTest) {
    const auto return_to =
        redirect_argument(get(get_url("//evil.example/login")), "openid.return_to");
    BOOST_TEST(return_to.starts_with(get_url("//evil.example/login?login_state=")));
}

BOOST_AUTO_TEST_SUITE_END()
