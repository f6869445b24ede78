#include <algorithm>

#include "crypto.hpp"
#include "oauth_header.hpp"
#include "tornado/auth/oauth_mixin.hpp"
#include "tornado/httpclient/url.hpp"
#include "tornado/httputil/arguments.hpp"
#include "tornado/util/base64.hpp"

namespace tornado::auth {

namespace {

/// The URL without its query, as it is signed (RFC 5849, 3.4.1.2).
std::string base_url(const httpclient::Url& url) {
    auto text = std::string{url.secure ? "https://" : "http://"};
    const bool is_ipv6 = url.host.find(':') != std::string::npos;
    text += is_ipv6 ? "[" + url.host + "]" : url.host;
    if (url.port != (url.secure ? 443 : 80)) {
        text += ":" + std::to_string(url.port);
    }
    return text + url.target.substr(0, url.target.find('?'));
}

}  // namespace

std::string oauth_escape(std::string_view text) {
    constexpr std::string_view unreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    std::string escaped;
    for (const char c : text) {
        if (unreserved.find(c) != unreserved.npos) {
            escaped += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            escaped += '%';
            escaped += "0123456789ABCDEF"[byte >> 4U];
            escaped += "0123456789ABCDEF"[byte & 15U];
        }
    }
    return escaped;
}

std::string oauth_header(const Parameters& parameters) {
    std::string header = "OAuth ";
    for (const auto& [name, value] : parameters) {
        header.append(header.size() > 6 ? ", " : "").append(oauth_escape(name));
        header.append("=\"").append(oauth_escape(value)).append("\"");
    }
    return header;
}

std::string oauth_signature(
    std::string_view method,
    std::string_view url,
    const Parameters& parameters,
    const ConsumerToken& consumer,
    const ConsumerToken& token
) {
    const auto parts = httpclient::parse_url(url);
    Parameters all;
    for (const auto& [name, value] : parameters) {
        all.emplace_back(oauth_escape(name), oauth_escape(value));
    }
    if (const auto question = parts.target.find('?'); question != std::string::npos) {
        for (const auto& [name, value] :
             httputil::parse_arguments(parts.target.substr(question + 1))) {
            all.emplace_back(oauth_escape(name), oauth_escape(value));
        }
    }
    std::sort(all.begin(), all.end());  // RFC 5849, 3.4.1.3.2: as they are encoded
    std::string normalized;
    for (const auto& [name, value] : all) {
        normalized.append(normalized.empty() ? "" : "&").append(name).append("=").append(value);
    }
    std::string verb{method};
    std::transform(verb.begin(), verb.end(), verb.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    const auto text = verb + "&" + oauth_escape(base_url(parts)) + "&" + oauth_escape(normalized);
    const auto key = oauth_escape(consumer.secret) + "&" + oauth_escape(token.secret);
    return util::base64(hmac_sha1(key, text));
}

}  // namespace tornado::auth
