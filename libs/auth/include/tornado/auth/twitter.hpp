#pragma once

#include <string>

#include "tornado/auth/oauth_mixin.hpp"

namespace tornado::auth {

/// Twitter's logins by OAuth 1.0a, and its API. The application's settings in
/// `ApplicationSettings::extra` are "twitter_consumer_key" and "twitter_consumer_secret". Mirrors
/// `tornado.auth.TwitterMixin`.
class TwitterMixin : public OAuthMixin {
public:
    [[nodiscard]] std::string oauth_request_token_url() const override;
    [[nodiscard]] std::string oauth_authorize_url() const override;
    [[nodiscard]] std::string oauth_access_token_url() const override;
    /// Mirrors `_OAUTH_AUTHENTICATE_URL`: does not ask those again who have agreed once.
    [[nodiscard]] virtual std::string oauth_authenticate_url() const;
    /// Mirrors `_TWITTER_BASE_URL`.
    [[nodiscard]] virtual std::string twitter_base_url() const;
    [[nodiscard]] ConsumerToken oauth_consumer_token() const override;
    /// What `/account/verify_credentials` says, and `username`.
    [[nodiscard]] Future<boost::json::object> oauth_get_user(boost::json::object access_token
    ) override;

    /// As authorize_redirect(), by way of the endpoint for logins.
    [[nodiscard]] Future<void> authenticate_redirect();
    [[nodiscard]] Future<void> authenticate_redirect(std::string callback_uri);

    /// What the API has under a path such as "/statuses/user_timeline/btaylor"; the form's answer.
    /// A path is one of this API, ".json" being added, or a whole URL.
    [[nodiscard]] Future<boost::json::value>
    twitter_request(std::string path, ConsumerToken access_token);
    [[nodiscard]] Future<boost::json::value>
    twitter_request(std::string path, ConsumerToken access_token, Parameters args);
    [[nodiscard]] Future<boost::json::value>
    twitter_post(std::string path, ConsumerToken access_token, Parameters post_args);

private:
    [[nodiscard]] std::string address_of(const std::string& path) const;
};

}  // namespace tornado::auth
