#include "tornado/httpclient/effective_settings.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "tornado/iostream/socket.hpp"

namespace tornado::httpclient {
namespace {

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view word) noexcept {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

void EffectiveSettings::check() const {
    check_method();
    for (const auto member : {&RequestSettings::auth_mode, &RequestSettings::proxy_auth_mode}) {
        const auto* const mode = find(member);
        if (mode != nullptr && *mode != "basic" && *mode != "digest") {
            throw std::invalid_argument{"unsupported auth_mode " + *mode};
        }
    }
    if (names_proxy()) {
        const int port = value_or(&RequestSettings::proxy_port, 0);
        if (port < 1 || port > 65535) {
            throw std::invalid_argument{"a proxy_host needs a proxy_port from 1 to 65535"};
        }
        if (unix_socket() != nullptr) {
            throw std::invalid_argument{"a request goes to a proxy or a unix_socket, not both"};
        }
    }
    if (const auto* const path = unix_socket()) {
        static_cast<void>(netutil::Address::unix_path(*path));
    }
}

void EffectiveSettings::check_method() const {
    const auto& method = request_->method();
    const bool present = request_->body() || request_->body_producer();
    const bool is_plain_get = method == "GET" && !present;
    if (is_plain_get) {
        return;
    }
    // Of these no setting makes a request that a server could answer (RFC 9110, 9.3.6 and 9.3.8).
    if (method == "CONNECT") {
        throw std::invalid_argument{
            "CONNECT makes a tunnel, and no response: fetch what is behind the proxy, with "
            "proxy_host"};
    }
    if (method == "TRACE" && present) {
        throw std::invalid_argument{"Body must be empty for method TRACE"};
    }
    if (value_or(&RequestSettings::allow_nonstandard_methods, false)) {
        return;
    }
    constexpr std::array<std::string_view, 7> usual{
        "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"};
    if (!is_one_of(usual, method)) {
        throw std::invalid_argument{
            "unknown method " + method +
            ": other methods than the usual ones need allow_nonstandard_methods"};
    }
    const bool expected = has_body(method);
    if (expected != present) {
        throw std::invalid_argument{
            std::string{"Body must "} + (expected ? "not " : "") + "be empty for method " + method +
            " (unless allow_nonstandard_methods is true)"};
    }
}

bool is_idempotent(std::string_view method) noexcept {
    constexpr std::array<std::string_view, 6> all{
        "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};
    return is_one_of(all, method);
}

}  // namespace tornado::httpclient
