#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tornado::httputil {
class HTTPHeaders;
}

namespace tornado::httpclient {

/// What a CookieJar takes. Sizes are bytes.
struct CookieJarOptions {
    /// Whether everybody can have a name below this one, so that it gets no cookies for all of
    /// them: "co.uk". Null: names without a dot, and a short list of the best known others;
    /// whoever visits strangers gives the whole list here (libpsl has it).
    std::function<bool(std::string_view domain)> is_public_suffix = nullptr;
    std::size_t max_cookie_size = 4096;        ///< of name and value; a larger one is ignored
    std::size_t max_cookies = 3000;            ///< then those unused for longest go
    std::size_t max_cookies_per_domain = 180;  ///< the same
};

/// The cookies that servers have set, for the requests that are to carry them (RFC 6265).
///
/// A client that has one in its HTTPClientOptions fills and uses it; requests with a Cookie field
/// of their own are left as they are. SameSite is ignored, as there is no site that asks.
///
/// Ownership: owns its cookies; clients share a jar by shared_ptr. Thread safety: one object, one
/// thread.
class CookieJar {
public:
    using Clock = std::chrono::system_clock;

    struct Cookie {
        std::string name;
        std::string value;
        std::string domain;  ///< in lower case, without a dot in front
        std::string path;
        std::optional<Clock::time_point> expires;  ///< absent: when the jar goes
        bool host_only = true;                     ///< not for names below the domain
        bool http_only = false;
        bool secure = false;
    };

    CookieJar() = default;
    explicit CookieJar(CookieJarOptions options) : options_{std::move(options)} {}

    /// Takes one Set-Cookie field of a response from `url`. Whether the jar has taken it, or
    /// deleted the cookie that it lets expire; it ignores what is malformed or not the server's
    /// business. Throws std::invalid_argument for what is no http or https URL.
    bool
    set_cookie(std::string_view url, std::string_view field, Clock::time_point now = Clock::now());
    /// Takes all of a response's.
    void set_cookies(
        std::string_view url,
        const httputil::HTTPHeaders& headers,
        Clock::time_point now = Clock::now()
    );
    /// The Cookie field of a request for `url`; empty for none.
    [[nodiscard]] std::string
    cookie_header(std::string_view url, Clock::time_point now = Clock::now());

    /// All that have not expired, in the order in which they were made.
    [[nodiscard]] std::vector<Cookie> cookies(Clock::time_point now = Clock::now()) const;
    void clear() noexcept { cookies_.clear(); }
    /// Forgets those without an expiry date, as a browser does when it ends.
    void clear_session_cookies();

private:
    struct Kept {
        Cookie cookie;
        std::uint64_t used = 0;  ///< counts uses of the jar
    };
    [[nodiscard]] bool is_public_suffix(std::string_view domain) const;
    [[nodiscard]] bool settle_domain(Cookie& cookie, const std::string& host) const;
    [[nodiscard]] bool overlays_secure(const Cookie& cookie) const;
    void make_room(std::string_view domain, Clock::time_point now);
    void drop_oldest(std::string_view domain);

    CookieJarOptions options_;
    std::vector<Kept> cookies_;
    std::uint64_t uses_ = 0;
};

}  // namespace tornado::httpclient
