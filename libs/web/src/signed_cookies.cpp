#include "tornado/httputil/token.hpp"
#include "tornado/web/application.hpp"
#include "tornado/web/request_handler.hpp"

namespace tornado::web {

std::string RequestHandler::create_signed_value(
    std::string_view name,
    std::string_view value,
    int version
) const {
    const auto& its = settings();
    return web::create_signed_value(
        its.cookie_secret,
        name,
        value,
        {.clock = std::nullopt, .key_version = its.key_version, .version = version}
    );
}

void RequestHandler::set_signed_cookie(
    std::string_view name,
    std::string_view value,
    CookieOptions options,
    int version
) {
    if (!options.expires && !options.expires_days && !options.max_age) {
        options.expires_days = 30;
    }
    set_cookie(name, create_signed_value(name, value, version), std::move(options));
}

std::optional<std::string>
RequestHandler::get_signed_cookie(std::string_view name, SignedCookieOptions options) const {
    return get_signed_cookie(name, get_cookie(name, ""), options);
}

std::optional<std::string> RequestHandler::get_signed_cookie(
    std::string_view name,
    std::string_view value,
    SignedCookieOptions options
) const {
    const auto& secret = settings().cookie_secret;
    if (secret.empty()) {
        throw std::invalid_argument{
            "signed cookies need a secret: set ApplicationSettings::cookie_secret"};
    }
    return decode_signed_value(
        secret,
        name,
        value,
        {.clock = std::nullopt,
         .max_age_days = options.max_age_days,
         .min_version = options.min_version}
    );
}

std::optional<int> RequestHandler::get_signed_cookie_key_version(std::string_view name) const {
    const auto cookie = get_cookie(name);
    return cookie ? get_signature_key_version(*cookie) : std::nullopt;
}

void RequestHandler::clear_all_cookies(CookieOptions options) {
    for (const auto& cookie : request().cookies()) {
        if (httputil::is_token(cookie.name)) {  // others can be sent by clients only
            clear_cookie(cookie.name, options);
        }
    }
}

}  // namespace tornado::web
