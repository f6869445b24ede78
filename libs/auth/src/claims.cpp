#include "tornado/auth/claims.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <string_view>

#include "base64url.hpp"
#include "crypto.hpp"
#include "json_fields.hpp"
#include "tornado/auth/errors.hpp"

namespace tornado::auth {

namespace json = boost::json;

namespace {

std::string required_text(const json::object& claims, std::string_view name) {
    auto text = text_field(claims, name);
    if (!text || text->empty()) {
        throw AuthError{Errc::missing_claim, name};
    }
    return std::move(*text);
}

void check_audience(const json::object& claims, const ClaimRules& rules) {
    const auto* const aud = claims.if_contains("aud");
    if (aud == nullptr) {
        throw AuthError{Errc::missing_claim, "aud"};
    }
    const auto is_ours = [&](const json::value& each) {
        return each.is_string() && std::string_view{each.get_string()} == rules.audience;
    };
    const auto* const list = aud->if_array();
    if (list != nullptr ? std::none_of(list->begin(), list->end(), is_ours) : !is_ours(*aud)) {
        throw AuthError{Errc::wrong_audience, "aud"};
    }
    if (!rules.authorized_party) {
        return;
    }
    const bool has_others = list != nullptr && list->size() > 1;
    const auto* const azp = claims.if_contains("azp");
    if (azp != nullptr ? !is_ours(*azp) : has_others) {
        throw AuthError{Errc::wrong_audience, "azp"};
    }
}

void check_times(const json::object& claims, const ClaimRules& rules) {
    const auto clock = rules.clock.value_or(std::chrono::system_clock::now());
    const auto now = std::chrono::duration<double>(clock.time_since_epoch()).count();
    const auto leeway = static_cast<double>(rules.leeway.count());
    const auto expires = number_field(claims, "exp");
    if (!expires) {
        throw AuthError{Errc::missing_claim, "exp"};
    }
    if (!(now < *expires + leeway)) {
        throw AuthError{Errc::token_expired};
    }
    const auto issued = number_field(claims, "iat");
    if (!issued) {
        throw AuthError{Errc::missing_claim, "iat"};
    }
    if (!(*issued <= now + leeway)) {
        throw AuthError{Errc::token_not_yet_valid, "iat"};
    }
    const auto begins = number_field(claims, "nbf");
    if (begins ? !(*begins <= now + leeway) : claims.contains("nbf")) {
        throw AuthError{Errc::token_not_yet_valid, "nbf"};
    }
}

void check_authentication(const json::object& claims, const ClaimRules& rules) {
    if (!rules.authenticated_since) {
        return;
    }
    const auto since =
        std::chrono::duration<double>(rules.authenticated_since->time_since_epoch()).count();
    const auto time = number_field(claims, "auth_time");
    if (!time) {
        throw AuthError{Errc::missing_claim, "auth_time"};
    }
    if (!(*time + static_cast<double>(rules.leeway.count()) >= since)) {
        throw AuthError{Errc::old_authentication};
    }
}

/// The left half of the access token's digest (OpenID Connect Core, 3.1.3.6).
std::string half_hash(const std::string& access_token, std::string_view algorithm) {
    auto hash = algorithm.ends_with("384")                           ? sha384(access_token)
                : algorithm.ends_with("512") || algorithm == "EdDSA" ? sha512(access_token)
                                                                     : sha256(access_token);
    hash.resize(hash.size() / 2);
    return base64url(hash);
}

}  // namespace

void check_claims(const json::object& claims, const ClaimRules& rules) {
    if (required_text(claims, "iss") != rules.issuer) {
        throw AuthError{Errc::wrong_issuer};
    }
    check_audience(claims, rules);
    check_times(claims, rules);
    constexpr std::size_t longest_subject = 255;  // OpenID Connect Core, 2
    if (required_text(claims, "sub").size() > longest_subject) {
        throw AuthError{Errc::malformed_token, "its sub is too long"};
    }
    if (!rules.nonce.empty() &&
        !equal_in_constant_time(text_field(claims, "nonce").value_or(""), rules.nonce)) {
        throw AuthError{Errc::wrong_nonce};
    }
    check_authentication(claims, rules);
    if (!rules.access_token.empty() && claims.contains("at_hash") &&
        !equal_in_constant_time(
            text_field(claims, "at_hash").value_or(""),
            half_hash(rules.access_token, rules.algorithm)
        )) {
        throw AuthError{Errc::wrong_access_token};
    }
}

}  // namespace tornado::auth
