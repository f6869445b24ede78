#include "tornado/auth/twitter.hpp"

#include <boost/json.hpp>

#include "json_fields.hpp"
#include "tornado/auth/errors.hpp"

namespace tornado::auth {

std::string TwitterMixin::oauth_request_token_url() const {
    return "https://api.twitter.com/oauth/request_token";
}

std::string TwitterMixin::oauth_authorize_url() const {
    return "https://api.twitter.com/oauth/authorize";
}

std::string TwitterMixin::oauth_access_token_url() const {
    return "https://api.twitter.com/oauth/access_token";
}

std::string TwitterMixin::oauth_authenticate_url() const {
    return "https://api.twitter.com/oauth/authenticate";
}

std::string TwitterMixin::twitter_base_url() const {
    return "https://api.twitter.com/1.1";
}

ConsumerToken TwitterMixin::oauth_consumer_token() const {
    ConsumerToken token;
    token.key = required_setting("twitter_consumer_key");
    token.secret = required_setting("twitter_consumer_secret");
    return token;
}

Future<boost::json::object> TwitterMixin::oauth_get_user(boost::json::object access_token) {
    ConsumerToken token;
    token.key = text_field(access_token, "key").value_or("");
    token.secret = text_field(access_token, "secret").value_or("");
    auto user = co_await twitter_request("/account/verify_credentials", std::move(token));
    if (!user.is_object()) {
        throw AuthError{Errc::answer_malformed, "no JSON object"};
    }
    if (!number_field(user.get_object(), "id") && !text_field(user.get_object(), "id_str")) {
        throw AuthError{Errc::answer_malformed, "id"};
    }
    if (const auto name = text_field(user.get_object(), "screen_name")) {
        user.get_object()["username"] = *name;
    }
    co_return std::move(user.get_object());
}

Future<void> TwitterMixin::authenticate_redirect() {
    return redirect_to(oauth_authenticate_url(), std::string{}, Parameters{});
}

Future<void> TwitterMixin::authenticate_redirect(std::string callback_uri) {
    return redirect_to(oauth_authenticate_url(), std::move(callback_uri), Parameters{});
}

std::string TwitterMixin::address_of(const std::string& path) const {
    const bool is_whole = path.starts_with("https://") || path.starts_with("http://");
    return is_whole ? path : twitter_base_url() + path + ".json";
}

Future<boost::json::value>
TwitterMixin::twitter_request(std::string path, ConsumerToken access_token) {
    return oauth_get(address_of(path), std::move(access_token), Parameters{});
}

Future<boost::json::value>
TwitterMixin::twitter_request(std::string path, ConsumerToken access_token, Parameters args) {
    return oauth_get(address_of(path), std::move(access_token), std::move(args));
}

Future<boost::json::value>
TwitterMixin::twitter_post(std::string path, ConsumerToken access_token, Parameters post_args) {
    return oauth_post(address_of(path), std::move(access_token), std::move(post_args));
}

}  // namespace tornado::auth
