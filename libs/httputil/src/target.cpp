#include "tornado/httputil/target.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "character.hpp"

namespace tornado::httputil {
namespace {

/// The length of the reg-name or IPv4 address at the start of `host`, up to a colon, or npos when
/// it is malformed.
std::size_t reg_name_size(std::string_view host) noexcept {
    std::size_t i = 0;
    while (true) {
        while (i < host.size() && is(host[i], host_char)) {
            ++i;
        }
        if (i == host.size() || host[i] == ':') {
            return i;
        }
        if (host[i] != '%' || host.size() - i < 3 || !all_are(host.substr(i + 1, 2), hex_char)) {
            return host.npos;
        }
        i += 3;
    }
}

/// Whether `text` is an IPv4 address, which may end an IPv6 address.
bool is_ipv4(std::string_view text) noexcept {
    int parts = 0;
    do {
        const auto part = take_until(text, '.');
        int value = 0;
        for (const char c : part) {
            value = is(c, digit_char) && value < 256 ? value * 10 + (c - '0') : 256;
        }
        if (part.empty() || value > 255 || (part.size() > 1 && part.front() == '0')) {
            return false;
        }
        ++parts;
    } while (text.data() != nullptr);
    return parts == 4;
}

/// Counts the 16-bit groups of one side of a "::", or -1 when they are malformed.
int count_groups(std::string_view side, bool may_end_in_ipv4) noexcept {
    if (side.empty()) {
        return 0;
    }
    int groups = 0;
    do {
        const auto group = take_until(side, ':');
        const bool last = side.data() == nullptr;
        if (last && may_end_in_ipv4 && is_ipv4(group)) {
            return groups + 2;
        }
        if (group.empty() || group.size() > 4 || !all_are(group, hex_char)) {
            return -1;
        }
        ++groups;
    } while (side.data() != nullptr && groups <= 8);
    return groups;
}

bool is_ipv6(std::string_view text) noexcept {
    const auto gap = text.find("::");
    if (gap == text.npos) {
        return count_groups(text, true) == 8;
    }
    const int before = count_groups(text.substr(0, gap), false);
    const int after = count_groups(text.substr(gap + 2), true);
    return before >= 0 && after >= 0 && before + after <= 7;
}

/// Whether `text`, what stands between brackets, is an address of IPv6 or of a later version (RFC
/// 3986, 3.2.2).
bool is_ip_literal(std::string_view text) noexcept {
    if (text.empty() || lower(text.front()) != 'v') {
        return is_ipv6(text);
    }
    const auto version = take_until(text, '.').substr(1);
    if (version.empty() || text.empty() || !all_are(version, hex_char)) {
        return false;
    }
    for (const char c : text) {
        if (c != ':' && !is(c, host_char)) {
            return false;
        }
    }
    return true;
}

/// Whether `host` is valid, names something and, when `needs_port`, has a port.
bool is_authority(std::string_view host, bool needs_port) noexcept {
    if (host.empty() || !is_valid_host(host)) {
        return false;
    }
    const auto colon = host.rfind(':');
    return !needs_port || (colon != host.npos && colon + 1 != host.size() && host.back() != ']');
}

/// Takes path and query apart. False when one holds a byte that it may not: a fragment's "#", which
/// is never sent, among them.
bool split_query(std::string_view text, Target& target) noexcept {
    const auto mark = text.find('?');
    target.path = text.substr(0, mark);
    if (mark != text.npos) {
        target.query = text.substr(mark + 1);
    }
    return all_are(target.path, path_char) && all_are(target.query, query_char);
}

Result<Target> parse_absolute(std::string_view method, std::string_view target) {
    Target parsed;
    const auto colon = target.find("://");
    parsed.form = Target::Form::absolute;
    parsed.scheme = target.substr(0, colon);
    if (colon == target.npos || !(equals_ignore_case(parsed.scheme, "http") ||
                                  equals_ignore_case(parsed.scheme, "https"))) {
        return Errc::malformed_target;
    }
    const auto rest = target.substr(colon + 3);
    const auto end = rest.find_first_of("/?");
    parsed.authority = rest.substr(0, end);
    if (!is_authority(parsed.authority, false)) {
        return Errc::malformed_host;  // no userinfo either: RFC 9110, 4.2.4
    }
    if (end == rest.npos) {
        parsed.path = method == "OPTIONS" ? "*" : "/";  // RFC 9112, 3.2.4
        return parsed;
    }
    if (!split_query(rest.substr(end), parsed)) {
        return Errc::malformed_target;
    }
    if (parsed.path.empty()) {
        parsed.path = "/";
    }
    return parsed;
}

/// Whether `host` is the valid one that this thread has seen last. A server is mostly asked for one
/// and the same, and by each connection always.
class LastHost {
public:
    [[nodiscard]] bool is(std::string_view host) const noexcept {
        return host.size() == size_ && std::memcmp(host.data(), text_.data(), size_) == 0;
    }
    void remember(std::string_view host) noexcept {
        if (!host.empty() && host.size() <= text_.size()) {
            size_ = host.size();
            std::memcpy(text_.data(), host.data(), size_);
        }
    }

private:
    std::array<char, 64> text_{};
    std::size_t size_ = std::string_view::npos;  ///< as no host's
};

constinit thread_local LastHost last_host;

bool is_known_host(std::string_view host) noexcept {
    if (last_host.is(host)) {
        return true;
    }
    if (!is_valid_host(host)) {
        return false;
    }
    last_host.remember(host);
    return true;
}

}  // namespace

bool is_valid_host(std::string_view host) noexcept {
    std::size_t end = 0;
    if (host.starts_with('[')) {
        const auto bracket = host.find(']');
        if (bracket == host.npos || !is_ip_literal(host.substr(1, bracket - 1))) {
            return false;
        }
        end = bracket + 1;
    } else {
        end = reg_name_size(host);
    }
    if (end >= host.size()) {
        return end == host.size();
    }
    if (end == 0) {
        return false;  // RFC 9110, 4.2.1: a port of no host
    }
    const auto port = host.substr(end + 1);
    if (host[end] != ':' || !all_are(port, digit_char)) {
        return false;
    }
    int number = 0;
    for (const char c : port) {
        number = std::min(number * 10 + (c - '0'), 65536);
    }
    return number <= 65535;
}

Result<Target> parse_target(std::string_view method, std::string_view target) {
    Target parsed;
    if (method == "CONNECT") {
        if (!is_authority(target, true)) {
            return Errc::malformed_host;
        }
        parsed.form = Target::Form::authority;
        parsed.authority = target;
        return parsed;
    }
    if (target.starts_with('/')) {
        return split_query(target, parsed) ? Result<Target>{parsed} : Errc::malformed_target;
    }
    if (target == "*") {
        if (method != "OPTIONS") {
            return Errc::malformed_target;
        }
        parsed.form = Target::Form::asterisk;
        parsed.path = target;
        return parsed;
    }
    return parse_absolute(method, target);
}

Result<Target> request_target(const RequestHead& head) {
    auto target = parse_target(head.method, head.target);
    if (target.has_error()) {
        return target;
    }
    const auto host = head.headers.first(KnownHeader::host);
    if (!host) {
        // RFC 9112, 3.2: also when the target itself names the host
        return head.version_minor != 0 ? Result<Target>{Errc::missing_host} : target;
    }
    // RFC 9110, 4.2.1: a URI of http has a host
    if (head.headers.count(KnownHeader::host) != 1 || host->empty() || !is_known_host(*host)) {
        return Errc::malformed_host;
    }
    if (target->authority.empty()) {
        target->authority = *host;
    }
    return target;
}

}  // namespace tornado::httputil
