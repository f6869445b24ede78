#include "handlers.hpp"

#include <tornado/web/request_log.hpp>
#include <tornado/web/templates.hpp>

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

namespace login {

namespace auth = tornado::auth;
namespace templating = tornado::templating;
namespace web = tornado::web;
using tornado::Future;

namespace {

constexpr auto* cookie = "person";
constexpr int cookie_days = 1;

/// The field `name`, which another version of this program may not have written.
std::optional<std::string> text(const boost::json::value& person, const char* name) {
    const auto* const object = person.if_object();
    const auto* const value = object == nullptr ? nullptr : object->if_contains(name);
    if (value == nullptr || !value->is_string()) {
        return std::nullopt;
    }
    return std::string{std::string_view{value->get_string()}};
}

/// As much of it as fits into a cookie: providers may say anything.
std::string shortened(const std::string& words) {
    constexpr std::size_t longest = 200;
    auto size = std::min(words.size(), longest);
    while (size > 0 && size < words.size() && (words[size] & 0xc0) == 0x80) {
        --size;  // inside a character
    }
    return words.substr(0, size);
}

}  // namespace

void BaseHandler::set_default_headers() {
    std::string origins;
    for (const auto& each : site.providers) {
        origins += each->origin().empty() ? "" : " " + each->origin();
    }
    set_header("Cache-Control", "no-store");
    set_header(
        "Content-Security-Policy",
        "default-src 'self'; base-uri 'none'; form-action 'self'" + origins +
            "; frame-ancestors 'none'"
    );
    set_header("Referrer-Policy", "same-origin");
    set_header("X-Content-Type-Options", "nosniff");
}

web::User BaseHandler::get_current_user() {
    const auto value = get_signed_cookie(cookie, {.max_age_days = cookie_days});
    if (!value) {
        return {};
    }
    const auto object = boost::json::parse(*value);  // it is signed: we made it
    const auto provider = text(object, "provider");
    const auto subject = text(object, "subject");
    if (!provider || !subject) {
        return {};
    }
    Person person;
    person.provider = *provider;
    person.subject = *subject;
    person.name = text(object, "name").value_or("");
    person.email = text(object, "email").value_or("");
    return person;
}

void BaseHandler::remember(const Person& person) {
    const boost::json::object object{
        {"provider", person.provider},
        {"subject", person.subject},
        {"name", shortened(person.name)},
        {"email", shortened(person.email)}};
    web::CookieOptions options;
    options.expires_days = cookie_days;
    options.httponly = true;
    options.samesite = "Lax";
    options.secure = site.url.starts_with("https:");
    set_signed_cookie(cookie, boost::json::serialize(object), std::move(options));
}

Provider& BaseHandler::provider(std::string_view id) const {
    for (const auto& each : site.providers) {
        if (each->id() == id) {
            return *each;
        }
    }
    throw web::HTTPError{404};
}

void BaseHandler::show_login(const std::string& problem) {
    std::vector<std::pair<std::string, std::string>> providers;
    for (const auto& each : site.providers) {
        providers.emplace_back(each->id(), each->label());
    }
    render(
        "login.html",
        {{"has_passwords", site.people.has_value()},
         {"name", get_body_argument("name", "")},
         {"next", auth::local_path(get_argument("next", "/"))},
         {"problem", problem},
         {"providers", providers}}
    );
}

void BaseHandler::write_error(int status_code, std::exception_ptr error) {
    std::string what = "This did not work";
    std::string why = "Please try again.";
    try {
        if (error != nullptr) {
            std::rethrow_exception(error);
        }
    } catch (const auth::AuthError& failure) {
        what = failure.code() == auth::Errc::access_denied ? "You were not logged in"
                                                           : "The login has failed";
        why = failure.code().message() + ".";
    } catch (const std::exception&) {
        if (status_code == 404) {
            what = "There is nothing here";
            why = "The address may be mistyped, or old.";
        }
    }
    render("error.html", {{"what", what}, {"why", why}});
}

void HomeHandler::get() {
    if (const auto* const person = current_user().get_if<Person>()) {
        std::string label = "a password";
        for (const auto& each : site.providers) {
            label = each->id() == person->provider ? each->label() : label;
        }
        render(
            "account.html",
            {{"email", person->email},
             {"label", label},
             {"name", person->name},
             {"subject", person->subject}}
        );
    } else {
        show_login("");
    }
}

void NoPageHandler::prepare() {
    web::hide_query(*this);
    throw web::HTTPError{404};
}

Future<void> LoginHandler::get(std::string_view id) {
    auth::LoginRequest request{site.url + "/callback/" + std::string{id}};
    request.next(get_argument("next", "/"));
    co_await provider(id).log_in(*this, std::move(request));
}

/// No code is logged, not even one that comes for a provider that there is not.
void CallbackHandler::prepare() {
    web::hide_query(*this);
}

Future<void> CallbackHandler::get(std::string_view id) {
    const auto person = co_await provider(id).who(*this);
    remember(person);
    redirect(person.next);
}

Future<void> PasswordHandler::post() {
    if (!site.people) {
        throw web::HTTPError{404};
    }
    Person person;
    person.name = person.subject = get_body_argument("name", "");
    const auto right =
        co_await site.people->check(person.name, get_body_argument("password", "", web::Strip::no));
    if (!right) {
        set_status(403);
        show_login("Name or password is wrong.");
        co_return;
    }
    remember(person);
    redirect(auth::local_path(get_body_argument("next", "/")), 303);
}

Future<void> LogoutHandler::post() {
    const auto* const person = current_user().get_if<Person>();
    const auto id = person == nullptr ? std::string{} : person->provider;
    clear_cookie(cookie);
    for (const auto& each : site.providers) {
        if (each->id() == id) {
            try {
                co_await each->log_out(*this, site.url + "/");
                co_return;
            } catch (const auth::AuthError&) {
                break;  // it is down: at least they are logged out here
            }
        }
    }
    redirect("/", 303);
}

}  // namespace login
