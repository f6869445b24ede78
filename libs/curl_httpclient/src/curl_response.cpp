// What a fetch makes of what libcurl delivers.
#include <algorithm>

#include "curl_core.hpp"
#include "tornado/httpclient/redirect.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/httputil/start_line.hpp"

namespace tornado::curl_httpclient {

using httpclient::HTTPBadResponseError;
using httputil::Errc;
using httputil::KnownHeader;

namespace {

constexpr std::size_t most_waiting = 256 * 1024;

}  // namespace

std::size_t
CurlFetch::take_header(char* data, std::size_t, std::size_t size, void* fetch) noexcept {
    auto& self = *static_cast<CurlFetch*>(fetch);
    try {
        return self.header({data, size}) ? size : 0;
    } catch (...) {
        self.error_ = std::current_exception();
        return 0;
    }
}

bool CurlFetch::header(std::string_view line) {
    unheard_ = false;
    if (head_whole_ && line.starts_with("HTTP/")) {
        head_.clear();  // the former was an interim response, or asked for credentials
        header_size_ = 0;
        head_whole_ = false;
    }
    header_size_ += line.size();
    if (header_size_ > core_->options().max_header_size) {
        error_ =
            std::make_exception_ptr(HTTPBadResponseError{make_error_code(Errc::header_too_large)});
        return false;
    }
    if (head_ended_) {
        return true;  // it is one of the trailers
    }
    head_.append(line);
    head_whole_ = line == "\r\n" || line == "\n";
    if (head_whole_ && head_is_final()) {
        end_head();
    }
    return true;
}

/// Not if libcurl may ask again, with credentials or without an Expect field, or more will come.
bool CurlFetch::head_is_final() const {
    const std::string_view head{head_};
    const auto start =
        httputil::parse_response_start_line(head.substr(0, head.find_first_of("\r\n")));
    if (start.has_error()) {
        return true;
    }
    const int code = start->code;
    return code >= 200 && code != 401 && code != 407 && code != 417;
}

std::size_t CurlFetch::take_body(char* data, std::size_t, std::size_t size, void* fetch) noexcept {
    auto& self = *static_cast<CurlFetch*>(fetch);
    if (self.piece_.size() >= most_waiting) {
        self.paused_ = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    try {
        return self.body({data, size}) ? size : 0;
    } catch (...) {
        self.error_ = std::current_exception();
        return 0;
    }
}

bool CurlFetch::body(std::string_view chunk) {
    end_head();
    if (redirects_) {
        return true;
    }
    body_size_ += chunk.size();
    if (body_size_ > core_->options().max_body_size) {
        error_ =
            std::make_exception_ptr(HTTPBadResponseError{make_error_code(Errc::body_too_large)});
        return false;
    }
    if (current_.streaming_callback()) {
        piece_.append(chunk);
        deliver_soon();
    } else {
        response_.body.append(chunk);
    }
    return true;
}

/// The head that has come is the one that counts.
void CurlFetch::end_head() {
    if (std::exchange(head_ended_, true)) {
        return;
    }
    std::string_view rest = head_;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size() - 1) + 1;
        const auto line = rest.substr(0, end);
        const auto text = line.substr(0, line.find_first_of("\r\n"));
        if (rest.data() == head_.data()) {
            take_start_line(text);
        } else if (!text.empty()) {
            if (const auto read = response_.headers.parse_line(text); read.has_error()) {
                throw HTTPBadResponseError{read.error()};
            }
        }
        rest.remove_prefix(end);
    }
    auto& headers = response_.headers;
    const bool is_empty =
        current_.method() == "HEAD" || response_.code == 204 || response_.code == 304;
    if (!is_empty && decompresses() && headers.contains(KnownHeader::content_encoding)) {
        const std::string coding{*headers.first(KnownHeader::content_encoding)};
        headers.add("X-Consumed-Content-Encoding", coding);
        headers.remove(KnownHeader::content_encoding);
    }
    if (const auto& jar = core_->options().cookie_jar) {
        jar->set_cookies(current_.url(), headers);
    }
    redirects_ = is_redirect();
    if (current_.head_callback() && !redirects_) {
        tells_head_ = true;
        deliver_soon();
    }
    if (!current_.header_callback() || redirects_) {
        return;
    }
    lines_.push_back(
        head_.substr(0, head_.find(' ') + 1) + std::to_string(response_.code) + " " +
        response_.reason + "\r\n"
    );
    for (const auto [name, value] : headers) {
        lines_.push_back(std::string{name} + ": " + std::string{value} + "\r\n");
    }
    lines_.emplace_back("\r\n");
    deliver_soon();
}

void CurlFetch::take_start_line(std::string_view text) {
    const auto start = httputil::parse_response_start_line(text);
    if (start.has_error()) {
        throw HTTPBadResponseError{start.error()};
    }
    response_.code = start->code;
    response_.reason = start->reason;
}

bool CurlFetch::is_redirect() const {
    return httpclient::is_redirect(response_.code) && redirects_left_ > 0 &&
           response_.headers.contains(KnownHeader::location) &&
           settings().value_or(&Settings::follow_redirects, true) &&
           httpclient::leads_somewhere(current_, *response_.headers.first(KnownHeader::location));
}

}  // namespace tornado::curl_httpclient
