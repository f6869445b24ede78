#pragma once

#include <tornado/auth/password.hpp>
#include <tornado/web.hpp>
#include <tornado/web/templates.hpp>

#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "store.hpp"

namespace blog {

/// What the pages have in common: the reader's language, who is logged in, errors as pages.
class BaseHandler : public tornado::web::RequestHandler {
public:
    explicit BaseHandler(Store& store) : store_{store} {}

    void set_default_headers() override;
    tornado::Future<tornado::web::User> load_current_user() override;
    [[nodiscard]] std::shared_ptr<const tornado::locale::Locale> get_user_locale() override;
    tornado::templating::Namespace get_template_namespace() override;
    void write_error(int status_code, std::exception_ptr error) override;

protected:
    [[nodiscard]] Store& store() noexcept { return store_; }
    /// The entry of that slug. Ends the request with 404 when there is none.
    [[nodiscard]] tornado::Future<SharedEntry> find_entry(std::string slug);
    /// Where to go on: the argument `next`, if it is a path of this site.
    [[nodiscard]] std::string next_path() const;

private:
    Store& store_;
};

/// GET and HEAD /: the latest entries.
class HomeHandler : public BaseHandler {
public:
    using BaseHandler::BaseHandler;
    tornado::Future<void> get();
    tornado::Future<void> head() { return get(); }
};

/// GET and HEAD /entry/<slug>.
class EntryHandler : public BaseHandler {
public:
    using BaseHandler::BaseHandler;
    tornado::Future<void> get(std::string slug);
    tornado::Future<void> head(std::string slug) { return get(std::move(slug)); }
};

/// GET and HEAD /archive: the titles of all entries, by year.
class ArchiveHandler : public BaseHandler {
public:
    using BaseHandler::BaseHandler;
    tornado::Future<void> get();
    tornado::Future<void> head() { return get(); }
};

/// GET and HEAD /feed: the latest entries as Atom (RFC 4287).
class FeedHandler : public BaseHandler {
public:
    using BaseHandler::BaseHandler;
    tornado::Future<void> get();
    tornado::Future<void> head() { return get(); }
};

/// GET and POST /compose: writes an entry, or a new version of the one that the argument `entry`
/// names.
class ComposeHandler : public BaseHandler {
public:
    using BaseHandler::BaseHandler;
    tornado::Future<void> get();
    tornado::Future<void> post();

private:
    [[nodiscard]] tornado::Future<Entry> edited_entry();
    void show(const Entry& entry, std::string_view problem, std::string_view preview);
};

/// GET and POST /auth/create: makes the first author of a new blog, and only that one.
class AuthCreateHandler : public BaseHandler {
public:
    AuthCreateHandler(Store& store, tornado::auth::PasswordHasher& passwords)
        : BaseHandler{store},
          passwords_{passwords} {}
    tornado::Future<void> get();
    tornado::Future<void> post();

private:
    tornado::auth::PasswordHasher& passwords_;
};

/// GET and POST /auth/login.
class AuthLoginHandler : public BaseHandler {
public:
    AuthLoginHandler(Store& store, tornado::auth::PasswordHasher& passwords)
        : BaseHandler{store},
          passwords_{passwords} {}
    tornado::Future<void> get();
    tornado::Future<void> post();

private:
    tornado::auth::PasswordHasher& passwords_;
};

/// POST /auth/logout.
class AuthLogoutHandler : public BaseHandler {
public:
    using BaseHandler::BaseHandler;
    void post();
};

/// GET /language/<code>: from now on in that language.
class LanguageHandler : public BaseHandler {
public:
    using BaseHandler::BaseHandler;
    void get(std::string code);
};

/// For paths that lead nowhere.
class NoPageHandler : public BaseHandler {
public:
    using BaseHandler::BaseHandler;
    void prepare() { throw tornado::web::HTTPError{404}; }
    void check_xsrf_cookie() override {}
};

/// What a browser shows to be that author. It changes with the password, which ends all logins.
[[nodiscard]] std::string login_cookie(const Author& author);

/// What is wrong with a new author's name or password; empty if nothing is.
[[nodiscard]] std::string problem_with(const std::string& name, const std::string& password);

}  // namespace blog
