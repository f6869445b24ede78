#include "tornado/auth/open_id_connect.hpp"

#include <boost/json.hpp>
#include <stdexcept>

#include "crypto.hpp"
#include "json_fields.hpp"
#include "login_cookie.hpp"
#include "open_id_provider.hpp"
#include "tornado/util/ascii.hpp"
#include "tornado/web/request_handler.hpp"

namespace tornado::auth {

// OpenIDUser

OpenIDUser::OpenIDUser(boost::json::object claims, Tokens tokens, std::string next)
    : claims_{std::make_shared<const boost::json::object>(std::move(claims))},
      tokens_{std::move(tokens)},
      next_{std::move(next)} {}

std::string OpenIDUser::subject() const {
    return claim("sub").value_or("");
}

std::string OpenIDUser::issuer() const {
    return claim("iss").value_or("");
}

std::optional<std::string> OpenIDUser::claim(std::string_view name) const {
    return text_field(*claims_, name);
}

// OpenIDConnect

namespace {

bool has_word(std::string_view text, std::string_view word) {
    return (" " + std::string{text} + " ").find(" " + std::string{word} + " ") != std::string::npos;
}

/// RFC 9207: whose answer it is.
void check_issuer(
    const web::RequestHandler& handler,
    const ProviderMetadata& metadata,
    const std::string& issuer
) {
    const auto sent = handler.get_query_argument("iss", "");
    if (sent != issuer && (!sent.empty() || metadata.sends_issuer)) {
        throw AuthError{Errc::wrong_provider, "iss"};
    }
}

}  // namespace

OpenIDConnect::OpenIDConnect(OpenIDConnectOptions options) {
    if (!is_trustworthy_url(options.issuer, options.allow_http)) {
        throw std::invalid_argument{
            "the issuer must be a URL of https, and is \"" + options.issuer +
            "\"; see OpenIDConnectOptions::allow_http"};
    }
    if (options.client_id.empty()) {
        throw std::invalid_argument{
            "set OpenIDConnectOptions::client_id to the name that the provider knows this site by"};
    }
    if (!has_word(options.scope, "openid")) {
        throw std::invalid_argument{"the scope must hold \"openid\": add it"};
    }
    if (options.login_lifetime > longest_login) {
        throw std::invalid_argument{"a login may take an hour at most: shorten login_lifetime"};
    }
    state_ = std::make_unique<State>(std::move(options));
}

OpenIDConnect::~OpenIDConnect() = default;

Future<void> OpenIDConnect::authorize_redirect(web::RequestHandler& handler, LoginRequest login) {
    const auto metadata = co_await state_->metadata();
    const auto& options = state_->options;
    PendingLogin pending;
    pending.state = random_text();
    pending.nonce = random_text();
    pending.verifier = random_text();
    pending.redirect_uri = login.redirect_uri();
    pending.provider = state_->name();
    pending.next = login.next();
    pending.lifetime = options.login_lifetime;
    remember_login(handler, pending);
    Parameters fields = login.parameters();
    fields.emplace_back("response_type", "code");
    fields.emplace_back("client_id", options.client_id);
    fields.emplace_back("redirect_uri", pending.redirect_uri);
    fields.emplace_back("scope", login.scope().empty() ? options.scope : login.scope());
    fields.emplace_back("state", pending.state);
    fields.emplace_back("nonce", pending.nonce);
    fields.emplace_back("code_challenge", code_challenge(pending.verifier));
    fields.emplace_back("code_challenge_method", "S256");
    handler.redirect(with_parameters(metadata->authorization_endpoint, fields));
}

Future<OpenIDUser> OpenIDConnect::get_authenticated_user(web::RequestHandler& handler) {
    const auto login = take_login(handler, handler.get_query_argument("state", ""), state_->name());
    const auto metadata = co_await state_->metadata();
    check_issuer(handler, *metadata, state_->options.issuer);
    check_no_error(handler);
    const auto code = handler.get_query_argument("code", "");
    if (code.empty()) {
        throw AuthError{Errc::missing_code};
    }
    Parameters fields;
    fields.emplace_back("grant_type", "authorization_code");
    fields.emplace_back("code", code);
    fields.emplace_back("redirect_uri", login.redirect_uri);
    fields.emplace_back("code_verifier", login.verifier);
    auto tokens = co_await state_->fetch_tokens(std::move(fields));
    auto rules = state_->rules();
    rules.access_token = tokens.access_token;
    rules.nonce = login.nonce;
    auto claims = co_await state_->id_claims(tokens.id_token, std::move(rules));
    co_return OpenIDUser(std::move(claims), std::move(tokens), login.next);
}

Future<OpenIDUser> OpenIDConnect::refresh(OpenIDUser user) {
    if (user.tokens().refresh_token.empty()) {
        throw std::logic_error{
            "there is no refresh token: most providers give one for the scope offline_access"};
    }
    Parameters fields;
    fields.emplace_back("grant_type", "refresh_token");
    fields.emplace_back("refresh_token", user.tokens().refresh_token);
    auto tokens = co_await state_->fetch_tokens(std::move(fields));
    if (tokens.refresh_token.empty()) {
        tokens.refresh_token = user.tokens().refresh_token;
    }
    if (tokens.id_token.empty()) {
        tokens.id_token = user.tokens().id_token;
        co_return OpenIDUser(user.claims(), std::move(tokens), user.next());
    }
    auto rules = state_->rules();
    rules.access_token = tokens.access_token;
    auto claims = co_await state_->id_claims(tokens.id_token, std::move(rules));
    if (text_field(claims, "sub") != user.subject()) {  // OpenID Connect Core, 12.2
        throw AuthError{Errc::wrong_subject};
    }
    co_return OpenIDUser(std::move(claims), std::move(tokens), user.next());
}

Future<boost::json::object> OpenIDConnect::userinfo(OpenIDUser user) {
    const auto metadata = co_await state_->metadata();
    if (metadata->userinfo_endpoint.empty()) {
        throw std::logic_error{"the provider has no userinfo endpoint: take the ID token's claims"};
    }
    auto request = json_get(metadata->userinfo_endpoint, user.tokens().access_token);
    auto info =
        co_await fetch_object(state_->client(), std::move(request), state_->options.timeout);
    if (text_field(info, "sub") != user.subject()) {  // OpenID Connect Core, 5.3.2
        throw AuthError{Errc::wrong_subject};
    }
    co_return info;
}

Future<void> OpenIDConnect::logout_redirect(
    web::RequestHandler& handler,
    std::string post_logout_redirect_uri,
    std::string id_token
) {
    const auto metadata = co_await state_->metadata();
    if (metadata->end_session_endpoint.empty()) {
        handler.redirect(post_logout_redirect_uri);
        co_return;
    }
    Parameters fields;
    fields.emplace_back("client_id", state_->options.client_id);
    fields.emplace_back("post_logout_redirect_uri", post_logout_redirect_uri);
    if (!id_token.empty()) {
        fields.emplace_back("id_token_hint", id_token);
    }
    handler.redirect(with_parameters(metadata->end_session_endpoint, fields));
}

Future<boost::json::object> OpenIDConnect::verify_id_token(std::string token, std::string nonce) {
    auto rules = state_->rules();
    rules.nonce = std::move(nonce);
    return state_->id_claims(std::move(token), std::move(rules));
}

Future<boost::json::object>
OpenIDConnect::verify_access_token(std::string token, std::string audience) {
    const auto jws = co_await state_->verified(std::move(token));
    if (!util::equals_ignore_case(jws.type, "at+jwt") &&
        !util::equals_ignore_case(jws.type, "application/at+jwt")) {
        throw AuthError{Errc::wrong_type, {}, jws.type};  // RFC 9068, 4: an ID token, say
    }
    auto claims = claims_of(jws);
    auto rules = state_->rules();
    rules.audience = std::move(audience);
    rules.authorized_party = false;
    check_claims(claims, rules);
    co_return claims;
}

}  // namespace tornado::auth
