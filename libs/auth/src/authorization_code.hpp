#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "login_cookie.hpp"
#include "tornado/auth/parameters.hpp"

namespace tornado::auth {

// The authorization code flow of OAuth 2.0 (RFC 6749, 4.1), with PKCE (RFC 7636): what all who
// speak it have in common.

/// Throws std::invalid_argument when among the parameters that a caller adds is one that a login
/// sets itself: those that protect it, those that would replace them all, and `more`.
void check_parameters(const Parameters& parameters, const std::vector<std::string_view>& more = {});

/// Sends the client to `endpoint`, and finishes the response. `login` gets its state and verifier;
/// `fields` are all parameters but those of the flow itself.
void send_to_provider(
    web::RequestHandler& handler,
    std::string_view endpoint,
    PendingLogin login,
    Parameters fields
);

/// What a token endpoint is asked for the code that a callback has brought. Throws AuthError:
/// access_denied or provider_refused when it brings an error instead (RFC 6749, 4.1.2.1), or
/// missing_code.
[[nodiscard]] Parameters
code_fields(const web::RequestHandler& handler, const PendingLogin& login, std::string code);
/// The same for the code in the query.
[[nodiscard]] Parameters code_fields(const web::RequestHandler& handler, const PendingLogin& login);

}  // namespace tornado::auth
