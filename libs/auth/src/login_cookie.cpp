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
#include "tornado/web/request_log.hpp"

namespace tornado::auth {

namespace {

using Clock = std::chrono::system_clock;

constexpr std::string_view prefix = "_login_";
/// That no other site, a subdomain say, can set it, and nobody by HTTP (RFC 6265bis, 4.1.3.2).
constexpr std::string_view secure_prefix = "__Host-_login_";
constexpr std::size_t name_letters = 16;

double in_seconds(Clock::time_point time) {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

std::string cookie_name(std::string_view state, bool secure) {
    return std::string{secure ? secure_prefix : prefix} +
           base64url(sha256(state)).substr(0, name_letters);
}

/// Whether it is a cookie of ours; an application's own may begin likewise.
bool is_login_cookie(std::string_view name) {
    const auto start = name.starts_with(secure_prefix) ? secure_prefix : prefix;
    return name.starts_with(start) && name.size() == start.size() + name_letters &&
           from_base64url(name.substr(start.size())).has_value();
}

void clear(web::RequestHandler& handler, const std::string& name) {
    web::CookieOptions options;
    options.secure = name.starts_with(secure_prefix);  // or the browser does not listen
    handler.clear_cookie(name, std::move(options));
}

/// Of a provider's name what has to fit into a cookie.
std::string digest(std::string_view provider) {
    constexpr std::size_t size = 22;
    return base64url(sha256(provider)).substr(0, size);
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
    boost::json::object content{
        {"next", login.next},
        {"nonce", login.nonce},
        {"provider", digest(login.provider)},
        {"redirect_uri", login.redirect_uri},
        {"state", login.state},
        {"expires", in_seconds(Clock::now() + login.lifetime)},
        {"verifier", login.verifier}};
    if (login.authenticated_since) {
        content["since"] = in_seconds(*login.authenticated_since);
    }
    return std::to_string(version) + "." +
           base64url(seal(*key, name, boost::json::serialize(content)));
}

struct OpenedCookie {
    PendingLogin login;  ///< its provider is a digest
    double expires = 0;
};

std::optional<OpenedCookie>
open_cookie(const web::RequestHandler& handler, const std::string& name, std::string_view value) {
    const auto point = value.find('.');
    int version = 0;
    const auto* const end = value.data() + std::min(point, value.size());
    const auto [stop, error] = std::from_chars(value.data(), end, version);
    if (point == value.npos || stop != end || error != std::errc{}) {
        return std::nullopt;
    }
    const auto key = cookie_key(handler, version);
    const auto sealed = from_base64url(value.substr(point + 1));
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
    if (const auto since = number_field(*content, "since")) {
        cookie.login.authenticated_since = Clock::time_point{
            std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>{*since})};
    }
    cookie.expires = number_field(*content, "expires").value_or(0);
    return cookie;
}

struct LoginCookie {
    double expires;
    std::string name;
    std::size_t size;
    auto operator<=>(const LoginCookie&) const = default;
};

/// Makes room for one more of this size: a browser keeps and sends only so many cookies, and
/// servers take only so long a line of them.
void drop_oldest_logins(web::RequestHandler& handler, std::size_t more) {
    constexpr std::size_t most_looked_at = 32;  // a client may send thousands
    constexpr std::size_t most_logins = 8;
    constexpr std::size_t most_bytes = 4'096;
    std::vector<LoginCookie> logins;
    std::size_t bytes = more;
    for (const auto& cookie : handler.request().cookies()) {
        if (is_login_cookie(cookie.name) && logins.size() < most_looked_at) {
            const auto opened = open_cookie(handler, cookie.name, cookie.value);
            const auto size = cookie.name.size() + cookie.value.size();
            logins.push_back({opened ? opened->expires : 0, cookie.name, size});
            bytes += size;
        }
    }
    std::sort(logins.begin(), logins.end());
    auto count = logins.size();
    for (const auto& login : logins) {
        if (count < most_logins && bytes <= most_bytes) {
            break;
        }
        clear(handler, login.name);
        bytes -= login.size;
        --count;
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
    web::CookieOptions options;
    options.httponly = true;
    options.max_age = login.lifetime;
    options.samesite = "Lax";  // "Strict" would keep it from coming back
    options.secure = handler.request().protocol() == "https" ||
                     login.redirect_uri.starts_with("https://");  // a proxy may do the TLS
    const auto name = cookie_name(login.state, options.secure);
    const auto value = sealed_cookie(handler, name, login);
    drop_oldest_logins(handler, name.size() + value.size());
    handler.set_cookie(name, value, std::move(options));
}

PendingLogin
take_login(web::RequestHandler& handler, std::string_view argument, std::string_view provider) {
    web::hide_query(handler);
    const auto state = handler.get_query_argument(argument, "");
    if (state.empty()) {
        throw AuthError{Errc::missing_state};
    }
    // States may be the providers' own, so that two of them can have made the same.
    if (recent_texts().has(digest(provider) + " " + state)) {
        throw AuthError{Errc::login_replayed};
    }
    auto name = cookie_name(state, true);
    auto value = handler.get_cookie(name);
    if (!value) {
        name = cookie_name(state, false);
        value = handler.get_cookie(name);
    }
    auto cookie = open_cookie(handler, name, value.value_or(""));
    if (!cookie || !equal_in_constant_time(cookie->login.state, state)) {
        throw AuthError{Errc::unknown_state};
    }
    clear(handler, name);
    if (cookie->expires <= in_seconds(Clock::now())) {
        throw AuthError{Errc::login_expired};
    }
    if (was_here_before(cookie->login.provider + " " + state)) {
        throw AuthError{Errc::login_replayed};
    }
    if (cookie->login.provider != digest(provider)) {
        throw AuthError{Errc::wrong_provider};
    }
    return std::move(cookie->login);
}

bool was_here_before(std::string_view text) {
    return recent_texts().add(text);
}

}  // namespace tornado::auth
