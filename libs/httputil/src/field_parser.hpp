#pragma once

#include <cstddef>
#include <cstring>

#include "head_scanner.hpp"
#include "tornado/httputil/http_headers.hpp"
#include "tornado/httputil/request_head.hpp"

namespace tornado::httputil {

/// How much of a message the head parsers look at; the rest belongs to the body or is too much.
[[nodiscard]] std::size_t searched_size(std::size_t size, const HeadLimits& limits) noexcept;

/// What a result says when the parser has come as far as `size` bytes allow: an incomplete head
/// that has reached its limit fails, with the error that the result then carries.
[[nodiscard]] HeadResult
with_limits(HeadResult result, std::size_t size, const HeadLimits& limits) noexcept;

/// The error of a step with that status: `wrong`, or what it is if more bytes would be too many.
[[nodiscard]] inline Errc
reason(HeadStatus status, Errc wrong, Errc too_much = Errc::header_too_large) noexcept {
    return status == HeadStatus::error ? wrong : too_much;
}

/// Parses the field lines from `position` to the blank line behind them into `headers`, which
/// borrows `data`. `size` is that of `scanner`.
[[nodiscard]] HeadResult parse_fields(
    HeadScanner& scanner,
    char* data,
    std::size_t size,
    std::size_t position,
    HTTPHeaders& headers,
    const HeadLimits& limits
);

/// The position behind the blank lines at the start, of which at most four are skipped.
[[nodiscard]] std::size_t
blank_lines_size(const char* data, std::size_t size, bool bare_lf) noexcept;

[[nodiscard]] inline std::size_t
skip_blank_lines(const char* data, std::size_t size, bool bare_lf) noexcept {
    return size != 0 && *data > '\r' ? 0 : blank_lines_size(data, size, bare_lf);
}

/// What stands at a position where a line must end.
struct LineEnd {
    HeadStatus status;
    std::size_t next = 0;  ///< the start of the next line, when complete
};

[[nodiscard]] inline LineEnd
line_end(const char* data, std::size_t size, std::size_t at, bool bare_lf) noexcept {
    if (at == size) {
        return {HeadStatus::incomplete};
    }
    if (data[at] == '\n') {
        return {bare_lf ? HeadStatus::complete : HeadStatus::error, at + 1};
    }
    if (data[at] != '\r') {
        return {HeadStatus::error};
    }
    if (at + 1 == size) {
        return {HeadStatus::incomplete};
    }
    return {data[at + 1] == '\n' ? HeadStatus::complete : HeadStatus::error, at + 2};
}

/// A version `HTTP/d.d` that stands at the start of `text`.
struct Version {
    HeadStatus status = HeadStatus::complete;
    Errc error{};
    int minor = 1;
};

/// Recognises any version in the eight bytes at the start of `text`.
[[nodiscard]] Version parse_other_version(const char* text, std::size_t size) noexcept;

[[nodiscard]] inline Version parse_version(const char* text, std::size_t size) noexcept {
    return size >= 8 && std::memcmp(text, "HTTP/1.1", 8) == 0 ? Version{}
                                                              : parse_other_version(text, size);
}

}  // namespace tornado::httputil
