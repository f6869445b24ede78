#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tornado/httpclient/http_request.hpp"

namespace tornado::httpclient {

/// What counts for a request: its own settings, and its client's defaults for what it leaves open.
/// For those who write a client of their own. Refers to both, and is made anew for each look.
///
///     const EffectiveSettings settings{request, options.defaults};
///     settings.check();
///     const int hops = settings.value_or(&RequestSettings::max_redirects, 5);
class EffectiveSettings {
public:
    EffectiveSettings(const HTTPRequest& request, const RequestSettings& defaults) noexcept
        : request_{&request},
          defaults_{&defaults} {}

    /// Null when neither says anything.
    template <typename T>
    [[nodiscard]] const T* find(std::optional<T> RequestSettings::*member) const noexcept {
        const auto& own = request_->settings().*member;
        const auto& usual = defaults_->*member;
        return own ? &*own : usual ? &*usual : nullptr;
    }
    template <typename T>
    [[nodiscard]] T value_or(std::optional<T> RequestSettings::*member, T otherwise) const {
        const auto* const found = find(member);
        return found != nullptr ? *found : otherwise;
    }

    /// Empty when it asks for no proxy, null when it leaves that to the environment. A default does
    /// not count for a request with a unix_socket of its own.
    [[nodiscard]] const std::string* proxy_host() const noexcept {
        const auto& own = request_->settings();
        const bool counts = own.proxy_host || !own.unix_socket;
        return counts ? find(&RequestSettings::proxy_host) : nullptr;
    }
    [[nodiscard]] bool names_proxy() const noexcept {
        const auto* const host = proxy_host();
        return host != nullptr && !host->empty();
    }
    /// Null when it goes to none. A default does not count for a request with a proxy of its own.
    [[nodiscard]] const std::string* unix_socket() const noexcept {
        const auto& own = request_->settings();
        const bool counts = own.unix_socket || !own.proxy_host || own.proxy_host->empty();
        return counts ? find(&RequestSettings::unix_socket) : nullptr;
    }

    /// Throws std::invalid_argument, with a sentence, for a method that is not usual, or a body
    /// that its method does not expect, without allow_nonstandard_methods; CONNECT, and TRACE with
    /// a body, even with it; an auth_mode that is neither "basic" nor "digest"; a proxy_host
    /// without a proxy_port, or with a unix_socket; and what netutil::Address::unix_path() does for
    /// a path that no socket can have.
    void check() const;
    /// The part of check() that depends on the request even when that has no settings.
    void check_method() const;

private:
    const HTTPRequest* request_;
    const RequestSettings* defaults_;
};

/// Whether requests of this method are sent with a body, be it an empty one.
[[nodiscard]] inline bool has_body(std::string_view method) noexcept {
    return method == "POST" || method == "PUT" || method == "PATCH";
}

/// Whether a method may be repeated when nobody knows whether it was heard (RFC 9110, 9.2.2).
[[nodiscard]] bool is_idempotent(std::string_view method) noexcept;

}  // namespace tornado::httpclient
