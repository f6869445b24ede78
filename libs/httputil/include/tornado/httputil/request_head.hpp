#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tornado/httputil/error.hpp"
#include "tornado/httputil/http_headers.hpp"
#include "tornado/util/result.hpp"

namespace tornado::httputil {

/// How large a message's head may be.
struct HeadLimits {
    std::size_t max_fields = 1000;
    std::size_t max_header_size =
        65536;  ///< bytes, from the start line's first to the blank line's last
    std::size_t max_target_size = 65536;  ///< bytes of a request's target
};

/// A request's start line and header fields, as views into the bytes they were parsed from.
///
/// Ownership: owns nothing; the bytes must outlive it or move with rebase().
/// Thread safety: one object, one thread.
struct RequestHead {
    std::string_view method;
    std::string_view target;
    int version_major = 1;
    int version_minor = 1;  ///< 0 or 1; a later minor version counts as 1 (RFC 9110, 2.5)
    HTTPHeaders headers;

    /// Empties it; keeps the memory for the next one.
    void clear() noexcept;

    /// Follows the bytes that were at `from` and are now, unchanged, at `to`.
    void rebase(const char* from, const char* to) noexcept;
};

enum class HeadStatus : std::uint8_t { complete, incomplete, error };

/// What a parser of heads found.
struct HeadResult {
    HeadStatus status = HeadStatus::incomplete;
    Errc error{};              ///< why, when status is HeadStatus::error
    std::size_t consumed = 0;  ///< bytes up to the body, when status is HeadStatus::complete
};

/// Parses a request's head in place, in one pass and strictly by RFC 9112.
///
/// Up to four blank lines before it are skipped; lines end in CRLF or LF; a folded field line is
/// unfolded by writing spaces over its line ending. `out` then views `data` and is meaningful only
/// when the head is complete. Sizes beyond `limits` fail as soon as they are certain, also while
/// the head is incomplete. Never reads beyond `size`, which must be less than 4 GiB.
///
/// A caller whose input is incomplete waits until find_head_end() finds the end, or until `size`
/// exceeds `limits.max_header_size`, then parses again: so bytes that come one by one cost linear
/// time.
[[nodiscard]] HeadResult
parse_request_head(char* data, std::size_t size, RequestHead& out, const HeadLimits& limits = {});

/// The position after the blank line that ends the head at the start of `data`, or npos while it is
/// not there.
///
/// `from` is how much of `data` earlier calls have searched. Also answers when there are more blank
/// lines before the head than the parsers accept, so that these can refuse it.
[[nodiscard]] std::size_t find_head_end(std::string_view data, std::size_t from = 0) noexcept;

/// How a message's body is delimited, and what becomes of its connection.
struct MessageFraming {
    enum class Body : std::uint8_t { none, content_length, chunked, until_close };

    Body body = Body::none;
    bool keep_alive = true;           ///< the peer lets the connection live on after this exchange
    bool expect_continue = false;     ///< the client waits for `100 Continue`
    bool expectation_failed = false;  ///< the client expects what we do not know: 417
    bool upgrade = false;  ///< a Connection option `upgrade` and an Upgrade field are there
    std::uint64_t content_length = 0;  ///< bytes, for Body::content_length
};

/// Decides how a request's body is delimited (RFC 9112, 6.3), refusing whatever two readers could
/// read differently. Fails with Errc::bad_content_length, bad_transfer_encoding or
/// unsupported_transfer_coding.
[[nodiscard]] Result<MessageFraming> request_framing(const RequestHead& head);

/// The parts of a request's target, as views into it.
struct Target {
    enum class Form : std::uint8_t { origin, absolute, authority, asterisk };

    Form form = Form::origin;
    std::string_view scheme;     ///< "http" or "https" as sent; empty unless the form is absolute
    std::string_view authority;  ///< host and port; empty when the target names none
    std::string_view path;   ///< "/" for an absolute form that has none; "*" for the asterisk form
    std::string_view query;  ///< without the "?"
};

/// Takes a target apart by the rules of RFC 9112, 3.2: the authority form goes only with CONNECT,
/// the asterisk form only with OPTIONS. Fails with Errc::malformed_target, or Errc::malformed_host
/// for a bad authority.
[[nodiscard]] Result<Target> parse_target(std::string_view method, std::string_view target);

/// The request's target with its authority: that of an absolute or authority form, else the Host
/// field, empty when an HTTP/1.0 request has none. Fails as parse_target() does, and with
/// Errc::missing_host or malformed_host.
[[nodiscard]] Result<Target> request_target(const RequestHead& head);

/// Whether `host` is `uri-host[:port]` (RFC 3986, 3.2.2), or empty.
[[nodiscard]] bool is_valid_host(std::string_view host) noexcept;

}  // namespace tornado::httputil
