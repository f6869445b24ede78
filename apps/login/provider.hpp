#pragma once

#include <tornado/auth.hpp>
#include <tornado/web.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace login {

/// Somebody who has logged in, as the session's cookie keeps them.
struct Person {
    std::string provider = {};  ///< its id; empty for a password
    std::string subject = {};
    std::string name = {};
    std::string email = {};
    std::string next = "/";
};

/// A way to log in by another site.
class Provider {
public:
    Provider(std::string id, std::string label) : id_{std::move(id)}, label_{std::move(label)} {}
    Provider(const Provider&) = delete;
    Provider& operator=(const Provider&) = delete;
    virtual ~Provider() = default;

    /// What it is called in addresses, and on the page.
    [[nodiscard]] const std::string& id() const noexcept { return id_; }
    [[nodiscard]] const std::string& label() const noexcept { return label_; }

    [[nodiscard]] virtual tornado::Future<void>
    log_in(tornado::web::RequestHandler& handler, tornado::auth::LoginRequest request) = 0;
    [[nodiscard]] virtual tornado::Future<Person> who(tornado::web::RequestHandler& handler) = 0;
    /// Sends the client to `home`, by way of the provider if that has a session to end.
    [[nodiscard]] virtual tornado::Future<void>
    log_out(tornado::web::RequestHandler& handler, std::string home) = 0;
    /// Where forms may lead, besides this site.
    [[nodiscard]] virtual std::string origin() const { return {}; }

private:
    std::string id_;
    std::string label_;
};

using Providers = std::vector<std::unique_ptr<Provider>>;

[[nodiscard]] std::unique_ptr<Provider>
openid_provider(std::string id, std::string label, tornado::auth::OpenIDConnectOptions options);
[[nodiscard]] std::unique_ptr<Provider> github_provider(tornado::auth::GitHubOptions options);

}  // namespace login
