#include "authorization_code.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base64url.hpp"
#include "crypto.hpp"
#include "provider_client.hpp"
#include "tornado/auth/errors.hpp"
#include "tornado/web/request_handler.hpp"

namespace tornado::auth {

namespace {

bool is_among(const std::vector<std::string_view>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// What a provider says for the user, or because there is none (OpenID Connect Core, 3.1.2.6).
bool is_denial(const std::string& error) {
    return is_among(
        {"access_denied",
         "login_required",
         "interaction_required",
         "consent_required",
         "account_selection_required"},
        error
    );
}

void check_no_error(const web::RequestHandler& handler) {
    const auto error = handler.get_query_argument("error", "");
    if (!error.empty()) {
        const auto description = handler.get_query_argument("error_description", "");
        const auto code = is_denial(error) ? Errc::access_denied : Errc::provider_refused;
        throw AuthError{code, {}, description.empty() ? error : error + ": " + description};
    }
}

}  // namespace

void check_parameters(const Parameters& parameters, const std::vector<std::string_view>& more) {
    const std::vector<std::string_view> own{
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "redirect_uri",
        "request",
        "request_uri",
        "response_mode",
        "response_type",
        "state"};
    for (const auto& [name, value] : parameters) {
        if (is_among(own, name) || is_among(more, name)) {
            throw std::invalid_argument{
                "the parameter " + name + " is the login's own to set: leave it out"};
        }
    }
}

void send_to_provider(
    web::RequestHandler& handler,
    std::string_view endpoint,
    PendingLogin login,
    Parameters fields
) {
    login.state = random_text();
    login.verifier = random_text();
    remember_login(handler, login);
    if (!login.redirect_uri.empty()) {
        fields.emplace_back("redirect_uri", login.redirect_uri);
    }
    fields.emplace_back("state", login.state);
    fields.emplace_back("code_challenge", base64url(sha256(login.verifier)));
    fields.emplace_back("code_challenge_method", "S256");
    handler.redirect(with_parameters(endpoint, fields));
}

Parameters
code_fields(const web::RequestHandler& handler, const PendingLogin& login, std::string code) {
    check_no_error(handler);
    if (code.empty()) {
        throw AuthError{Errc::missing_code};
    }
    Parameters fields;
    fields.emplace_back("grant_type", "authorization_code");
    fields.emplace_back("code", std::move(code));
    if (!login.redirect_uri.empty()) {
        fields.emplace_back("redirect_uri", login.redirect_uri);
    }
    fields.emplace_back("code_verifier", login.verifier);
    return fields;
}

Parameters code_fields(const web::RequestHandler& handler, const PendingLogin& login) {
    return code_fields(handler, login, handler.get_query_argument("code", ""));
}

}  // namespace tornado::auth
