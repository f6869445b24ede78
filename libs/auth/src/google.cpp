#include "tornado/auth/google.hpp"

#include <any>
#include <boost/json.hpp>
#include <stdexcept>

#include "tornado/web.hpp"

namespace tornado::auth {

std::string GoogleOAuth2Mixin::oauth_authorize_url() const {
    return "https://accounts.google.com/o/oauth2/v2/auth";
}

std::string GoogleOAuth2Mixin::oauth_access_token_url() const {
    return "https://www.googleapis.com/oauth2/v4/token";
}

std::string GoogleOAuth2Mixin::oauth_userinfo_url() const {
    return "https://www.googleapis.com/oauth2/v1/userinfo";
}

ConsumerToken GoogleOAuth2Mixin::get_google_oauth_settings() const {
    const auto& settings = handler().settings().extra;
    const auto found = settings.find("google_oauth");
    const auto* const token =
        found == settings.end() ? nullptr : std::any_cast<ConsumerToken>(&found->second);
    if (token == nullptr) {
        throw std::logic_error{
            "set ApplicationSettings::extra[\"google_oauth\"] to an auth::ConsumerToken"};
    }
    return *token;
}

Future<boost::json::object>
GoogleOAuth2Mixin::get_authenticated_user(std::string redirect_uri, std::string code) {
    auto token = get_google_oauth_settings();
    return exchange_code(
        std::move(redirect_uri), std::move(token.key), std::move(token.secret), std::move(code)
    );
}

Future<boost::json::object> GoogleOAuth2Mixin::get_authenticated_user(
    std::string redirect_uri,
    std::string code,
    std::string client_id,
    std::string client_secret
) {
    return exchange_code(
        std::move(redirect_uri), std::move(client_id), std::move(client_secret), std::move(code)
    );
}

}  // namespace tornado::auth
