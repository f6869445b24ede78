#include "field_parser.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>

#include "character.hpp"
#include "known_header_table.hpp"

namespace tornado::httputil {
namespace {

constexpr std::size_t max_blank_lines = 4;
constexpr std::size_t max_searched = std::numeric_limits<std::uint32_t>::max();

bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t';
}

/// Where a field's value ends and where the next line starts.
struct ValueEnd {
    HeadStatus status;
    std::size_t end = 0;
    std::size_t next = 0;
    bool folded = false;  ///< it goes over several lines
};

/// Goes on from `end`, where a value may end. Whether it does shows only in the first byte of the
/// next line (RFC 9112, 5.2).
ValueEnd find_unusual_end(
    HeadScanner& scanner,
    const char* data,
    std::size_t size,
    std::size_t end,
    bool bare_lf
) noexcept {
    for (bool folded = false;; folded = true) {
        const auto line = line_end(data, size, end, bare_lf);
        if (line.status != HeadStatus::complete || line.next == size) {
            return {line.status == HeadStatus::error ? HeadStatus::error : HeadStatus::incomplete};
        }
        if (!is_blank(data[line.next])) {
            return {HeadStatus::complete, end, line.next, folded};
        }
        end = scanner.find_no_value(line.next);
    }
}

inline ValueEnd find_value_end(
    HeadScanner& scanner,
    const char* data,
    std::size_t size,
    std::size_t start,
    bool bare_lf
) noexcept {
    const auto end = scanner.find_no_value(start);
    const bool usual =
        size - end > 2 && std::memcmp(data + end, "\r\n", 2) == 0 && !is_blank(data[end + 2]);
    return usual ? ValueEnd{HeadStatus::complete, end, end + 2}
                 : find_unusual_end(scanner, data, size, end, bare_lf);
}

/// Puts one space in the place of each fold, with the blanks around it, and others behind the
/// value: a later look at the same bytes, when more of the head is there, sees the same. Returns
/// where the value now ends.
std::size_t unfold(char* data, std::size_t begin, std::size_t end) noexcept {
    auto out = begin;
    for (auto at = begin; at != end;) {
        if (data[at] != '\r' && data[at] != '\n') {
            data[out++] = data[at++];
            continue;
        }
        while (out != begin && is_blank(data[out - 1])) {
            --out;
        }
        while (at != end && (is_blank(data[at]) || data[at] == '\r' || data[at] == '\n')) {
            ++at;
        }
        if (out != begin && at != end) {
            data[out++] = ' ';
        }
    }
    std::fill(data + out, data + end, ' ');
    return out;
}

/// Whether a field says how a message is delimited, where it goes or what becomes of its
/// connection. Others on the way may read one that is folded otherwise than we do.
bool must_be_one_line(std::string_view name) noexcept {
    switch (known_header_of_token(name)) {
        case KnownHeader::connection:
        case KnownHeader::content_length:
        case KnownHeader::expect:
        case KnownHeader::host:
        case KnownHeader::transfer_encoding:
        case KnownHeader::upgrade:
            return true;
        default:
            return false;
    }
}

inline void append_field(
    HTTPHeaders& headers,
    const char* data,
    std::size_t name,
    std::size_t colon,
    std::size_t end
) {
    auto begin = colon + 1;
    while (begin != end && is_blank(data[begin])) {
        ++begin;
    }
    while (end != begin && is_blank(data[end - 1])) {
        --end;
    }
    headers.append_borrowed(
        static_cast<std::uint32_t>(name),
        static_cast<std::uint16_t>(colon - name),
        static_cast<std::uint32_t>(begin),
        static_cast<std::uint32_t>(end - begin),
        known_header_of_token({data + name, colon - name})
    );
}

}  // namespace

std::size_t searched_size(std::size_t size, const HeadLimits& limits) noexcept {
    return std::min({size, limits.max_header_size, max_searched});
}

HeadResult with_limits(HeadResult result, std::size_t size, const HeadLimits& limits) noexcept {
    switch (result.status) {
        case HeadStatus::complete:
            return {HeadStatus::complete, {}, result.consumed};
        case HeadStatus::incomplete:
            return size < limits.max_header_size && size < max_searched
                       ? HeadResult{}
                       : HeadResult{HeadStatus::error, result.error};
        default:
            return {HeadStatus::error, result.error};
    }
}

HeadResult parse_fields(
    HeadScanner& scanner,
    char* data,
    std::size_t size,
    std::size_t position,
    HTTPHeaders& headers,
    const HeadLimits& limits
) {
    const bool bare_lf = limits.bare_lf;
    while (position != size) {
        const auto colon = scanner.find_no_token(position);
        if (colon == size) {
            break;
        }
        if (colon ==
            position) {  // the blank line, or a line that starts with what no name may hold
            const auto blank = line_end(data, size, position, bare_lf);
            return {blank.status, reason(blank.status, Errc::malformed_header), blank.next};
        }
        if (data[colon] != ':') {
            return {HeadStatus::error, Errc::malformed_header};
        }
        if (headers.size() == limits.max_fields ||
            colon - position > std::numeric_limits<std::uint16_t>::max()) {
            return {HeadStatus::error, Errc::header_too_large};
        }
        auto value = find_value_end(scanner, data, size, colon + 1, bare_lf);
        if (value.status != HeadStatus::complete) {
            return {value.status, reason(value.status, Errc::malformed_header)};
        }
        if (value.folded) {
            if (must_be_one_line({data + position, colon - position})) {
                return {HeadStatus::error, Errc::malformed_header};
            }
            value.end = unfold(data, colon + 1, value.end);
        }
        append_field(headers, data, position, colon, value.end);
        position = value.next;
    }
    return {HeadStatus::incomplete, Errc::header_too_large};
}

std::size_t blank_lines_size(const char* data, std::size_t size, bool bare_lf) noexcept {
    std::size_t position = 0;
    for (std::size_t lines = 0; lines < max_blank_lines; ++lines) {
        const auto line = line_end(data, size, position, bare_lf);
        if (line.status != HeadStatus::complete) {
            break;
        }
        position = line.next;
    }
    return position;
}

Version parse_other_version(const char* text, std::size_t size) noexcept {
    constexpr std::string_view pattern = "HTTP/0.0";
    const std::string_view version{text, std::min(size, pattern.size())};
    for (std::size_t i = 0; i < version.size(); ++i) {
        if (pattern[i] == '0' ? !is(version[i], digit_char) : version[i] != pattern[i]) {
            return {HeadStatus::error, Errc::malformed_start_line};
        }
    }
    if (version.size() < pattern.size()) {
        return {HeadStatus::incomplete};
    }
    if (version[5] != '1') {
        return {HeadStatus::error, Errc::unsupported_version};
    }
    return {HeadStatus::complete, {}, version[7] == '0' ? 0 : 1};
}

std::size_t find_head_end(std::string_view data, std::size_t from) noexcept {
    const auto start = skip_blank_lines(data.data(), data.size(), true);
    if (start < data.size() && (data[start] == '\r' || data[start] == '\n')) {
        // One blank line too many, or a part of one that the next byte may show to be too many.
        return start + 1 < data.size() || data[start] == '\n' ? start + 1 : data.npos;
    }
    auto at = std::max(start, from < 2 ? 0 : from - 2);
    while ((at = data.find_first_of("\r\n", at)) != data.npos) {
        if (data[at] == '\r') {
            if (at + 1 < data.size() && data[at + 1] != '\n') {
                return at + 1;  // a bare CR
            }
            ++at;
            continue;
        }
        const auto line = line_end(data.data(), data.size(), ++at, true);
        if (line.status == HeadStatus::complete) {
            return line.next;
        }
    }
    return data.npos;
}

}  // namespace tornado::httputil
