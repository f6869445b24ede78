#include "tornado/httputil/response_head.hpp"

#include "character.hpp"
#include "field_parser.hpp"
#include "head_scanner.hpp"

namespace tornado::httputil {
namespace {

/// The code in the three bytes at `text`, or 0.
int parse_code(const char* text) noexcept {
    if (!all_are({text, 3}, digit_char) || *text == '0') {
        return 0;
    }
    return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

HeadResult parse_status_line(
    HeadScanner& scanner,
    const char* data,
    std::size_t size,
    ResponseHead& out,
    const HeadLimits& limits
) noexcept {
    constexpr HeadResult malformed{HeadStatus::error, Errc::malformed_start_line};
    constexpr HeadResult incomplete{HeadStatus::incomplete, Errc::header_too_large};
    const auto start = skip_blank_lines(data, size, limits.bare_lf);
    if (start + 1 >= size && (start == size || data[start] == '\r')) {
        return incomplete;
    }
    const auto version = parse_version(data + start, size - start);
    if (version.status != HeadStatus::complete) {
        return {version.status, reason(version.status, version.error)};
    }
    const auto reason_start = start + 13;  // behind "HTTP/1.1 200 "
    if (size < reason_start) {
        const auto line = scanner.find_no_value(start);
        return line == size ? incomplete : malformed;
    }
    out.code = parse_code(data + start + 9);
    if (out.code == 0 || data[start + 8] != ' ' || data[start + 12] != ' ') {
        return malformed;
    }
    const auto end = scanner.find_no_value(reason_start);
    out.version_major = 1;
    out.version_minor = version.minor;
    out.reason = {data + reason_start, end - reason_start};
    const auto line = line_end(data, size, end, limits.bare_lf);
    return {line.status, reason(line.status, Errc::malformed_start_line), line.next};
}

}  // namespace

void ResponseHead::clear() noexcept {
    version_major = 1;
    version_minor = 1;
    code = 0;
    reason = {};
    headers.clear();
}

void ResponseHead::rebase(const char* from, const char* to) noexcept {
    if (!reason.empty()) {
        reason = {to + (reason.data() - from), reason.size()};
    }
    headers.rebase(to);
}

HeadResult
parse_response_head(char* data, std::size_t size, ResponseHead& out, const HeadLimits& limits) {
    const auto searched = searched_size(size, limits);
    HeadScanner scanner{data, searched};
    out.headers.borrow(data);
    auto result = parse_status_line(scanner, data, searched, out, limits);
    if (result.status == HeadStatus::complete) {
        result = parse_fields(scanner, data, searched, result.consumed, out.headers, limits);
    }
    return with_limits(result, size, limits);
}

}  // namespace tornado::httputil
