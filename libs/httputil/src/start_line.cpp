#include "tornado/httputil/start_line.hpp"

#include "tornado/httputil/request_head.hpp"
#include "tornado/httputil/response_head.hpp"

namespace tornado::httputil {
namespace {

/// Parses `line` as a head without fields, so that there is one grammar of start lines. `text` gets
/// the head, which the views in the result lie in.
template <typename Head, typename Parser>
Result<Head> parse_line_as_head(std::string_view line, std::string& text, Parser parser) {
    if (line.empty() || line.find_first_of("\r\n") != line.npos) {
        return Errc::malformed_start_line;
    }
    text.assign(line).append("\r\n\r\n");
    HeadLimits limits;
    limits.max_header_size = text.size();
    limits.max_target_size = text.size();
    Head head;
    const auto result = parser(text.data(), text.size(), head, limits);
    if (result.status == HeadStatus::complete) {
        return head;
    }
    return result.error == Errc::unsupported_version ? result.error : Errc::malformed_start_line;
}

std::string version_text(int minor) {
    return minor == 0 ? "HTTP/1.0" : "HTTP/1.1";
}

}  // namespace

Result<RequestStartLine> parse_request_start_line(std::string_view line) {
    std::string text;
    const auto head = parse_line_as_head<RequestHead>(line, text, parse_request_head);
    if (head.has_error()) {
        return head.error();
    }
    return RequestStartLine{
        std::string{head->method}, std::string{head->target}, version_text(head->version_minor)};
}

Result<ResponseStartLine> parse_response_start_line(std::string_view line) {
    std::string text;
    const auto head = parse_line_as_head<ResponseHead>(line, text, parse_response_head);
    if (head.has_error()) {
        return head.error();
    }
    return ResponseStartLine{
        version_text(head->version_minor), head->code, std::string{head->reason}};
}

}  // namespace tornado::httputil
