#include "login_cookie.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <deque>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base64url.hpp"
#include "crypto.hpp"
#include "json_fields.hpp"
#include "tornado/auth/errors.hpp"
#include "tornado/web.hpp"

namespace tornado::auth {

namespace {

using Clock = std::chrono::system_clock;

constexpr std::string_view prefix = "_login_";
constexpr std::size_t most_logins = 8;

double now_in_seconds() {
    return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

std::string cookie_name(std::string_view state) {
    constexpr std::size_t size = 16;
    return std::string{prefix} + base64url(sha256(state)).substr(0, size);
}

/// The key that the application's secret stands for here; nullopt for a version that there is not.
std::optional<std::string> cookie_key(const web::RequestHandler& handler, int version) {
    const auto* const secret = handler.settings().cookie_secret.key(version);
    return secret == nullptr || secret->empty()
               ? std::nullopt
               : std::optional{hmac_sha256(*secret, "tornado.auth: logins under way")};
}

int current_version(const web::RequestHandler& handler) {
    const auto& settings = handler.settings();
    if (settings.cookie_secret.has_versions() && !settings.key_version) {
        throw std::invalid_argument{
            "the secret has versions, and none is chosen: set ApplicationSettings::key_version"};
    }
    return settings.key_version.value_or(0);
}

std::string sealed_cookie(
    const web::RequestHandler& handler,
    const std::string& name,
    const PendingLogin& login
) {
    const auto version = current_version(handler);
    const auto key = cookie_key(handler, version);
    if (!key) {
        throw std::invalid_argument{
            "logins need a secret to seal their cookies with: set "
            "ApplicationSettings::cookie_secret"};
    }
    const boost::json::object content{
        {"next", login.next},
        {"nonce", login.nonce},
        {"provider", login.provider},
        {"redirect_uri", login.redirect_uri},
        {"state", login.state},
        {"expires", now_in_seconds() + static_cast<double>(login.lifetime.count())},
        {"verifier", login.verifier}};
    return std::to_string(version) + "." +
           base64url(seal(*key, name, boost::json::serialize(content)));
}

struct OpenedCookie {
    PendingLogin login;
    double expires = 0;
};

std::optional<OpenedCookie>
open_cookie(const web::RequestHandler& handler, const std::string& name) {
    const auto value = handler.get_cookie(name, "");
    const auto point = value.find('.');
    int version = 0;
    if (point == value.npos ||
        std::from_chars(value.data(), value.data() + point, version).ptr != value.data() + point) {
        return std::nullopt;
    }
    const auto key = cookie_key(handler, version);
    const auto sealed = from_base64url(std::string_view{value}.substr(point + 1));
    const auto text = key && sealed ? unseal(*key, name, *sealed) : std::nullopt;
    const auto content = text ? parse_object(*text) : std::nullopt;
    if (!content) {
        return std::nullopt;
    }
    OpenedCookie cookie;
    cookie.login.next = text_field(*content, "next").value_or("/");
    cookie.login.nonce = text_field(*content, "nonce").value_or("");
    cookie.login.provider = text_field(*content, "provider").value_or("");
    cookie.login.redirect_uri = text_field(*content, "redirect_uri").value_or("");
    cookie.login.state = text_field(*content, "state").value_or("");
    cookie.login.verifier = text_field(*content, "verifier").value_or("");
    cookie.expires = number_field(*content, "expires").value_or(0);
    return cookie;
}

/// Makes room for one more: a browser keeps and sends only so many cookies.
void drop_oldest_logins(web::RequestHandler& handler) {
    std::vector<std::pair<double, std::string>> logins;
    for (const auto& cookie : handler.request().cookies()) {
        if (cookie.name.starts_with(prefix)) {
            const auto opened = open_cookie(handler, cookie.name);
            logins.emplace_back(opened ? opened->expires : 0, cookie.name);
        }
    }
    std::sort(logins.begin(), logins.end());
    for (std::size_t i = 0; i + most_logins <= logins.size(); ++i) {
        handler.clear_cookie(logins[i].second);
    }
}

/// What was given to it lately, by its digest: strangers choose how long a text is.
class RecentTexts {
public:
    bool add(std::string_view text) {
        const std::lock_guard lock{mutex_};
        const auto now = Clock::now();
        constexpr std::size_t most = 100'000;
        while (!order_.empty() &&
               (order_.front().first + longest_login < now || order_.size() >= most)) {
            texts_.erase(order_.front().second);
            order_.pop_front();
        }
        auto digest = sha256(text);
        if (!texts_.insert(digest).second) {
            return true;
        }
        order_.emplace_back(now, std::move(digest));
        return false;
    }
    [[nodiscard]] bool has(std::string_view text) {
        const std::lock_guard lock{mutex_};
        return texts_.contains(sha256(text));
    }

private:
    std::mutex mutex_;
    std::deque<std::pair<Clock::time_point, std::string>> order_;
    std::unordered_set<std::string> texts_;
};

RecentTexts& recent_texts() {
    static RecentTexts texts;
    return texts;
}

}  // namespace

void remember_login(web::RequestHandler& handler, const PendingLogin& login) {
    drop_oldest_logins(handler);
    const auto name = cookie_name(login.state);
    web::CookieOptions options;
    options.httponly = true;
    options.max_age = login.lifetime;
    options.samesite = "Lax";  // "Strict" would keep it from coming back
    options.secure = handler.request().protocol() == "https";
    handler.set_cookie(name, sealed_cookie(handler, name, login), std::move(options));
}

PendingLogin
take_login(web::RequestHandler& handler, std::string_view state, std::string_view provider) {
    if (state.empty()) {
        throw AuthError{Errc::missing_state};
    }
    const auto name = cookie_name(state);
    if (recent_texts().has(name)) {
        throw AuthError{Errc::login_replayed};
    }
    auto cookie = open_cookie(handler, name);
    if (!cookie || !equal_in_constant_time(cookie->login.state, state)) {
        throw AuthError{Errc::unknown_state};
    }
    handler.clear_cookie(name);
    if (cookie->expires <= now_in_seconds()) {
        throw AuthError{Errc::login_expired};
    }
    if (was_here_before(name)) {
        throw AuthError{Errc::login_replayed};
    }
    if (cookie->login.provider != provider) {
        throw AuthError{Errc::wrong_provider};
    }
    return std::move(cookie->login);
}

void check_no_error(const web::RequestHandler& handler) {
    const auto error = handler.get_query_argument("error", "");
    if (!error.empty()) {
        const auto description = handler.get_query_argument("error_description", "");
        const auto code = error == "access_denied" ? Errc::access_denied : Errc::provider_refused;
        throw AuthError{code, {}, description.empty() ? error : error + ": " + description};
    }
}

std::string code_challenge(std::string_view verifier) {
    return base64url(sha256(verifier));
}

bool was_here_before(std::string_view text) {
    return recent_texts().add(text);
}

}  // namespace tornado::auth
