#include "tornado/httputil/request_head.hpp"

#include "field_parser.hpp"
#include "head_scanner.hpp"

namespace tornado::httputil {
namespace {

/// `view`, which lies in the bytes at `from`, where these are at `to`.
std::string_view moved(std::string_view view, const char* from, const char* to) noexcept {
    return view.empty() ? view : std::string_view{to + (view.data() - from), view.size()};
}

HeadResult parse_request_line(
    HeadScanner& scanner,
    const char* data,
    std::size_t size,
    RequestHead& out,
    const HeadLimits& limits
) noexcept {
    constexpr HeadResult malformed{HeadStatus::error, Errc::malformed_start_line};
    const auto start = skip_blank_lines(data, size, limits.bare_lf);
    const auto method_end = scanner.find_no_token(start);
    if (method_end == size ||
        (data[method_end] == '\r' && method_end == start && start + 1 == size)) {
        return {HeadStatus::incomplete, Errc::header_too_large};
    }
    if (method_end == start || data[method_end] != ' ') {
        return malformed;
    }
    const auto target = method_end + 1;
    const auto target_end = scanner.find_no_visible(target);
    if (target_end - target > limits.max_target_size) {
        return {HeadStatus::error, Errc::target_too_long};
    }
    if (target_end == size) {
        return {HeadStatus::incomplete, Errc::target_too_long};
    }
    if (target_end == target || data[target_end] != ' ') {
        return malformed;
    }
    const auto version = parse_version(data + target_end + 1, size - target_end - 1);
    if (version.status != HeadStatus::complete) {
        return {version.status, reason(version.status, version.error, Errc::target_too_long)};
    }
    out.method = {data + start, method_end - start};
    out.target = {data + target, target_end - target};
    out.version_major = 1;
    out.version_minor = version.minor;
    const auto line = line_end(data, size, target_end + 9, limits.bare_lf);
    return {line.status, reason(line.status, Errc::malformed_start_line), line.next};
}

}  // namespace

void RequestHead::clear() noexcept {
    method = {};
    target = {};
    version_major = 1;
    version_minor = 1;
    headers.clear();
}

void RequestHead::rebase(const char* from, const char* to) noexcept {
    method = moved(method, from, to);
    target = moved(target, from, to);
    headers.rebase(to);
}

HeadResult
parse_request_head(char* data, std::size_t size, RequestHead& out, const HeadLimits& limits) {
    const auto searched = searched_size(size, limits);
    HeadScanner scanner{data, searched};
    out.headers.borrow(data);
    auto result = parse_request_line(scanner, data, searched, out, limits);
    if (result.status == HeadStatus::complete) {
        result = parse_fields(scanner, data, searched, result.consumed, out.headers, limits);
    }
    return with_limits(result, size, limits);
}

}  // namespace tornado::httputil
