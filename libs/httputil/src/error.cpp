#include "tornado/httputil/error.hpp"

namespace tornado::httputil {
namespace {

const char* sentence(Errc error) noexcept {
    switch (error) {
        case Errc::malformed_start_line:
            return "the start line is malformed";
        case Errc::malformed_target:
            return "the request target is malformed";
        case Errc::malformed_header:
            return "a header field is malformed";
        case Errc::header_too_large:
            return "the message head is too large";
        case Errc::target_too_long:
            return "the request target is too long";
        case Errc::unsupported_version:
            return "the HTTP version is not supported: speak HTTP/1.0 or HTTP/1.1";
        case Errc::missing_host:
            return "the Host header is missing";
        case Errc::malformed_host:
            return "the Host header is malformed or repeated";
        case Errc::bad_content_length:
            return "the Content-Length header is malformed or contradictory";
        case Errc::bad_transfer_encoding:
            return "the Transfer-Encoding header is malformed or contradicts the message";
        case Errc::unsupported_transfer_coding:
            return "the transfer coding is not supported";
        case Errc::bad_chunk:
            return "the chunked body is malformed";
        case Errc::body_too_large:
            return "the message body is too large";
        case Errc::malformed_cookie:
            return "the cookie cannot be sent as it is";
        case Errc::malformed_date:
            return "the date is malformed";
        case Errc::malformed_content:
            return "the content coding is damaged or cut off";
        case Errc::malformed_multipart:
            return "the multipart body is malformed";
        case Errc::too_many_parts:
            return "the form has too many parts or arguments";
        case Errc::part_header_too_large:
            return "the head of a part of the form is too large";
        case Errc::encoded_form:
            return "a form must not have a Content-Encoding";
        case Errc::body_not_allowed:
            return "a response that can have no body announces one";
        case Errc::too_many_interim_responses:
            return "too many interim responses";
        case Errc::unasked_upgrade:
            return "the server switches protocols without having been asked to";
        case Errc::no_response:
            return "the server closed the connection without a response";
        case Errc::incomplete_message:
            return "the connection ended before the message was complete";
    }
    return "unknown HTTP error";
}

class HTTPCategory final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "tornado.http"; }
    [[nodiscard]] std::string message(int value) const override {
        return sentence(static_cast<Errc>(value));
    }
};

}  // namespace

const std::error_category& http_category() noexcept {
    static const HTTPCategory category;
    return category;
}

int status_for(Errc error) noexcept {
    switch (error) {
        case Errc::body_too_large:
            return 413;
        case Errc::target_too_long:
            return 414;
        case Errc::header_too_large:
            return 431;
        case Errc::unsupported_transfer_coding:
            return 501;
        case Errc::unsupported_version:
            return 505;
        default:
            return 400;
    }
}

int status_for(std::error_code error) noexcept {
    return error.category() == http_category() ? status_for(static_cast<Errc>(error.value())) : 400;
}

}  // namespace tornado::httputil
