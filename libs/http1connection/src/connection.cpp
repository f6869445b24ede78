#include "connection.hpp"

#include <algorithm>

#include "tornado/httputil/error.hpp"
#include "tornado/httputil/http_date.hpp"
#include "tornado/httputil/responses.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/log.hpp"

namespace tornado::http1connection {

using httputil::ChunkedDecoder;
using httputil::HeadStatus;
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

void ConnectionSet::close_all() noexcept {
    while (first_ != nullptr) {
        first_->close();
    }
}

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
    next_ = connections_.first_;
    if (next_ != nullptr) {
        next_->previous_ = this;
    }
    connections_.first_ = this;
    ++connections_.size_;
    retain();  // the set's reference

    stream_->set_engine(this);
    stream_->set_nodelay(true);
    wheel_.set(*this, park_after);
    phase_began_ = now();
    if (stream_->input().empty()) {
        stream_->start_reading();
    } else {
        next_turn();
    }
}

void HTTP1ServerConnection::close() noexcept {
    if (state_ == State::closed) {
        return;
    }
    state_ = State::closed;
    unset();
    (previous_ != nullptr ? previous_->next_ : connections_.first_) = next_;
    if (next_ != nullptr) {
        next_->previous_ = previous_;
    }
    --connections_.size_;
    stream_->set_engine(nullptr);
    stream_->close();
    lose_exchange();
    release();
}

/// Ends the connection once earlier responses are sent. The present one ends where it is: visibly
/// broken if it has begun.
void HTTP1ServerConnection::give_up() noexcept {
    if (state_ == State::closed) {
        return;
    }
    const concurrent::StateRef<HTTP1ServerConnection> alive{this};
    lose_exchange();
    state_ = State::closing;
    if (!processing_) {
        after_batch();
    }
}

/// Lets the present exchange go without a complete response.
void HTTP1ServerConnection::lose_exchange() noexcept {
    const auto exchange = std::move(current_);
    if (!exchange) {
        return;
    }
    stop_waiting();
    exchange->detach();
    exchange->resume_writers(true);
    tell_of_close(*exchange);
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

void HTTP1ServerConnection::on_input() {
    if (dozing_) {
        dozing_ = false;
        wheel_.set(*this, park_after);
    }
    if (state_ == State::lingering) {
        auto& input = stream_->input();
        input.consume(input.size());
        stream_->start_reading();
        return;
    }
    process();
}

void HTTP1ServerConnection::on_end(std::error_code error) {
    const concurrent::StateRef<HTTP1ServerConnection> alive{this};
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

// Requests

void HTTP1ServerConnection::process() {
    const concurrent::StateRef<HTTP1ServerConnection> alive{this};
    processing_ = true;
    input_came_ = {};
    try {
        do {
            while (!paused_ && !output_is_full() && step()) {
            }
        } while (make_room());
    } catch (...) {
        delegate_failed(std::current_exception());
    }
    processing_ = false;
    after_batch();
}

/// Whether a full output buffer could be emptied at once, so that a long batch goes on.
bool HTTP1ServerConnection::make_room() {
    if (!output_is_full()) {
        return false;
    }
    stream_->flush();
    return !output_is_full();
}

/// Does what can be done next. False when that needs something to happen first.
bool HTTP1ServerConnection::step() {
    switch (state_) {
        case State::head:
            return read_head();
        case State::headers:
            return request_begun();
        case State::body:
            return read_body();
        case State::response:
        case State::closing:
        case State::lingering:
        case State::closed:
            return false;
    }
    return false;
}

bool HTTP1ServerConnection::read_head() {
    auto& input = stream_->input();
    if (input.empty()) {
        return false;
    }
    // After a first look at an incomplete head, only its end is searched for: bytes that drip in
    // cost linear time.
    if (searched_ != 0 && input.size() <= parameters_.max_header_size &&
        httputil::find_head_end(input.view(), searched_) == std::string_view::npos) {
        searched_ = static_cast<std::uint32_t>(input.size());
        return false;
    }
    if (!current_) {
        current_ = Exchange::take(*this);
    }
    const httputil::HeadLimits limits{
        .max_fields = 1000,
        .max_header_size = parameters_.max_header_size,
        .max_target_size = parameters_.max_header_size};
    const auto result =
        httputil::parse_request_head(input.data(), input.size(), current_->head, limits);
    if (result.status == HeadStatus::incomplete) {
        if (searched_ == 0) {
            phase_began_ = now();
        }
        searched_ = static_cast<std::uint32_t>(input.size());
        return false;
    }
    searched_ = 0;
    if (result.status == HeadStatus::error) {
        refuse(make_error_code(result.error));
        return false;
    }
    current_->block = input.block();
    input.consume(result.consumed);
    return begin_request();
}

bool HTTP1ServerConnection::begin_request() {
    auto& exchange = *current_;
    const auto framing = httputil::request_framing(exchange.head);
    if (framing.has_error()) {
        refuse(framing.error());
        return false;
    }
    const auto target = httputil::request_target(exchange.head);
    if (target.has_error()) {
        refuse(target.error());
        return false;
    }
    exchange.framing = *framing;
    exchange.target = *target;
    if (framing->expectation_failed) {
        refuse(417, "unknown expectation");
        return false;
    }
    if (framing->body == MessageFraming::Body::content_length && framing->content_length == 0) {
        exchange.framing.body = MessageFraming::Body::none;
    }
    state_ = State::headers;
    const auto alive = current_;
    exchange.delegate = delegate_.start_request(exchange);
    if (current_.get() != alive.get()) {
        return state_ == State::head;
    }
    const auto considered = exchange.delegate->headers_received(exchange.head, exchange.target);
    if (current_.get() != alive.get()) {
        return state_ == State::head;
    }
    return wait_for(considered) || request_begun();
}

/// The delegate has seen the head: on to the body.
bool HTTP1ServerConnection::request_begun() {
    auto& exchange = *current_;
    if (exchange.framing.body == MessageFraming::Body::none) {
        request_ended();
        return state_ == State::head;
    }
    phase_began_ = now();
    state_ = State::body;
    if (exchange.framing.body == MessageFraming::Body::content_length) {
        if (exchange.framing.content_length > exchange.max_body_size) {
            refuse(413, "Content-Length too long");
            return false;
        }
        exchange.body_remaining = exchange.framing.content_length;
    } else {
        exchange.decoder_used = true;
        exchange.decoder.set_max_body_size(exchange.max_body_size);
    }
    if (exchange.framing.expect_continue && stream_->input().empty() &&
        !exchange.response_begun()) {
        stream_->output().append("HTTP/1.1 100 Continue\r\n\r\n");
        stream_->flush();
    }
    return true;
}

bool HTTP1ServerConnection::read_body() {
    return current_->framing.body == MessageFraming::Body::chunked ? read_chunked_body()
                                                                   : read_counted_body();
}

bool HTTP1ServerConnection::read_counted_body() {
    auto& exchange = *current_;
    if (exchange.body_remaining == 0) {
        request_ended();
        return state_ == State::head;
    }
    auto& input = stream_->input();
    const auto size =
        std::min({exchange.body_remaining, std::uint64_t{input.size()}, std::uint64_t{piece_size()}}
        );
    if (size == 0) {
        return false;
    }
    const auto piece = input.view().substr(0, static_cast<std::size_t>(size));
    exchange.body_remaining -= size;
    input.consume(piece.size());
    return deliver(piece);
}

bool HTTP1ServerConnection::read_chunked_body() {
    auto& exchange = *current_;
    auto& input = stream_->input();
    const auto step = exchange.decoder.next(input.view().substr(0, piece_size()));
    input.consume(step.consumed);
    switch (step.status) {
        case ChunkedDecoder::Status::need_more:
            return !input.empty();
        case ChunkedDecoder::Status::data:
            return deliver(step.data);
        case ChunkedDecoder::Status::complete:
            request_ended();
            return state_ == State::head;
        case ChunkedDecoder::Status::error:
            refuse(make_error_code(step.error));
            return false;
    }
    return false;
}

/// Hands a piece of body on. False when reading must wait or is over.
bool HTTP1ServerConnection::deliver(std::string_view piece) {
    const auto alive = current_;
    const auto taken = alive->delegate->data_received(piece);
    if (current_.get() != alive.get()) {
        return state_ == State::head;
    }
    return !wait_for(taken);
}

void HTTP1ServerConnection::request_ended() {
    state_ = State::response;
    const auto alive = current_;
    alive->delegate->finish();
}

/// Whether reading must wait for a delegate's future, or is over because that has failed.
bool HTTP1ServerConnection::wait_for(const Future<void>& future) {
    if (future.done()) {
        if (future.state()->status() == concurrent::FutureState::Status::value) {
            return false;
        }
        delegate_failed(future.exception());
        return true;
    }
    // A delegate that takes its time keeps the memory of its piece.
    current_->piece = stream_->input().block();
    paused_ = true;
    flow_ = new FlowWaiter{*this, future};
    future.state()->attach(*flow_);
    return true;
}

HTTP1ServerConnection::FlowWaiter::FlowWaiter(HTTP1ServerConnection& owner, Future<void> awaited)
    : connection{&owner},
      future{std::move(awaited)} {
    run = [](concurrent::Task& task) {
        const std::unique_ptr<FlowWaiter> waiter{&static_cast<FlowWaiter&>(task)};
        waiter->place = Place::nowhere;
        if (auto* const waiting = waiter->connection) {
            waiting->go_on(*waiter);
        }
    };
    discard = [](concurrent::Task& task) noexcept {
        const std::unique_ptr<FlowWaiter> waiter{&static_cast<FlowWaiter&>(task)};
        waiter->place = Place::nowhere;
        if (waiter->connection != nullptr) {
            waiter->connection->flow_ = nullptr;
        }
    };
}

/// The delegate's future is done.
void HTTP1ServerConnection::go_on(const FlowWaiter& waiter) {
    flow_ = nullptr;
    paused_ = false;
    current_->piece = {};
    if (waiter.future.state()->status() == concurrent::FutureState::Status::value) {
        process();
    } else {
        delegate_failed(waiter.future.exception());
    }
}

/// Forgets the future that reading waits for.
void HTTP1ServerConnection::stop_waiting() noexcept {
    paused_ = false;
    if (flow_ == nullptr) {
        return;
    }
    if (flow_->place == concurrent::Waiter::Place::in_queue) {
        flow_->connection = nullptr;  // the queue has it: it ends there
    } else {
        delete flow_;
    }
    flow_ = nullptr;
}

void HTTP1ServerConnection::delegate_failed(std::exception_ptr error) noexcept {
    if (error != nullptr) {
        log_failure(std::move(error));
    }
    give_up();
}

// Between requests

void HTTP1ServerConnection::exchange_done(Exchange& exchange) {
    const bool keep_alive = exchange.keep_alive();
    exchange.detach();
    exchange.resume_writers(false);
    stop_waiting();
    current_ = {};
    phase_began_ = now();
    state_ = keep_alive ? State::head : State::closing;
    if (processing_) {
        return;
    }
    if (keep_alive && !stream_->input().empty()) {
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
    stream_->flush();
    if (current_ && !output_is_full()) {
        current_->resume_writers(false);
    }
    const bool needs_input = state_ == State::head || state_ == State::body;
    if (peer_ended_ && needs_input && !paused_ && !output_is_full()) {
        lose_exchange();  // its rest will never come
        state_ = State::closing;
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
        return;
    }
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
        return exchange.decoder.body_size() > iostream::BufferBlock::usual_capacity ? piece_size()
                                                                                    : 0;
    }
    return static_cast<std::size_t>(std::min(exchange.body_remaining, std::uint64_t{piece_size()}));
}

// Refusals and the end

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

void HTTP1ServerConnection::respond_and_close(int status) {
    lose_exchange();
    auto& out = stream_->output();
    out.append("HTTP/1.1 ")
        .append(std::to_string(status))
        .append(" ")
        .append(httputil::reason_phrase(status));
    out.append("\r\nContent-Length: 0\r\nConnection: close\r\nDate: ");
    out.append(httputil::format_timestamp(std::chrono::system_clock::now())).append("\r\n\r\n");
    state_ = State::closing;
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
    wheel_.set(*this, linger_for);
    stream_->shutdown_output();
    auto& input = stream_->input();
    input.consume(input.size());
    stream_->start_reading();
}

// Time

void HTTP1ServerConnection::on_deadline() {
    const concurrent::StateRef<HTTP1ServerConnection> alive{this};
    Tick pause = park_after;
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
            pause = check_since(phase_began_, current_->body_timeout);
            break;
        case State::lingering:
            close();
            break;
        case State::headers:
        case State::response:
        case State::closed:
            break;
    }
    if (state_ != State::closed && !is_set()) {
        wheel_.set(*this, pause);
    }
}

HTTP1ServerConnection::Tick HTTP1ServerConnection::check_idle() {
    const auto idle = now() - phase_began_;
    const auto limit = ioloop::DeadlineWheel::ticks(
        static_cast<std::uint64_t>(parameters_.idle_connection_timeout.count())
    );
    if (limit != 0 && idle > limit) {
        close();
        return 0;
    }
    const auto rest = limit != 0 ? limit - idle : longest_doze;
    if (idle < park_after || stream_->unsent() != 0) {
        return std::min(park_after, rest);
    }
    stream_->park();
    dozing_ = true;
    return rest;
}

/// Answers 408 when a part of the request has taken too long; otherwise says when to look again.
HTTP1ServerConnection::Tick
HTTP1ServerConnection::check_since(Tick began, std::uint64_t limit_milliseconds) {
    const auto limit = ioloop::DeadlineWheel::ticks(limit_milliseconds);
    const auto elapsed = now() - began;
    if (limit != 0 && elapsed > limit) {  // the first tick is partly over when it is counted
        refuse(408, "timed out while reading the request");
        return park_after;
    }
    return limit != 0 ? std::min(park_after, limit - elapsed) : park_after;
}

}  // namespace tornado::http1connection
