#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tornado/httputil/error.hpp"
#include "tornado/httputil/http_headers.hpp"
#include "tornado/util/result.hpp"

namespace tornado::httputil {

/// How large a message's head may be, and how its lines end.
struct HeadLimits {
    bool bare_lf = true;  ///< lines may end in LF alone (RFC 9112, 2.2)
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
/// Up to four blank lines before it are skipped; lines end in CRLF or, with `limits.bare_lf`, LF; a
/// folded field line is unfolded in place, one space for each fold, but refused in a field that
/// delimits or routes the message: Connection, Content-Length, Expect, Host, Transfer-Encoding,
/// Upgrade. `out` then views `data` and is meaningful only when the head is complete. Sizes beyond
/// `limits` fail as soon as they are certain, also while the head is incomplete. Never reads beyond
/// `size`, which must be less than 4 GiB.
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
/// lines before the head than the parsers accept, and for a CR without its LF, so that these can
/// refuse it.
[[nodiscard]] std::size_t find_head_end(std::string_view data, std::size_t from = 0) noexcept;

}  // namespace tornado::httputil
