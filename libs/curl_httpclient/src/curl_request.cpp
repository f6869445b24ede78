// How a fetch tells libcurl what to send, and how.
#include <algorithm>
#include <climits>
#include <utility>

#include "curl_core.hpp"
#include "tornado/escape/url.hpp"
#include "tornado/httputil/arguments.hpp"
#include "tornado/httputil/credentials.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/log.hpp"
#include "tornado/util/ascii.hpp"
#include "tornado/util/version.hpp"

namespace tornado::curl_httpclient {

using httputil::KnownHeader;

namespace {

/// In the normal form that RFC 7617 asks for.
std::string composed(std::string_view text) {
    auto with_password = httputil::encode_username_password(text, "");
    with_password.pop_back();  // the colon
    return with_password;
}

void set_text(CURL* easy, CURLoption option, const std::string& text) {
    if (::curl_easy_setopt(easy, option, text.c_str()) != CURLE_OK) {
        throw std::bad_alloc{};
    }
}

void set_number(CURL* easy, CURLoption option, long number) {
    ::curl_easy_setopt(easy, option, number);
}

void append(Slist& list, const std::string& line) {
    auto* const longer = ::curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) {
        throw std::bad_alloc{};
    }
    static_cast<void>(list.release());
    list.reset(longer);
}

log::Logger& curl_log() {
    static auto& logger = log::get_logger("tornado.curl_httpclient");
    return logger;
}

/// A line of a head, without what nobody else should see.
std::string without_secrets(std::string_view line) {
    for (const std::string_view name :
         {"authorization:", "proxy-authorization:", "cookie:", "set-cookie:"}) {
        if (util::equals_ignore_case(line.substr(0, name.size()), name)) {
            return std::string{line.substr(0, name.size())} + " ...";
        }
    }
    return std::string{line};
}

/// Logs what libcurl tells of its doings, and the heads of requests and responses, line by line.
int log_debug(CURL*, curl_infotype kind, char* data, std::size_t size, void*) noexcept {
    const char* const mark = kind == CURLINFO_TEXT         ? "I "
                             : kind == CURLINFO_HEADER_IN  ? "< "
                             : kind == CURLINFO_HEADER_OUT ? "> "
                                                           : nullptr;
    if (mark == nullptr) {
        return 0;
    }
    try {
        std::string_view rest{data, size};
        while (!rest.empty()) {
            const auto end = std::min(rest.find('\n'), rest.size());
            auto line = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            line.remove_suffix(line.ends_with('\r') ? 1 : 0);
            curl_log().debug(mark, without_secrets(line));
        }
    } catch (...) {  // there is no memory for a line of the log
    }
    return 0;
}

/// At least one, as zero would be libcurl's default.
long milliseconds(ioloop::Duration time) {
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(time).count(), 1L);
}

long auth_scheme(const std::string* mode) {
    return mode != nullptr && *mode == "digest" ? CURLAUTH_DIGEST : CURLAUTH_BASIC;
}

std::string bracketed(std::string_view host) {
    const bool bare_ipv6 = host.find(':') != host.npos && !host.starts_with('[');
    return bare_ipv6 ? "[" + std::string{host} + "]" : std::string{host};
}

}  // namespace

void CurlFetch::set_up(CURL* easy) {
    set_text(
        easy, CURLOPT_URL, (url_.secure ? "https://" : "http://") + url_.authority + url_.target
    );
    set_number(easy, CURLOPT_NOSIGNAL, 1);
    set_number(easy, CURLOPT_PATH_AS_IS, 1);
    set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    set_number(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    set_number(easy, CURLOPT_FORBID_REUSE, core_->options().most_idle_connections() != 0 ? 0 : 1);
    set_callbacks(easy);
    set_limits(easy);
    set_method(easy);
    set_headers(easy);
    set_credentials(easy);
    set_proxy(easy);
    set_network(easy);
    set_tls(easy);
    if (core_->prepare()) {
        core_->prepare()(easy, current_);
    }
}

void CurlFetch::set_callbacks(CURL* easy) {
    message_.assign(CURL_ERROR_SIZE, '\0');
    ::curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, message_.data());
    ::curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
    ::curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &CurlFetch::take_header);
    ::curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
    ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &CurlFetch::take_body);
    ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    ::curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &CurlFetch::before_request);
    ::curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
    if (curl_log().enabled(log::Level::debug)) {
        set_number(easy, CURLOPT_VERBOSE, 1);
        ::curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, &log_debug);
    }
}

/// libcurl sends any request again, on a new connection, when a kept one has ended before its
/// server said a word: nobody knows whether it was heard.
int CurlFetch::before_request(void* fetch, char*, char*, int, int) noexcept {
    auto& self = *static_cast<CurlFetch*>(fetch);
    if (std::exchange(self.unheard_, true) && !httpclient::is_idempotent(self.current_.method())) {
        self.error_ = std::make_exception_ptr(httpclient::HTTPStreamClosedError{
            make_error_code(httputil::Errc::no_response)});
        return CURL_PREREQFUNC_ABORT;
    }
    return CURL_PREREQFUNC_OK;
}

/// The time for all is the loop's business.
void CurlFetch::set_limits(CURL* easy) const {
    const auto timeout = settings().value_or(&Settings::connect_timeout, usual_timeout);
    const bool limited = timeout != ioloop::Duration::zero();
    set_number(easy, CURLOPT_CONNECTTIMEOUT_MS, limited ? milliseconds(timeout) : LONG_MAX / 2);
    ::curl_easy_setopt(
        easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(core_->options().max_body_size)
    );
}

void CurlFetch::set_method(CURL* easy) const {
    const auto& method = current_.method();
    const bool wants_body = method == "POST" || method == "PUT" || method == "PATCH";
    if (current_.body() || wants_body) {
        const auto* const body = current_.body() ? &*current_.body() : nullptr;
        const auto size = static_cast<curl_off_t>(body != nullptr ? body->size() : 0);
        set_number(easy, CURLOPT_POST, 1);
        ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, size);
        ::curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body != nullptr ? body->data() : "");
    } else if (method == "HEAD") {
        set_number(easy, CURLOPT_NOBODY, 1);
        return;
    }
    set_text(easy, CURLOPT_CUSTOMREQUEST, method);
}

/// The request's own, and "Name:" for those that libcurl would add and we would not.
void CurlFetch::set_headers(CURL* easy) {
    headers_.reset();
    headers_for_proxy_.reset();
    const auto& own = current_.headers();
    const bool may_have_tunnel =
        url_.secure && (settings().names_proxy() || core_->options().proxies_from_environment);
    for (const auto [name, value] : own) {
        const auto known = httputil::known_header(name);
        if (known == KnownHeader::content_length && current_.body()) {
            continue;  // it is what it is
        }
        const bool is_for_proxy = known == KnownHeader::proxy_authorization && may_have_tunnel;
        auto& list = is_for_proxy ? headers_for_proxy_ : headers_;
        append(list, std::string{name} + (value.empty() ? ";" : ": " + std::string{value}));
    }
    if (!own.contains(KnownHeader::accept)) {
        append(headers_, "Accept:");
    }
    const bool is_form = current_.method() == "POST" && current_.body();
    if (!own.contains(KnownHeader::content_type) && !is_form) {
        append(headers_, "Content-Type:");
    }
    const bool expects =
        settings().value_or(&Settings::expect_100_continue, false) && current_.body();
    append(headers_, expects ? "Expect: 100-continue" : "Expect:");
    if (!core_->options().keep_alive && !own.contains(KnownHeader::connection)) {
        append(headers_, "Connection: close");
    }
    const auto& jar = core_->options().cookie_jar;
    if (jar != nullptr && !own.contains(KnownHeader::cookie)) {
        if (const auto cookies = jar->cookie_header(current_.url()); !cookies.empty()) {
            append(headers_, "Cookie: " + cookies);
        }
    }
    ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
    ::curl_easy_setopt(easy, CURLOPT_PROXYHEADER, headers_for_proxy_.get());
    set_number(easy, CURLOPT_HEADEROPT, CURLHEADER_SEPARATE);
    if (const auto* const name = settings().find(&Settings::user_agent)) {
        set_text(easy, CURLOPT_USERAGENT, *name);
    } else if (!own.contains(KnownHeader::user_agent)) {
        set_text(easy, CURLOPT_USERAGENT, "Tornado/" + std::string{version});
    }
    if (decompresses()) {
        set_text(easy, CURLOPT_ACCEPT_ENCODING, "");  // all that it knows
    }
}

/// Not what may be a part.
bool CurlFetch::decompresses() const {
    return settings().value_or(&Settings::decompress_response, true) &&
           !current_.headers().contains(KnownHeader::range);
}

void CurlFetch::set_credentials(CURL* easy) const {
    if (!credentials_) {
        return;
    }
    const auto* name = settings().find(&Settings::auth_username);
    std::string user;
    auto password = settings().value_or(&Settings::auth_password, std::string{});
    if (url_.has_userinfo) {
        const auto colon = std::min(url_.userinfo.find(':'), url_.userinfo.size());
        const auto rest = url_.userinfo.substr(std::min(colon + 1, url_.userinfo.size()));
        user = escape::url_unescape(url_.userinfo.substr(0, colon), false);
        password = escape::url_unescape(rest, false);
        name = &user;
    }
    if (name != nullptr) {
        set_text(easy, CURLOPT_USERNAME, composed(*name));
        set_text(easy, CURLOPT_PASSWORD, composed(password));
        set_number(easy, CURLOPT_HTTPAUTH, auth_scheme(settings().find(&Settings::auth_mode)));
    }
}

void CurlFetch::set_proxy(CURL* easy) const {
    set_number(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
    const auto* const host = settings().proxy_host();
    if (host != nullptr || settings().unix_socket() != nullptr ||
        !core_->options().proxies_from_environment) {
        // Or it would look for them in the environment.
        set_text(easy, CURLOPT_NOPROXY, "");
        set_text(easy, CURLOPT_PROXY, host != nullptr ? bracketed(*host) : "");
    }
    if (settings().names_proxy()) {
        set_number(easy, CURLOPT_PROXYPORT, settings().value_or(&Settings::proxy_port, 0));
    }
    if (const auto* const name = settings().find(&Settings::proxy_username)) {
        set_text(easy, CURLOPT_PROXYUSERNAME, composed(*name));
        const auto password = settings().value_or(&Settings::proxy_password, std::string{});
        set_text(easy, CURLOPT_PROXYPASSWORD, composed(password));
    }
    set_number(easy, CURLOPT_PROXYAUTH, auth_scheme(settings().find(&Settings::proxy_auth_mode)));
}

void CurlFetch::set_network(CURL* easy) {
    if (const auto* const interface = settings().find(&Settings::network_interface)) {
        set_text(easy, CURLOPT_INTERFACE, *interface);
    }
    if (!settings().value_or(&Settings::allow_ipv6, true)) {
        set_number(easy, CURLOPT_IPRESOLVE, CURL_IPRESOLVE_V4);
    }
    if (const auto* const path = settings().unix_socket()) {
        const bool is_abstract = path->starts_with('\0');
        set_text(
            easy,
            is_abstract ? CURLOPT_ABSTRACT_UNIX_SOCKET : CURLOPT_UNIX_SOCKET_PATH,
            path->substr(is_abstract ? 1 : 0)
        );
    }
    connect_to_.reset();
    for (const auto& [from, to] : core_->options().hostname_mapping) {
        const auto source = httputil::split_host_and_port(from);
        const auto target = httputil::split_host_and_port(to);
        const auto port_of = [](const auto& place) {
            return place.port ? std::to_string(*place.port) : std::string{};
        };
        const auto entry = bracketed(source.host) + ":" + port_of(source) + ":" +
                           bracketed(target.host) + ":" + port_of(target);
        append(connect_to_, entry);
    }
    ::curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to_.get());
}

void CurlFetch::set_tls(CURL* easy) const {
    const bool validate = settings().value_or(&Settings::validate_cert, true);
    set_number(easy, CURLOPT_SSL_VERIFYPEER, validate ? 1 : 0);
    set_number(easy, CURLOPT_SSL_VERIFYHOST, validate ? 2 : 0);
    if (const auto* const file = settings().find(&Settings::ca_certs)) {
        set_text(easy, CURLOPT_CAINFO, *file);
        ::curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    }
    if (const auto* const file = settings().find(&Settings::client_cert)) {
        set_text(easy, CURLOPT_SSLCERT, *file);
    }
    if (const auto* const file = settings().find(&Settings::client_key)) {
        set_text(easy, CURLOPT_SSLKEY, *file);
    }
}

}  // namespace tornado::curl_httpclient
