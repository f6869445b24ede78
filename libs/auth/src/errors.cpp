#include "tornado/auth/errors.hpp"

namespace tornado::auth {

namespace {

const char* sentence(Errc error) noexcept {
    switch (error) {
        case Errc::provider_unreachable:
            return "the provider cannot be reached";
        case Errc::provider_timeout:
            return "the provider does not answer in time";
        case Errc::provider_redirected:
            return "the provider points elsewhere instead of answering";
        case Errc::provider_status:
            return "the provider answers with an error";
        case Errc::provider_refused:
            return "the provider refuses";
        case Errc::answer_too_large:
            return "the provider's answer is too large";
        case Errc::answer_malformed:
            return "the provider's answer is not what it must be";
        case Errc::provider_misnamed:
            return "the provider calls itself otherwise than OpenIDConnectOptions::issuer does";
        case Errc::access_denied:
            return "access was denied";
        case Errc::missing_state:
            return "the callback has no state";
        case Errc::unknown_state:
            return "the callback's state is none that this browser was sent out with";
        case Errc::login_expired:
            return "the login took too long";
        case Errc::login_replayed:
            return "this callback was here before";
        case Errc::wrong_provider:
            return "the callback is of another provider than the one that was asked";
        case Errc::missing_code:
            return "the callback has no code";
        case Errc::code_refused:
            return "the provider refuses the callback's code";
        case Errc::refresh_refused:
            return "the provider does not take the refresh token any more";
        case Errc::missing_verifier:
            return "the callback has no verifier";
        case Errc::not_asserted:
            return "the provider does not stand by this login";
        case Errc::malformed_token:
            return "the token is no JSON Web Token";
        case Errc::unsecured_token:
            return "the token is not signed";
        case Errc::unaccepted_algorithm:
            return "the token's algorithm is not accepted";
        case Errc::unknown_critical_field:
            return "the token asks for what is not understood here";
        case Errc::unknown_key:
            return "the token is signed by no key of the provider";
        case Errc::unsuitable_key:
            return "the token's key is not for its algorithm";
        case Errc::wrong_signature:
            return "the token's signature is wrong";
        case Errc::missing_claim:
            return "the token lacks a claim";
        case Errc::wrong_issuer:
            return "the token is of another issuer";
        case Errc::wrong_audience:
            return "the token is for another audience";
        case Errc::wrong_type:
            return "the token is for another purpose";
        case Errc::token_expired:
            return "the token has expired";
        case Errc::token_not_yet_valid:
            return "the token is not valid yet";
        case Errc::wrong_nonce:
            return "the token is of another login";
        case Errc::wrong_access_token:
            return "the token belongs to another access token";
        case Errc::wrong_subject:
            return "the token is about somebody else";
        case Errc::old_authentication:
            return "the provider has not asked for proof lately enough";
    }
    return "authentication failed";
}

class Category final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "tornado.auth"; }
    [[nodiscard]] std::string message(int value) const override {
        return sentence(static_cast<Errc>(value));
    }
};

int status_of(std::error_code code) noexcept {
    if (code == Errc::provider_timeout) {
        return 504;
    }
    const bool of_provider = code == Errc::provider_unreachable ||
                             code == Errc::provider_redirected || code == Errc::provider_status ||
                             code == Errc::provider_refused || code == Errc::answer_too_large ||
                             code == Errc::answer_malformed || code == Errc::provider_misnamed;
    return of_provider ? 502 : 403;
}

/// What a stranger said, fit for a line of a log.
std::string printable(std::string_view said) {
    constexpr std::size_t longest = 200;
    std::string text;
    for (const char c : said.substr(0, longest)) {
        text += c >= ' ' && c <= '~' ? c : '?';
    }
    return said.size() > longest ? text + "..." : text;
}

std::string message_of(std::error_code code, std::string_view detail, std::string_view said) {
    auto text = code.message();
    if (!detail.empty()) {
        text.append(": ").append(detail);
    }
    if (!said.empty()) {
        text.append(": ").append(printable(said));
    }
    return text;
}

}  // namespace

const std::error_category& error_category() noexcept {
    static const Category category;
    return category;
}

AuthError::AuthError(std::error_code code, std::string_view detail, std::string_view said)
    : HTTPError{status_of(code), message_of(code, detail, said)},
      code_{code} {}

AuthError::AuthError(Errc code, std::string_view detail, std::string_view said)
    : AuthError{make_error_code(code), detail, said} {}

}  // namespace tornado::auth
