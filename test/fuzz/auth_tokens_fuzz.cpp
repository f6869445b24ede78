// Any bytes as a JSON Web Token, and as the hash of a password: nothing is accepted that nobody has
// signed, and what is taken apart is all of the input.
#include <tornado/auth/errors.hpp>
#include <tornado/auth/jws.hpp>
#include <tornado/auth/password.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "base64url.hpp"
#include "support.hpp"

namespace auth = tornado::auth;

namespace {

const auth::JWKSet& keys() {
    static const auto set =
        auth::JWKSet::parse(
            R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},)"
            R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
            R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})"
        )
            .value();
    return set;
}

// RFC 8037, appendix A.4, and RFC 7515, appendix A.3: what the keys above have signed.
constexpr std::string_view signed_by_one =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
constexpr std::string_view signed_by_other =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
    "Q";

/// Whether this is no hash, or one that is made in no time; of a cost that scrypt does not have.
bool is_cheap(std::string_view hash) {
    constexpr std::string_view start = "$scrypt$ln=";
    if (!hash.starts_with(start) || hash.starts_with("$scrypt$ln=16,r=1,p=1$")) {
        return true;
    }
    hash.remove_prefix(start.size());
    return hash.size() > 1 && hash[0] >= '0' && hash[0] <= '4' && hash[1] == ',';
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto parsed = auth::parse_jws(text);
    if (parsed) {
        require(
            parsed->signing_input + "." + auth::base64url(parsed->signature) == text,
            "a token is its parts"
        );
    }
    const auto verified = auth::verify_jws(text, keys());
    require(
        !verified || verified->signing_input == signed_by_one ||
            verified->signing_input == signed_by_other,
        "only what was signed is accepted"
    );
    require(!verified || parsed.has_value(), "what is accepted is a token");
    if (const auto bytes = auth::from_base64url(text)) {
        require(auth::base64url(*bytes) == text, "bytes have one form only");
    }
    const auth::ScryptCost least{.log_n = 1, .p = 1, .r = 1};
    if (is_cheap(text)) {
        static_cast<void>(auth::verify_password("secret", std::string{text}, least));
    }
    static_cast<void>(auth::needs_rehash(text));
    return 0;
}
