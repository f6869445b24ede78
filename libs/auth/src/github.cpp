#include "tornado/auth/github.hpp"

#include <boost/json.hpp>
#include <stdexcept>

#include "crypto.hpp"
#include "json_fields.hpp"
#include "login_cookie.hpp"
#include "provider_client.hpp"
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
}

void GitHubOAuth2::authorize_redirect(web::RequestHandler& handler, const LoginRequest& login)
    const {
    PendingLogin pending;
    pending.state = random_text();
    pending.verifier = random_text();
    pending.redirect_uri = login.redirect_uri();
    pending.provider = options_.authorize_url + " " + options_.client_id;
    pending.next = login.next();
    remember_login(handler, pending);
    Parameters fields = login.parameters();
    fields.emplace_back("client_id", options_.client_id);
    fields.emplace_back("redirect_uri", pending.redirect_uri);
    fields.emplace_back("scope", login.scope().empty() ? options_.scope : login.scope());
    fields.emplace_back("state", pending.state);
    fields.emplace_back("code_challenge", code_challenge(pending.verifier));
    fields.emplace_back("code_challenge_method", "S256");
    handler.redirect(with_parameters(options_.authorize_url, fields));
}

Future<boost::json::object> GitHubOAuth2::get_authenticated_user(web::RequestHandler& handler) {
    const auto login = take_login(
        handler,
        handler.get_query_argument("state", ""),
        options_.authorize_url + " " + options_.client_id
    );
    check_no_error(handler);
    const auto code = handler.get_query_argument("code", "");
    if (code.empty()) {
        throw AuthError{Errc::missing_code};
    }
    const auto client = options_.http_client.value_or(httpclient::AsyncHTTPClient{});
    Parameters fields;
    fields.emplace_back("client_id", options_.client_id);
    fields.emplace_back("client_secret", options_.client_secret);
    fields.emplace_back("code", code);
    fields.emplace_back("redirect_uri", login.redirect_uri);
    fields.emplace_back("code_verifier", login.verifier);
    auto request = form_post(options_.access_token_url, fields);
    const auto answer = co_await fetch_object(client, std::move(request), options_.timeout);
    const auto tokens = tokens_from(answer);
    request = json_get(options_.api_url + "/user", tokens.access_token);
    auto user = co_await fetch_object(client, std::move(request), options_.timeout);
    if (!number_field(user, "id")) {
        throw AuthError{Errc::answer_malformed, "id"};
    }
    request = json_get(options_.api_url + "/user/emails", tokens.access_token);
    const auto emails = co_await fetch_json(client, std::move(request), options_.timeout);
    user["email"] = verified_email(emails);
    user["access_token"] = tokens.access_token;
    user["next"] = login.next;
    co_return user;
}

}  // namespace tornado::auth
