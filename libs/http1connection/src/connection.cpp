#include "connection.hpp"

#include <algorithm>

#include "tornado/httputil/error.hpp"
#include "tornado/httputil/http_date.hpp"
#include "tornado/httputil/message_framing.hpp"
#include "tornado/httputil/refusal.hpp"
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
    respond_and_close(503, "there are too many connections");
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
    if (stream_->unsent() != 0 || ends_with_reset_ ||
        (current_ && current_->ends_with_connection())) {
        stream_->set_reset_on_close();  // an orderly end would make it look whole
    }
    tell_of_sent();
    sent_queue_.fail();
    stream_->close();
    lose_exchange();
    release();
}

void HTTP1ServerConnection::drain() noexcept {
    const bool idle = state_ == State::head && !current_ && !turn_.queued && !processing_;
    const concurrent::StateRef<HTTP1ServerConnection> alive{this};
    if (state_ == State::lingering) {
        phase_began_ = now();
        linger_on();
        return;
    }
    if (!idle) {
        tell_of_drain();
        return;
    }
    if (stream_->receive_now()) {  // a request has come, and only the loop does not know it yet
        stop_dozing();
        next_turn();
    } else if (had_request_ && now() - phase_began_ >= next_request_at_drain) {
        state_ = State::closing;
        ends_idle_ = true;
        after_batch();
    } else {
        // The request of a busy client, or the first of a new one, may be on its way.
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
    break_off_visibly();
    // Whoever has got all of the request and does not answer it knows.
    lose_exchange(state_ == State::response ? Telling::nobody : Telling::delegate);
    if (state_ != State::closed && !processing_) {
        after_batch();
    }
}

/// A response that the connection's end would complete needs a reset. That comes when earlier
/// responses, and this one as far as it goes, have come to the peer: a reset overtakes what is on
/// its way (RFC 9112, 9.6).
void HTTP1ServerConnection::break_off_visibly() noexcept {
    if (current_ && current_->ends_with_connection()) {
        ends_with_reset_ = true;
        output_waits_ = false;  // from now on what is on its way counts too
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

// Events

void HTTP1ServerConnection::on_input() {
    stop_dozing();
    if (state_ == State::lingering) {
        auto& input = stream_->input();
        input.consume(input.size());
        stream_->start_reading();
        if (now() - phase_began_ < (connections_.is_draining() ? linger_for : linger_at_most)) {
            linger_on();
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
        respond_and_close(400, "this port speaks HTTPS: ask it for https:// instead of http://");
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
    tell_of_sent();
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
    // An answer that did not say so is no reason not to send another request.
    state_ = keep_alive ? State::head : State::closing;
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

void HTTP1ServerConnection::tell_when_sent(std::unique_ptr<SentWaiter> waiter) noexcept {
    waiter->offset = stream_->sent_total() + stream_->unsent();
    sent_queue_.append(std::move(waiter));
}

void HTTP1ServerConnection::tell_of_sent() {
    if (!sent_queue_.empty()) {
        sent_queue_.settle(stream_->sent_total());
    }
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
    tell_of_sent();
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
    } catch (const CancelledError&) {
        log_failure(std::move(error));
        give_up();
        return;
    } catch (...) {
        log_failure(std::move(error));
    }
    if (!current_ || current_->response_begun()) {
        give_up();
        return;
    }
    // Whoever has got all of the request and does not answer it knows.
    respond_and_close(500, {}, state_ == State::response ? Telling::nobody : Telling::delegate);
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
    respond_and_close(status, why);
}

/// Whether what is refused asks for a head only, as far as it has come.
bool HTTP1ServerConnection::refuses_head() noexcept {
    if (current_ && current_->block) {
        return current_->head.method == "HEAD";
    }
    auto input = stream_->input().view();
    input.remove_prefix(std::min(input.find_first_not_of("\r\n"), input.size()));
    return input.starts_with("HEAD ");
}

void HTTP1ServerConnection::respond_and_close(int status, std::string_view why, Telling telling) {
    const bool is_head = refuses_head();
    lose_exchange(telling);
    if (state_ == State::closed) {
        return;
    }
    const auto body = httputil::refusal_text(status, why);
    auto& out = stream_->output();
    out.append("HTTP/1.1 ")
        .append(std::to_string(status))
        .append(" ")
        .append(httputil::reason_phrase(status));
    out.append(status == 503 ? "\r\nRetry-After: 1" : "");
    out.append("\r\nContent-Type: text/plain\r\nContent-Length: ");
    out.append(std::to_string(body.size())).append("\r\nConnection: close\r\nDate: ");
    out.append(httputil::present_http_date()).append("\r\n\r\n").append(is_head ? "" : body);
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
    if (ends_with_reset_ && stream_->unacknowledged() != 0) {
        wheel_.set(*this, 1);
        return;
    }
    if (peer_ended_ || ends_with_reset_) {
        close();
        return;
    }
    state_ = State::lingering;
    phase_began_ = now();
    linger_on();
    stream_->shutdown_output();
    auto& input = stream_->input();
    input.consume(input.size());
    stream_->start_reading();
}

/// Until so much time has passed without anything from the peer.
void HTTP1ServerConnection::linger_on() {
    const bool is_brief = ends_idle_ || connections_.is_draining();
    wheel_.set(*this, is_brief ? linger_when_idle : linger_for);
}

}  // namespace tornado::http1connection
