#include "tornado/auth/open_id_mixin.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "crypto.hpp"
#include "login_cookie.hpp"
#include "provider_client.hpp"
#include "tornado/auth/errors.hpp"
#include "tornado/httpclient/url.hpp"
#include "tornado/web/request_handler.hpp"

namespace tornado::auth {

namespace {

constexpr std::string_view openid_ns = "http://specs.openid.net/auth/2.0";
constexpr std::string_view ax_ns = "http://openid.net/srv/ax/1.0";
constexpr std::string_view select = "http://specs.openid.net/auth/2.0/identifier_select";

struct Attribute {
    std::string_view alias;
    std::string_view type;
    std::string_view wish;  ///< of `ax_attrs`
    std::string_view field;
};
constexpr Attribute attributes[]{
    {"firstname", "http://axschema.org/namePerson/first", "name", "first_name"},
    {"fullname", "http://axschema.org/namePerson", "name", "name"},
    {"lastname", "http://axschema.org/namePerson/last", "name", "last_name"},
    {"email", "http://axschema.org/contact/email", "email", "email"},
    {"language", "http://axschema.org/pref/language", "language", "locale"},
    {"username", "http://axschema.org/namePerson/friendly", "username", "username"},
};

std::string origin_of(const web::RequestHandler& handler) {
    return std::string{handler.request().protocol()} + "://" +
           std::string{handler.request().host()};
}

/// What a callback has brought, and the provider has signed.
class Assertion {
public:
    explicit Assertion(const web::RequestHandler& handler) : handler_{handler} {
        const auto names = value("signed");
        for (std::size_t begin = 0; begin <= names.size();) {
            const auto end = std::min(names.find(',', begin), names.size());
            signed_.insert(names.substr(begin, end - begin));
            begin = end + 1;
        }
    }

    /// The field `openid.<name>`, signed or not; empty when it is not there.
    [[nodiscard]] std::string value(const std::string& name) const {
        return handler_.get_argument("openid." + name, "");
    }
    /// The same if it is signed, empty otherwise.
    [[nodiscard]] std::string signed_value(const std::string& name) const {
        return signed_.contains(name) ? value(name) : "";
    }
    /// The signed value of an attribute of this type.
    [[nodiscard]] std::string attribute(std::string_view type) const {
        const auto ax = alias_of_ax();
        for (const auto& name : signed_) {
            const auto prefix = ax + ".type.";
            if (!ax.empty() && name.starts_with(prefix) && value(name) == type) {
                const auto alias = name.substr(prefix.size());
                const auto first = signed_value(ax + ".value." + alias);
                return first.empty() ? signed_value(ax + ".value." + alias + ".1") : first;
            }
        }
        return {};
    }

private:
    [[nodiscard]] std::string alias_of_ax() const {
        for (const auto& name : signed_) {
            if (name.starts_with("ns.") && value(name) == ax_ns) {
                return name.substr(3);
            }
        }
        return {};
    }

    const web::RequestHandler& handler_;
    std::set<std::string> signed_;
};

/// Whether the provider says so in a line of its own.
bool says_is_valid(std::string_view body) {
    for (std::size_t begin = 0; begin < body.size();) {
        const auto end = std::min(body.find('\n', begin), body.size());
        if (body.substr(begin, end - begin) == "is_valid:true") {
            return true;
        }
        begin = end + 1;
    }
    return false;
}

boost::json::object user_of(const Assertion& assertion) {
    boost::json::object user;
    for (const auto& attribute : attributes) {
        if (const auto value = assertion.attribute(attribute.type); !value.empty()) {
            user[attribute.field] = value;
        }
    }
    const auto text = [&](std::string_view name) {
        const auto* const value = user.if_contains(name);
        return value == nullptr ? std::string{}
                                : std::string{std::string_view{value->get_string()}};
    };
    if (!user.contains("name")) {
        const auto first = text("first_name");
        const auto last = text("last_name");
        const auto both = first + (first.empty() || last.empty() ? "" : " ") + last;
        const auto email = text("email");
        const auto name = both.empty() ? email.substr(0, email.find('@')) : both;
        if (!name.empty()) {
            user["name"] = name;
        }
    }
    user["claimed_id"] = assertion.signed_value("claimed_id");
    return user;
}

}  // namespace

void OpenIdMixin::authenticate_redirect(
    const std::string& callback_uri,
    const std::vector<std::string>& ax_attrs
) {
    const auto url = handler().request().full_url();
    PendingLogin login;
    login.state = random_text();
    login.provider = openid_endpoint();
    const auto back = httpclient::resolve_url(
        url, callback_uri.empty() ? std::string{handler().request().path()} : callback_uri
    );
    login.redirect_uri = with_parameters(back, {{"login_state", login.state}});
    remember_login(handler(), login);
    Parameters fields{
        {"openid.ns", std::string{openid_ns}},
        {"openid.claimed_id", std::string{select}},
        {"openid.identity", std::string{select}},
        {"openid.return_to", login.redirect_uri},
        {"openid.realm", origin_of(handler()) + "/"},
        {"openid.mode", "checkid_setup"}};
    std::string required;
    for (const auto& attribute : attributes) {
        if (std::find(ax_attrs.begin(), ax_attrs.end(), attribute.wish) != ax_attrs.end()) {
            fields.emplace_back(
                "openid.ax.type." + std::string{attribute.alias}, std::string{attribute.type}
            );
            required.append(required.empty() ? "" : ",").append(attribute.alias);
        }
    }
    if (!required.empty()) {
        fields.emplace_back("openid.ns.ax", std::string{ax_ns});
        fields.emplace_back("openid.ax.mode", "fetch_request");
        fields.emplace_back("openid.ax.required", required);
    }
    handler().redirect(with_parameters(openid_endpoint(), fields));
}

Future<boost::json::object> OpenIdMixin::get_authenticated_user() {
    const auto login =
        take_login(handler(), handler().get_query_argument("login_state", ""), openid_endpoint());
    const Assertion assertion{handler()};
    if (assertion.value("mode") == "cancel") {
        throw AuthError{Errc::access_denied};
    }
    // OpenID Authentication 2.0, 11: what is not signed could be anybody's.
    if (assertion.signed_value("return_to") != login.redirect_uri) {
        throw AuthError{Errc::not_asserted, "return_to"};
    }
    if (assertion.signed_value("op_endpoint") != openid_endpoint()) {
        throw AuthError{Errc::wrong_provider, "op_endpoint"};
    }
    const auto nonce = assertion.signed_value("response_nonce");
    if (nonce.empty() || assertion.signed_value("claimed_id").empty()) {
        throw AuthError{Errc::not_asserted, "response_nonce or claimed_id"};
    }
    if (was_here_before(openid_endpoint() + " " + nonce)) {
        throw AuthError{Errc::login_replayed};
    }
    Parameters fields;
    for (const auto& argument : handler().request().arguments()) {
        if (argument.name.starts_with("openid.") && argument.name != "openid.mode") {
            fields.emplace_back(argument.name, argument.value);
        }
    }
    fields.emplace_back("openid.mode", "check_authentication");
    auto request = form_post(openid_endpoint(), fields);
    const auto body = co_await fetch_text(get_auth_http_client(), std::move(request));
    if (!says_is_valid(body)) {
        throw AuthError{Errc::not_asserted};
    }
    co_return user_of(assertion);
}

}  // namespace tornado::auth
