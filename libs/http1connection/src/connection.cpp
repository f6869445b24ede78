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
        static_cast<TurnTask&>(task).connection->release();
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
    lose_exchange(true);
    release();
}

/// Lets the present exchange go without a complete response.
void HTTP1ServerConnection::lose_exchange(bool tell_delegate) noexcept {
    const auto exchange = std::move(current_);
    if (!exchange) {
        return;
    }
    flow_.reset();
    exchange->detach();
    exchange->resume_writers(true);
    if (tell_delegate && exchange->delegate != nullptr && !peer_ended_) {
        exchange->delegate->on_connection_close();
    }
}

HTTP1ServerConnection::Tick HTTP1ServerConnection::now() const noexcept {
    return wheel_.now();
}

// Events

void HTTP1ServerConnection::on_input() {
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
    // A client that only shuts its sending side may still read: it gets the response it waits for.
    if (error || state_ != State::response) {
        close();
        return;
    }
    peer_ended_ = true;
    current_->delegate->on_connection_close();
}

void HTTP1ServerConnection::on_sent() {
    const concurrent::StateRef<HTTP1ServerConnection> alive{this};
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
    while (!paused_ && !output_is_full() && step()) {
    }
    processing_ = false;
    after_batch();
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
    exchange.delegate = delegate_.start_request(exchange);
    // Without a body the request is read as soon as it has begun: its response may keep the
    // connection alive.
    state_ = framing->body == MessageFraming::Body::none ? State::response : State::headers;
    const auto alive = current_;
    const auto considered = exchange.delegate->headers_received(exchange.head, exchange.target);
    if (current_.get() != alive.get() || exchange.response_done()) {
        return state_ == State::head;
    }
    if (state_ == State::response) {
        state_ = State::headers;
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
    const auto size = std::min(
        {exchange.body_remaining,
         std::uint64_t{input.size()},
         std::uint64_t{parameters_.chunk_size}}
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
    const auto step = exchange.decoder.next(input.view().substr(0, parameters_.chunk_size));
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
    // A delegate that takes its time keeps the memory of its piece.
    const auto block = stream_->input().block();
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

/// Whether reading must wait for a delegate's future.
bool HTTP1ServerConnection::wait_for(const Future<void>& future) {
    if (future.done()) {
        if (future.state()->status() != concurrent::FutureState::Status::value) {
            close();  // the delegate has failed, and says why itself
        }
        return state_ == State::closed;
    }
    paused_ = true;
    flow_ = std::make_unique<FlowWaiter>();
    flow_->kind = concurrent::Waiter::Kind::queued;
    flow_->connection = this;
    flow_->context = {};
    flow_->run = [](concurrent::Task& task) {
        auto& waiter = static_cast<FlowWaiter&>(task);
        auto& connection = *waiter.connection;
        waiter.place = concurrent::Waiter::Place::nowhere;
        const bool failed = waiter.source->status() != concurrent::FutureState::Status::value;
        connection.flow_.reset();
        connection.paused_ = false;
        if (failed) {
            connection.close();
        } else {
            connection.process();
        }
    };
    future.state()->attach(*flow_);
    return true;
}

// Between requests

void HTTP1ServerConnection::exchange_done(Exchange& exchange) {
    const bool keep_alive = exchange.keep_alive() && !peer_ended_;
    exchange.detach();
    exchange.resume_writers(false);
    flow_.reset();
    paused_ = false;
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
    if (state_ == State::closing) {
        linger_or_close();
        return;
    }
    read_more();
}

void HTTP1ServerConnection::read_more() {
    if (paused_ || peer_ended_ || output_is_full()) {
        return;
    }
    auto room = std::size_t{1};
    if (state_ == State::body) {
        // A large body comes in large pieces.
        room = static_cast<std::size_t>(
            std::min(current_->body_remaining, std::uint64_t{parameters_.chunk_size})
        );
        room = std::max(room, least_room);
    } else if (stream_->input().size() >= most_pipelined_input) {
        return;
    } else if (!stream_->input().empty() || current_) {
        room = least_room;
    }
    stream_->start_reading(room);
}

// Refusals and the end

void HTTP1ServerConnection::refuse(std::error_code error) {
    refuse(httputil::status_for(error), error.message());
}

void HTTP1ServerConnection::refuse(int status, std::string_view why) {
    log::gen_log().info("Malformed HTTP message from ", peer_.host(), ": ", why);
    if (current_ && current_->response_begun()) {
        close();
        return;
    }
    respond_and_close(status);
}

void HTTP1ServerConnection::respond_and_close(int status) {
    lose_exchange(true);
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
            pause = stream_->input().empty()
                        ? check_idle()
                        : check_since(
                              phase_began_,
                              static_cast<std::uint64_t>(parameters_.header_timeout.count())
                          );
            break;
        case State::headers:
        case State::body:
            pause = check_since(phase_began_, current_->body_timeout);
            break;
        case State::lingering:
            close();
            break;
        case State::response:
        case State::closing:
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
    if (limit != 0 && idle >= limit) {
        close();
        return 0;
    }
    if (idle >= park_after) {
        stream_->park();
        return limit != 0 ? limit - idle : ioloop::DeadlineWheel::ticks(3'600'000);
    }
    return limit != 0 ? std::min(park_after - idle, limit - idle) : park_after - idle;
}

/// Answers 408 when a part of the request has taken too long; otherwise says when to look again.
HTTP1ServerConnection::Tick
HTTP1ServerConnection::check_since(Tick began, std::uint64_t limit_milliseconds) {
    const auto limit = ioloop::DeadlineWheel::ticks(limit_milliseconds);
    const auto elapsed = now() - began;
    if (limit != 0 && elapsed >= limit) {
        refuse(408, "timed out while reading the request");
        return park_after;
    }
    return limit != 0 ? std::min(park_after, limit - elapsed) : park_after;
}

}  // namespace tornado::http1connection
