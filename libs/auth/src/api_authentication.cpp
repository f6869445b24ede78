#include "tornado/auth/api_authentication.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "base64url.hpp"
#include "crypto.hpp"
#include "tornado/auth/errors.hpp"
#include "tornado/escape/utf8.hpp"
#include "tornado/util/ascii.hpp"
#include "tornado/util/secure_random.hpp"
#include "tornado/web/request_handler.hpp"

namespace tornado::auth {

namespace {

/// What follows the scheme in the Authorization field; nullopt when that is another.
std::optional<std::string>
credentials(const web::RequestHandler& handler, std::string_view scheme) {
    const auto field = handler.request().headers().get("Authorization").value_or("");
    const auto space = std::min(field.find(' '), field.size());
    if (!util::equals_ignore_case(std::string_view{field}.substr(0, space), scheme)) {
        return std::nullopt;
    }
    const auto begin = std::min(field.find_first_not_of(' ', space), field.size());
    return field.substr(begin);
}

/// RFC 7617 has the padding.
std::optional<std::string> from_padded_base64(std::string_view text) {
    const auto end = text.find_last_not_of('=') + 1;
    if (text.size() % 4 != 0 || text.size() - end > 2) {
        return std::nullopt;
    }
    return from_base64(text.substr(0, end));
}

/// RFC 7617, 2: no control characters; and we say that it is UTF-8.
bool is_text(std::string_view text) {
    return escape::is_valid_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
               return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
           });
}

std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            result += '\\';
        }
        result += c;
    }
    return result + "\"";
}

void check_realm(const std::string& realm) {
    if (std::any_of(realm.begin(), realm.end(), [](char c) { return c < ' ' || c == '\x7f'; })) {
        throw std::invalid_argument{"a realm is a line of ASCII: take the other characters out"};
    }
}

/// Has the response say how to do better, its error page too.
void add_challenge(web::RequestHandler& handler, std::string challenge) {
    handler.before_headers([challenge = std::move(challenge)](web::RequestHandler& its) {
        const auto status = its.get_status();
        if (status == 401 || status == 400 || status == 403) {
            its.set_header("WWW-Authenticate", challenge);
        }
    });
}

class Basic {
public:
    Basic(std::string realm, BasicCheck check)
        : challenge_{"Basic realm=" + quoted(realm) + ", charset=\"UTF-8\""},
          check_{std::move(check)} {}

    Future<void> operator()(web::RequestHandler& handler, web::Next next) const {
        const auto sent = basic_credentials(handler);
        auto user = co_await who_is(sent);
        if (!user) {
            add_challenge(handler, challenge_);
            throw web::HTTPError{401};
        }
        handler.set_current_user(std::move(user));
        co_await next();
    }

private:
    [[nodiscard]] Future<web::User> who_is(const std::optional<BasicCredentials>& sent) const {
        return sent ? check_(sent->username, sent->password)
                    : Future<web::User>::ready(web::User{});
    }

    std::string challenge_;
    BasicCheck check_;
};

class Bearer {
public:
    Bearer(std::string realm, BearerCheck check)
        : challenge_{"Bearer realm=" + quoted(realm)},
          check_{std::move(check)} {}

    Future<void> operator()(web::RequestHandler& handler, web::Next next) const {
        const auto sent = credentials(handler, "Bearer");
        if (!sent) {
            add_challenge(handler, challenge_);
            throw web::HTTPError{401};
        }
        const auto token = bearer_token(handler);
        if (!token) {
            add_challenge(handler, challenge_ + ", error=\"invalid_request\"");
            throw web::HTTPError{400};
        }
        auto user = co_await checked(handler, *token);
        handler.set_current_user(std::move(user));
        try {
            co_await next();
        } catch (const InsufficientScope& error) {  // it is the page that knows what it takes
            ask_for_scope(handler, error);
            throw;
        }
    }

private:
    void ask_for_scope(web::RequestHandler& handler, const InsufficientScope& error) const {
        add_challenge(
            handler, challenge_ + ", error=\"insufficient_scope\", scope=" + quoted(error.scope())
        );
    }
    [[nodiscard]] Future<web::User> checked(web::RequestHandler& handler, std::string token) const {
        std::string reason;
        try {
            auto user = co_await check_(std::move(token));
            if (user) {
                co_return user;
            }
        } catch (const InsufficientScope& error) {
            ask_for_scope(handler, error);
            throw;
        } catch (const AuthError& error) {
            if (error.status_code() != 403) {
                throw;  // it is the provider that fails, not the token
            }
            reason = error.message();
        }
        add_challenge(handler, challenge_ + ", error=\"invalid_token\"");
        throw web::HTTPError{401, reason};
    }

    std::string challenge_;
    BearerCheck check_;
};

}  // namespace

InsufficientScope::InsufficientScope(std::string scope)
    : HTTPError{403, "the token lacks the scope " + scope},
      scope_{std::move(scope)} {
    if (std::any_of(scope_.begin(), scope_.end(), [](char c) { return c < ' ' || c > '~'; })) {
        throw std::invalid_argument{"a scope is a line of ASCII: take the other characters out"};
    }
}

std::optional<BasicCredentials> basic_credentials(const web::RequestHandler& handler) {
    const auto sent = credentials(handler, "Basic");
    const auto text = sent ? from_padded_base64(*sent) : std::nullopt;
    const auto colon = text && is_text(*text) ? text->find(':') : std::string::npos;
    if (colon == std::string::npos) {
        return std::nullopt;
    }
    return BasicCredentials{text->substr(0, colon), text->substr(colon + 1)};
}

std::optional<std::string> bearer_token(const web::RequestHandler& handler) {
    auto token = credentials(handler, "Bearer");
    constexpr std::string_view letters =  // RFC 6750, 2.1
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=";
    if (!token || token->empty() || token->find_first_not_of(letters) != token->npos) {
        return std::nullopt;
    }
    return token;
}

bool same_secret(const std::string& a, const std::string& b) {
    // Digests with a key of this call are of one size, and differ in ways that nobody can choose.
    constexpr std::size_t key_size = 32;
    const auto key = util::secure_random_bytes(key_size);
    return equal_in_constant_time(hmac_sha256(key, a), hmac_sha256(key, b));
}

web::Middleware basic_authentication(std::string realm, BasicCheck check) {
    check_realm(realm);
    return Basic{std::move(realm), std::move(check)};
}

web::Middleware bearer_authentication(std::string realm, BearerCheck check) {
    check_realm(realm);
    return Bearer{std::move(realm), std::move(check)};
}

}  // namespace tornado::auth
