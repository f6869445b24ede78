#pragma once

#include <tornado/web.hpp>

#include <optional>
#include <string>

#include "people.hpp"
#include "provider.hpp"

namespace login {

/// What all pages share; it outlives the application.
struct Site {
    std::optional<People> people;  ///< absent: nobody logs in by a password
    Providers providers;
    std::string url;  ///< of this site, without a slash at its end
};

/// What the handlers have in common: the visitor, headers, and error pages.
class BaseHandler : public tornado::web::RequestHandler {
public:
    explicit BaseHandler(Site& its) : site{its} {}

    void set_default_headers() override;
    tornado::web::User get_current_user() override;
    void write_error(int status_code, std::exception_ptr error) override;

protected:
    /// Throws HTTPError 404.
    [[nodiscard]] Provider& provider(std::string_view id) const;
    void remember(const Person& person);
    void show_login(const std::string& problem);

    Site& site;
};

/// The page: who one is, or how to log in.
struct HomeHandler : BaseHandler {
    using BaseHandler::BaseHandler;
    void get();
    void head() { get(); }
};

/// For paths that lead nowhere, as does a callback of a mistyped address.
struct NoPageHandler : BaseHandler {
    using BaseHandler::BaseHandler;
    void prepare();
    void check_xsrf_cookie() override {}
};

/// Out to a provider, and back.
struct LoginHandler : BaseHandler {
    using BaseHandler::BaseHandler;
    tornado::Future<void> get(std::string_view id);
};
struct CallbackHandler : BaseHandler {
    using BaseHandler::BaseHandler;
    void prepare();
    tornado::Future<void> get(std::string_view id);
};

struct PasswordHandler : BaseHandler {
    using BaseHandler::BaseHandler;
    tornado::Future<void> post();
};

struct LogoutHandler : BaseHandler {
    using BaseHandler::BaseHandler;
    tornado::Future<void> post();
};

}  // namespace login
