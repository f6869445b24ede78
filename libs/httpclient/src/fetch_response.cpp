// What a fetch makes of the response.
#include <algorithm>
#include <utility>

#include "fetch.hpp"
#include "tornado/httpclient/redirect.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/iostream/errors.hpp"

namespace tornado::httpclient {

using httputil::HTTPHeaders;
using httputil::KnownHeader;

namespace {

/// Room for this much is made at once for a body whose length is announced.
constexpr std::uint64_t most_reserved = 1024 * 1024;

/// What has gone wrong on a connection, as those who fetch hear of it.
std::exception_ptr as_fetch_error(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const httputil::HTTPInputError& wrong) {
        return std::make_exception_ptr(HTTPBadResponseError{wrong.code()});
    } catch (const iostream::StreamClosedError& closed) {
        return std::make_exception_ptr(HTTPStreamClosedError{closed.real_error()});
    } catch (const CancelledError&) {
        return std::make_exception_ptr(HTTPClientError{599, "a callback was cancelled"});
    } catch (...) {
        return std::current_exception();  // out of a callback
    }
}

std::exception_ptr error_with(std::shared_ptr<const HTTPResponse> response) {
    return std::make_exception_ptr(HTTPClientError{response->code, response->reason, response});
}

}  // namespace

Future<void> Fetch::headers_received(httputil::ResponseHead& head) {
    if (head.code < 200 && head.code != 101) {
        if (head.code == 100 && awaits_continue_) {
            send_body();
        }
        return Future<void>::ready();
    }
    response_.time_info.starttransfer =
        std::max((*connection_)->heard_at(), hop_began_) - hop_began_;
    response_.code = head.code;
    response_.reason = head.reason;
    response_.headers = head.headers;
    if (const auto& jar = core_->options().cookie_jar) {
        jar->set_cookies(current_.url(), head.headers);
    }
    next_step_ = next_step(head.headers);
    if (std::exchange(awaits_continue_, false)) {
        keep_deadline();  // the body will not be sent
    }
    if (next_step_ != Next::nothing) {
        return Future<void>::ready();
    }
    if (!current_.streaming_callback()) {
        const auto length = (*connection_)->body_remaining();
        response_.body.reserve(static_cast<std::size_t>(std::min(length, most_reserved)));
    }
    if (current_.header_callback() || current_.head_callback()) {
        shown_ = true;
        call_head_callbacks(head);  // which may end this
    }
    return Future<void>::ready();
}

void Fetch::call_head_callbacks(const httputil::ResponseHead& head) {
    const concurrent::StateRef<Fetch> alive{this};
    const auto request = current_;  // keeps the callbacks
    const InContext in{context_};
    if (const auto& callback = request.head_callback()) {
        const auto told = response_;  // as the callback may end the fetch, which lets go of that
        callback(told);
    }
    const auto& callback = request.header_callback();
    if (!callback || state_ == State::over) {
        return;
    }
    const std::string version = head.version_minor == 0 ? "HTTP/1.0 " : "HTTP/1.1 ";
    callback(version + std::to_string(head.code) + " " + response_.reason + "\r\n");
    const auto headers = response_.headers;
    for (std::size_t i = 0; state_ != State::over && i < headers.size(); ++i) {
        callback(std::string{headers[i].name}.append(": ").append(headers[i].value).append("\r\n"));
    }
    if (state_ != State::over) {
        callback("\r\n");
    }
}

Future<void> Fetch::data_received(std::string_view chunk) {
    if (next_step_ != Next::nothing) {
        return Future<void>::ready();
    }
    if (current_.streaming_callback()) {
        const concurrent::StateRef<Fetch> alive{this};
        const auto request = current_;
        const InContext in{context_};
        shown_ = true;
        auto taken = request.streaming_callback()(chunk);
        if (!taken.done()) {
            taken.add_done_callback([request] {});  // keeps the callback, which it may refer to
            if (state_ == State::over) {
                taken.ignore().cancel();
            } else {
                taking_ = taken;
            }
        }
        return taken;
    }
    response_.body.append(chunk);
    return Future<void>::ready();
}

void Fetch::finish() {
    const concurrent::StateRef<Fetch> alive{this};
    stop_clock();
    ++exchange_;
    const auto heard = std::max((*connection_)->heard_at(), hop_began_);
    core_->pool().give_back(std::move(connection_), hop_began_ + response_.time_info.starttransfer);
    if (auto producing = std::exchange(producing_, std::nullopt)) {
        producing->ignore().cancel();  // which may call whoever ends this
        if (state_ == State::over) {
            return;
        }
    }
    try {
        switch (next_step_) {
            case Next::nothing:
                complete(heard);
                break;
            case Next::redirect:
                follow_redirect();
                break;
            case Next::again:
                send_again();
                break;
            case Next::anew:
                send_anew();
                break;
            case Next::later:
                retry(pause_);
                break;
        }
    } catch (...) {
        fail(std::current_exception());
    }
}

void Fetch::on_connection_close() {
    const auto core = core_;  // outlives the connection
    const auto connection = std::move(connection_);
    const bool was_sent = !(*connection)->nothing_sent();
    if (may_try_again(was_sent) && connection->used_before() && !(*connection)->response_begun()) {
        try {
            send_anew();
        } catch (...) {
            fail(std::current_exception());
        }
        return;
    }
    const auto error = as_fetch_error((*connection)->error());
    if (!retry_after(error)) {
        fail(error);
    }
}

Fetch::Next Fetch::next_step(const HTTPHeaders& headers) {
    if (is_redirect()) {
        return Next::redirect;
    }
    if (wants_credentials(headers)) {
        return Next::again;
    }
    if (response_.code == 408 && connection_->used_before() && may_try_again()) {
        return Next::anew;  // the server was tired of waiting for it: RFC 9110, 15.5.9
    }
    if (response_.code == 417 && awaits_continue_) {
        expects_ = false;
        return Next::again;
    }
    return asks_to_come_later(headers) ? Next::later : Next::nothing;
}

// Credentials

/// Whether the response asks for what this has, and has not shown in vain.
bool Fetch::wants_credentials(const HTTPHeaders& headers) {
    if (response_.code == 401 && uses_digest()) {
        const auto user = credentials();
        return user && core_->digests()->challenged(
                           place(), *user, headers, "WWW-Authenticate", challenges_++
                       );
    }
    return response_.code == 407 && is_for_proxy() &&
           proxy_credentials().challenged(headers, proxy_challenges_++);
}

// Redirects

bool Fetch::is_redirect() const {
    return httpclient::is_redirect(response_.code) && redirects_left_ > 0 &&
           response_.headers.contains(KnownHeader::location) &&
           settings().value_or(&RequestSettings::follow_redirects, true) &&
           leads_somewhere(current_, *response_.headers.first(KnownHeader::location));
}

void Fetch::follow_redirect() {
    --redirects_left_;
    needs_new_ = false;
    challenges_ = proxy_challenges_ = 0;
    const std::string location{*response_.headers.first(KnownHeader::location)};
    httpclient::follow_redirect(
        current_, response_.code, location, credentials_, settings().names_proxy()
    );
    response_.set_effective_url(current_.url());
    find_origin();
    restart_times(core_->loop().time());
    start_hop(hop_began_);
}

/// `heard`: when the last of it was read. A streaming_callback may have taken its time since.
void Fetch::complete(ioloop::TimePoint heard) {
    const auto now = current_.streaming_callback() ? core_->loop().time() : heard;
    response_.request_time = response_.time_info.total = now - hop_began_;
    if (response_.code >= 200 && response_.code < 300) {
        settle_with_response();
    } else if (raise_error_) {
        settle_with(error_with(std::make_shared<const HTTPResponse>(std::move(response_))));
    } else {
        response_.error = error_with(std::make_shared<const HTTPResponse>(response_));
        settle_with_response();
    }
    end();
}

}  // namespace tornado::httpclient
