#include "tornado/auth/open_id_connect.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <stdexcept>

#include "authorization_code.hpp"
#include "crypto.hpp"
#include "json_fields.hpp"
#include "jwk.hpp"
#include "open_id_provider.hpp"
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

void check_scope(const std::string& scope) {
    if (!has_word(scope, "openid")) {
        throw std::invalid_argument{"the scope must hold \"openid\": add it"};
    }
}

void check_algorithms(const Algorithms& algorithms) {
    for (const auto& name : algorithms) {
        if (find_method(name) == nullptr) {
            throw std::invalid_argument{
                "\"" + name +
                "\" is none of all_algorithms(): tokens that are signed with a shared secret, say, "
                "are not verified"};
        }
    }
    if (algorithms.empty()) {
        throw std::invalid_argument{"with no algorithms no token would ever be accepted"};
    }
}

void check_times(const OpenIDConnectOptions& options) {
    if (options.timeout.count() <= 0) {
        throw std::invalid_argument{"a provider needs some time to answer: timeout is above zero"};
    }
    if (options.leeway.count() < 0 || options.login_lifetime.count() < 0 ||
        options.grace.count() < 0) {
        throw std::invalid_argument{"leeway, login_lifetime and grace are not below zero"};
    }
}

void check_url(const OpenIDConnectOptions& options) {
    const auto& issuer = options.issuer;
    if (!is_trustworthy_url(issuer, options.allow_http)) {
        throw std::invalid_argument{
            "the issuer must be a URL of https, and is \"" + issuer +
            "\"; see OpenIDConnectOptions::allow_http"};
    }
    // OpenID Connect Discovery, 3
    const bool is_plain =
        std::all_of(issuer.begin(), issuer.end(), [](char c) { return c > ' ' && c <= '~'; }) &&
        issuer.find_first_of("?#") == issuer.npos;
    if (!is_plain) {
        throw std::invalid_argument{
            "the issuer is a URL without a query, a fragment or spaces, and is \"" + issuer + "\""};
    }
    if (issuer.ends_with(discovery_path)) {
        throw std::invalid_argument{
            "the issuer is what stands before " + std::string{discovery_path} + " in \"" + issuer +
            "\", with or without a / behind it, as the document there says"};
    }
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
    check_url(options);
    if (options.client_id.empty()) {
        throw std::invalid_argument{
            "set OpenIDConnectOptions::client_id to the name that the provider knows this site by"};
    }
    check_scope(options.scope);
    check_algorithms(options.algorithms);
    check_times(options);
    if (options.login_lifetime > longest_login) {
        throw std::invalid_argument{"a login may take an hour at most: shorten login_lifetime"};
    }
    state_ = std::make_unique<State>(std::move(options));
}

OpenIDConnect::~OpenIDConnect() = default;

Future<void> OpenIDConnect::authorize_redirect(web::RequestHandler& handler, LoginRequest login) {
    check_parameters(login.parameters(), {"nonce", "scope"});
    for (const auto& [name, value] : login.parameters()) {
        if (name == "max_age") {
            throw std::invalid_argument{
                "max_age is worth nothing unless it is checked: use LoginRequest::max_age()"};
        }
    }
    if (!login.scope().empty()) {
        check_scope(login.scope());
    }
    return state_->send_out(handler, std::move(login));
}

Future<void> OpenIDConnect::State::send_out(web::RequestHandler& handler, LoginRequest login) {
    const auto about = co_await metadata();
    PendingLogin pending;
    pending.nonce = random_text();
    pending.redirect_uri = login.redirect_uri();
    pending.provider = name();
    pending.next = login.next();
    pending.lifetime = options.login_lifetime;
    Parameters fields = login.parameters();
    fields.emplace_back("response_type", "code");
    fields.emplace_back("client_id", options.client_id);
    fields.emplace_back("scope", login.scope().empty() ? options.scope : login.scope());
    fields.emplace_back("nonce", pending.nonce);
    if (const auto age = login.max_age()) {
        fields.emplace_back("max_age", std::to_string(age->count()));
        pending.authenticated_since = std::chrono::system_clock::now() - *age;
    }
    send_to_provider(handler, about->authorization_endpoint, std::move(pending), std::move(fields));
}

Future<OpenIDUser> OpenIDConnect::get_authenticated_user(web::RequestHandler& handler) {
    const auto login = take_login(handler, "state", state_->name());
    if (login.nonce.empty()) {
        throw AuthError{Errc::unknown_state};
    }
    const auto metadata = co_await state_->metadata();
    check_issuer(handler, *metadata, state_->options.issuer);
    auto fields = code_fields(handler, login);
    auto tokens = co_await state_->fetch_tokens(std::move(fields), Errc::code_refused);
    if (tokens.id_token.empty()) {
        throw AuthError{Errc::answer_malformed, "id_token"};
    }
    auto rules = state_->rules();
    rules.access_token = tokens.access_token;
    rules.authenticated_since = login.authenticated_since;
    rules.nonce = login.nonce;
    auto claims = co_await state_->id_claims(tokens.id_token, std::move(rules));
    co_return OpenIDUser(std::move(claims), std::move(tokens), login.next);
}

Future<OpenIDUser> OpenIDConnect::refresh(OpenIDUser user) {
    if (user.tokens().refresh_token.empty()) {
        throw std::logic_error{
            "there is no refresh token: most providers give one for the scope offline_access"};
    }
    return state_->refresh(std::move(user));
}

Future<OpenIDUser> OpenIDConnect::State::refresh(OpenIDUser user) {
    Parameters fields;
    fields.emplace_back("grant_type", "refresh_token");
    fields.emplace_back("refresh_token", user.tokens().refresh_token);
    auto tokens = co_await fetch_tokens(std::move(fields), Errc::refresh_refused);
    if (tokens.refresh_token.empty()) {
        tokens.refresh_token = user.tokens().refresh_token;
    }
    if (tokens.id_token.empty()) {
        tokens.id_token = user.tokens().id_token;
        co_return OpenIDUser(user.claims(), std::move(tokens), user.next());
    }
    auto its_rules = rules();
    its_rules.access_token = tokens.access_token;
    auto claims = co_await id_claims(tokens.id_token, std::move(its_rules));
    if (text_field(claims, "sub") != user.subject()) {  // OpenID Connect Core, 12.2
        throw AuthError{Errc::wrong_subject};
    }
    const auto nonce = user.claim("nonce");
    if (nonce && text_field(claims, "nonce").value_or(*nonce) != *nonce) {
        throw AuthError{Errc::wrong_nonce};
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
    if (!is_media_type(jws.type, "at+jwt")) {
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
