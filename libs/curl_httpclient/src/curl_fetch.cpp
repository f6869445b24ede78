// How a fetch waits, what the user gets of it, and how it ends.
#include "curl_fetch.hpp"

#include <algorithm>
#include <stdexcept>

#include "curl_core.hpp"
#include "tornado/httpclient/redirect.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/ioloop/time_limit.hpp"
#include "tornado/iostream/socket.hpp"
#include "tornado/stack_context.hpp"

namespace tornado::curl_httpclient {

using httpclient::FetchPhase;
using httpclient::HTTPClientError;
using httpclient::HTTPStreamClosedError;
using httpclient::HTTPTimeoutError;
using httputil::Errc;
using httputil::KnownHeader;
using ioloop::Duration;

namespace {

/// While it lives, what is called runs in the context of who fetches.
class InContext {
public:
    explicit InContext(const concurrent::Context& context)
        : former_{concurrent::Context::capture()} {
        concurrent::Context::enter(context);
    }
    InContext(const InContext&) = delete;
    InContext& operator=(const InContext&) = delete;
    ~InContext() { concurrent::Context::enter(former_); }

private:
    concurrent::Context former_;
};

/// When whoever fetches has to be done.
ioloop::TimePoint context_deadline() noexcept {
    const auto* const found = stack_context::get(ioloop::must_end_by);
    return found != nullptr ? *found : ioloop::TimePoint::max();
}

std::exception_ptr error_with(std::shared_ptr<const httpclient::HTTPResponse> response) {
    return std::make_exception_ptr(HTTPClientError{response->code, response->reason, response});
}

}  // namespace

CurlFetch::CurlFetch(CurlCore& core, httpclient::HTTPRequest request, bool raise_error)
    : Alarm{[](Alarm& alarm) {
          auto& self = static_cast<CurlFetch&>(alarm);
          self.fail(std::make_exception_ptr(HTTPTimeoutError{self.phase()}));
      }},
      core_{&core},
      context_{concurrent::Context::capture()},
      request_{std::move(request)},
      current_{request_},
      response_{request_},
      queued_{core.loop().time()},
      deadline_{context_deadline()},
      raise_error_{raise_error} {
    promise_.on_cancel([this] { fail(nullptr); });
}

httpclient::EffectiveSettings CurlFetch::settings() const {
    return {current_, core_->options().defaults};
}

void CurlFetch::check() {
    url_ = httpclient::parse_url(current_.url());
    settings().check();
    if (current_.body_producer()) {
        throw std::invalid_argument{"CurlAsyncHTTPClient takes no body_producer: give a body"};
    }
    if (current_.method() == "HEAD" && current_.body()) {
        throw std::invalid_argument{"CurlAsyncHTTPClient sends no HEAD with a body"};
    }
    if (settings().find(&Settings::ssl_context) != nullptr ||
        settings().find(&Settings::ssl_options) != nullptr) {
        throw std::invalid_argument{
            "CurlAsyncHTTPClient takes no ssl_options: use ca_certs, client_cert, client_key"};
    }
    if (settings().value_or(&Settings::max_retries, 0) > 0) {
        throw std::invalid_argument{"CurlAsyncHTTPClient makes no retries: use another client"};
    }
    check_text();
    redirects_left_ = settings().value_or(&Settings::max_redirects, 5);
}

/// libcurl writes these into the request as they are. Throws HTTPInputError for what would break
/// it.
void CurlFetch::check_text() const {
    httputil::HTTPHeaders checked;
    checked.set(current_.method(), "");
    for (const auto member :
         {&Settings::user_agent, &Settings::auth_username, &Settings::proxy_username}) {
        if (const auto* const text = settings().find(member)) {
            checked.set("X", *text);
        }
    }
}

// Time

void CurlFetch::wait_in_queue() {
    const auto until = [this](std::optional<Duration> Settings::*member) {
        const auto timeout = settings().value_or(member, usual_timeout);
        return timeout == Duration::zero() ? ioloop::TimePoint::max()
                                           : core_->loop().time_after(timeout);
    };
    set(core_->loop(),
        std::min({deadline_, until(&Settings::connect_timeout), until(&Settings::request_timeout)})
    );
}

void CurlFetch::start() noexcept {
    const auto alive = shared_from_this();
    started_ = core_->loop().time();
    const auto timeout = settings().value_or(&Settings::request_timeout, usual_timeout);
    if (timeout != Duration::zero()) {
        deadline_ = std::min(deadline_, core_->loop().time_after(timeout));
    }
    set(core_->loop(), deadline_);
    response_.time_info.queue = started_ - queued_;
    try {
        begin_hop();
    } catch (...) {
        fail(std::current_exception());
    }
}

/// What a transfer is doing.
FetchPhase CurlFetch::phase() const {
    if (started_ == ioloop::TimePoint{}) {
        return FetchPhase::queue;
    }
    if (easy_ == nullptr || !head_.empty()) {
        return FetchPhase::request;
    }
    const auto time = [this](CURLINFO info) {
        curl_off_t microseconds = 0;
        ::curl_easy_getinfo(easy_.get(), info, &microseconds);
        return microseconds;
    };
    if (time(CURLINFO_PRETRANSFER_TIME_T) != 0) {
        return FetchPhase::request;  // on a kept connection it is all there is
    }
    if (time(CURLINFO_NAMELOOKUP_TIME_T) == 0) {
        return FetchPhase::resolving;
    }
    if (time(CURLINFO_CONNECT_TIME_T) == 0) {
        return FetchPhase::connecting;
    }
    const bool shaking = url_.secure && time(CURLINFO_APPCONNECT_TIME_T) == 0;
    return shaking ? FetchPhase::tls_handshake : FetchPhase::request;
}

void CurlFetch::begin_hop() {
    head_.clear();
    response_.start_time = std::chrono::system_clock::now();
    response_.headers = {};
    response_.body.clear();
    header_size_ = 0;
    body_size_ = 0;
    transferred_ = head_whole_ = head_ended_ = paused_ = redirects_ = unheard_ = false;
    easy_.reset(::curl_easy_init());
    if (easy_ == nullptr) {
        throw std::bad_alloc{};
    }
    set_up(easy_.get());
    core_->start_transfer(easy_.get());
}

// What libcurl has delivered

void CurlFetch::transferred(CURLcode status) noexcept {
    note_times();
    const auto error = status == CURLE_OK ? nullptr : error_of(status);
    core_->end_transfer(std::move(easy_));
    if (status != CURLE_OK) {
        fail(error_ != nullptr ? error_ : error);
        return;
    }
    if (!head_whole_) {  // libcurl takes the end of the connection for that of the head
        fail(std::make_exception_ptr(HTTPStreamClosedError{
            make_error_code(Errc::incomplete_message)}));
        return;
    }
    transferred_ = true;
    try {
        end_head();
        deliver_soon();
    } catch (...) {
        fail(std::current_exception());
    }
}

void CurlFetch::note_times() {
    const auto time = [this](CURLINFO info) {
        curl_off_t microseconds = 0;
        ::curl_easy_getinfo(easy_.get(), info, &microseconds);
        return Duration{std::chrono::microseconds{microseconds}};
    };
    auto& times = response_.time_info;
    times.namelookup = time(CURLINFO_NAMELOOKUP_TIME_T);
    times.connect = time(CURLINFO_CONNECT_TIME_T);
    times.appconnect = time(CURLINFO_APPCONNECT_TIME_T);
    times.pretransfer = time(CURLINFO_PRETRANSFER_TIME_T);
    times.starttransfer = time(CURLINFO_STARTTRANSFER_TIME_T);
    times.total = time(CURLINFO_TOTAL_TIME_T);
    long connections = 0;
    ::curl_easy_getinfo(easy_.get(), CURLINFO_NUM_CONNECTS, &connections);
    times.connection_reused = connections == 0;
}

// What the user gets

void CurlFetch::deliver_soon() {
    if (!std::exchange(delivering_, true)) {
        core_->loop().add_callback([self = shared_from_this()] { self->deliver(); });
    }
}

void CurlFetch::deliver() noexcept {
    const auto alive = shared_from_this();
    try {
        while (!over_ && !taking_ && deliver_next()) {
        }
        delivering_ = false;
        if (over_ || taking_) {
            return;
        }
        if (std::exchange(paused_, false) && easy_ != nullptr) {
            ::curl_easy_pause(easy_.get(), CURLPAUSE_CONT);
        }
        if (transferred_ && piece_.empty()) {
            end_hop();
        }
    } catch (const CancelledError&) {
        fail(std::make_exception_ptr(HTTPClientError{599, "a callback was cancelled"}));
    } catch (...) {
        fail(std::current_exception());
    }
}

/// Without what has come behind it already.
httpclient::HTTPResponse CurlFetch::head_of_response() const {
    httpclient::HTTPResponse head{request_};
    head.code = response_.code;
    head.reason = response_.reason;
    head.headers = response_.headers;
    head.set_effective_url(current_.url());
    head.start_time = response_.start_time;
    head.time_info = response_.time_info;
    head.time_info.total = {};
    return head;
}

/// False when there is nothing.
bool CurlFetch::deliver_next() {
    const auto request = current_;  // keeps the callback
    const InContext in{context_};
    if (std::exchange(tells_head_, false)) {
        if (easy_ != nullptr) {
            note_times();
        }
        request.head_callback()(head_of_response());
        return true;
    }
    if (!lines_.empty()) {
        const auto line = std::move(lines_.front());
        lines_.erase(lines_.begin());
        request.header_callback()(line);
        return true;
    }
    if (piece_.empty()) {
        return false;
    }
    given_ = std::exchange(piece_, {});
    const auto future = request.streaming_callback()(given_);
    if (future.done()) {
        future.result();
        return true;
    }
    future.add_done_callback([self = shared_from_this(), request](const Future<void>& done) {
        self->taken(done);
    });
    if (over_) {
        future.ignore().cancel();
    } else {
        taking_ = future;
    }
    return true;
}

void CurlFetch::taken(const Future<void>& done) noexcept {
    taking_.reset();
    if (over_) {
        done.ignore();
        return;
    }
    try {
        done.result();
        deliver_soon();
    } catch (const CancelledError&) {
        fail(std::make_exception_ptr(HTTPClientError{599, "a callback was cancelled"}));
    } catch (...) {
        fail(std::current_exception());
    }
}

// The end

void CurlFetch::end_hop() {
    if (!redirects_) {
        complete();
        return;
    }
    --redirects_left_;
    const std::string location{*response_.headers.first(KnownHeader::location)};
    httpclient::follow_redirect(
        current_, response_.code, location, credentials_, settings().names_proxy()
    );
    url_ = httpclient::parse_url(current_.url());
    const auto queue = response_.time_info.queue;
    response_.time_info = {};
    response_.time_info.queue = queue;
    response_.time_info.redirect = core_->loop().time() - started_;
    begin_hop();
}

void CurlFetch::complete() {
    response_.request_time = response_.time_info.total;
    response_.set_effective_url(current_.url());
    over_ = true;
    if (response_.code >= 200 && response_.code < 300) {
        promise_.set_result(std::move(response_));
    } else if (raise_error_) {
        promise_.set_exception(
            error_with(std::make_shared<const httpclient::HTTPResponse>(std::move(response_)))
        );
    } else {
        response_.error = error_with(std::make_shared<const httpclient::HTTPResponse>(response_));
        promise_.set_result(std::move(response_));
    }
    end();
}

/// Null: it was cancelled.
void CurlFetch::fail(std::exception_ptr error) noexcept {
    if (std::exchange(over_, true)) {
        return;
    }
    const auto alive = shared_from_this();
    end();  // first: what is cancelled may refer to what ends when whoever fetches hears of it
    if (error != nullptr) {
        promise_.set_exception(std::move(error));
    }
}

/// Lets go of all it holds.
void CurlFetch::end() noexcept {
    unset();
    if (easy_ != nullptr) {
        core_->end_transfer(std::move(easy_));
    }
    const auto taking = std::exchange(taking_, std::nullopt);
    core_->finished(*this);
    if (taking) {
        taking->ignore().cancel();  // last, as it may call whoever ends the client
    }
}

}  // namespace tornado::curl_httpclient
