#include "provider_metadata.hpp"

#include <boost/json.hpp>
#include <stdexcept>

#include "json_fields.hpp"
#include "tornado/auth/errors.hpp"
#include "tornado/httpclient/url.hpp"

namespace tornado::auth {

namespace {

std::string endpoint(
    const boost::json::object& object,
    std::string_view name,
    bool is_required,
    bool allow_http
) {
    auto url = text_field(object, name);
    if (!url && !is_required && !object.contains(name)) {
        return {};
    }
    if (!url || !is_trustworthy_url(*url, allow_http)) {
        throw AuthError{Errc::answer_malformed, name, url.value_or("")};
    }
    return std::move(*url);
}

std::vector<std::string> texts(const boost::json::object& object, std::string_view name) {
    std::vector<std::string> list;
    const auto* const value = object.if_contains(name);
    if (value != nullptr && value->is_array()) {
        for (const auto& each : value->get_array()) {
            if (each.is_string()) {
                list.emplace_back(std::string_view{each.get_string()});
            }
        }
    }
    return list;
}

bool is_this_machine(std::string_view host) {
    return host == "localhost" || host.ends_with(".localhost") || host == "::1" ||
           (host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos);
}

}  // namespace

bool is_trustworthy_url(std::string_view url, bool allow_http) {
    try {
        const auto parts = httpclient::parse_url(url);
        return !parts.has_userinfo && (parts.secure || allow_http || is_this_machine(parts.host));
    } catch (const std::invalid_argument&) {
        return false;
    }
}

ProviderMetadata::ProviderMetadata(
    const boost::json::object& object,
    std::string_view issuer,
    bool allow_http
)
    : authorization_endpoint{endpoint(object, "authorization_endpoint", true, allow_http)},
      end_session_endpoint{endpoint(object, "end_session_endpoint", false, allow_http)},
      jwks_uri{endpoint(object, "jwks_uri", true, allow_http)},
      token_endpoint{endpoint(object, "token_endpoint", true, allow_http)},
      userinfo_endpoint{endpoint(object, "userinfo_endpoint", false, allow_http)},
      token_auth_methods{texts(object, "token_endpoint_auth_methods_supported")} {
    if (text_field(object, "issuer") != issuer) {
        throw AuthError{Errc::wrong_issuer, "discovery"};
    }
    const auto* const flag = object.if_contains("authorization_response_iss_parameter_supported");
    sends_issuer = flag != nullptr && flag->is_bool() && flag->get_bool();
}

}  // namespace tornado::auth
