// How a fetch is sent once more.
#include <algorithm>
#include <charconv>

#include "fetch.hpp"
#include "tornado/httputil/http_date.hpp"
#include "tornado/iostream/errors.hpp"
#include "tornado/util/secure_random.hpp"

namespace tornado::httpclient {

using httputil::HTTPHeaders;
using ioloop::Duration;

namespace {

constexpr Duration usual_delay = std::chrono::milliseconds{100};
constexpr Duration longest_delay = std::chrono::seconds{30};

/// Whether a server or proxy that answers so may do better later.
bool may_pass(int code) noexcept {
    return code == 429 || code == 502 || code == 503 || code == 504;
}

/// Whether what has gone wrong may go well the next time.
bool may_pass(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const HTTPTimeoutError&) {
        return true;
    } catch (const HTTPStreamClosedError&) {
        return true;
    } catch (const HTTPProxyError& refused) {
        return may_pass(refused.proxy_code());
    } catch (const iostream::StreamClosedError&) {
        return true;
    } catch (const std::system_error& failed) {
        const auto& code = failed.code();
        return code.category() == std::system_category() ||
               code.category() == std::generic_category() ||
               code == netutil::ResolverErrc::temporary_failure;
    } catch (...) {
        return false;
    }
}

/// How long a Retry-After field says to wait (RFC 9110, 10.2.3); zero if it says nothing that makes
/// sense, for ever if it is a number of seconds beyond all measure.
Duration wait_of(std::string_view field) {
    unsigned seconds = 0;
    const auto* const end = field.data() + field.size();
    const auto number = std::from_chars(field.data(), end, seconds);
    if (number.ptr == end && number.ec == std::errc{}) {
        return std::chrono::seconds{seconds};
    }
    if (number.ptr == end && number.ec == std::errc::result_out_of_range) {
        return Duration::max();
    }
    const auto date = httputil::parse_http_date(field);
    const auto now = std::chrono::system_clock::now();
    return date.has_error() || *date <= now ? Duration::zero() : Duration{*date - now};
}

}  // namespace

/// Whether it can be sent once more at once, as far as the request is concerned.
bool Fetch::may_try_again(bool was_sent) const {
    return state_ == State::exchanging && !needs_new_ && !current_.body_producer() &&
           (!was_sent || is_idempotent(current_.method()));
}

/// The same request, from the beginning.
void Fetch::send_again() {
    const concurrent::StateRef<Fetch> alive{this};
    const InContext in{context_};
    needs_new_ = false;
    start_hop(core_->loop().time());
}

/// The same, but on a connection on which nothing has been sent.
void Fetch::send_anew() {
    needs_new_ = true;
    restart_times(core_->loop().time());
    start_hop(hop_began_);
}

/// The wait before the next retry.
Duration Fetch::pause() const {
    auto delay =
        std::max(settings().value_or(&RequestSettings::retry_delay, usual_delay), Duration::zero());
    for (int i = 0; i < retries_ && delay < longest_delay; ++i) {
        delay *= 2;
    }
    const auto part = static_cast<unsigned char>(util::secure_random_bytes(1)[0]);
    return std::min(delay, longest_delay) * (512 - part) / 512;
}

/// Whether there is a retry left, and time for it.
bool Fetch::may_retry(Duration pause) const {
    const auto now = core_->loop().time();
    return now < deadline_ && pause < deadline_ - now;
}

/// Whether it is one that may be sent again, and for which there is a retry left.
bool Fetch::has_retry() const {
    return retries_ < settings().value_or(&RequestSettings::max_retries, 0) && !shown_ &&
           is_idempotent(current_.method());
}

bool Fetch::asks_to_come_later(const HTTPHeaders& headers) {
    if (!may_pass(response_.code) || !has_retry()) {
        return false;
    }
    pause_ = pause();
    if (const auto field = headers.first(httputil::KnownHeader::retry_after)) {
        pause_ = std::max(pause_, wait_of(*field));
    }
    return may_retry(pause_);
}

void Fetch::retry(Duration pause) noexcept {
    const auto abandoned = let_go();
    ++retries_;
    challenges_ = proxy_challenges_ = 0;
    state_ = State::pausing;
    set_alarm(core_->loop().time_after(pause));
}

/// Whether it will be sent again after it has failed.
bool Fetch::retry_after(const std::exception_ptr& error) noexcept {
    if (state_ == State::over || error == nullptr || !has_retry() || !may_pass(error)) {
        return false;
    }
    auto wait = pause();
    if (state_ == State::connecting) {
        wait = std::max(wait, wait_of(progress_->retry_after));
    }
    const bool possible = may_retry(wait);
    if (possible) {
        retry(wait);
    }
    return possible;
}

}  // namespace tornado::httpclient
