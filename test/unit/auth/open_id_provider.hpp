#pragma once

#include <functional>
#include <set>
#include <tornado/auth/open_id_connect.hpp>

#include "signing_key.hpp"
#include "support.hpp"

inline void replace(json::object& object, const json::object& fields) {
    for (const auto& [name, value] : fields) {
        object[name] = value;
    }
}

/// A provider in the test's own process, which can be told to misbehave.
struct Provider {
    std::string issuer;
    SigningKey key = SigningKey::ec("one");
    std::string keys = "[" + key.jwk() + "]";  ///< that it publishes
    json::object metadata;                     ///< replaces fields of what it says about itself
    json::object claims;      ///< replaces fields of the ID token; null: leaves out
    SigningKey::Fields head;  ///< of the ID token, instead of the usual one
    std::function<std::string(const std::string& claims)> sign;  ///< otherwise by `key`
    json::object token_answer;  ///< replaces fields of the token endpoint's answer
    std::function<Future<void>(web::RequestHandler&)> token_endpoint;  ///< instead of the usual one
    std::function<Future<void>(web::RequestHandler&)> discovery;       ///< likewise
    std::function<Future<void>(web::RequestHandler&)> key_endpoint;    ///< likewise
    std::function<Future<void>(web::RequestHandler&)> userinfo;        ///< likewise
    std::string nonce;                                                 ///< of the login
    std::string challenge;                                             ///< likewise
    std::string subject = "anna";                                      ///< whom userinfo is about

    // What it was asked.
    int metadata_requests = 0;
    int key_requests = 0;
    std::string authorization;  ///< the header
    std::set<std::string> user_agents;
    httputil::Arguments form;

    /// What it says about itself.
    [[nodiscard]] json::object about() const {
        json::object all{
            {"issuer", issuer},
            {"authorization_endpoint", issuer + "/authorize"},
            {"token_endpoint", issuer + "/token"},
            {"jwks_uri", issuer + "/jwks"},
            {"userinfo_endpoint", issuer + "/userinfo"},
            {"end_session_endpoint", issuer + "/logout"}};
        replace(all, metadata);
        return all;
    }
    /// It changes its key.
    void rotate(const std::string& id) {
        key = SigningKey::ec(id);
        keys = "[" + key.jwk() + "]";
    }
    [[nodiscard]] std::string id_token() const {
        const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                             std::chrono::system_clock::now().time_since_epoch()
        )
                             .count();
        json::object all{
            {"iss", issuer},
            {"sub", "anna"},
            {"aud", "client"},
            {"exp", now + 600},
            {"iat", now},
            {"nonce", nonce},
            {"email", "anna@example.com"}};
        for (const auto& [name, value] : claims) {
            if (value.is_null()) {
                all.erase(name);
            } else {
                all[name] = value;
            }
        }
        const auto text = json::serialize(all);
        if (sign) {
            return sign(text);
        }
        return head.empty() ? key.sign(text) : key.sign(head, text);
    }
};

struct DiscoveryHandler : web::RequestHandler {
    explicit DiscoveryHandler(Provider& its) : provider{its} {}
    Future<void> get() {
        ++provider.metadata_requests;
        provider.user_agents.emplace(request().headers().get("User-Agent").value_or(""));
        if (provider.discovery) {
            co_await provider.discovery(*this);
            co_return;
        }
        write(provider.about());
    }
    Provider& provider;
};

struct KeysHandler : web::RequestHandler {
    explicit KeysHandler(Provider& its) : provider{its} {}
    Future<void> get() {
        ++provider.key_requests;
        provider.user_agents.emplace(request().headers().get("User-Agent").value_or(""));
        if (provider.key_endpoint) {
            co_await provider.key_endpoint(*this);
            co_return;
        }
        write(R"({"keys":)" + provider.keys + "}");
    }
    Provider& provider;
};

struct TokenHandler : web::RequestHandler {
    explicit TokenHandler(Provider& its) : provider{its} {}
    Future<void> post() {
        provider.form = request().body_arguments();
        provider.user_agents.emplace(request().headers().get("User-Agent").value_or(""));
        provider.authorization = request().headers().get("Authorization").value_or("");
        if (provider.token_endpoint) {
            co_await provider.token_endpoint(*this);
            co_return;
        }
        json::object answer{
            {"access_token", "access"},
            {"token_type", "Bearer"},
            {"expires_in", 3600},
            {"refresh_token", "refresh"},
            {"id_token", provider.id_token()}};
        replace(answer, provider.token_answer);
        write(answer);
    }
    Provider& provider;
};

struct UserinfoHandler : web::RequestHandler {
    explicit UserinfoHandler(Provider& its) : provider{its} {}
    Future<void> get() {
        provider.authorization = request().headers().get("Authorization").value_or("");
        if (provider.userinfo) {
            co_await provider.userinfo(*this);
            co_return;
        }
        write(json::object{{"sub", provider.subject}, {"name", "Anna"}});
    }
    Provider& provider;
};

/// Our site, which has one user at a time.
struct Site {
    std::unique_ptr<auth::OpenIDConnect> provider;
    std::string callback;
    std::optional<std::chrono::seconds> max_age;
    std::optional<auth::OpenIDUser> user;
    std::error_code error;
    std::string message;
};

struct LoginHandler : web::RequestHandler {
    explicit LoginHandler(Site& its) : site{its} {}
    Future<void> get() {
        auth::LoginRequest login{site.callback};
        login.next(get_argument("next", "/")).parameter("prompt", "login");
        if (site.max_age) {
            login.max_age(*site.max_age);
        }
        try {
            co_await site.provider->authorize_redirect(*this, login);
        } catch (const auth::AuthError& error) {
            site.error = error.code();
            throw;
        }
    }
    Site& site;
};

struct CallbackHandler : web::RequestHandler {
    explicit CallbackHandler(Site& its) : site{its} {}
    Future<void> get() {
        site.user.reset();
        site.error = {};
        try {
            site.user = co_await site.provider->get_authenticated_user(*this);
        } catch (const auth::AuthError& error) {
            site.error = error.code();
            site.message = error.message();
            throw;
        }
        redirect(site.user->next());
    }
    void log_exception(std::exception_ptr /*error*/) override {}
    Site& site;
};

/// The same, which leaves errors to the logs.
struct LoggedCallbackHandler : web::RequestHandler {
    explicit LoggedCallbackHandler(Site& its) : site{its} {}
    Future<void> get() { site.user = co_await site.provider->get_authenticated_user(*this); }
    Site& site;
};

struct LogoutHandler : web::RequestHandler {
    explicit LogoutHandler(Site& its) : site{its} {}
    Future<void> get() {
        co_await site.provider->logout_redirect(
            *this, "http://example.com/", get_argument("hint", "")
        );
    }
    Site& site;
};

struct OpenIDTest : AuthTest {
    OpenIDTest() {
        routes = {
            web::url<DiscoveryHandler>("/op/.well-known/openid-configuration", std::ref(provider)),
            web::url<KeysHandler>("/op/jwks", std::ref(provider)),
            web::url<TokenHandler>("/op/token", std::ref(provider)),
            web::url<UserinfoHandler>("/op/userinfo", std::ref(provider)),
            web::url<LoginHandler>("/login", std::ref(site)),
            web::url<CallbackHandler>("/callback", std::ref(site)),
            web::url<LoggedCallbackHandler>("/logged", std::ref(site)),
            web::url<LogoutHandler>("/logout", std::ref(site))};
        provider.issuer = get_url("/op");
        site.callback = get_url("/callback");
        start({});
    }

    /// Our side anew, with these options.
    void start(auth::OpenIDConnectOptions options) {
        options.issuer = provider.issuer;
        options.client_id = "client";
        if (options.client_secret.empty()) {
            options.client_secret = "the secret";
        }
        site.provider = std::make_unique<auth::OpenIDConnect>(std::move(options));
    }

    /// Sends the browser to the provider; the state that it goes with.
    std::string begin(const std::string& path = "/login") {
        const auto response = get(path);
        provider.nonce = redirect_argument(response, "nonce");
        provider.challenge = redirect_argument(response, "code_challenge");
        return redirect_argument(response, "state");
    }
    /// And back.
    testing::HTTPResponse
    come_back(const std::string& state, const std::string& more = "&code=code") {
        return get("/callback?state=" + state + more);
    }
    /// A whole login; what is wrong with it.
    std::error_code log_in() {
        come_back(begin());
        return site.error;
    }

    Provider provider;
    Site site;
};
