#include "tornado/httpclient/cookie_jar.hpp"

#include <algorithm>

#include "public_suffix.hpp"
#include "set_cookie.hpp"
#include "tornado/httpclient/url.hpp"
#include "tornado/httputil/http_headers.hpp"
#include "tornado/iostream/resolver.hpp"

namespace tornado::httpclient {

namespace {

using Cookie = CookieJar::Cookie;

/// RFC 6265, 5.1.3, for a host that is a name.
bool domain_matches(std::string_view host, std::string_view domain) noexcept {
    return host == domain || (host.size() > domain.size() && host.ends_with(domain) &&
                              host[host.size() - domain.size() - 1] == '.');
}

/// RFC 6265, 5.1.4.
bool path_matches(std::string_view path, std::string_view of_cookie) noexcept {
    return path.starts_with(of_cookie) &&
           (path.size() == of_cookie.size() || of_cookie.ends_with('/') ||
            path[of_cookie.size()] == '/');
}

std::string_view path_of(const Url& url) noexcept {
    return std::string_view{url.target}.substr(0, url.target.find('?'));
}

std::string default_path(const Url& url) {
    const auto path = path_of(url);
    const auto slash = path.rfind('/');
    return std::string{slash == 0 || slash == path.npos ? "/" : path.substr(0, slash)};
}

bool has_expired(const Cookie& cookie, CookieJar::Clock::time_point now) noexcept {
    return cookie.expires && *cookie.expires <= now;
}

bool starts_with(std::string_view text, std::string_view lower_prefix) noexcept {
    return text.size() >= lower_prefix.size() &&
           std::equal(lower_prefix.begin(), lower_prefix.end(), text.begin(), [](char a, char b) {
               return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
           });
}

/// Whether a name's prefix promises what the cookie does not keep.
bool breaks_promise(const Cookie& cookie, bool has_domain) noexcept {
    if (starts_with(cookie.name, "__host-")) {
        return !cookie.secure || has_domain || cookie.path != "/";
    }
    return starts_with(cookie.name, "__secure-") && !cookie.secure;
}

}  // namespace

bool CookieJar::is_public_suffix(std::string_view domain) const {
    return options_.is_public_suffix ? options_.is_public_suffix(domain)
                                     : is_well_known_suffix(domain);
}

/// Decides for whom a cookie of this host is. False: it is not the host's business.
bool CookieJar::settle_domain(Cookie& cookie, const std::string& host) const {
    if (cookie.domain.empty() || cookie.domain == host) {
        cookie.host_only =
            cookie.domain.empty() || netutil::is_valid_ip(host) || is_public_suffix(host);
        cookie.domain = host;
        return true;
    }
    cookie.host_only = false;
    return !netutil::is_valid_ip(host) && domain_matches(host, cookie.domain) &&
           !is_public_suffix(cookie.domain);
}

/// Whether it would hide a secure cookie, which only a secure connection may do.
bool CookieJar::overlays_secure(const Cookie& cookie) const {
    return std::any_of(cookies_.begin(), cookies_.end(), [&](const Kept& each) {
        const auto& other = each.cookie;
        return other.secure && other.name == cookie.name &&
               (domain_matches(cookie.domain, other.domain) ||
                domain_matches(other.domain, cookie.domain)) &&
               path_matches(cookie.path, other.path);
    });
}

bool CookieJar::set_cookie(std::string_view url, std::string_view field, Clock::time_point now) {
    const auto from = parse_url(url);
    auto parsed = parse_set_cookie(field, now);
    if (!parsed || parsed->name.size() + parsed->value.size() > options_.max_cookie_size) {
        return false;
    }
    const bool has_domain = parsed->has_domain;
    Cookie cookie;
    cookie.name = std::move(parsed->name);
    cookie.value = std::move(parsed->value);
    cookie.domain = std::move(parsed->domain);
    cookie.path = parsed->path.empty() ? default_path(from) : std::move(parsed->path);
    cookie.expires = parsed->expires;
    cookie.http_only = parsed->http_only;
    cookie.secure = parsed->secure;
    if (!settle_domain(cookie, from.host) || breaks_promise(cookie, has_domain) ||
        (!from.secure && (cookie.secure || overlays_secure(cookie)))) {
        return false;
    }
    const auto former = std::find_if(cookies_.begin(), cookies_.end(), [&](const Kept& each) {
        return each.cookie.name == cookie.name && each.cookie.domain == cookie.domain &&
               each.cookie.path == cookie.path && each.cookie.host_only == cookie.host_only;
    });
    if (has_expired(cookie, now)) {
        if (former != cookies_.end()) {
            cookies_.erase(former);
        }
        return true;
    }
    if (former != cookies_.end()) {
        *former = {std::move(cookie), ++uses_};
        return true;
    }
    const auto domain = cookie.domain;
    cookies_.push_back({std::move(cookie), ++uses_});
    make_room(domain, now);
    return true;
}

void CookieJar::set_cookies(
    std::string_view url,
    const httputil::HTTPHeaders& headers,
    Clock::time_point now
) {
    for (const auto field : headers.get_list("Set-Cookie")) {
        set_cookie(url, field, now);
    }
}

void CookieJar::make_room(std::string_view domain, Clock::time_point now) {
    const auto count = std::count_if(cookies_.begin(), cookies_.end(), [&](const Kept& each) {
        return each.cookie.domain == domain;
    });
    const bool too_many_here = static_cast<std::size_t>(count) > options_.max_cookies_per_domain;
    if (!too_many_here && cookies_.size() <= options_.max_cookies) {
        return;
    }
    const auto before = cookies_.size();
    std::erase_if(cookies_, [&](const Kept& each) { return has_expired(each.cookie, now); });
    if (cookies_.size() == before) {
        drop_oldest(too_many_here ? domain : std::string_view{});
    }
}

/// The one unused for longest, of a domain or, when that is empty, of all.
void CookieJar::drop_oldest(std::string_view domain) {
    auto oldest = cookies_.end();
    for (auto each = cookies_.begin(); each != cookies_.end(); ++each) {
        const bool counts = domain.empty() || each->cookie.domain == domain;
        if (counts && (oldest == cookies_.end() || each->used < oldest->used)) {
            oldest = each;
        }
    }
    cookies_.erase(oldest);
}

std::string CookieJar::cookie_header(std::string_view url, Clock::time_point now) {
    const auto to = parse_url(url);
    const auto path = path_of(to);
    std::vector<Kept*> fitting;
    for (auto& kept : cookies_) {
        const auto& cookie = kept.cookie;
        const bool host_fits =
            cookie.host_only ? to.host == cookie.domain : domain_matches(to.host, cookie.domain);
        if (host_fits && path_matches(path, cookie.path) && (to.secure || !cookie.secure) &&
            !has_expired(cookie, now)) {
            fitting.push_back(&kept);
        }
    }
    // Longer paths first, then the older ones (RFC 6265, 5.4).
    std::stable_sort(fitting.begin(), fitting.end(), [](const Kept* a, const Kept* b) {
        return a->cookie.path.size() > b->cookie.path.size();
    });
    std::string header;
    ++uses_;
    for (auto* const kept : fitting) {
        kept->used = uses_;
        header.append(header.empty() ? "" : "; ").append(kept->cookie.name);
        header.append("=").append(kept->cookie.value);
    }
    return header;
}

std::vector<Cookie> CookieJar::cookies(Clock::time_point now) const {
    std::vector<Cookie> all;
    for (const auto& kept : cookies_) {
        if (!has_expired(kept.cookie, now)) {
            all.push_back(kept.cookie);
        }
    }
    return all;
}

void CookieJar::clear_session_cookies() {
    std::erase_if(cookies_, [](const Kept& each) { return !each.cookie.expires; });
}

}  // namespace tornado::httpclient
