#include "page.hpp"
#include "request_course.hpp"
#include "status_rules.hpp"
#include "tornado/iostream/errors.hpp"
#include "tornado/log.hpp"

namespace tornado::web::detail {

using httputil::KnownHeader;

namespace {

/// The reason phrase that an HTTPError brings; others have none of their own.
std::string reason_of(const std::exception_ptr& error) {
    if (error == nullptr) {
        return {};
    }
    try {
        std::rethrow_exception(error);
    } catch (const HTTPError& http_error) {
        return http_error.reason();
    } catch (...) {
        return {};
    }
}

}  // namespace

void RequestRun::answer_exception(std::exception_ptr error) noexcept {
    try {
        turn_into_response(error);
        return;
    } catch (...) {
        // What reports errors has failed itself: the client must not take the rest for a response.
        log::app_log().error(
            "Error while answering an error: ", log::format_exception(std::current_exception())
        );
    }
    try {
        break_off();
    } catch (...) {
        log::app_log().error(
            "Uncaught exception in on_finish: ", log::format_exception(std::current_exception())
        );
    }
}

void RequestRun::turn_into_response(std::exception_ptr error) {
    if (handler_ == nullptr) {
        handler_ = std::make_unique<RequestHandler>();  // the user's could not be made
        handler_->run_ = this;
    }
    if (headers_written_ && course_->exchange.closed() && iostream::is_stream_closed(error)) {
        break_off();  // the client has gone while it was written to: no error of the handler's
        return;
    }
    try {
        std::rethrow_exception(error);
    } catch (const Finish& finish) {
        if (!finished_) {
            body().append(finish.chunk());
            finish_response();
        }
    } catch (const CancelledError&) {
        if (finished_) {
            return;
        }
        if (course_->timed_out) {
            turn_into_response(std::make_exception_ptr(timeout_error()));
        } else if (course_->exchange.closed() || course_->client_gone) {
            break_off();
        } else {  // something that the handler waited for, not the request
            log_exception(error);
            if (!finished_) {
                send_error(500, error);
            }
        }
    } catch (const iostream::StreamClosedError&) {
        if (detached_) {
            return;  // the peer left: the usual end of a stream
        }
        log_exception(error);
        if (!finished_) {
            send_error(500, error);
        }
    } catch (const HTTPError& http_error) {
        log_exception(error);
        if (!finished_) {
            send_error(http_error.status_code(), error);
        }
    } catch (...) {
        log_exception(error);
        if (!finished_) {
            send_error(500, error);
        }
    }
}

/// Where that fails the client gets its answer all the same.
void RequestRun::log_exception(const std::exception_ptr& error) {
    try {
        handler_->log_exception(error);
    } catch (...) {
        log::app_log().error(
            "Error in exception logger: ",
            log::format_exception(std::current_exception()),
            "; it was to log: ",
            log::format_exception(error)
        );
    }
}

/// Ends the response where it is, visibly: a clean end would pass it off as a whole one.
void RequestRun::break_off() {
    finished_ = true;
    course_->exchange.abort();
    conclude();
}

void RequestRun::cut_off() {
    const httputil::ExchangeRef alive{&course_->exchange};
    break_off();
    cancel_wait();
}

void RequestRun::clear_for_error() noexcept {
    try {
        clear();
    } catch (...) {
        log::app_log().error(
            "Uncaught exception in set_default_headers: ",
            log::format_exception(std::current_exception())
        );
        buffers().set_default_headers();
    }
}

void RequestRun::send_error(int status, std::exception_ptr error) {
    if (headers_written_) {
        log::gen_log().error("Cannot send error response after headers written");
        if (!finished_) {
            break_off();
        }
        return;
    }
    // What cannot be sent would fail again: then the page goes out as it is, and if it is the page
    // itself, the usual one in its place.
    if (send_error_page(status, error)) {
        return;
    }
    course_->plain = true;
    if (send_error_page(status, error)) {
        return;
    }
    course_->usual_page = true;
    if (!send_error_page(status, error)) {
        break_off();
    }
}

/// False, with a line in the log, when it could not be sent, and another may be.
bool RequestRun::send_error_page(int status, const std::exception_ptr& error) {
    write_error_page(status, error);
    if (finished_) {
        return true;
    }
    try {
        finish_response();
        return true;
    } catch (...) {
        if (headers_written_ || finished_) {
            throw;
        }
        log::app_log().error(
            "The error page cannot be sent: ", log::format_exception(std::current_exception())
        );
        return false;
    }
}

void RequestRun::write_error_page(int status, const std::exception_ptr& error) {
    clear_for_error();
    if (page_ != nullptr) {
        page_->begin_error_page();
    }
    status = is_sendable_status(status) ? status : 500;
    set_status(status, reason_of(error));
    if (status == 405 && !headers().contains(KnownHeader::allow)) {
        headers().add_unchecked(KnownHeader::allow, route_->allowed_methods());  // RFC 9110, 15.5.6
    }
    try {
        write_error(status, error);
        if (has_no_body(status)) {
            body().clear();
        }
    } catch (...) {
        log::app_log().error(
            "Uncaught exception in write_error: ", log::format_exception(std::current_exception())
        );
        if (headers_written_ && !finished_) {
            break_off();  // what is missing of the page will not come
        }
    }
}

/// The handler's own page; for a send_error() in that, or if it cannot be sent, the usual one.
void RequestRun::write_error(int status, const std::exception_ptr& error) {
    const auto call = begin_call(Hook::write_error);
    if (call.is_nested() || course_->usual_page) {
        handler_->RequestHandler::write_error(status, error);
    } else {
        handler_->write_error(status, error);
    }
}

}  // namespace tornado::web::detail
