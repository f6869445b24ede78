#pragma once

#include <string>

#include "tornado/auth/oauth2_mixin.hpp"

namespace tornado::auth {

/// Google's logins by OAuth 2.0. OpenIDConnect with the issuer `https://accounts.google.com` tells
/// who somebody is without another request. Mirrors `tornado.auth.GoogleOAuth2Mixin`.
///
///     struct LoginHandler : web::RequestHandler, auth::GoogleOAuth2Mixin {
///         Future<void> get() {
///             const std::string here = "https://example.com/login";
///             const auto code = get_argument("code", "");
///             if (code.empty() && get_argument("error", "").empty()) {
///                 authorize_redirect({.client_id = get_google_oauth_settings().key,
///                                     .redirect_uri = here,
///                                     .scope = {"profile", "email"}});
///                 co_return;
///             }
///             const auto access = co_await get_authenticated_user(here, code);
///             …
///         }
///     };
class GoogleOAuth2Mixin : public OAuth2Mixin {
public:
    [[nodiscard]] std::string oauth_authorize_url() const override;
    [[nodiscard]] std::string oauth_access_token_url() const override;
    [[nodiscard]] virtual std::string oauth_userinfo_url() const;

    /// What Google knows this site by. The default is the ConsumerToken in
    /// `ApplicationSettings::extra["google_oauth"]`; throws std::logic_error without it.
    [[nodiscard]] virtual ConsumerToken get_google_oauth_settings() const;

    /// The tokens of whoever has come back with `code`: `access_token`, `expires_in`, and so on. An
    /// `id_token` among them has not been verified: OpenIDConnect::verify_id_token() does that.
    [[nodiscard]] Future<boost::json::object>
    get_authenticated_user(std::string redirect_uri, std::string code);
    [[nodiscard]] Future<boost::json::object> get_authenticated_user(
        std::string redirect_uri,
        std::string code,
        std::string client_id,
        std::string client_secret
    );
};

}  // namespace tornado::auth
