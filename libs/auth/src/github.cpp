#include "tornado/auth/github.hpp"

#include <boost/json.hpp>
#include <stdexcept>

#include "authorization_code.hpp"
#include "json_fields.hpp"
#include "provider_client.hpp"
#include "provider_metadata.hpp"
#include "tornado/auth/errors.hpp"
#include "tornado/auth/tokens.hpp"
#include "tornado/web/request_handler.hpp"

namespace tornado::auth {

namespace {

/// Of the addresses that `/user/emails` gives, the one that GitHub has verified and writes to.
boost::json::value verified_email(const boost::json::value& list) {
    const auto is_true = [](const boost::json::object& object, std::string_view name) {
        const auto* const value = object.if_contains(name);
        return value != nullptr && value->is_bool() && value->get_bool();
    };
    if (list.is_array()) {
        for (const auto& each : list.get_array()) {
            const auto* const object = each.if_object();
            if (object != nullptr && is_true(*object, "primary") && is_true(*object, "verified") &&
                text_field(*object, "email")) {
                return object->at("email");
            }
        }
    }
    return nullptr;
}

}  // namespace

GitHubOAuth2::GitHubOAuth2(GitHubOptions options) : options_{std::move(options)} {
    if (options_.client_id.empty() || options_.client_secret.empty()) {
        throw std::invalid_argument{
            "set GitHubOptions::client_id and client_secret to what GitHub gives for this site"};
    }
    if (options_.timeout.count() <= 0) {
        throw std::invalid_argument{"GitHub needs some time to answer: timeout is above zero"};
    }
    for (const auto& url : {options_.access_token_url, options_.api_url, options_.authorize_url}) {
        if (!is_trustworthy_url(url, false)) {
            throw std::invalid_argument{
                "GitHub's endpoints must be URLs of https, and one is \"" + url + "\""};
        }
    }
}

std::string GitHubOAuth2::name() const {
    return "github " + options_.authorize_url + " " + options_.client_id;
}

void GitHubOAuth2::authorize_redirect(web::RequestHandler& handler, const LoginRequest& login)
    const {
    check_parameters(login.parameters(), {"scope"});
    if (login.max_age()) {
        throw std::invalid_argument{
            "GitHub does not say when somebody has logged in: leave out LoginRequest::max_age()"};
    }
    PendingLogin pending;
    pending.redirect_uri = login.redirect_uri();
    pending.provider = name();
    pending.next = login.next();
    Parameters fields = login.parameters();
    fields.emplace_back("client_id", options_.client_id);
    fields.emplace_back("scope", login.scope().empty() ? options_.scope : login.scope());
    send_to_provider(handler, options_.authorize_url, std::move(pending), std::move(fields));
}

Future<boost::json::object> GitHubOAuth2::get_authenticated_user(web::RequestHandler& handler) {
    const auto login = take_login(handler, "state", name());
    auto fields = code_fields(handler, login);
    fields.emplace_back("client_id", options_.client_id);
    fields.emplace_back("client_secret", options_.client_secret);
    const auto client = options_.http_client.value_or(httpclient::AsyncHTTPClient{});
    auto request = form_post(options_.access_token_url, fields);
    const auto answer =
        co_await fetch_grant(client, std::move(request), Errc::code_refused, options_.timeout);
    const auto tokens = tokens_from(answer);
    request = json_get(options_.api_url + "/user", tokens.access_token);
    auto user = co_await fetch_object(client, std::move(request), options_.timeout);
    if (!number_field(user, "id")) {
        throw AuthError{Errc::answer_malformed, "id"};
    }
    user["email"] = nullptr;
    request = json_get(options_.api_url + "/user/emails", tokens.access_token);
    const auto emails = co_await fetch_answer(client, std::move(request), options_.timeout);
    if (emails.code != 403 && emails.code != 404) {  // the scope may not have it
        user["email"] = verified_email(json_of(emails));
    }
    user["access_token"] = tokens.access_token;
    user["next"] = login.next;
    co_return user;
}

}  // namespace tornado::auth
