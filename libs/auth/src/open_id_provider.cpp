#include "open_id_provider.hpp"

#include <algorithm>

#include "json_fields.hpp"
#include "tornado/escape/url.hpp"
#include "tornado/util/ascii.hpp"
#include "tornado/util/base64.hpp"

namespace tornado::auth {

namespace {

using MetadataPtr = std::shared_ptr<const ProviderMetadata>;
using KeysPtr = std::shared_ptr<const JWKSet>;

Future<MetadataPtr>
fetch_metadata(httpclient::AsyncHTTPClient client, OpenIDConnectOptions options) {
    auto url = options.issuer;
    url.resize(url.find_last_not_of('/') + 1);
    auto request = json_get(url.append(discovery_path));
    const auto object =
        co_await fetch_object(std::move(client), std::move(request), options.timeout);
    co_return std::make_shared<const ProviderMetadata>(object, options.issuer, options.allow_http);
}

Future<KeysPtr>
fetch_keys(httpclient::AsyncHTTPClient client, std::string url, ioloop::Duration timeout) {
    auto request = json_get(std::move(url));
    const auto text = co_await fetch_text(std::move(client), std::move(request), timeout);
    auto set = JWKSet::parse(text);
    if (!set) {
        throw AuthError{set.error(), "keys"};
    }
    co_return std::make_shared<const JWKSet>(std::move(*set));
}

/// Says who the client is, by `client_secret_basic` (OpenID Connect Core, 9).
void authenticate(httpclient::HTTPRequest& request, const OpenIDConnectOptions& options) {
    // RFC 6749, 2.3.1: each part is encoded as in a form first.
    request.header(
        "Authorization",
        "Basic " + util::base64(
                       escape::url_escape(options.client_id) + ":" +
                       escape::url_escape(options.client_secret)
                   )
    );
}

bool takes_basic(const ProviderMetadata& metadata) {
    const auto& methods = metadata.token_auth_methods;
    return methods.empty() ||
           std::find(methods.begin(), methods.end(), "client_secret_basic") != methods.end();
}

}  // namespace

ClaimRules OpenIDConnect::State::rules() const {
    ClaimRules rules;
    rules.audience = options.client_id;
    rules.issuer = options.issuer;
    rules.leeway = options.leeway;
    return rules;
}

Future<MetadataPtr> OpenIDConnect::State::metadata() {
    return cached_metadata.get(
        [this] { return fetch_metadata(client(), options); },
        options.metadata_lifetime,
        options.grace
    );
}

Future<KeysPtr> OpenIDConnect::State::keys(ioloop::Duration lifetime, ioloop::Duration grace) {
    const auto about = co_await metadata();
    const auto fetch = [this, url = about->jwks_uri] {
        return fetch_keys(client(), url, options.timeout);
    };
    auto keys = cached_keys.get(fetch, lifetime, grace);
    co_return co_await std::move(keys);
}

bool OpenIDConnect::State::may_have_newer_keys() const {
    constexpr std::chrono::seconds after_failure{5};
    if (cached_keys.is_fetching() || !asked) {
        return true;
    }
    const bool has_come = cached_keys.fetched() >= *asked;
    const auto interval = has_come ? options.key_refetch_interval
                                   : std::min(options.key_refetch_interval, after_failure);
    return ioloop::IOLoop::current().time() - *asked >= interval;
}

Future<JWS> OpenIDConnect::State::verified(std::string token) {
    auto keys_now = co_await keys(options.key_lifetime, options.grace);
    auto result = verify_jws(token, *keys_now, options.algorithms);
    // The provider may have changed its keys; or a stranger makes them up, one after the other.
    if (result.error() == Errc::unknown_key && may_have_newer_keys()) {
        if (!cached_keys.is_fetching()) {
            asked = ioloop::IOLoop::current().time();
        }
        keys_now = co_await keys(ioloop::Duration::zero(), ioloop::Duration::zero());
        result = verify_jws(token, *keys_now, options.algorithms);
    }
    if (!result) {
        throw AuthError{result.error()};
    }
    co_return std::move(*result);
}

Future<boost::json::object> OpenIDConnect::State::id_claims(std::string token, ClaimRules rules) {
    const auto jws = co_await verified(std::move(token));
    if (!jws.type.empty() && !is_media_type(jws.type, "jwt")) {
        throw AuthError{Errc::wrong_type, {}, jws.type};
    }
    auto claims = claims_of(jws);
    rules.algorithm = jws.algorithm;
    check_claims(claims, rules);
    co_return claims;
}

Future<Tokens> OpenIDConnect::State::fetch_tokens(Parameters fields, Errc bad_grant) {
    const auto about = co_await metadata();
    const bool has_secret = !options.client_secret.empty();
    const bool in_header = has_secret && takes_basic(*about);
    if (!in_header) {
        fields.emplace_back("client_id", options.client_id);
    }
    if (has_secret && !in_header) {
        fields.emplace_back("client_secret", options.client_secret);
    }
    auto request = form_post(about->token_endpoint, fields);
    if (in_header) {
        authenticate(request, options);
    }
    const auto answer =
        co_await fetch_grant(client(), std::move(request), bad_grant, options.timeout);
    co_return tokens_from(answer);
}

bool is_media_type(std::string_view type, std::string_view name) {
    constexpr std::string_view prefix = "application/";
    if (util::equals_ignore_case(type.substr(0, prefix.size()), prefix)) {
        type.remove_prefix(prefix.size());
    }
    return util::equals_ignore_case(type, name);
}

boost::json::object claims_of(const JWS& token) {
    auto claims = parse_object(token.payload);
    if (!claims) {
        throw AuthError{Errc::malformed_token, "its payload is no JSON object"};
    }
    return std::move(*claims);
}

}  // namespace tornado::auth
