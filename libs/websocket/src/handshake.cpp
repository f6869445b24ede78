#include "tornado/websocket/handshake.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "tornado/httputil/message_framing.hpp"
#include "tornado/util/ascii.hpp"
#include "tornado/util/base64.hpp"
#include "tornado/util/secure_random.hpp"
#include "tornado/websocket/extension.hpp"

namespace tornado::websocket {

using httputil::HTTPHeaders;
using httputil::KnownHeader;

namespace {

constexpr std::string_view magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t key_digits = 22;

}  // namespace

std::string accept_key(std::string_view key) {
    const auto text = std::string{key}.append(magic);
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
    ::SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    return util::base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string make_key() {
    return util::base64(util::secure_random_bytes(16));
}

bool is_valid_key(std::string_view key) noexcept {
    return key.size() == key_digits + 2 && key.substr(key_digits) == "==" &&
           std::all_of(key.begin(), key.begin() + key_digits, [](char c) {
               return (c >= '0' && c <= '9') || (util::lower(c) >= 'a' && util::lower(c) <= 'z') ||
                      c == '+' || c == '/';
           });
}

HandshakeVerdict check_upgrade(const HTTPHeaders& headers) {
    if (!httputil::has_list_member(headers, KnownHeader::upgrade, "websocket")) {
        return {400, "Can \"Upgrade\" only to \"WebSocket\"."};
    }
    if (!httputil::has_list_member(headers, KnownHeader::connection, "upgrade")) {
        return {400, "\"Connection\" must be \"Upgrade\"."};
    }
    return {};
}

HandshakeVerdict check_version(const HTTPHeaders& headers) {
    if (headers.get(KnownHeader::sec_websocket_version) != "13") {
        return {426, "Only version 13 of the WebSocket protocol is spoken here."};
    }
    if (headers.count(KnownHeader::sec_websocket_key) != 1 ||
        !is_valid_key(*headers.first(KnownHeader::sec_websocket_key))) {
        return {400, "Sec-WebSocket-Key must be 16 bytes in base64, once."};
    }
    if (const auto protocols = headers.get(KnownHeader::sec_websocket_protocol);
        protocols && !protocols->empty() && !parse_tokens(*protocols)) {
        return {400, "Sec-WebSocket-Protocol is malformed."};
    }
    if (const auto extensions = headers.get(KnownHeader::sec_websocket_extensions);
        extensions && !extensions->empty() && !parse_extensions(*extensions)) {
        return {400, "Sec-WebSocket-Extensions is malformed."};  // RFC 6455, 9.1
    }
    return {};
}

bool is_same_origin(std::string_view origin, std::string_view host) {
    const auto scheme = origin.find("://");
    if (scheme == origin.npos || host.empty()) {
        return false;  // "null" among others
    }
    auto authority = origin.substr(scheme + 3);
    authority = authority.substr(0, authority.find_first_of("/?#"));
    return util::equals_ignore_case(authority, host);
}

}  // namespace tornado::websocket
