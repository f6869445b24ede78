#include "tornado/auth/oauth2_mixin.hpp"

#include <boost/json.hpp>
#include <stdexcept>

#include "authorization_code.hpp"
#include "provider_client.hpp"
#include "tornado/auth/errors.hpp"
#include "tornado/auth/tokens.hpp"
#include "tornado/web/request_handler.hpp"

namespace tornado::auth {

namespace {

std::string provider_name(const std::string& authorize_url, const std::string& client_id) {
    return "oauth2 " + authorize_url + " " + client_id;
}

}  // namespace

void OAuth2Mixin::authorize_redirect(const AuthorizeOptions& options) {
    if (options.client_id.empty()) {
        throw std::invalid_argument{
            "set AuthorizeOptions::client_id to the name that the provider knows this site by"};
    }
    std::string scope;
    for (const auto& each : options.scope) {
        scope.append(scope.empty() ? "" : " ").append(each);
    }
    Parameters fields{{"response_type", options.response_type}, {"client_id", options.client_id}};
    std::vector<std::string_view> own;
    if (!scope.empty()) {
        fields.emplace_back("scope", scope);
        own.emplace_back("scope");
    }
    check_parameters(options.extra_params, own);
    fields.insert(fields.end(), options.extra_params.begin(), options.extra_params.end());
    PendingLogin login;
    login.redirect_uri = options.redirect_uri;
    login.provider = provider_name(oauth_authorize_url(), options.client_id);
    send_to_provider(handler(), oauth_authorize_url(), std::move(login), std::move(fields));
}

Future<boost::json::object> OAuth2Mixin::exchange_code(
    std::string redirect_uri,
    std::string client_id,
    std::string client_secret,
    std::string code
) {
    auto login = take_login(handler(), "state", provider_name(oauth_authorize_url(), client_id));
    if (login.redirect_uri.empty()) {
        login.redirect_uri = std::move(redirect_uri);
    }
    auto fields = code_fields(handler(), login, std::move(code));
    fields.emplace_back("client_id", std::move(client_id));
    if (!client_secret.empty()) {
        fields.emplace_back("client_secret", std::move(client_secret));
    }
    auto request = form_post(oauth_access_token_url(), fields);
    auto answer =
        co_await fetch_grant(get_auth_http_client(), std::move(request), Errc::code_refused);
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
