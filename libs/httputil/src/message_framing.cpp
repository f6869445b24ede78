#include "tornado/httputil/message_framing.hpp"

#include <charconv>
#include <system_error>
#include <utility>

#include "character.hpp"

namespace tornado::httputil {
namespace {

/// Calls `visit` with each member of each list that is a value of `header`, until one call says
/// false; whether none did. Empty members are passed too: what they mean depends on the field.
template <typename Visit>
bool for_each_member(const HTTPHeaders& headers, KnownHeader header, Visit visit) {
    for (std::size_t i = 0; headers.contains(header) && i < headers.size(); ++i) {
        if (headers.known_at(i) != header) {
            continue;
        }
        auto rest = headers[i].value;
        do {
            if (!visit(trim(take_until(rest, ',')))) {
                return false;
            }
        } while (rest.data() != nullptr);
    }
    return true;
}

Result<std::uint64_t> parse_length(std::string_view digits) {
    std::uint64_t length = 0;
    const auto* const end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, length);
    const bool is_whole = parsed.ec == std::errc{} && parsed.ptr == end;
    if (!is_whole || !std::in_range<std::int64_t>(length)) {  // as sizes of files are
        return Errc::bad_content_length;
    }
    return length;
}

/// Accepts exactly one coding, chunked. A list that ends otherwise, repeats it or holds "identity",
/// which no longer exists, delimits nothing (RFC 9112, 6.3); neither do we guess at one with an
/// empty member. A list of other codings before chunked is only unknown to us.
Result<void> check_transfer_encoding(const HTTPHeaders& headers) {
    std::size_t codings = 0;
    std::size_t chunked = 0;
    bool chunked_last = false;
    bool well_formed = true;
    for_each_member(headers, KnownHeader::transfer_encoding, [&](std::string_view member) {
        ++codings;
        chunked_last = equals_ignore_case(member, "chunked");
        chunked += chunked_last ? 1 : 0;
        well_formed = well_formed && is_token(member) && !equals_ignore_case(member, "identity");
        return true;
    });
    if (!well_formed || chunked > 1 || !chunked_last) {
        return Errc::bad_transfer_encoding;
    }
    return codings == 1 ? Result<void>{} : Errc::unsupported_transfer_coding;
}

/// Finds the body's delimiter in Transfer-Encoding and Content-Length, of which only one may be
/// there.
Result<void> find_body(const HTTPHeaders& headers, int version_minor, MessageFraming& framing) {
    const bool has_length = headers.contains(KnownHeader::content_length);
    if (headers.contains(KnownHeader::transfer_encoding)) {
        if (has_length || version_minor == 0) {
            return Errc::bad_transfer_encoding;  // RFC 9112, 6.1: likely an attempt at smuggling
        }
        framing.body = MessageFraming::Body::chunked;
        return check_transfer_encoding(headers);
    }
    if (has_length) {
        const auto length = content_length(headers);
        framing.body = MessageFraming::Body::content_length;
        framing.content_length = length.value_or(0);
        return length.has_error() ? Result<void>{length.error()} : Result<void>{};
    }
    return {};
}

/// Reads the Connection field, which is a list (RFC 9110, 7.6.1).
void read_connection(const HTTPHeaders& headers, int version_minor, MessageFraming& framing) {
    bool close = false;
    bool keep_alive = false;
    bool upgrade = false;
    for_each_member(headers, KnownHeader::connection, [&](std::string_view option) {
        close = close || equals_ignore_case(option, "close");
        keep_alive = keep_alive || equals_ignore_case(option, "keep-alive");
        upgrade = upgrade || equals_ignore_case(option, "upgrade");
        return true;
    });
    framing.keep_alive = !close && (version_minor != 0 || keep_alive);
    framing.upgrade = upgrade && version_minor != 0 && headers.contains(KnownHeader::upgrade);
}

}  // namespace

Result<std::uint64_t> content_length(const HTTPHeaders& headers) {
    if (const auto value = headers.only(KnownHeader::content_length)) {  // mostly it is one number
        if (const auto length = parse_length(*value); !length.has_error()) {
            return length;
        }
    }
    std::uint64_t agreed = 0;
    bool seen = false;
    const bool good =
        for_each_member(headers, KnownHeader::content_length, [&](std::string_view member) {
            const auto length = parse_length(member);
            if (length.has_error() || (seen && *length != agreed)) {
                return false;
            }
            agreed = *length;
            seen = true;
            return true;
        });
    return good ? Result<std::uint64_t>{agreed} : Errc::bad_content_length;
}

bool has_list_member(
    const HTTPHeaders& headers,
    KnownHeader header,
    std::string_view name
) noexcept {
    return !for_each_member(headers, header, [&](std::string_view member) {
        return !equals_ignore_case(member, name);
    });
}

Result<MessageFraming> request_framing(const RequestHead& head) {
    MessageFraming framing;
    if (auto body = find_body(head.headers, head.version_minor, framing); body.has_error()) {
        return body.error();
    }
    read_connection(head.headers, head.version_minor, framing);
    if (head.version_minor == 0) {
        // An old client that sends neither a length nor GET or HEAD may mean a body that ends with
        // the connection.
        const bool delimited = framing.body != MessageFraming::Body::none || head.method == "GET" ||
                               head.method == "HEAD";
        framing.keep_alive = framing.keep_alive && delimited;
        return framing;  // RFC 9110, 10.1.1: an expectation of HTTP/1.0 is ignored
    }
    for_each_member(head.headers, KnownHeader::expect, [&](std::string_view expectation) {
        const bool known = equals_ignore_case(expectation, "100-continue");
        framing.expect_continue = framing.expect_continue || known;
        framing.expectation_failed = framing.expectation_failed || !(known || expectation.empty());
        return true;
    });
    return framing;
}

Result<MessageFraming> response_framing(const ResponseHead& head, std::string_view request_method) {
    MessageFraming framing;
    read_connection(head.headers, head.version_minor, framing);
    const bool informational = head.code < 200;
    if (informational || head.code == 204 || head.code == 304 || request_method == "HEAD" ||
        (request_method == "CONNECT" && head.code < 300)) {
        return framing;  // whatever the fields say
    }
    if (auto body = find_body(head.headers, head.version_minor, framing); body.has_error()) {
        return body.error();
    }
    if (framing.body == MessageFraming::Body::none) {
        framing.body = MessageFraming::Body::until_close;
        framing.keep_alive = false;
    }
    return framing;
}

}  // namespace tornado::httputil
