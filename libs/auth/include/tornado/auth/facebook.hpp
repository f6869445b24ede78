#pragma once

#include <string>
#include <vector>

#include "tornado/auth/oauth2_mixin.hpp"

namespace tornado::auth {

/// Facebook's logins and its Graph API. Mirrors `tornado.auth.FacebookGraphMixin`.
class FacebookGraphMixin : public OAuth2Mixin {
public:
    [[nodiscard]] std::string oauth_authorize_url() const override;
    [[nodiscard]] std::string oauth_access_token_url() const override;
    /// Mirrors `_FACEBOOK_BASE_URL`.
    [[nodiscard]] virtual std::string facebook_base_url() const;

    /// Whoever has come back with `code`: `id`, `name`, `first_name`, `last_name`, `locale`,
    /// `picture` and `link`, null where Facebook does not say, and `access_token` and
    /// `session_expires`, the seconds as a text.
    [[nodiscard]] Future<boost::json::object> get_authenticated_user(
        std::string redirect_uri,
        std::string client_id,
        std::string client_secret,
        std::string code
    );
    /// The same with more fields.
    [[nodiscard]] Future<boost::json::object> get_authenticated_user(
        std::string redirect_uri,
        std::string client_id,
        std::string client_secret,
        std::string code,
        std::vector<std::string> extra_fields
    );

    /// What the Graph API has under a path such as "/me/feed".
    [[nodiscard]] Future<boost::json::value>
    facebook_request(std::string path, std::string access_token);
    [[nodiscard]] Future<boost::json::value>
    facebook_request(std::string path, std::string access_token, Parameters args);
    [[nodiscard]] Future<boost::json::value>
    facebook_post(std::string path, std::string access_token, Parameters post_args);
};

}  // namespace tornado::auth
