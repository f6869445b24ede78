#include <stdexcept>

#include "hmac.hpp"
#include "request_run.hpp"
#include "same_site_url.hpp"
#include "tornado/escape.hpp"
#include "tornado/web/application.hpp"
#include "tornado/web/request_handler.hpp"

namespace tornado::web {

using httputil::KnownHeader;

namespace {

bool has_scheme(std::string_view url) noexcept {
    const auto end = url.find_first_of(":/?#");
    return end != url.npos && end != 0 && url[end] == ':';
}

}  // namespace

bool RequestHandler::is_get_or_head() const {
    const auto method = request().method();
    return method == "GET" || method == "HEAD";
}

// Users

Future<User> RequestHandler::load_current_user() {
    return Future<User>::ready(get_current_user());
}

const User& RequestHandler::current_user() {
    auto& client = run().client();
    if (!client.user_known) {
        const auto call = run().begin_call(detail::Hook::get_current_user);
        if (call.is_nested()) {
            throw std::logic_error{
                "get_current_user() cannot ask current_user(): it is what answers that"};
        }
        client.user = get_current_user();
        client.user_known = true;
    }
    return client.user;
}

void RequestHandler::set_current_user(User user) {
    auto& client = run().client();
    client.user = std::move(user);
    client.user_known = true;
}

Future<void> RequestHandler::load_user() {
    auto user = co_await load_current_user();
    set_current_user(std::move(user));
}

std::string RequestHandler::get_login_url() const {
    const auto& url = settings().login_url;
    if (url.empty()) {
        throw std::logic_error{
            "nobody is logged in, and there is no page to send them to: set "
            "ApplicationSettings::login_url"};
    }
    return url;
}

const User& RequestHandler::authenticated() {
    const auto& user = current_user();
    if (user) {
        return user;
    }
    if (!is_get_or_head()) {
        throw HTTPError{403};
    }
    auto url = get_login_url();
    if (url.find('?') == url.npos) {
        const auto next = has_scheme(url) ? request().full_url() : std::string{request().uri()};
        url.append("?next=").append(escape::url_escape(next));
    }
    redirect(url);
    throw Finish{};
}

// Slashes

void RequestHandler::redirect_to_path(std::string path) {
    if (!is_get_or_head()) {
        throw HTTPError{404};
    }
    keep_on_this_host(path);
    if (const auto query = request().query(); !query.empty()) {
        path.append("?").append(query);
    }
    redirect(path, true);
    throw Finish{};
}

void RequestHandler::addslash() {
    if (const auto path = request().path(); !path.ends_with('/')) {
        redirect_to_path(std::string{path} + "/");
    }
}

void RequestHandler::removeslash() {
    const auto path = request().path();
    if (!path.ends_with('/')) {
        return;
    }
    const auto end = path.find_last_not_of('/');
    if (end != path.npos) {
        redirect_to_path(std::string{path.substr(0, end + 1)});
    } else if (!is_get_or_head()) {
        throw HTTPError{404};
    }
}

// XSRF

namespace {

/// What the client's cookie says, or a new token.
const XsrfToken& raw_token(RequestHandler& handler, detail::ClientState& client) {
    if (!client.xsrf) {
        client.xsrf = XsrfToken::parse(handler.get_cookie(handler.settings().xsrf_cookie_name, ""));
    }
    if (!client.xsrf) {
        client.xsrf = XsrfToken::make();
    }
    return *client.xsrf;
}

}  // namespace

const std::string& RequestHandler::xsrf_token() {
    auto& client = run().client();
    if (!client.xsrf_text.empty()) {
        return client.xsrf_text;
    }
    const auto& its = settings();
    const auto& token = raw_token(*this, client);
    auto text = token.to_string(its.xsrf_cookie_version);
    if (token.version == 0) {
        auto cookie = its.xsrf_cookie_kwargs;
        constexpr double days_of_users = 30;
        if (!cookie.expires_days && current_user()) {
            cookie.expires_days = days_of_users;
        }
        set_cookie(its.xsrf_cookie_name, text, std::move(cookie));
    }
    client.xsrf_text = std::move(text);
    return client.xsrf_text;
}

std::string RequestHandler::xsrf_form_html() {
    return "<input type=\"hidden\" name=\"_xsrf\" value=\"" + escape::xhtml_escape(xsrf_token()) +
           "\"/>";
}

void RequestHandler::check_xsrf_cookie() {
    auto sent = get_argument("_xsrf", "");
    const auto& headers = request().headers();
    for (const auto header : {KnownHeader::x_xsrftoken, KnownHeader::x_csrftoken}) {
        if (sent.empty()) {
            sent = headers.first(header).value_or("");
        }
    }
    if (sent.empty()) {
        throw HTTPError{403, "'_xsrf' argument missing from " + std::string{request().method()}};
    }
    const auto token = XsrfToken::parse(sent);
    if (!token) {
        throw HTTPError{403, "'_xsrf' argument has invalid format"};
    }
    if (!equal_in_constant_time(token->bytes, raw_token(*this, run().client()).bytes)) {
        throw HTTPError{
            403, "XSRF cookie does not match " + std::string{request().method()} + " argument"};
    }
}

}  // namespace tornado::web
