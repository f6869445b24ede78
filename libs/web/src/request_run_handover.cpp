#include <stdexcept>

#include "page.hpp"
#include "request_course.hpp"
#include "tornado/http1connection/detach.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/httputil/refusal.hpp"
#include "tornado/iostream/iostream.hpp"
#include "tornado/log.hpp"
#include "tornado/web/kept_handler.hpp"

namespace tornado::web::detail {

using httputil::KnownHeader;

void RequestRun::hand_over(httputil::HTTPServerConnectionDelegate& other) {
    if (headers_written_) {
        throw std::logic_error{"the response has begun: hand a request over before flush()"};
    }
    const httputil::ExchangeRef alive{&course_->exchange};
    if (course_->servers_limit.count() != 0) {  // the application's own ends here
        course_->exchange.set_handler_timeout(
            course_->time_limit || route_->handler_timeout ? time_limit() : course_->servers_limit
        );
    }
    course_->other = other.start_request(course_->exchange);
    if (course_->other == nullptr) {
        throw HTTPError{404};
    }
    finished_ = concluded_ = true;
    hand_request_over();
    handler_->on_finish();
}

Future<void> RequestRun::hand_request_over() {
    const httputil::ExchangeRef alive{&course_->exchange};
    try {
        co_await course_->other->headers_received(*course_->head, *course_->target);
        if (!request_->body().empty()) {
            co_await course_->other->data_received(request_->body());
        }
        if (!request_->trailers().empty()) {
            course_->other->trailers_received(request_->trailers());
        }
        course_->other->finish();
    } catch (...) {
        other_failed(std::current_exception());
    }
}

/// Answers, or breaks off, for a delegate that failed, as a server's connection does.
void RequestRun::other_failed(const std::exception_ptr& error) noexcept {
    auto& exchange = course_->exchange;
    try {
        try {
            std::rethrow_exception(error);
        } catch (const httputil::HTTPHeaderError&) {
            throw;  // a mistake of the delegate's own
        } catch (const httputil::HTTPInputError& wrong) {
            httputil::send_refusal(exchange, httputil::status_for(wrong.code()), wrong.what());
            return;
        }
    } catch (const CancelledError&) {
    } catch (const httputil::HTTPOutputError&) {  // the response has begun, or is complete
    } catch (...) {
        log::app_log().error(
            "Uncaught exception behind a FallbackHandler: ",
            log::format_exception(std::current_exception())
        );
    }
    if (!exchange.closed()) {
        exchange.abort();
    }
}

iostream::IOStream RequestRun::detach(util::UniqueFunction<void()> on_drain) {
    check_not_taken_over();
    auto stream = http1connection::detach(course_->exchange, std::move(on_drain));
    if (headers_written_) {
        conclude();
    }
    return stream;
}

iostream::IOStream
RequestRun::upgrade(std::string_view protocol, util::UniqueFunction<void()> on_drain) {
    check_not_taken_over();
    if (!http1connection::asks_for_upgrade(course_->exchange, protocol)) {
        throw HTTPError{400, "the request does not ask for an upgrade to " + std::string{protocol}};
    }
    headers().remove(KnownHeader::content_type);
    complete_head();
    if (finished_) {
        throw Finish{};
    }
    auto stream =
        http1connection::upgrade(course_->exchange, protocol, headers(), std::move(on_drain));
    status_ = 101;
    course_->reason.clear();
    headers_written_ = true;
    conclude();
    buffers_.reset();  // the connection may last: what only a response needs is for others
    return stream;
}

// What is kept

RequestRun::RequestRun(
    RequestRun&& former,
    concurrent::StateRef<http1connection::KeptExchange> kept
)
    : application_{former.application_},
      route_{former.route_},
      kept_{std::move(kept)},
      captured_{std::move(former.captured_)},
      client_{std::move(former.client_)},
      page_{std::move(former.page_)},
      status_{former.status_},
      headers_written_{former.headers_written_},
      finished_{former.finished_},
      concluded_{former.concluded_},
      detached_{former.detached_},
      form_parsed_{former.form_parsed_},
      handler_{std::move(former.handler_)} {
    handler_->run_ = this;
    application_->waiting_.add(*this);
}

std::unique_ptr<RequestRun> RequestRun::keep(RequestHandler& handler) {
    auto& run = *handler.run_;
    const auto* const course = run.course_;
    if (course == nullptr || course->wrapping != nullptr || course->phase != Phase::verb ||
        run.holds_ != 0 || run.application_ == nullptr || !run.concluded_) {
        return nullptr;
    }
    auto kept = http1connection::KeptExchange::of(course->exchange);
    return kept ? std::unique_ptr<RequestRun>{new RequestRun{std::move(run), std::move(kept)}}
                : nullptr;
}

void RequestRun::check_not_taken_over() const {
    if (detached_) {
        throw std::logic_error{
            "the connection has been taken over already: detach() or upgrade() comes once"};
    }
}

KeptHandler keep_handler(RequestHandler& handler) {
    return KeptHandler{RequestRun::keep(handler).release()};
}

void EndKept::operator()(RequestRun* run) const noexcept {
    run->end_kept();
}

}  // namespace tornado::web::detail
