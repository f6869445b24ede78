#include "tornado/httputil/multipart.hpp"

#include <algorithm>

#include "character.hpp"
#include "tornado/httputil/header_params.hpp"

namespace tornado::httputil {
namespace {

/// As much padding as may stand behind a delimiter (RFC 2046, 5.1.1); with more it is content.
constexpr std::size_t max_padding = 64;

bool is_boundary(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 70 && text.back() != ' ' &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
}

/// Whether a delimiter's line may go on with `c` behind `text`, which came after the delimiter.
bool goes_on(std::string_view text, char c) noexcept {
    if (text.ends_with('\r')) {
        return c == '\n';
    }
    if (text == "-") {
        return c == '-';
    }
    return c == '\r' || (c == '-' && text.empty()) ||
           ((c == ' ' || c == '\t') && text.size() < max_padding);
}

}  // namespace

Result<MultipartParser> MultipartParser::for_content_type(
    std::string_view content_type,
    const ParseMultipartConfig& config
) {
    const auto header = parse_header_params(content_type);
    const auto* boundary = header.find("boundary");
    if (!config.enabled || !equals_ignore_case(header.value, "multipart/form-data") ||
        boundary == nullptr || !is_boundary(*boundary)) {
        return Errc::malformed_multipart;
    }
    return MultipartParser{*boundary, config};
}

MultipartParser::MultipartParser(std::string_view boundary, const ParseMultipartConfig& config)
    : config_{config},
      delimiter_{"\r\n--"} {
    delimiter_ += boundary;
    hold("\r\n");  // the first delimiter may stand at the very beginning
}

MultipartParser::Step MultipartParser::next(std::string_view input) {
    const auto size = input.size();
    Step step;
    do {
        step = advance(input);
    } while (step.status == Status::need_more && !input.empty());
    step.consumed = size - input.size();
    return step;
}

MultipartParser::Step MultipartParser::advance(std::string_view& input) {
    switch (state_) {
        case State::content:
            return held_.empty() ? read_content(input) : read_delimiter(input);
        case State::delimiter_line:
            return read_delimiter_line(input);
        case State::head:
            return read_head(input);
        case State::complete:
            input = {};
            return {Status::complete, {}, 0, {}};
        case State::failed:
            break;
    }
    input = {};
    return {Status::error, error_, 0, {}};
}

/// Takes all that cannot belong to a delimiter.
MultipartParser::Step MultipartParser::read_content(std::string_view& input) {
    auto end = input.find('\r');
    while (end != input.npos && !delimiter_.starts_with(input.substr(end, delimiter_.size()))) {
        end = input.find('\r', end + 1);
    }
    const auto bytes = input.substr(0, end);
    input.remove_prefix(bytes.size());
    if (!input.empty()) {
        held_ = "\r";
        input.remove_prefix(1);
    }
    return content(bytes);
}

/// Goes on with a delimiter that has begun in held_.
MultipartParser::Step MultipartParser::read_delimiter(std::string_view& input) {
    while (!input.empty() && held_.size() < delimiter_.size()) {
        if (input.front() != delimiter_[held_.size()]) {
            return release();
        }
        held_ += input.front();
        input.remove_prefix(1);
    }
    if (held_.size() == delimiter_.size()) {
        state_ = State::delimiter_line;
    }
    return {};
}

MultipartParser::Step MultipartParser::read_delimiter_line(std::string_view& input) {
    while (!input.empty()) {
        const char c = input.front();
        if (!goes_on(std::string_view{held_}.substr(delimiter_.size()), c)) {
            return release();
        }
        held_ += c;
        input.remove_prefix(1);
        if (held_.ends_with("--") && held_.size() == delimiter_.size() + 2) {
            return end_part(State::complete);
        }
        if (c == '\n') {
            if (++parts_ > config_.max_parts) {
                return fail(Errc::too_many_parts);
            }
            return end_part(State::head);
        }
    }
    return {};
}

MultipartParser::Step MultipartParser::read_head(std::string_view& input) {
    const auto line = input.substr(0, std::min(input.find('\n'), input.size() - 1) + 1);
    if (head_text_.size() + line.size() > config_.max_part_header_size) {
        return fail(Errc::part_header_too_large);
    }
    head_text_.append(line);
    input.remove_prefix(line.size());
    if (!line.ends_with('\n')) {
        return {};
    }
    const auto whole_line = std::string_view{head_text_}.substr(head_line_);
    if (!whole_line.ends_with("\r\n")) {
        return fail(Errc::malformed_multipart);
    }
    if (whole_line.size() > 2) {
        head_line_ = head_text_.size();
        return {};
    }
    if (const auto error = parse_head(); error != Errc{}) {
        return fail(error);
    }
    in_part_ = true;
    state_ = State::content;
    hold("\r\n");  // of an empty part the blank line may be the delimiter's line ending, too
    return {Status::part, {}, 0, {}};
}

/// Tells of content, unless it is to be skipped.
MultipartParser::Step MultipartParser::content(std::string_view bytes) const noexcept {
    return in_part_ && !bytes.empty() ? Step{Status::data, {}, 0, bytes} : Step{};
}

/// What was held is no delimiter, but its last byte may begin one.
MultipartParser::Step MultipartParser::release() {
    const auto kept = held_.size() > delimiter_.size() && held_.ends_with('\r') ? 1U : 0U;
    released_.assign(held_, borrowed_, held_.size() - borrowed_ - kept);
    held_.assign(kept, '\r');
    borrowed_ = 0;
    state_ = State::content;
    return content(released_);
}

MultipartParser::Step MultipartParser::end_part(State next) noexcept {
    held_.clear();
    borrowed_ = 0;
    head_text_.clear();
    head_line_ = 0;
    state_ = next;
    return std::exchange(in_part_, false) ? Step{Status::part_end, {}, 0, {}} : Step{};
}

MultipartParser::Step MultipartParser::fail(Errc error) noexcept {
    state_ = State::failed;
    error_ = error;
    return {Status::error, error, 0, {}};
}

void MultipartParser::hold(std::string_view line_ending) {
    held_ = line_ending;
    borrowed_ = line_ending.size();
}

Errc MultipartParser::parse_head() {
    auto headers = HTTPHeaders::parse(head_text_);
    if (headers.has_error()) {
        return Errc::malformed_multipart;
    }
    const auto disposition =
        parse_header_params(headers->first("Content-Disposition").value_or(""));
    const auto* name = disposition.find("name");
    if (!equals_ignore_case(disposition.value, "form-data") || name == nullptr || name->empty()) {
        return Errc::malformed_multipart;
    }
    const auto* filename = disposition.find("filename");
    head_.name = *name;
    head_.filename = filename != nullptr ? *filename : std::string{};
    head_.content_type = headers->first("Content-Type").value_or("application/unknown");
    head_.headers = std::move(*headers);
    return {};
}

}  // namespace tornado::httputil
