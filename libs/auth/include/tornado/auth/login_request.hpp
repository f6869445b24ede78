#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tornado/auth/parameters.hpp"

namespace tornado::auth {

/// `url` if it is a path on this site of at most 512 characters, "/" otherwise: for addresses that
/// a client names, as the argument `next` of a login page. Without this, a link to your site could
/// lead anywhere.
[[nodiscard]] std::string local_path(std::string_view url);

/// How somebody is sent to a provider to log in. Each setter returns the request itself.
///
///     LoginRequest{"https://example.com/callback"}.next("/account").parameter("prompt", "login")
class LoginRequest {
public:
    /// `redirect_uri` is the whole URL of the page that they come back to, as the provider knows
    /// it.
    explicit LoginRequest(std::string redirect_uri) : redirect_uri_{std::move(redirect_uri)} {}

    /// They must have proved who they are at most so long ago; zero: they must do it anew. The
    /// provider is asked for it, and the ID token says whether it has; the parameter `prompt` alone
    /// proves nothing. For OpenIDConnect only. Throws std::invalid_argument below zero.
    LoginRequest& max_age(std::chrono::seconds age);
    /// Where on this site they go afterwards: comes back with the user. See local_path().
    LoginRequest& next(std::string_view path) {
        next_ = local_path(path);
        return *this;
    }
    /// Adds a parameter for the provider, such as `prompt` or `login_hint`; but none that a login
    /// sets itself, such as `state` or `nonce`.
    LoginRequest& parameter(std::string name, std::string value) {
        parameters_.emplace_back(std::move(name), std::move(value));
        return *this;
    }
    /// What is asked for, separated by spaces, instead of what the provider's options say.
    LoginRequest& scope(std::string scope) {
        scope_ = std::move(scope);
        return *this;
    }

    [[nodiscard]] std::optional<std::chrono::seconds> max_age() const noexcept { return max_age_; }
    [[nodiscard]] const std::string& redirect_uri() const noexcept { return redirect_uri_; }
    [[nodiscard]] const std::string& next() const noexcept { return next_; }
    [[nodiscard]] const Parameters& parameters() const noexcept { return parameters_; }
    [[nodiscard]] const std::string& scope() const noexcept { return scope_; }

private:
    std::optional<std::chrono::seconds> max_age_;
    std::string redirect_uri_;
    std::string next_ = "/";
    Parameters parameters_;
    std::string scope_;
};

}  // namespace tornado::auth
