#include "provider_metadata.hpp"

#include <boost/json.hpp>
#include <stdexcept>

#include "json_fields.hpp"
#include "tornado/auth/errors.hpp"
#include "tornado/httpclient/url.hpp"
#include "tornado/util/ascii.hpp"

namespace tornado::auth {

namespace {

bool is_https(std::string_view url) {
    return util::equals_ignore_case(url.substr(0, url.find(':')), "https");
}

/// The endpoints that an issuer's metadata names.
class Endpoints {
public:
    Endpoints(const boost::json::object& object, std::string_view issuer, bool allow_http)
        : object_{object},
          needs_https_{!allow_http && is_https(issuer)},
          allow_http_{allow_http} {}

    [[nodiscard]] std::string required(std::string_view name) const {
        auto url = text_field(object_, name);
        if (!url || !is_trustworthy_url(*url, allow_http_) || (needs_https_ && !is_https(*url))) {
            throw AuthError{Errc::answer_malformed, name, url.value_or("")};
        }
        return std::move(*url);
    }
    /// Empty when there is none, which some providers write as null or as an empty text.
    [[nodiscard]] std::string optional(std::string_view name) const {
        const auto* const value = object_.if_contains(name);
        const bool is_none = value == nullptr || value->is_null() ||
                             (value->is_string() && value->get_string().empty());
        return is_none ? std::string{} : required(name);
    }

private:
    const boost::json::object& object_;
    bool needs_https_;
    bool allow_http_;
};

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
    : token_auth_methods{texts(object, "token_endpoint_auth_methods_supported")} {
    const Endpoints endpoints{object, issuer, allow_http};
    authorization_endpoint = endpoints.required("authorization_endpoint");
    end_session_endpoint = endpoints.optional("end_session_endpoint");
    jwks_uri = endpoints.required("jwks_uri");
    token_endpoint = endpoints.required("token_endpoint");
    userinfo_endpoint = endpoints.optional("userinfo_endpoint");
    const auto name = text_field(object, "issuer");
    if (!name) {
        throw AuthError{Errc::answer_malformed, "issuer"};
    }
    if (*name != issuer) {
        throw AuthError{Errc::provider_misnamed, {}, *name};
    }
    const auto* const flag = object.if_contains("authorization_response_iss_parameter_supported");
    sends_issuer = flag != nullptr && flag->is_bool() && flag->get_bool();
}

}  // namespace tornado::auth
