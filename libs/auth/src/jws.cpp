#include "tornado/auth/jws.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "base64url.hpp"
#include "json_fields.hpp"
#include "jwk.hpp"
#include "tornado/auth/errors.hpp"

namespace tornado::auth {

Result<JWKSet> JWKSet::parse(std::string_view json) {
    constexpr std::size_t most = 100;
    const auto object = parse_object(json);
    const auto* keys = object ? object->if_contains("keys") : nullptr;
    if (keys == nullptr || !keys->is_array() || keys->get_array().size() > most) {
        return Errc::answer_malformed;
    }
    JWKSet set;
    for (const auto& each : keys->get_array()) {
        if (auto key = each.is_object() ? JWK::parse(each.get_object()) : nullptr) {
            set.keys_.push_back(std::move(key));
        }
    }
    return set;
}

const Algorithms& all_algorithms() {
    static const Algorithms all{
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"};
    return all;
}

Result<JWS> parse_jws(std::string_view compact) {
    constexpr std::size_t largest = 65'536;
    const auto first = compact.find('.');
    const auto second = first == compact.npos ? first : compact.find('.', first + 1);
    if (compact.size() > largest || second == compact.npos ||
        compact.find('.', second + 1) != compact.npos) {
        return Errc::malformed_token;
    }
    const auto head = from_base64url(compact.substr(0, first));
    auto payload = from_base64url(compact.substr(first + 1, second - first - 1));
    auto signature = from_base64url(compact.substr(second + 1));
    const auto header = head ? parse_object(*head) : std::nullopt;
    if (!header || !payload || !signature) {
        return Errc::malformed_token;
    }
    auto algorithm = text_field(*header, "alg");
    auto key_id = text_field(*header, "kid");
    auto type = text_field(*header, "typ");
    if (!algorithm || (!key_id && header->contains("kid")) || (!type && header->contains("typ"))) {
        return Errc::malformed_token;
    }
    if (header->contains("crit")) {
        return Errc::unknown_critical_field;  // RFC 7515, 4.1.11: there is none that we understand
    }
    return JWS{
        std::move(*algorithm),
        std::move(key_id).value_or(""),
        std::move(type).value_or(""),
        std::move(*payload),
        std::move(*signature),
        std::string{compact.substr(0, second)}};
}

namespace {

/// What keeps the token from being verified; none when a key has signed it.
std::error_code find_fault(const JWS& token, const SignatureMethod& method, const JWKSet& keys) {
    std::error_code fault = Errc::unknown_key;
    for (const auto& key : keys.keys()) {
        if (!token.key_id.empty() && key->key_id() != token.key_id) {
            continue;
        }
        if (!key->suits(method)) {
            if (fault == Errc::unknown_key && !token.key_id.empty()) {
                fault = Errc::unsuitable_key;
            }
            continue;
        }
        if (key->verify(method, token.signing_input, token.signature)) {
            return {};
        }
        fault = Errc::wrong_signature;
    }
    return fault;
}

}  // namespace

Result<JWS> verify_jws(std::string_view compact, const JWKSet& keys, const Algorithms& accepted) {
    auto token = parse_jws(compact);
    if (!token) {
        return token;
    }
    if (token->algorithm == "none") {
        return Errc::unsecured_token;
    }
    const auto* const method = find_method(token->algorithm);
    if (method == nullptr ||
        std::find(accepted.begin(), accepted.end(), token->algorithm) == accepted.end()) {
        return Errc::unaccepted_algorithm;
    }
    if (const auto fault = find_fault(*token, *method, keys)) {
        return fault;
    }
    return token;
}

Result<JWS> verify_jws(std::string_view compact, const JWKSet& keys) {
    return verify_jws(compact, keys, all_algorithms());
}

}  // namespace tornado::auth
