#include "tornado/auth/open_id_mixin.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>

#include "crypto.hpp"
#include "login_cookie.hpp"
#include "provider_client.hpp"
#include "tornado/auth/errors.hpp"
#include "tornado/escape/utf8.hpp"
#include "tornado/httpclient/url.hpp"
#include "tornado/web/request_handler.hpp"

namespace tornado::auth {

namespace {

constexpr std::string_view openid_ns = "http://specs.openid.net/auth/2.0";
constexpr std::string_view field_prefix = "openid.";
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

/// Throws unless an assertion's field is a line of text: what is made tidy on one way and not on
/// the other would be another text than the signed one.
void check_text(std::string_view name, std::string_view value) {
    const bool is_line = std::none_of(value.begin(), value.end(), [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
    });
    if (!is_line || !escape::is_valid_utf8(value)) {
        throw AuthError{Errc::not_asserted, "a field is no line of text", name};
    }
}

/// What a callback has brought, and the provider has signed. Its fields are those that are believed
/// and those that the provider is asked about, byte for byte. They come in the query: to the POST
/// of another site a browser adds no cookie, and so no login.
class Assertion {
public:
    explicit Assertion(const web::RequestHandler& handler) {
        constexpr std::size_t longest = 16'384;
        std::size_t size = 0;
        for (const auto& [name, value] : handler.request().query_arguments()) {
            if (!name.starts_with(field_prefix)) {
                continue;
            }
            check_text(name, name);
            check_text(name, value);
            size += name.size() + value.size();
            if (size > longest) {
                throw AuthError{Errc::not_asserted, "it is too long"};
            }
            // OpenID Authentication 2.0, 4.1: and whose of the two would it be?
            if (!fields_.emplace(name.substr(field_prefix.size()), value).second) {
                throw AuthError{Errc::not_asserted, "a field comes twice", name};
            }
        }
        const auto names = value("signed");
        for (std::size_t begin = 0; begin <= names.size();) {
            const auto end = std::min(names.find(',', begin), names.size());
            signed_.insert(names.substr(begin, end - begin));
            begin = end + 1;
        }
    }

    /// The question to the provider whether it stands by all this.
    [[nodiscard]] Parameters question() const {
        Parameters form;
        for (const auto& [name, value] : fields_) {
            if (name != "mode") {
                form.emplace_back(std::string{field_prefix} + name, value);
            }
        }
        form.emplace_back("openid.mode", "check_authentication");
        return form;
    }
    /// The field `openid.<name>`, signed or not; empty when it is not there.
    [[nodiscard]] std::string value(const std::string& name) const {
        const auto found = fields_.find(name);
        return found == fields_.end() ? std::string{} : found->second;
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

    std::map<std::string, std::string> fields_;
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
    user["op_endpoint"] = assertion.signed_value("op_endpoint");
    return user;
}

}  // namespace

void OpenIdMixin::authenticate_redirect(
    const std::string& callback_uri,
    const std::vector<std::string>& ax_attrs
) {
    PendingLogin login;
    login.state = random_text();
    login.provider = "openid2 " + openid_endpoint();
    const auto& request = handler().request();
    const auto back = callback_uri.empty()
                          ? origin_of(handler()) + std::string{request.path()}
                          : httpclient::resolve_url(request.full_url(), callback_uri);
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
    const auto login = take_login(handler(), "login_state", "openid2 " + openid_endpoint());
    const Assertion assertion{handler()};
    const auto mode = assertion.value("mode");
    if (mode == "cancel") {
        throw AuthError{Errc::access_denied};
    }
    if (mode != "id_res" || assertion.value("ns") != openid_ns) {
        throw AuthError{Errc::not_asserted, "mode", mode};
    }
    // OpenID Authentication 2.0, 11: what is not signed could be anybody's.
    if (assertion.signed_value("return_to") != login.redirect_uri) {
        throw AuthError{Errc::not_asserted, "return_to"};
    }
    if (assertion.signed_value("op_endpoint") != openid_endpoint()) {
        throw AuthError{Errc::wrong_provider, "op_endpoint"};
    }
    constexpr std::size_t longest_nonce = 255;  // 10.1
    const auto nonce = assertion.signed_value("response_nonce");
    const auto claimed_id = assertion.signed_value("claimed_id");
    if (nonce.empty() || nonce.size() > longest_nonce || claimed_id.empty() ||
        claimed_id.find(' ') != claimed_id.npos) {
        throw AuthError{Errc::not_asserted, "response_nonce or claimed_id"};
    }
    auto request = form_post(openid_endpoint(), assertion.question());
    const auto body = co_await fetch_text(get_auth_http_client(), std::move(request));
    if (!says_is_valid(body)) {
        throw AuthError{Errc::not_asserted};
    }
    // Only now: nonces that somebody makes up are not worth remembering.
    if (was_here_before(openid_endpoint() + " " + nonce)) {
        throw AuthError{Errc::login_replayed};
    }
    co_return user_of(assertion);
}

}  // namespace tornado::auth
