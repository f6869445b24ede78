#pragma once

#include <cstddef>
#include <string_view>

#include "tornado/httputil/http_headers.hpp"
#include "tornado/httputil/request_head.hpp"
#include "tornado/util/result.hpp"

namespace tornado::httputil {

/// A response's status line and header fields, as views into the bytes they were parsed from.
///
/// Ownership: owns nothing; the bytes must outlive it or move with rebase().
/// Thread safety: one object, one thread.
struct ResponseHead {
    int version_major = 1;
    int version_minor = 1;
    int code = 0;
    std::string_view reason;  ///< may be empty
    HTTPHeaders headers;

    /// Empties it; keeps the memory for the next one.
    void clear() noexcept;

    /// Follows the bytes that were at `from` and are now, unchanged, at `to`.
    void rebase(const char* from, const char* to) noexcept;
};

/// Parses a response's head in place, as parse_request_head() does a request's. The space after the
/// code is required, the reason is not; codes run from 100 to 999. HeadLimits::max_target_size does
/// not apply.
[[nodiscard]] HeadResult
parse_response_head(char* data, std::size_t size, ResponseHead& out, const HeadLimits& limits = {});

}  // namespace tornado::httputil
