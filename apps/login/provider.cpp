#include "provider.hpp"

#include <boost/json.hpp>

namespace login {

namespace auth = tornado::auth;
namespace web = tornado::web;
using tornado::Future;

namespace {

class OpenIDProvider final : public Provider {
public:
    OpenIDProvider(std::string id, std::string label, auth::OpenIDConnectOptions options)
        : Provider{std::move(id), std::move(label)},
          origin_{
              options.issuer.substr(0, options.issuer.find('/', options.issuer.find("//") + 2))},
          connect_{std::move(options)} {}

    Future<void> log_in(web::RequestHandler& handler, auth::LoginRequest request) override {
        return connect_.authorize_redirect(handler, std::move(request));
    }
    Future<Person> who(web::RequestHandler& handler) override {
        const auto user = co_await connect_.get_authenticated_user(handler);
        Person person;
        person.provider = id();
        person.subject = user.subject();
        person.name = user.claim("name").value_or(user.subject());
        person.email = user.claim("email").value_or("");
        person.next = user.next();
        co_return person;
    }
    Future<void> log_out(web::RequestHandler& handler, std::string home) override {
        return connect_.logout_redirect(handler, std::move(home));
    }
    std::string origin() const override { return origin_; }

private:
    std::string origin_;
    auth::OpenIDConnect connect_;
};

class GitHubProvider final : public Provider {
public:
    explicit GitHubProvider(auth::GitHubOptions options)
        : Provider{"github", "GitHub"},
          github_{std::move(options)} {}

    Future<void> log_in(web::RequestHandler& handler, auth::LoginRequest request) override {
        github_.authorize_redirect(handler, request);
        return Future<void>::ready();
    }
    Future<Person> who(web::RequestHandler& handler) override {
        const auto user = co_await github_.get_authenticated_user(handler);
        const auto text = [&](std::string_view name) {
            const auto* const value = user.if_contains(name);
            return value != nullptr && value->is_string()
                       ? std::string{std::string_view{value->get_string()}}
                       : std::string{};
        };
        Person person;
        person.provider = id();
        person.subject = boost::json::serialize(user.at("id"));
        person.name = text("name").empty() ? text("login") : text("name");
        person.email = text("email");
        person.next = text("next");
        co_return person;
    }
    Future<void> log_out(web::RequestHandler& handler, std::string home) override {
        handler.redirect(home, 303);  // GitHub knows no such thing
        return Future<void>::ready();
    }

private:
    auth::GitHubOAuth2 github_;
};

}  // namespace

std::unique_ptr<Provider>
openid_provider(std::string id, std::string label, auth::OpenIDConnectOptions options) {
    return std::make_unique<OpenIDProvider>(std::move(id), std::move(label), std::move(options));
}

std::unique_ptr<Provider> github_provider(auth::GitHubOptions options) {
    return std::make_unique<GitHubProvider>(std::move(options));
}

}  // namespace login
