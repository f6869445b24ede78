// What a run gathers of the response, and how it is sent.
#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "etag.hpp"
#include "preconditions.hpp"
#include "request_course.hpp"
#include "status_rules.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/httputil/responses.hpp"
#include "tornado/log.hpp"

namespace tornado::web::detail {

using httputil::KnownHeader;

/// The response is over, one way or another: says so to the log and to the handler, once.
void RequestRun::conclude() {
    if (std::exchange(concluded_, true) || application_ == nullptr) {
        return;
    }
    try {
        application_->log_request(*handler_);
    } catch (...) {
        log::app_log().error(
            "Uncaught exception in log_function: ", log::format_exception(std::current_exception())
        );
    }
    handler_->on_finish();
}

void RequestRun::check_not_detached() const {
    if (detached_) {
        throw std::logic_error{
            "the response is over, and the connection goes on with another protocol: set status, "
            "headers and cookies before"};
    }
}

ClientState& RequestRun::client() {
    if (client_ == nullptr) {
        client_ = std::make_unique<ClientState>();
    }
    return *client_;
}

void RequestRun::set_status(int status, std::string_view reason) {
    if (!is_sendable_status(status)) {
        throw std::invalid_argument{
            "a response's status is from 200 to 999, not " + std::to_string(status)};
    }
    status_ = status;
    const auto sendable = [](char c) {
        return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && c != '<');
    };
    for (const char c : reason) {
        if (!sendable(c)) {
            course_->reason = "Unknown";
            return;
        }
    }
    course_->reason = reason;
}

std::string_view RequestRun::reason() const noexcept {
    return course_ == nullptr || course_->reason.empty() ? httputil::reason_phrase(status_)
                                                         : std::string_view{course_->reason};
}

void RequestRun::set_cookie(httputil::Cookie cookie) {
    if (const auto text = cookie.to_string(); text.has_error()) {
        throw HTTPError{500, "cookie " + cookie.name + ": " + text.error().message()};
    }
    auto& cookies = buffers().cookies;
    for (auto& former : cookies) {
        if (former.name == cookie.name) {
            former = std::move(cookie);
            return;
        }
    }
    cookies.push_back(std::move(cookie));
}

void RequestRun::add_head_hook(util::UniqueFunction<void(RequestHandler&)> hook) {
    if (headers_written_) {
        throw std::logic_error{"before_headers() after headers have been written: call it before"};
    }
    buffers().head_hooks.push_back(std::move(hook));
}

/// The last that becomes of the head before it is sent, unless a hook has ended the response
/// itself. If that fails the handler may try again: what is in the head already does not come a
/// second time.
void RequestRun::complete_head() {
    auto& its = buffers();
    if (its.hooks_done < its.head_hooks.size() && !course_->plain) {
        call_head_hooks();
        if (finished_) {
            return;
        }
    }
    check_framing();
    its.renew_date();
    withdraw_cookies();
    if (its.cookies.empty()) {
        return;
    }
    its.first_cookie = headers().count(KnownHeader::set_cookie);
    for (const auto& cookie : its.cookies) {
        headers().add_unchecked(KnownHeader::set_cookie, *cookie.to_string());
        ++its.cookies_in_head;
    }
}

void RequestRun::call_head_hooks() {
    const auto call = begin_call(Hook::before_headers);
    auto& its = buffers();
    while (its.hooks_done < its.head_hooks.size() && !finished_) {
        its.head_hooks[its.hooks_done++](*handler_);
    }
}

/// Where a body ends is said by one number, or by the connection itself: whatever else stands
/// there, two readers may read it differently (RFC 9112, 6.3).
void RequestRun::check_framing() {
    if (headers().contains(KnownHeader::transfer_encoding)) {
        throw httputil::HTTPOutputError{
            "Transfer-Encoding is the server's to set: send the body plainly"};
    }
    const auto length = headers().first(KnownHeader::content_length);
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (length && (length->empty() || !std::all_of(length->begin(), length->end(), is_digit) ||
                   headers().count(KnownHeader::content_length) > 1)) {
        throw httputil::HTTPOutputError{"Content-Length is one number of bytes: set it once"};
    }
}

/// Takes the cookies out of the head, but none that the handler has put there as a field.
void RequestRun::withdraw_cookies() {
    auto& its = buffers();
    const auto first = its.first_cookie;
    const auto count = std::exchange(its.cookies_in_head, 0);
    if (count == 0) {
        return;
    }
    std::vector<std::string> others;
    std::size_t place = 0;
    for (const auto field : headers().get_list("Set-Cookie")) {
        if (place < first || place >= first + count) {
            others.emplace_back(field);
        }
        ++place;
    }
    headers().remove(KnownHeader::set_cookie);
    for (const auto& other : others) {
        headers().add_unchecked(KnownHeader::set_cookie, other);
    }
}

void RequestRun::clear() {
    if (course_ == nullptr) {
        return;
    }
    auto& its = buffers();
    const auto hooks_done = its.hooks_done;
    its.transforms.clear();
    its.forget_head();
    if (hooks_called_.has(Hook::before_headers)) {
        its.hooks_done = hooks_done;  // the one that answers itself would answer without end
    }
    course_->transformed = false;
    conditions_answered_ = false;
    status_ = 200;
    course_->reason.clear();
    body().clear();
    its.set_default_headers();
    set_default_headers();
}

/// Those of the handler's own.
void RequestRun::set_default_headers() {
    const auto call = begin_call(Hook::set_default_headers);
    if (!call.is_nested()) {
        handler_->set_default_headers();
    }
}

Future<void> RequestRun::flush() {
    if (finished_) {
        throw std::logic_error{"flush() after finish(): the response is complete"};
    }
    return clocked(send_written(false));
}

/// Sends what has been written, and the head if it is not on its way yet.
Future<void> RequestRun::send_written(bool finishing) {
    std::string chunk = std::move(body());
    body().clear();
    transform(chunk, finishing);
    if (is_head()) {
        chunk.clear();
    }
    if (!headers_written_) {
        complete_head();
        if (finished_) {
            throw Finish{};
        }
        auto future = course_->exchange.write_headers(status_, course_->reason, headers(), {});
        headers_written_ = true;  // what throws before has sent nothing: there can be an error page
        if (chunk.empty()) {
            return future;
        }
    }
    return chunk.empty() ? Future<void>::ready() : course_->exchange.write(std::move(chunk));
}

void RequestRun::prepare_whole_response() {
    if (course_->exchange.closed()) {
        return;  // nobody listens
    }
    const bool is_get = request_->method() == "GET" || is_head();
    if (status_ == 200 && is_get) {
        if (!headers().contains(KnownHeader::etag)) {
            add_etag();
        }
        if (!conditions_answered_) {
            answer_conditions();
        }
    }
    if (has_no_body(status_)) {
        if (!body().empty()) {
            throw std::logic_error{
                "a " + std::to_string(status_) +
                " response has no body: write nothing, or use another status"};
        }
        transform(body(), true);  // a 304 has the Etag of what would have been compressed
        for (const auto header :
             {KnownHeader::content_type,
              KnownHeader::content_encoding,
              KnownHeader::content_language,
              KnownHeader::content_length}) {
            headers().remove(header);
        }
    } else {
        transform(body(), true);
        if (is_head() && !headers().contains(KnownHeader::content_length)) {
            headers().add_unchecked(KnownHeader::content_length, std::to_string(body().size()));
        }
        if (is_head()) {
            body().clear();
        }
    }
    complete_head();
}

/// Sends less than has been written when the request's conditions say so (RFC 9110, 13).
void RequestRun::answer_conditions() {
    const auto checked = check_preconditions(request_->headers(), headers());
    if (checked == Precondition::holds) {
        return;
    }
    if (checked == Precondition::not_modified) {
        headers().set("Content-Length", std::to_string(body().size()));  // for the transforms
        set_status(304, {});
    } else {
        set_status(412, {});
        headers().remove(KnownHeader::content_type);
        headers().remove(KnownHeader::content_encoding);
        headers().remove(KnownHeader::content_length);
        forbid_storing(headers());
    }
    body().clear();
}

void RequestRun::set_etag_header() {
    if (!route_->verbs.own_etag) {
        headers().remove(KnownHeader::etag);
    }
    add_etag();
}

/// Sets the Etag, where our own would be the first.
void RequestRun::add_etag() {
    if (!route_->verbs.own_etag) {
        headers().add_unchecked(KnownHeader::etag, Etag{body()}.text());
    } else if (const auto etag = handler_->compute_etag()) {
        headers().set("Etag", *etag);
    }
}

void RequestRun::finish_response() {
    if (finished_) {
        throw std::logic_error{"finish() called twice: the response is complete"};
    }
    if (!headers_written_) {
        prepare_whole_response();
        if (finished_) {
            return;
        }
        course_->exchange.send_response(status_, course_->reason, headers(), std::move(body()));
        headers_written_ = true;
    } else {
        if (!body().empty() || changes_body()) {
            send_written(true);
        }
        course_->exchange.finish();
    }
    finished_ = true;
    conclude();
}

Future<void> RequestRun::when_sent() {
    return finished_ ? Future<void>::ready() : course_->exchange.when_sent();
}

// Transforms

void RequestRun::make_transforms() {
    for (const auto& make : application_->transforms_) {
        if (auto made = make(*request_)) {
            buffers().transforms.push_back(std::move(made));
        }
    }
}

/// Lets what is about to be sent pass through the transforms.
void RequestRun::transform(std::string& chunk, bool finishing) {
    if (application_ == nullptr || application_->transforms_.empty() || course_->plain) {
        return;
    }
    const bool is_first = !std::exchange(course_->transformed, true);
    if (is_first) {
        make_transforms();
    }
    for (const auto& transform : buffers().transforms) {
        if (is_first) {
            transform->transform_first_chunk(status_, headers(), chunk, finishing);
        } else {
            transform->transform_chunk(chunk, finishing);
        }
    }
}

bool RequestRun::changes_body() const {
    const auto& transforms = buffers_->transforms;
    return std::any_of(transforms.begin(), transforms.end(), [](const auto& transform) {
        return transform->changes_body();
    });
}

}  // namespace tornado::web::detail
