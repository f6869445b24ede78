#include "connection.hpp"

#include <algorithm>

#include "tornado/httputil/error.hpp"
#include "tornado/httputil/http_date.hpp"
#include "tornado/httputil/message_framing.hpp"
#include "tornado/httputil/responses.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/iostream/ssl_errors.hpp"
#include "tornado/log.hpp"

namespace tornado::http1connection {

using httputil::MessageFraming;

namespace {

/// The least room for input worth a system call.
constexpr std::size_t least_room = 1024;

void log_failure(std::exception_ptr error) noexcept {
    try {
        std::rethrow_exception(std::move(error));
    } catch (const CancelledError&) {
        // A cancelled delegate has nothing to report.
    } catch (...) {
        log::app_log().error(
            "Uncaught exception in a request: ", log::format_exception(std::current_exception())
        );
    }
}

}  // namespace

void serve(
    iostream::StreamRef stream,
    const netutil::Address& peer,
    const HTTP1ConnectionParameters& parameters,
    httputil::HTTPServerConnectionDelegate& delegate,
    ConnectionSet& connections
) {
    (new HTTP1ServerConnection{std::move(stream), peer, parameters, delegate, connections})
        ->start();
}

void refuse_to_serve(
    iostream::StreamRef stream,
    const netutil::Address& peer,
    const HTTP1ConnectionParameters& parameters,
    httputil::HTTPServerConnectionDelegate& delegate,
    ConnectionSet& connections
) {
    (new HTTP1ServerConnection{std::move(stream), peer, parameters, delegate, connections})
        ->start_refusing();
}

HTTP1ServerConnection::HTTP1ServerConnection(
    iostream::StreamRef stream,
    const netutil::Address& peer,
    const HTTP1ConnectionParameters& parameters,
    httputil::HTTPServerConnectionDelegate& delegate,
    ConnectionSet& connections
)
    : Deadline{[](Deadline& deadline) {
          static_cast<HTTP1ServerConnection&>(deadline).on_deadline();
      }},
      stream_{std::move(stream)},
      parameters_{parameters},
      delegate_{delegate},
      connections_{connections},
      wheel_{ioloop::IOLoop::current().deadlines()},
      peer_{peer} {
    turn_.connection = this;
    turn_.run = [](concurrent::Task& task) {
        auto& turn = static_cast<TurnTask&>(task);
        turn.queued = false;
        turn.connection->process();
        turn.connection->release();
    };
    turn_.discard = [](concurrent::Task& task) noexcept {
        auto& turn = static_cast<TurnTask&>(task);
        turn.queued = false;
        turn.connection->release();
    };
}

void HTTP1ServerConnection::start() {
    enter();
    if (stream_->input().empty()) {
        stream_->start_reading();
    } else {
        next_turn();
    }
}

void HTTP1ServerConnection::start_refusing() {
    const concurrent::StateRef<HTTP1ServerConnection> alive{this};
    enter();
    respond_and_close(503);
}

void HTTP1ServerConnection::enter() {
    connections_.add(*this);
    retain();  // the set's reference
    stream_->set_engine(this);
    stream_->set_nodelay(true);
    wheel_.set(*this, check_every);
    phase_began_ = now();
}

/// Closes at once. What is incomplete then never looks whole: the client sees an error.
void HTTP1ServerConnection::close() noexcept {
    if (state_ == State::closed) {
        return;
    }
    state_ = State::closed;
    unset();
    connections_.remove(*this);
    stream_->set_engine(nullptr);
    if (stream_->unsent() != 0 || (current_ && current_->ends_with_connection())) {
        stream_->set_reset_on_close();  // an orderly end would make it look whole
    }
    stream_->close();
    lose_exchange();
    release();
}

void HTTP1ServerConnection::drain() noexcept {
    const bool idle = state_ == State::head && !current_ && !turn_.queued && !processing_;
    const concurrent::StateRef<HTTP1ServerConnection> alive{this};
    if (!idle) {
        tell_of_drain();
        return;
    }
    if (stream_->receive_now()) {  // a request has come, and only the loop does not know it yet
        stop_dozing();
        next_turn();
    } else if (had_request_) {
        state_ = State::closing;
        ends_idle_ = true;
        after_batch();
    } else {
        // Clients repeat a request that a kept connection lost, but not the first on a new one.
        stop_dozing();
        phase_began_ = now();
    }
}

/// Tells the delegate of the request in flight, if there is one.
void HTTP1ServerConnection::tell_of_drain() noexcept {
    const auto exchange = current_;
    if (!exchange || exchange->delegate == nullptr) {
        return;
    }
    try {
        exchange->delegate->on_drain();
    } catch (...) {
        log_failure(std::current_exception());
    }
}

/// Ends the connection once earlier responses are sent. The present one ends where it is: visibly
/// broken if it has begun.
void HTTP1ServerConnection::give_up() noexcept {
    if (state_ == State::closed) {
        return;
    }
    const concurrent::StateRef<HTTP1ServerConnection> alive{this};
    if (current_ && current_->ends_with_connection()) {
        close();
        return;
    }
    // Whoever has got all of the request and does not answer it knows.
    lose_exchange(state_ == State::response ? Telling::nobody : Telling::delegate);
    if (state_ != State::closed && !processing_) {
        after_batch();
    }
}

/// Lets the present exchange go without a complete response: the connection will close.
void HTTP1ServerConnection::lose_exchange(Telling telling) noexcept {
    if (state_ != State::closed) {
        state_ = State::closing;  // before the delegate is told: that may close the connection
    }
    const auto exchange = std::move(current_);
    if (!exchange) {
        return;
    }
    stop_waiting();
    exchange->let_go();
    exchange->resume_writers(true);
    if (telling == Telling::delegate) {
        tell_of_close(*exchange);
    }
}

/// Tells the delegate, once, that the client has gone.
void HTTP1ServerConnection::tell_of_close(Exchange& exchange) noexcept {
    if (exchange.delegate == nullptr || std::exchange(exchange.told_of_close, true)) {
        return;
    }
    const concurrent::StateRef<Exchange> alive{&exchange};
    try {
        exchange.delegate->on_connection_close();
    } catch (...) {
        log_failure(std::current_exception());
    }
}

HTTP1ServerConnection::Tick HTTP1ServerConnection::now() const noexcept {
    return wheel_.now();
}

// Events

void HTTP1ServerConnection::stop_dozing() {
    if (dozing_) {
        dozing_ = false;
        wheel_.set(*this, check_every);
    }
}

void HTTP1ServerConnection::on_input() {
    stop_dozing();
    if (state_ == State::lingering) {
        auto& input = stream_->input();
        input.consume(input.size());
        stream_->start_reading();
        if (now() - phase_began_ < linger_at_most) {
            wheel_.set(*this, linger_for);
        }
        return;
    }
    const concurrent::StateRef<HTTP1ServerConnection> alive{this};
    process_input();
    if (state_ != State::closed) {
        next_turn();  // the responses of all connections that are ready now go out together
    }
}

void HTTP1ServerConnection::on_end(std::error_code error) {
    const concurrent::StateRef<HTTP1ServerConnection> alive{this};
    if (error == iostream::SSLErrc::http_request && state_ == State::head) {
        respond_and_close(400, "This port speaks HTTPS: ask it for https:// instead of http://\n");
        return;
    }
    if (error || state_ == State::lingering) {
        close();
        return;
    }
    // A client that only shuts its sending side may still read: it gets what it waits for.
    peer_ended_ = true;
    process();
}

void HTTP1ServerConnection::on_sent() {
    const concurrent::StateRef<HTTP1ServerConnection> alive{this};
    if (searched_ == 0 && (state_ == State::head || state_ == State::closing)) {
        phase_began_ = now();  // one that takes its responses is not idle
    }
    if (state_ == State::closing) {
        linger_or_close();
        return;
    }
    if (current_ && !output_is_full()) {
        current_->resume_writers(false);
    }
    if (stream_->unsent() == 0) {
        process();
    }
}

// Between requests

void HTTP1ServerConnection::exchange_done(Exchange& exchange) {
    const bool keep_alive = exchange.keep_alive();
    exchange.let_go();
    exchange.resume_writers(false);
    stop_waiting();
    current_ = {};
    phase_began_ = now();
    state_ = keep_alive && may_keep_alive() ? State::head : State::closing;
    if (processing_) {
        return;
    }
    if (state_ == State::head && !stream_->input().empty()) {
        next_turn();
    } else {
        after_batch();
    }
}

void HTTP1ServerConnection::output_added() {
    if (processing_) {
        if (output_is_full()) {
            stream_->flush();
        }
        return;
    }
    next_turn();
}

/// Goes on in the next turn of the loop, and sends then what has gathered in this one.
void HTTP1ServerConnection::next_turn() {
    if (!turn_.queued) {
        turn_.queued = true;
        retain();
        concurrent::Scheduler::current().schedule(turn_);
    }
}

void HTTP1ServerConnection::after_batch() {
    if (state_ == State::closed) {
        return;
    }
    // The handler of a pipelined request may well answer in the next turn: then its response leaves
    // together with those before it.
    if (std::exchange(request_begun_, false) && state_ == State::response &&
        stream_->unsent() != 0 && !output_is_full()) {
        next_turn();
        return;
    }
    stream_->flush();
    if (current_ && !output_is_full()) {
        current_->resume_writers(false);
    }
    const bool needs_input = state_ == State::head || state_ == State::body;
    if (peer_ended_ && needs_input && !paused_ && !output_is_full()) {
        lose_exchange();  // its rest will never come
    }
    if (state_ == State::closed) {
        return;
    }
    if (state_ == State::closing) {
        linger_or_close();
    } else if (!peer_ended_) {
        read_more();
    } else if (state_ == State::response) {
        tell_of_close(*current_);
    }
}

void HTTP1ServerConnection::read_more() {
    if (paused_ || output_is_full()) {
        stop_clock();
        return;
    }
    resume_clock();
    auto room = std::size_t{1};
    if (state_ == State::body) {
        room = std::max(body_room(), least_room);
    } else if (state_ == State::response && stream_->input().size() >= most_pipelined_input) {
        return;
    } else if (!stream_->input().empty() || current_) {
        room = least_room;
    }
    stream_->start_reading(room);
}

/// A large body comes in large pieces.
std::size_t HTTP1ServerConnection::body_room() const noexcept {
    const auto& exchange = *current_;
    if (exchange.framing.body == MessageFraming::Body::chunked) {
        return exchange.decoder->body_size() > iostream::BufferBlock::usual_capacity ? piece_size()
                                                                                     : 0;
    }
    return static_cast<std::size_t>(std::min(exchange.body_remaining, std::uint64_t{piece_size()}));
}

// Refusals and the end

void HTTP1ServerConnection::delegate_failed(std::exception_ptr error) noexcept {
    try {
        if (error != nullptr) {
            std::rethrow_exception(error);
        }
    } catch (const httputil::HTTPHeaderError&) {
        log_failure(std::move(error));  // a mistake of the delegate's own
    } catch (const httputil::HTTPInputError& wrong) {
        refuse(httputil::status_for(wrong.code()), wrong.what());
        return;
    } catch (...) {
        log_failure(std::move(error));
    }
    give_up();
}

void HTTP1ServerConnection::refuse(std::error_code error) {
    refuse(httputil::status_for(error), error.message());
}

void HTTP1ServerConnection::refuse(int status, std::string_view why) {
    log::gen_log().info("Malformed HTTP message from ", peer_.host(), ": ", why);
    if (current_ && current_->response_begun()) {
        give_up();
        return;
    }
    respond_and_close(status);
}

void HTTP1ServerConnection::respond_and_close(int status, std::string_view body) {
    lose_exchange();
    if (state_ == State::closed) {
        return;
    }
    auto& out = stream_->output();
    out.append("HTTP/1.1 ")
        .append(std::to_string(status))
        .append(" ")
        .append(httputil::reason_phrase(status));
    out.append(status == 503 ? "\r\nRetry-After: 1" : "");
    out.append(body.empty() ? "\r\n" : "\r\nContent-Type: text/plain\r\n");
    out.append("Content-Length: ").append(std::to_string(body.size()));
    out.append("\r\nConnection: close\r\nDate: ");
    out.append(httputil::present_http_date()).append("\r\n\r\n").append(body);
    if (!processing_) {
        after_batch();
    }
}

/// Closing while input is unread would reset the connection, and the peer would lose what we sent
/// (RFC 9112, 9.6).
void HTTP1ServerConnection::linger_or_close() {
    if (stream_->unsent() != 0) {
        return;
    }
    if (peer_ended_) {
        close();
        return;
    }
    state_ = State::lingering;
    phase_began_ = now();
    wheel_.set(*this, ends_idle_ ? linger_when_idle : linger_for);
    stream_->shutdown_output();
    auto& input = stream_->input();
    input.consume(input.size());
    stream_->start_reading();
}

// Time

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
            pause = check_idle();
            break;
        case State::body:
            pause = paused_ ? check_handler(current_->paused_since) : check_body();
            break;
        case State::lingering:
            close();
            break;
        case State::headers:
            pause = check_handler(current_->paused_since);
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
/// period, as a body's rate is.
bool HTTP1ServerConnection::is_output_stuck() noexcept {
    using Wheel = ioloop::DeadlineWheel;
    const auto sent = stream_->sent_total();
    const bool waited = std::exchange(output_waits_, stream_->unsent() != 0);
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
    const bool is_too_slow = sent - sent_before_ < enough;
    output_since_ = now();
    sent_before_ = sent;
    return is_too_slow;
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
        respond_and_close(503);
    } else if (exchange->ends_with_connection()) {
        close();
    } else {
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
        return first_request_at_drain;
    }
    const auto limit = ticks(parameters_.idle_connection_timeout);
    const auto first = had_request_ ? 0 : ticks(parameters_.header_timeout);
    return limit == 0 || first == 0 ? std::max(limit, first) : std::min(limit, first);
}

HTTP1ServerConnection::Tick HTTP1ServerConnection::check_idle() {
    const auto idle = now() - phase_began_;
    const auto limit = patience_while_idle();
    if (limit != 0 && idle > limit) {
        close();
        return 0;
    }
    const auto rest = limit != 0 ? limit - idle : longest_doze;
    if (idle < check_every || stream_->unsent() != 0) {
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
