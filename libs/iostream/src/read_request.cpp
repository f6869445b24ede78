#include "read_request.hpp"

#include <algorithm>
#include <boost/regex.hpp>
#include <stdexcept>

namespace tornado::iostream {

struct ReadRequest::Regex {
    boost::regex expression;
};

ReadRequest::ReadRequest(Kind kind) : kind_{kind} {}
ReadRequest::ReadRequest(ReadRequest&&) noexcept = default;
ReadRequest& ReadRequest::operator=(ReadRequest&&) noexcept = default;
ReadRequest::~ReadRequest() = default;

ReadRequest ReadRequest::bytes(std::size_t count, bool partial) {
    ReadRequest request{Kind::bytes};
    request.count_ = count;
    request.partial_ = partial;
    return request;
}

ReadRequest ReadRequest::into(std::span<char> target, bool partial) {
    auto request = bytes(target.size(), partial);
    request.target_ = target;
    return request;
}

ReadRequest ReadRequest::until(std::string_view delimiter, std::size_t max_bytes) {
    ReadRequest request{Kind::delimiter};
    request.delimiter_ = delimiter;
    request.max_bytes_ = max_bytes;
    return request;
}

ReadRequest ReadRequest::until_regex(std::string_view regex, std::size_t max_bytes) {
    ReadRequest request{Kind::regex};
    request.max_bytes_ = max_bytes;
    try {
        request.regex_ = std::make_unique<Regex>(Regex{boost::regex{regex.begin(), regex.end()}});
    } catch (const boost::regex_error& error) {
        throw std::invalid_argument{"malformed regular expression: " + std::string{error.what()}};
    }
    return request;
}

ReadRequest ReadRequest::until_close() {
    return ReadRequest{Kind::close};
}

ReadRequest::Answer ReadRequest::found(std::size_t end) const noexcept {
    if (max_bytes_ != 0 && end > max_bytes_) {
        return {Verdict::never};
    }
    return {Verdict::satisfied, end};
}

ReadRequest::Answer ReadRequest::not_found(std::size_t size) const noexcept {
    return {max_bytes_ != 0 && size >= max_bytes_ ? Verdict::never : Verdict::more};
}

ReadRequest::Answer ReadRequest::judge(std::string_view unread) {
    switch (kind_) {
        case Kind::bytes:
            if (unread.size() >= count_) {
                return {Verdict::satisfied, count_};
            }
            if (partial_ && !unread.empty()) {
                return {Verdict::satisfied, unread.size()};
            }
            return {Verdict::more};
        case Kind::delimiter: {
            const auto from =
                searched_ - std::min(searched_, delimiter_.empty() ? 0 : delimiter_.size() - 1);
            const auto place = unread.find(delimiter_, from);
            searched_ = unread.size();
            return place == std::string_view::npos ? not_found(unread.size())
                                                   : found(place + delimiter_.size());
        }
        case Kind::regex:
            return search(unread);
        case Kind::close:
            break;
    }
    return {Verdict::more};
}

ReadRequest::Answer ReadRequest::search(std::string_view unread) {
    const char* const begin = unread.data();
    const char* const end = begin + unread.size();
    const char* const from = begin + searched_;
    try {
        boost::cmatch match;
        if (boost::regex_search(
                from, end, match, regex_->expression, boost::match_default, begin
            )) {
            return found(static_cast<std::size_t>(match[0].second - begin));
        }
        // Where a match may have begun, the next search starts: large inputs take linear time.
        constexpr std::size_t worth_a_second_search = 4096;
        if (unread.size() - searched_ >= worth_a_second_search) {
            const bool begun = boost::regex_search(
                from, end, match, regex_->expression, boost::match_partial, begin
            );
            searched_ = static_cast<std::size_t>((begun ? match[0].first : end) - begin);
        }
    } catch (const boost::regex_error&) {
        return {Verdict::too_complex};
    }
    return not_found(unread.size());
}

ReadRequest::Answer ReadRequest::judge_at_end(std::string_view unread) {
    if (kind_ == Kind::close) {
        return {Verdict::satisfied, unread.size()};
    }
    const auto answer = judge(unread);
    return answer.verdict == Verdict::satisfied ? answer : Answer{Verdict::never};
}

}  // namespace tornado::iostream
