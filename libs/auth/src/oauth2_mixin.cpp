#include "tornado/auth/oauth2_mixin.hpp"

#include <boost/json.hpp>
#include <stdexcept>

#include "crypto.hpp"
#include "login_cookie.hpp"
#include "provider_client.hpp"
#include "tornado/auth/errors.hpp"
#include "tornado/auth/tokens.hpp"
#include "tornado/web/request_handler.hpp"

namespace tornado::auth {

void OAuth2Mixin::authorize_redirect(const AuthorizeOptions& options) {
    if (options.client_id.empty()) {
        throw std::invalid_argument{
            "set AuthorizeOptions::client_id to the name that the provider knows this site by"};
    }
    PendingLogin login;
    login.state = random_text();
    login.verifier = random_text();
    login.redirect_uri = options.redirect_uri;
    login.provider = oauth_authorize_url() + " " + options.client_id;
    remember_login(handler(), login);
    Parameters fields{
        {"response_type", options.response_type},
        {"client_id", options.client_id},
        {"state", login.state},
        {"code_challenge", code_challenge(login.verifier)},
        {"code_challenge_method", "S256"}};
    if (!options.redirect_uri.empty()) {
        fields.emplace_back("redirect_uri", options.redirect_uri);
    }
    std::string scope;
    for (const auto& each : options.scope) {
        scope.append(scope.empty() ? "" : " ").append(each);
    }
    if (!scope.empty()) {
        fields.emplace_back("scope", scope);
    }
    fields.insert(fields.end(), options.extra_params.begin(), options.extra_params.end());
    handler().redirect(with_parameters(oauth_authorize_url(), fields));
}

Future<boost::json::object> OAuth2Mixin::exchange_code(
    std::string redirect_uri,
    std::string client_id,
    std::string client_secret,
    std::string code
) {
    const auto login = take_login(
        handler(),
        handler().get_query_argument("state", ""),
        oauth_authorize_url() + " " + client_id
    );
    check_no_error(handler());
    if (code.empty()) {
        throw AuthError{Errc::missing_code};
    }
    Parameters fields;
    fields.emplace_back("grant_type", "authorization_code");
    fields.emplace_back("code", std::move(code));
    fields.emplace_back("redirect_uri", std::move(redirect_uri));
    fields.emplace_back("code_verifier", login.verifier);
    fields.emplace_back("client_id", std::move(client_id));
    fields.emplace_back("client_secret", std::move(client_secret));
    auto request = form_post(oauth_access_token_url(), fields);
    auto answer = co_await fetch_object(get_auth_http_client(), std::move(request));
    static_cast<void>(tokens_from(answer));  // that there is one
    co_return answer;
}

Future<boost::json::value> OAuth2Mixin::oauth2_request(std::string url, std::string access_token) {
    return fetch_json(get_auth_http_client(), json_get(std::move(url), access_token));
}

Future<boost::json::value>
OAuth2Mixin::oauth2_request(std::string url, std::string access_token, Parameters args) {
    return oauth2_request(with_parameters(url, args), std::move(access_token));
}

Future<boost::json::value>
OAuth2Mixin::oauth2_post(std::string url, std::string access_token, Parameters post_args) {
    auto request = form_post(std::move(url), post_args);
    if (!access_token.empty()) {
        request.header("Authorization", "Bearer " + access_token);
    }
    return fetch_json(get_auth_http_client(), std::move(request));
}

}  // namespace tornado::auth
