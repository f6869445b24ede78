// Any bytes as a provider's answers: its keys, what it says about itself, tokens, claims. Whatever
// they are, an AuthError is the worst that comes of them.
#include <tornado/auth/claims.hpp>
#include <tornado/auth/errors.hpp>
#include <tornado/auth/jwk_set.hpp>
#include <tornado/auth/login_request.hpp>
#include <tornado/auth/tokens.hpp>

#include <tornado/httpclient/url.hpp>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "json_fields.hpp"
#include "provider_client.hpp"
#include "provider_metadata.hpp"
#include "support.hpp"

namespace auth = tornado::auth;

namespace {

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

template <typename F>
void try_it(F function) {
    try {
        function();
    } catch (const auth::AuthError& error) {
        require(!error.message().empty(), "an error says something");
        require(is_printable(error.message()), "and says it in a line");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    static_cast<void>(auth::JWKSet::parse(text));
    const auto path = auth::local_path(text);
    require(
        path.starts_with('/') && !path.starts_with("//") && is_printable(path) &&
            path.find_first_of(" \\") == path.npos,
        "a path leads nowhere else"
    );
    const auto object = auth::parse_object(text);
    if (!object) {
        return 0;
    }
    try_it([&] {
        const auth::ProviderMetadata metadata{*object, "https://example.com", false};
        require(
            tornado::httpclient::parse_url(metadata.token_endpoint).secure, "endpoints are of https"
        );
    });
    try_it([&] {
        const auto tokens = auth::tokens_from(*object);
        require(!tokens.access_token.empty(), "there is a token");
    });
    try_it([&] {
        auth::ClaimRules rules;
        rules.audience = "client";
        rules.issuer = "https://example.com";
        rules.nonce = "nonce";
        auth::check_claims(*object, rules);
        require(object->at("nonce").as_string() == "nonce", "the nonce is the login's");
    });
    return 0;
}
