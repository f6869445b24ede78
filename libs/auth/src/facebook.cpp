#include "tornado/auth/facebook.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "crypto.hpp"
#include "json_fields.hpp"
#include "tornado/auth/errors.hpp"

namespace tornado::auth {

namespace {

std::string expires_in(const boost::json::object& answer) {
    const auto* const value = answer.if_contains("expires_in");
    return value == nullptr     ? ""
           : value->is_string() ? std::string{std::string_view{value->get_string()}}
                                : boost::json::serialize(*value);
}

}  // namespace

std::string FacebookGraphMixin::oauth_authorize_url() const {
    return "https://www.facebook.com/dialog/oauth";
}

std::string FacebookGraphMixin::oauth_access_token_url() const {
    return "https://graph.facebook.com/oauth/access_token";
}

std::string FacebookGraphMixin::facebook_base_url() const {
    return "https://graph.facebook.com";
}

Future<boost::json::object> FacebookGraphMixin::get_authenticated_user(
    std::string redirect_uri,
    std::string client_id,
    std::string client_secret,
    std::string code
) {
    return get_authenticated_user(
        std::move(redirect_uri),
        std::move(client_id),
        std::move(client_secret),
        std::move(code),
        std::vector<std::string>{}
    );
}

Future<boost::json::object> FacebookGraphMixin::get_authenticated_user(
    std::string redirect_uri,
    std::string client_id,
    std::string client_secret,
    std::string code,
    std::vector<std::string> extra_fields
) {
    const auto answer = co_await exchange_code(
        std::move(redirect_uri), std::move(client_id), client_secret, std::move(code)
    );
    const auto access_token = text_field(answer, "access_token").value_or("");
    std::vector<std::string> fields{
        "id", "name", "first_name", "last_name", "locale", "picture", "link"};
    for (auto& field : extra_fields) {
        if (std::find(fields.begin(), fields.end(), field) == fields.end()) {
            fields.push_back(std::move(field));
        }
    }
    std::string names;
    for (const auto& field : fields) {
        names.append(names.empty() ? "" : ",").append(field);
    }
    Parameters args;
    args.emplace_back("appsecret_proof", hex(hmac_sha256(client_secret, access_token)));
    args.emplace_back("fields", names);
    const auto said = co_await facebook_request("/me", access_token, std::move(args));
    if (!said.is_object()) {
        throw AuthError{Errc::answer_malformed, "no JSON object"};
    }
    if (text_field(said.get_object(), "id").value_or("").empty()) {
        throw AuthError{Errc::answer_malformed, "id"};
    }
    boost::json::object user;
    for (const auto& field : fields) {
        const auto* const value = said.get_object().if_contains(field);
        user[field] = value == nullptr ? boost::json::value{} : *value;
    }
    user["access_token"] = access_token;
    user["session_expires"] = expires_in(answer);
    co_return user;
}

Future<boost::json::value>
FacebookGraphMixin::facebook_request(std::string path, std::string access_token) {
    return oauth2_request(facebook_base_url() + path, std::move(access_token));
}

Future<boost::json::value>
FacebookGraphMixin::facebook_request(std::string path, std::string access_token, Parameters args) {
    return oauth2_request(facebook_base_url() + path, std::move(access_token), std::move(args));
}

Future<boost::json::value> FacebookGraphMixin::facebook_post(
    std::string path,
    std::string access_token,
    Parameters post_args
) {
    return oauth2_post(facebook_base_url() + path, std::move(access_token), std::move(post_args));
}

}  // namespace tornado::auth
