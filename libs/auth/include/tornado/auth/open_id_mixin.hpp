#pragma once

#include <string>
#include <vector>

#include "tornado/auth/auth_mixin.hpp"
#include "tornado/auth/parameters.hpp"
#include "tornado/concurrent/future.hpp"

namespace boost::json {
class object;
}

namespace tornado::auth {

/// OpenID 2.0, the forerunner of OpenID Connect, with attribute exchange. The address that people
/// come back to bears a `login_state` of its own, which waits in an encrypted cookie; so the
/// application needs the setting `cookie_secret`. Mirrors `tornado.auth.OpenIdMixin`.
class OpenIdMixin : public virtual AuthMixin {
public:
    /// The provider's one endpoint. Mirrors `_OPENID_ENDPOINT`.
    [[nodiscard]] virtual std::string openid_endpoint() const = 0;

    /// Sends the client to the provider, and finishes the response. `callback_uri` is relative to
    /// this page; empty for this page itself. `ax_attrs`: of "name", "email", "language" and
    /// "username", what is asked for.
    void authenticate_redirect(
        const std::string& callback_uri = {},
        const std::vector<std::string>& ax_attrs = {"name", "email", "language", "username"}
    );
    /// Whoever has come back, once the provider itself has said that it stands by it. Of what it
    /// has signed: `first_name`, `last_name`, `name`, `email`, `locale`, `username`; and
    /// `claimed_id` and `op_endpoint`, which together are who it is: a provider may claim what it
    /// likes, and it is not looked up whether the identifier is the provider's to give. What comes
    /// is read from the query, byte for byte as it is signed. Fails with Errc::not_asserted, also
    /// for a field that comes twice.
    [[nodiscard]] Future<boost::json::object> get_authenticated_user();
};

}  // namespace tornado::auth
