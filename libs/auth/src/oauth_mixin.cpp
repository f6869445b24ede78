#include "tornado/auth/oauth_mixin.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <stdexcept>

#include "crypto.hpp"
#include "json_fields.hpp"
#include "login_cookie.hpp"
#include "oauth_header.hpp"
#include "provider_client.hpp"
#include "tornado/auth/errors.hpp"
#include "tornado/escape/utf8.hpp"
#include "tornado/httpclient/url.hpp"
#include "tornado/httputil/arguments.hpp"
#include "tornado/web/request_handler.hpp"

namespace tornado::auth {

namespace {

/// What is signed besides the parameters of the request itself.
Parameters signed_parameters(
    std::string_view method,
    std::string_view url,
    const Parameters& parameters,
    const ConsumerToken& consumer,
    const ConsumerToken& token,
    const Parameters& extra
) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    constexpr std::size_t nonce_size = 16;
    Parameters own{
        {"oauth_consumer_key", consumer.key},
        {"oauth_nonce", random_text(nonce_size)},
        {"oauth_signature_method", "HMAC-SHA1"},
        {"oauth_timestamp",
         std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now).count())},
        {"oauth_version", "1.0"}};
    if (!token.key.empty()) {
        own.emplace_back("oauth_token", token.key);
    }
    own.insert(own.end(), extra.begin(), extra.end());
    auto all = own;
    all.insert(all.end(), parameters.begin(), parameters.end());
    own.emplace_back("oauth_signature", oauth_signature(method, url, all, consumer, token));
    return own;
}

/// Whether a token or its secret is what the RFC and a cookie have room for.
bool is_bearable(std::string_view text) {
    constexpr std::size_t longest = 512;
    return text.size() <= longest &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// A token endpoint's answer: a form (RFC 5849, 2.1).
boost::json::object parse_token(std::string_view body) {
    constexpr std::string_view space = " \t\r\n";
    body.remove_prefix(std::min(body.find_first_not_of(space), body.size()));
    body = body.substr(0, body.find_last_not_of(space) + 1);
    const auto form = httputil::parse_arguments(body);
    const auto key = form.last("oauth_token").value_or("");
    const auto secret = form.last("oauth_token_secret");
    if (key.empty() || !secret || !is_bearable(key) || !is_bearable(*secret)) {
        throw AuthError{Errc::answer_malformed, "no token"};
    }
    boost::json::object token;
    for (const auto& [name, value] : form) {
        if (!escape::is_valid_utf8(name) || !escape::is_valid_utf8(value)) {
            throw AuthError{Errc::answer_malformed, "no text"};
        }
        if (name != "oauth_token" && name != "oauth_token_secret") {
            token[name] = value;
        }
    }
    token["key"] = key;
    token["secret"] = *secret;
    return token;
}

}  // namespace

Parameters OAuthMixin::oauth_request_parameters(
    std::string_view url,
    const ConsumerToken& access_token,
    const Parameters& parameters,
    std::string_view method
) const {
    return signed_parameters(method, url, parameters, oauth_consumer_token(), access_token, {});
}

Future<boost::json::object>
OAuthMixin::fetch_token(std::string url, ConsumerToken token, Parameters extra) {
    const Parameters none;
    const auto parameters =
        signed_parameters("GET", url, none, oauth_consumer_token(), token, extra);
    httpclient::HTTPRequest request{url};
    request.header("Authorization", oauth_header(parameters));
    const auto body = co_await fetch_text(get_auth_http_client(), std::move(request));
    co_return parse_token(body);
}

Future<void> OAuthMixin::authorize_redirect() {
    return redirect_to(oauth_authorize_url(), std::string{}, Parameters{});
}

Future<void> OAuthMixin::authorize_redirect(std::string callback_uri) {
    return redirect_to(oauth_authorize_url(), std::move(callback_uri), Parameters{});
}

Future<void> OAuthMixin::authorize_redirect(std::string callback_uri, Parameters extra_params) {
    return redirect_to(oauth_authorize_url(), std::move(callback_uri), std::move(extra_params));
}

Future<void> OAuthMixin::redirect_to(
    std::string authorize_url,
    std::string callback_uri,
    Parameters extra_params
) {
    if (!callback_uri.empty() && oauth_no_callbacks()) {
        throw std::logic_error{"this provider takes no callback: leave callback_uri empty"};
    }
    const bool is_out_of_band = callback_uri == "oob";
    if (!callback_uri.empty() && !is_out_of_band) {
        callback_uri = httpclient::resolve_url(handler().request().full_url(), callback_uri);
    }
    const bool is_1_0a = oauth_version() == OAuthVersion::v1_0a;
    Parameters extra;
    if (is_1_0a) {  // RFC 5849, 2.1: it must be there
        extra.emplace_back("oauth_callback", callback_uri.empty() ? "oob" : callback_uri);
    }
    ConsumerToken none;
    auto url = with_parameters(oauth_request_token_url(), extra_params);
    const auto token = co_await fetch_token(std::move(url), std::move(none), std::move(extra));
    // One that does not say so speaks 1.0, and would take any verifier: then the login that a
    // victim has agreed to is whose who began it.
    if (is_1_0a && text_field(token, "oauth_callback_confirmed") != "true") {
        throw AuthError{Errc::answer_malformed, "oauth_callback_confirmed"};
    }
    PendingLogin login;
    login.state = text_field(token, "key").value_or("");
    login.verifier = text_field(token, "secret").value_or("");
    login.provider = "oauth1 " + oauth_access_token_url();
    login.redirect_uri = is_out_of_band ? std::string{} : callback_uri;
    remember_login(handler(), login);
    Parameters args;
    args.emplace_back("oauth_token", login.state);
    if (!is_1_0a && !callback_uri.empty() && !is_out_of_band) {
        args.emplace_back("oauth_callback", callback_uri);
    }
    const auto address = with_parameters(authorize_url, args);
    if (is_out_of_band) {
        co_await handler().finish(address);
    } else {
        handler().redirect(address);
    }
}

Future<boost::json::object> OAuthMixin::get_authenticated_user() {
    const auto provider = "oauth1 " + oauth_access_token_url();
    if (!handler().get_query_argument("denied", "").empty()) {
        static_cast<void>(take_login(handler(), "denied", provider));
        throw AuthError{Errc::access_denied};
    }
    const auto login = take_login(handler(), "oauth_token", provider);
    ConsumerToken request_token;
    request_token.key = login.state;
    request_token.secret = login.verifier;
    const auto verifier = handler().get_query_argument("oauth_verifier", "");
    if (verifier.empty() && oauth_version() == OAuthVersion::v1_0a) {
        throw AuthError{Errc::missing_verifier};
    }
    Parameters extra;
    if (!verifier.empty()) {
        extra.emplace_back("oauth_verifier", verifier);
    }
    auto access_token =
        co_await fetch_token(oauth_access_token_url(), std::move(request_token), std::move(extra));
    auto user = co_await oauth_get_user(access_token);
    user["access_token"] = std::move(access_token);
    co_return user;
}

Future<boost::json::value>
OAuthMixin::oauth_get(std::string url, ConsumerToken access_token, Parameters args) {
    auto request = json_get(with_parameters(url, args));
    const auto parameters = oauth_request_parameters(url, access_token, args);
    request.header("Authorization", oauth_header(parameters));
    return fetch_json(get_auth_http_client(), std::move(request));
}

Future<boost::json::value>
OAuthMixin::oauth_post(std::string url, ConsumerToken access_token, Parameters post_args) {
    auto request = form_post(url, post_args);
    const auto parameters = oauth_request_parameters(url, access_token, post_args, "POST");
    request.header("Authorization", oauth_header(parameters));
    return fetch_json(get_auth_http_client(), std::move(request));
}

}  // namespace tornado::auth
