// The time that a connection gives its client and its delegates.
#include <poll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "connection.hpp"
#include "tornado/log.hpp"

namespace tornado::http1connection {

using httputil::MessageFraming;

namespace {

/// Of a connection whose peer has ended its side: how many bytes of it the system still holds.
std::optional<std::size_t> unread_before_end(int fd) noexcept {
    pollfd socket{.fd = fd, .events = POLLRDHUP, .revents = 0};
    int count = 0;
    if (::poll(&socket, 1, 0) <= 0 || (socket.revents & POLLRDHUP) == 0 ||
        ::ioctl(fd, FIONREAD, &count) != 0) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(std::max(count, 0));
}

}  // namespace

HTTP1ServerConnection::Tick HTTP1ServerConnection::now() const noexcept {
    return wheel_.now();
}

void HTTP1ServerConnection::stop_dozing() {
    if (dozing_) {
        dozing_ = false;
        wheel_.set(*this, check_every);
    }
}

void HTTP1ServerConnection::on_deadline() {
    const concurrent::StateRef<HTTP1ServerConnection> alive{this};
    if (is_output_stuck() || (is_deaf() && stream_->peer_has_reset())) {
        close();
        return;
    }
    Tick pause = check_every;
    switch (state_) {
        case State::head:
            pause = searched_ == 0
                        ? check_idle()
                        : check_since(
                              phase_began_,
                              static_cast<std::uint64_t>(parameters_.header_timeout.count())
                          );
            break;
        case State::closing:
            if (ends_with_reset_) {
                linger_or_close();
            } else {
                pause = check_idle();
            }
            break;
        case State::body:
            pause = paused_ ? check_held_back() : check_body();
            break;
        case State::lingering:
            if (output_waits_) {  // a close would take from the client what is on its way
                phase_began_ = now();
                linger_on();
                return;
            }
            close();
            break;
        case State::headers:
            pause = check_held_back();
            break;
        case State::response:
            pause = check_handler(phase_began_);
            break;
        case State::closed:
            break;
    }
    if (state_ != State::closed && !is_set()) {
        wheel_.set(*this, pause);
    }
}

/// Whether output has waited too long without the client taking enough of it. Looked at period by
/// period, as a body's rate is. What our own system holds back may be megabytes, and takes no more
/// until a good part of them has gone: what it has sent counts, not what it has taken.
bool HTTP1ServerConnection::is_output_stuck() noexcept {
    using Wheel = ioloop::DeadlineWheel;
    const auto unsent = stream_->unsent();
    const bool counts_to_the_end = ends_with_reset_ || state_ == State::lingering;
    auto on_its_way = unsent != 0 || counts_to_the_end ? stream_->unacknowledged() : 0;
    if (state_ == State::lingering && on_its_way != 0) {
        --on_its_way;  // the FIN
    }
    const auto sent =
        stream_->sent_total() - std::min<std::uint64_t>(stream_->sent_total(), on_its_way);
    const bool waits = unsent != 0 || (counts_to_the_end && on_its_way != 0);
    const bool waited = std::exchange(output_waits_, waits);
    if (!waited) {
        output_since_ = now();
        sent_before_ = sent;
    }
    const auto limit = Wheel::ticks(static_cast<std::uint64_t>(parameters_.write_timeout.count()));
    const auto elapsed = now() - output_since_;
    if (!output_waits_ || limit == 0 || elapsed <= limit) {
        return false;
    }
    const auto milliseconds = std::uint64_t{elapsed} * Wheel::tick_length;
    const auto enough =
        std::max(std::uint64_t{1}, milliseconds * parameters_.min_output_rate / 1000);
    const bool is_too_slow = sent < sent_before_ + enough;
    output_since_ = now();
    sent_before_ = sent;
    return is_too_slow;
}

/// While a delegate holds reading back, nobody is told that the client has gone: it is looked for.
HTTP1ServerConnection::Tick HTTP1ServerConnection::check_held_back() {
    if (!peer_ended_ && is_deaf()) {
        const auto unread = unread_before_end(stream_->fileno());
        if (unread && misses_more_than(*unread)) {
            lose_exchange();
            after_batch();
            return check_every;
        }
        if (unread && *unread == 0 && stream_->input().empty() && stream_->tls() == nullptr) {
            tell_of_close(*current_);  // it may still listen, as one that ends its side later
        }
    }
    return state_ != State::closed && current_ ? check_handler(current_->paused_since)
                                               : check_every;
}

/// Whether the present request is incomplete even with what is there already: our input, and the
/// bytes that the system holds. False where only reading would tell.
bool HTTP1ServerConnection::misses_more_than(std::size_t unread) const noexcept {
    const auto& exchange = *current_;
    const auto input = stream_->input().view();
    const bool has_tls = stream_->tls() != nullptr;
    if (exchange.framing.body == MessageFraming::Body::content_length) {
        const auto missing =
            state_ == State::body ? exchange.body_remaining : exchange.framing.content_length;
        return missing > input.size() + unread + (has_tls ? most_held_by_tls : 0);
    }
    constexpr std::string_view end = "\n\r\n";  // of a chunked body
    return exchange.framing.body == MessageFraming::Body::chunked && unread == 0 && !has_tls &&
           input.find(end) == input.npos;
}

/// Whether it would not hear of the peer's end: it does not read.
bool HTTP1ServerConnection::is_deaf() const noexcept {
    return state_ != State::closed && !stream_->is_reading();
}

/// Time in which we do not read is not the client's fault, and does not count.
void HTTP1ServerConnection::stop_clock() noexcept {
    if (!clock_stopped_ && current_) {
        clock_stopped_ = true;
        current_->paused_since = now();
    }
}

void HTTP1ServerConnection::resume_clock() noexcept {
    if (std::exchange(clock_stopped_, false) && current_) {
        const auto pause = now() - current_->paused_since;
        phase_began_ += pause;
        current_->rate_since += pause;
    }
}

HTTP1ServerConnection::Tick HTTP1ServerConnection::check_body() {
    const auto pause = check_since(phase_began_, current_->body_timeout);
    if (state_ == State::body && is_body_too_slow()) {
        refuse(408, "the body comes too slowly");
    }
    return pause;
}

/// Looked at period by period: what came fast at first does not allow for silence later.
bool HTTP1ServerConnection::is_body_too_slow() noexcept {
    if (clock_stopped_) {
        return false;
    }
    auto& exchange = *current_;
    const auto elapsed =
        std::uint64_t{now() - exchange.rate_since} * ioloop::DeadlineWheel::tick_length;
    if (elapsed <= static_cast<std::uint64_t>(parameters_.min_body_rate_grace.count())) {
        return false;
    }
    const bool is_too_slow = exchange.received_since < elapsed * parameters_.min_body_rate / 1000;
    exchange.rate_since = now();
    exchange.received_since = 0;
    return is_too_slow;
}

/// How the time stands of a delegate that is to answer, or holds reading back. Time in which the
/// client does not take what there is already is not the delegate's.
HTTP1ServerConnection::Tick HTTP1ServerConnection::check_handler(Tick began) {
    const auto limit =
        ioloop::DeadlineWheel::ticks(static_cast<std::uint64_t>(current_->handler_timeout().count())
        );
    if (limit == 0 || output_is_full()) {
        return check_every;
    }
    const auto elapsed = now() - began;
    if (elapsed > limit) {
        handler_timed_out();
        return check_every;
    }
    return std::min(check_every, limit - elapsed + 1);
}

/// A limit that is over before the next look needs one of its own.
void HTTP1ServerConnection::set_handler_clock() {
    const auto limit =
        ioloop::DeadlineWheel::ticks(static_cast<std::uint64_t>(current_->handler_timeout().count())
        );
    if (limit != 0 && limit < check_every) {
        wheel_.set(*this, limit + 1);
    }
}

void HTTP1ServerConnection::handler_timed_out() {
    const auto exchange = current_;
    exchange->set_timed_out(true);
    log::app_log().warning(
        "No response within ",
        exchange->handler_timeout().count(),
        " ms: ",
        exchange->head.method,
        ' ',
        exchange->target.path
    );
    if (!exchange->response_begun()) {
        respond_and_close(503, "the response takes too long");
    } else {
        break_off_visibly();
        lose_exchange();
        after_batch();
    }
}

/// How many ticks it may wait for a request, or be closed; 0: any number.
HTTP1ServerConnection::Tick HTTP1ServerConnection::patience_while_idle() const noexcept {
    using Wheel = ioloop::DeadlineWheel;
    const auto ticks = [](std::chrono::milliseconds time) {
        return Wheel::ticks(static_cast<std::uint64_t>(time.count()));
    };
    if (connections_.is_draining() && state_ == State::head) {
        return had_request_ ? next_request_at_drain : first_request_at_drain;
    }
    const auto limit = ticks(parameters_.idle_connection_timeout);
    const auto first = had_request_ ? 0 : ticks(parameters_.header_timeout);
    return limit == 0 || first == 0 ? std::max(limit, first) : std::min(limit, first);
}

HTTP1ServerConnection::Tick HTTP1ServerConnection::check_idle() {
    if (stream_->unsent() != 0) {
        return check_every;  // who takes a response is not idle; is_output_stuck() judges that
    }
    const auto idle = now() - phase_began_;
    const auto limit = patience_while_idle();
    if (limit != 0 && idle > limit) {
        if (stream_->unacknowledged() != 0) {
            state_ = State::closing;
            linger_or_close();
            return check_every;
        }
        close();
        return 0;
    }
    const auto rest = limit != 0 ? limit - idle : longest_doze;
    if (idle < check_every) {
        return std::min(check_every, rest);
    }
    dozing_ = true;
    return rest;
}

/// Answers 408 when a part of the request has taken too long; otherwise says when to look again.
HTTP1ServerConnection::Tick
HTTP1ServerConnection::check_since(Tick began, std::uint64_t limit_milliseconds) {
    const auto limit = ioloop::DeadlineWheel::ticks(limit_milliseconds);
    const auto elapsed = now() - began;
    if (clock_stopped_) {
        return check_every;
    }
    if (limit != 0 && elapsed > limit) {  // the first tick is partly over when it is counted
        refuse(408, "timed out while reading the request");
        return check_every;
    }
    return limit != 0 ? std::min(check_every, limit - elapsed) : check_every;
}

}  // namespace tornado::http1connection
